//! The choices of developers of a client, each beside the same loop without it.

use std::fmt::Write as _;

use anyhow::Result;

use super::compare::Field;
use super::head::{head, warning};
use super::requests::{measure, table};
use crate::args::Args;
use crate::markdown::Text;
use crate::peers;
use crate::places::Places;
use crate::sys::Cores;
use crate::target::Target;
use crate::work::Kind;

pub(super) fn run(args: &Args, places: &Places) -> Result<Text> {
    let cores = Cores::allowed()?;
    let target = Target::open(places, &cores.first())?;
    let field = Field::of(args, places, &cores, peers::CHOICES).tried(Kind::Get)?;
    let all = measure(&field, &target, Kind::Get)?;

    let mut whole = head(args, places);
    whole.push_str(&warning(all.iter().flat_map(|series| series.windows.iter().flatten())));
    let _ = write!(
        whole,
        "\nThe bare loop on hyper with another choice in each row, measured as the table of requests is. Its connections \
         are polled by the task that sends, with TCP_NODELAY and hyper's own buffer, unless the row says otherwise.\n\n{}",
        table(&field, &all, peers::CHOICES[0].name),
    );
    Ok(Text { name: "choices", whole, readme: None })
}
