//! One measurement of one client, and rounds of them.

mod one;
mod quiet;
mod rounds;
mod window;

pub(crate) use self::one::{Contender, try_out};
pub(crate) use self::quiet::{BUSY, Busy, OTHERS, Quiet, outcome_of};
pub(crate) use self::rounds::{Series, interleaved};
pub(crate) use self::window::{Reading, Window};
