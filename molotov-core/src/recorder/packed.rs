//! A sample in eight words, packed and unpacked with few instructions: a second division costs more than a second word.

use std::time::Duration;

use super::ring::Words;
use crate::failure::FailureKind;
use crate::sample::{Outcome, Sample, SeriesId, SeriesKind};

/// In place of a missing time: no time has this many nanoseconds.
const NONE: u64 = u64::MAX;

const REUSED: u8 = 1 << 6;
const RESENT: u8 = 1 << 7;

/// The words of a sample, without loss; `None` if a time is 136 years or longer, or the number of its series is
/// 65,536 or more.
#[inline]
pub(super) fn pack(sample: &Sample) -> Option<Words> {
    let Sample { due, start, service, written, first_byte, sent, received, .. } = *sample;
    let longest =
        start.as_secs() | service.as_secs() | written.as_secs() | seconds(due) | seconds(first_byte);
    let fits = longest < u64::from(u32::MAX) && sample.series.index <= u16::MAX.into();
    fits.then(|| {
        let first_byte = first_byte.map_or(NONE, word);
        let due = due.map_or(NONE, word);
        [word(start), word(service), word(written), first_byte, due, sent, received, facts(sample)]
    })
}

#[inline]
pub(super) fn unpack([start, service, written, first_byte, due, sent, received, facts]: Words) -> Sample {
    let [kind, outcome, ..] = facts.to_le_bytes();
    let (reused, resent) = (kind & REUSED > 0, kind & RESENT > 0);
    let kind = SeriesKind::ALL[usize::from(kind & !(REUSED | RESENT))];
    Sample {
        series: SeriesId { index: u32::from((facts >> 32) as u16), kind },
        user: (facts >> 48) as u16,
        outcome: outcome_of(outcome),
        due: (due != NONE).then(|| time(due)),
        start: time(start),
        service: time(service),
        written: time(written),
        first_byte: (first_byte != NONE).then(|| time(first_byte)),
        sent,
        received,
        status: (facts >> 16) as u16,
        reused,
        resent,
    }
}

#[inline]
fn facts(sample: &Sample) -> u64 {
    let flags = (u8::from(sample.reused) * REUSED) | (u8::from(sample.resent) * RESENT);
    let kind = u64::from(sample.series.kind as u8 | flags);
    let (outcome, status) = (u64::from(code_of(sample.outcome)), u64::from(sample.status));
    let (series, user) = (u64::from(sample.series.index), u64::from(sample.user));
    kind | outcome << 8 | status << 16 | series << 32 | user << 48
}

#[inline]
fn code_of(outcome: Outcome) -> u8 {
    // Exhaustive only here: other crates count an unknown outcome as cancelled, so that none is lost. A new outcome
    // also needs its arm in `report/counts`, `aggregate`, `sliding` and `target_health` of the runner.
    match outcome {
        Outcome::Ok => 0,
        Outcome::Cancelled => 1,
        Outcome::Failed(kind) => 2 + kind as u8,
    }
}

#[inline]
fn outcome_of(code: u8) -> Outcome {
    match code {
        0 => Outcome::Ok,
        1 => Outcome::Cancelled,
        code => Outcome::Failed(FailureKind::ALL[usize::from(code - 2)]),
    }
}

#[inline]
fn seconds(time: Option<Duration>) -> u64 {
    time.map_or(0, |time| time.as_secs())
}

#[inline]
fn word(time: Duration) -> u64 {
    time.as_secs() << 32 | u64::from(time.subsec_nanos())
}

#[inline]
fn time(word: u64) -> Duration {
    Duration::new(word >> 32, word as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(sample: &Sample) {
        let unpacked = unpack(pack(sample).unwrap());

        assert_eq!(format!("{unpacked:?}"), format!("{sample:?}"));
    }

    /// The largest that fits.
    fn large() -> Sample {
        let series = SeriesId { index: u16::MAX.into(), kind: SeriesKind::Route };
        let longest = Duration::new(u64::from(u32::MAX) - 1, 999_999_999);
        Sample {
            user: u16::MAX,
            due: Some(longest),
            written: longest,
            first_byte: Some(longest),
            sent: u64::MAX,
            received: u64::MAX - 1,
            status: u16::MAX,
            reused: true,
            ..Sample::new(series, Outcome::Ok, longest, longest)
        }
    }

    #[test]
    fn matching_shards_agree() {
        let (large, zero) = (large(), Duration::ZERO);
        let due = Some(Duration::from_nanos(7));

        same(&large);
        same(&Sample::new(large.series, Outcome::Cancelled, zero, zero));
        same(&Sample { due, reused: false, resent: true, first_byte: Some(zero), ..large });
        for kind in SeriesKind::ALL {
            same(&Sample { series: SeriesId { index: 1, kind: *kind }, ..large });
        }
        for kind in FailureKind::ALL {
            same(&Sample { outcome: Outcome::Failed(*kind), ..large });
        }
    }

    #[test]
    fn lossy_conversion_is_refused() {
        let (large, longer) = (large(), Duration::from_secs(u32::MAX.into()));
        let lossy = [
            Sample { service: longer, ..large },
            Sample { written: longer, ..large },
            Sample { first_byte: Some(longer), ..large },
            Sample { due: Some(longer), ..large },
            Sample { start: Duration::MAX, ..large },
            Sample { series: SeriesId { index: 1 << 16, ..large.series }, ..large },
        ];

        for sample in lossy {
            assert!(pack(&sample).is_none(), "{sample:?}");
        }
    }
}
