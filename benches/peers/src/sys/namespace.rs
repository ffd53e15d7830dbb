//! A network namespace of its own, in which a client may use all ports.
//!
//! Linux assigns half of its range of ports cheaply and searches for each further port: with the usual range of 28,000,
//! a measurement of more than 14,000 connections measures the kernel's search. The range belongs to the network
//! namespace, so it is widened in a new one, and that of the machine is unchanged.

use std::ffi::OsString;
use std::fs;
use std::process::{Command, ExitStatus};

/// The mark that this program runs in the namespace.
const INSIDE: &str = "PEERS_IN_NAMESPACE";

/// Brings loopback up, widens the range, and becomes the program.
const SCRIPT: &str =
    "ip link set lo up && echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range && exec \"$0\" \"$@\"";

/// Runs this program again in a namespace; `None` if it runs there already, or cannot.
pub(crate) fn run_inside(args: &[OsString]) -> Option<ExitStatus> {
    if std::env::var_os(INSIDE).is_some() || !is_possible() {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    inside().arg(program).args(args).env(INSIDE, "1").status().ok()
}

/// Only root may, and not on all systems.
fn is_possible() -> bool {
    inside().arg("true").output().is_ok_and(|output| output.status.success())
}

fn inside() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--", "sh", "-c", SCRIPT]);
    command
}

/// The number of connections to one address whose ports are assigned cheaply.
pub(crate) fn cheap_ports() -> u32 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    parse(&range).unwrap_or(0)
}

fn parse(range: &str) -> Option<u32> {
    let mut ends = range.split_whitespace().map(str::parse::<u32>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some((last + 1).checked_sub(first)? / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_range_is_cheap() {
        assert_eq!(parse("32768\t60999\n"), Some(14_116));
    }
}
