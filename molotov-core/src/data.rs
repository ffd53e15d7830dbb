//! Data feeders: rows of a file, or of code, that scenarios take as arguments.
//!
//! A [`Feed`] has the source of the rows and the order in which users get them. A [`Data`] is a feed in a
//! suite. Before the run it is loaded into a [`Feeder`], which reports every mistake in the rows; each
//! iteration draws its [`Row`] from the feeder.

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
