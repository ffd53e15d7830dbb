//! Data feeders: rows of a file, or of code, that scenarios take as arguments.
//!
//! A [`Feed`] has the place of the rows and the order in which users get them. A [`Data`] is a feed in a suite; it is
//! loaded before the run, with every mistake in it, into a [`Feeder`], from which each iteration draws its [`Row`].

mod cursor;
mod feed;
mod feeder;
mod fields;
mod json_lines;
mod load;
mod measured_records;
mod order;
mod parse;
mod quotes;
mod records;
mod row;
mod turn;
mod twice;
mod wrong;

pub use self::feed::{Data, Feed, IntoFeed};
pub use self::feeder::{Exhausted, Feeder};
pub use self::row::{Row, Rows};
pub use self::turn::Turn;
