//! The facts of the machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

/// The cores that this process may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cores(Vec<u32>);

impl Cores {
    pub(crate) fn allowed() -> Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        Self::parse(list.unwrap_or_default().trim()).context("/proc/self/status lists no cores")
    }

    /// `0-2,5`.
    fn parse(list: &str) -> Option<Self> {
        let mut cores = Vec::new();
        for part in list.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            cores.extend(first.parse::<u32>().ok()?..=last.parse().ok()?);
        }
        Some(Self(cores))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The core of the target.
    pub(crate) fn first(&self) -> String {
        self.0.first().map_or_else(String::new, u32::to_string)
    }

    /// The core of a client: another one than the target's, if there are two.
    pub(crate) fn last(&self) -> String {
        self.0.last().map_or_else(String::new, u32::to_string)
    }

    pub(crate) fn all(&self) -> String {
        self.0.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
    }
}

/// CPU, cores, memory and kernel, in one line.
pub(crate) fn facts() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = after(&cpu, "model name").unwrap_or("an unknown CPU");
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes: f64 = after(&memory, "MemTotal")
        .and_then(|value| value.trim_end_matches("kB").trim().parse().ok())
        .unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = Cores::allowed().map_or(0, |cores| cores.count());
    let kind = if cpu.contains("hypervisor") { " of a virtual machine" } else { "" };
    format!("{model}, {cores} cores{kind}, {:.0} GiB, Linux {}", kilobytes / 1_048_576.0, kernel.trim())
}

/// The value of the first line `name : value`.
fn after<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim())
}

/// The output of a program, on either stream; empty if it cannot be started.
pub(crate) fn output(program: &Path, args: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(args).output() else { return String::new() };
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    text
}

/// The first line of a text that is not empty.
pub(crate) fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_cores_may_have_ranges() {
        let cores = Cores::parse("0-2,5").unwrap();

        assert_eq!(
            (cores.count(), cores.first(), cores.last(), cores.all().as_str()),
            (4, "0".into(), "5".into(), "0,1,2,5")
        );
    }
}
