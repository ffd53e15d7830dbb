//! The server of ours.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, bail};

use super::Target;
use crate::peers;
use crate::places::Places;
use crate::sys::Running;

pub(super) fn describe() -> String {
    "a loop of ours on tokio, one thread, fixed answers (nginx is not installed)".to_owned()
}

pub(super) fn open(places: &Places, cores: &str) -> Result<Target> {
    let output = places.scratch.join("server.out");
    let program = peers::build("peers-server", places).map_err(Error::msg)?;
    let mut process = Running::start(&Command::new(program), cores, output.clone())?;
    let end = Instant::now() + Duration::from_secs(10);
    while Instant::now() < end && process.ended().is_none() {
        // The first line is the address; a line that is not whole has no end.
        if let Some((address, _)) = fs::read_to_string(&output)?.split_once('\n') {
            let address = address.parse()?;
            return Ok(Target::new(process, address, address));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    bail!("the server of ours did not start: {}", process.last_words())
}
