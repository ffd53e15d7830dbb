//! The tables.

mod compare;
mod head;
mod requests;

use anyhow::Result;

use crate::args::{Args, Section};
use crate::markdown::Text;
use crate::places::Places;

impl Section {
    pub(crate) fn run(self, args: &Args, places: &Places) -> Result<Text> {
        match self {
            Self::Requests => requests::run(args, places),
            Self::Cores | Self::Users | Self::Growth | Self::Compile => anyhow::bail!("not there yet"),
        }
    }
}
