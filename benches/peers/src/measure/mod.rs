//! One measurement of one client, and rounds of them.

mod one;
mod rounds;
mod window;

pub(crate) use self::one::{Layout, try_out};
pub(crate) use self::rounds::{Busy, OTHERS, Quiet, Series, interleaved};
pub(crate) use self::window::Window;
