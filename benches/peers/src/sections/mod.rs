//! The tables.

mod compare;
mod compile;
mod cores;
mod growth;
mod head;
mod requests;
mod users;

use anyhow::Result;

use crate::args::{Args, Section};
use crate::markdown::Text;
use crate::places::Places;

impl Section {
    pub(crate) fn run(self, args: &Args, places: &Places) -> Result<Text> {
        match self {
            Self::Requests => requests::run(args, places),
            Self::Cores => cores::run(args, places),
            Self::Users => users::run(args, places),
            Self::Growth => growth::run(args, places),
            Self::Compile => compile::run(args, places),
        }
    }
}
