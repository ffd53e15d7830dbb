//! The bounds of numbers in a plan. The error of each check names the mistake and its cure.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use molotov_core::Rate;

const MAX_USERS: u64 = 1_000_000;
const MAX_THREADS: u64 = 1_024;
const MAX_REDIRECTS: u32 = 100;
pub(crate) const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

pub(crate) fn users(users: u64) -> Result<NonZeroU32, String> {
    if users > MAX_USERS {
        return Err(format!("{users} users are too many for one process; at most 1000000"));
    }
    u32::try_from(users)
        .ok()
        .and_then(NonZeroU32::new)
        .ok_or_else(|| "a run needs at least one user, for example 20".into())
}

pub(crate) fn threads(threads: u64) -> Result<NonZeroUsize, String> {
    if threads > MAX_THREADS {
        return Err(format!(
            "{threads} threads are too many; at most {MAX_THREADS}, and best one for each processor"
        ));
    }
    usize::try_from(threads)
        .ok()
        .and_then(NonZeroUsize::new)
        .ok_or_else(|| "a run needs at least one thread; leave it out for one for each processor".into())
}

pub(crate) fn runs(runs: u64) -> Result<NonZeroU64, String> {
    NonZeroU64::new(runs).ok_or_else(|| "at least 1 iteration; leave it out for no limit".into())
}

pub(crate) fn redirects(most: u64) -> Result<u32, String> {
    u32::try_from(most)
        .ok()
        .filter(|most| *most <= MAX_REDIRECTS)
        .ok_or_else(|| format!("at most {MAX_REDIRECTS} redirects are followed; browsers follow 20"))
}

pub(crate) fn bounded(duration: Duration) -> Result<Duration, String> {
    if duration > YEAR {
        Err("longer than a year; write a shorter time, for example 1h".into())
    } else {
        Ok(duration)
    }
}

pub(crate) fn positive(duration: Duration) -> Result<Duration, String> {
    if duration.is_zero() {
        return Err("must be longer than zero, for example 500ms or 10s".into());
    }
    bounded(duration)
}

pub(crate) fn rate(rate: Rate) -> Result<Rate, String> {
    if rate.is_zero() {
        Err("no iteration would ever arrive; write a rate above zero, for example 500/s".into())
    } else {
        Ok(rate)
    }
}
