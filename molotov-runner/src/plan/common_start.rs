//! The common start of several processes.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// The time at which the load of all processes of a run begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommonStart {
    /// At this time by the machine's clock.
    At(SystemTime),
    /// At the time in this file, which may not exist yet.
    File(PathBuf),
    /// Shortly after all shards are ready.
    Rendezvous(Rendezvous),
}

/// The folder in which the shards of a run find each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendezvous {
    /// The folder of the run.
    pub(crate) folder: PathBuf,
    /// The maximum wait for the other shards.
    pub(crate) timeout: Duration,
}

/// Reads a time: RFC 3339 in UTC, or seconds since 1970.
///
/// # Errors
///
/// Returns an error for other texts, and for times that depend on when they are read: two programs that are started on
/// both sides of such a time would begin far apart.
pub(crate) fn moment(text: &str) -> Result<SystemTime, String> {
    let example = "for example 2026-12-01T18:00:00Z, or seconds since 1970";
    if text.starts_with('+') || text.starts_with("next:") {
        return Err(format!("`{text}` is another time in each process; give the time itself, {example}"));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().ok().filter(|seconds| *seconds < 1 << 40);
        return seconds
            .map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .ok_or_else(|| format!("`{text}` seconds are no time of ours, {example}"));
    }
    humantime::parse_rfc3339(text)
        .map_err(|_| format!("`{}` is no time in UTC, {example}", text.escape_debug()))
}

/// Checks that a start can be meant: at most a year ahead, and not more than a minute ago.
///
/// # Errors
///
/// Returns an error with both times.
pub(crate) fn check(start: SystemTime, now: SystemTime) -> Result<(), String> {
    let year = Duration::from_secs(366 * 24 * 3_600);
    let is_far = start.duration_since(now).is_ok_and(|ahead| ahead > year);
    let is_over = now.duration_since(start).is_ok_and(|ago| ago > Duration::from_secs(60));
    if !is_far && !is_over {
        return Ok(());
    }
    let [start, now] = [start, now].map(humantime::format_rfc3339_seconds);
    let side = if is_far { "more than a year ahead" } else { "over" };
    Err(format!("{start} is {side}: it is {now} now; give another time, or set this machine's clock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_796_126_400;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn time_is_rfc_3339_or_seconds() {
        assert_eq!(moment("2026-12-01T12:00:00Z"), Ok(at(NOON)));
        assert_eq!(moment("1796126400"), Ok(at(NOON)));
        for text in ["+30s", "next:30s"] {
            assert!(
                moment(text).unwrap_err().contains("give the time itself, for example 2026-12-01T18"),
                "{text}"
            );
        }
        for text in ["yesterday", "", "12:00", "99999999999999999999", "2026-12-01T12:00:00+01:00"] {
            assert!(moment(text).unwrap_err().contains("for example 2026-12-01T18:00:00Z"), "{text}");
        }
    }

    #[test]
    fn time_that_cannot_be_meant_is_named_with_the_present_one() {
        assert_eq!(check(at(NOON), at(NOON - 3_600)), Ok(()));
        assert_eq!(check(at(NOON), at(NOON + 59)), Ok(()));
        let over = check(at(NOON), at(NOON + 61)).unwrap_err();
        assert!(over.starts_with("2026-12-01T12:00:00Z is over: it is 2026-12-01T12:01:01Z now"), "{over}");
        assert!(check(at(NOON + 367 * 86_400), at(NOON)).unwrap_err().contains("more than a year ahead"));
    }
}
