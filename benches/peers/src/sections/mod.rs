//! The tables.

mod choices;
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
    /// Measures it; `None` if another process has done that and written it.
    pub(crate) fn run(self, args: &Args, places: &Places) -> Result<Option<Text>> {
        match self {
            Self::Requests => requests::run(args, places).map(Some),
            Self::Choices => choices::run(args, places).map(Some),
            Self::Cores => cores::run(args, places).map(Some),
            Self::Users => users::run(args, places),
            Self::Growth => growth::run(args, places).map(Some),
            Self::Compile => compile::run(args, places).map(Some),
        }
    }
}
