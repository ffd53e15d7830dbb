//! CPU time of a process and its descendants.

use std::fs;
use std::ops::{Add, Sub};
use std::time::Duration;

use anyhow::Result;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;

use super::tree::{self, SYSTEM_TICKS, USER_TICKS, fields};

/// CPU time, in user code and in the kernel on its behalf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// Exact, by the scheduler's clock.
    pub(crate) total: Duration,
    user_ticks: u64,
    system_ticks: u64,
}

impl Cpu {
    /// CPU time of the process and of its running descendants.
    pub(crate) fn of_tree(root: u32) -> Self {
        let each = tree::of(root).into_iter().filter_map(of_process);
        each.fold(Self::default(), Add::add)
    }

    /// CPU time of this program alone.
    pub(crate) fn of_this_program() -> Self {
        of_process(std::process::id()).unwrap_or_default()
    }

    /// CPU time of all ended children of this program, with their descendants.
    pub(crate) fn of_children() -> Result<Duration> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        Ok(Duration::from_micros(micros.try_into()?))
    }

    /// The part in user code; the kernel samples it, so it is less exact than the total.
    pub(crate) fn user(&self) -> Duration {
        let ticks = self.user_ticks + self.system_ticks;
        if ticks == 0 { self.total } else { self.total.mul_f64(self.user_ticks as f64 / ticks as f64) }
    }

    pub(crate) fn system(&self) -> Duration {
        self.total - self.user()
    }
}

impl Add for Cpu {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            user_ticks: self.user_ticks + other.user_ticks,
            system_ticks: self.system_ticks + other.system_ticks,
        }
    }
}

/// The CPU time used since `earlier`. A descendant that has ended since is missing with all its time.
impl Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            total: self.total.saturating_sub(earlier.total),
            user_ticks: self.user_ticks.saturating_sub(earlier.user_ticks),
            system_ticks: self.system_ticks.saturating_sub(earlier.system_ticks),
        }
    }
}

/// `None` if the process has ended.
fn of_process(pid: u32) -> Option<Cpu> {
    let clock = clock_getcpuclockid(Pid::from_raw(pid.cast_signed())).ok()?;
    let total = Duration::from(clock_gettime(clock).ok()?);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields = fields(&stat)?;
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse().ok());
    Some(Cpu { total, user_ticks: ticks(USER_TICKS)?, system_ticks: ticks(SYSTEM_TICKS)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_split_as_the_ticks_are() {
        let cpu = Cpu { total: Duration::from_millis(100), user_ticks: 1, system_ticks: 3 };

        assert_eq!((cpu.user(), cpu.system()), (Duration::from_millis(25), Duration::from_millis(75)));
    }

    #[test]
    fn this_process_has_used_some() {
        assert!(Cpu::of_tree(std::process::id()).total > Duration::ZERO);
    }
}
