//! The times at which each user starts and stops along a curve of users.

use std::time::Duration;

use super::load_profile::{LoadProfile, ProfilePart};

/// The intervals, possibly several, in which the user with this number is active: the curve is above the number. The
/// first user is number 0, so the user with the highest number starts last and stops first.
pub(crate) fn intervals_of(curve: &LoadProfile, user: u32) -> Vec<(Duration, Duration)> {
    let mut lives: Vec<(Duration, Duration)> = Vec::new();
    for piece in curve.pieces() {
        let Some((from, to)) = above(piece.part, u64::from(user)) else { continue };
        let (from, to) = (piece.start + from, piece.start + to);
        match lives.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => lives.push((from, to)),
        }
    }
    lives
}

/// The span in which a part is above a height, from its start.
fn above(part: ProfilePart, height: u64) -> Option<(Duration, Duration)> {
    let ProfilePart::Line { from, to, over } = part else { return None };
    match (from > height, to > height) {
        (true, true) => Some((Duration::ZERO, over)),
        (false, true) => Some((share_of(over, height - from, to - from), over)),
        (true, false) => Some((Duration::ZERO, share_of(over, from - height, from - to))),
        (false, false) => None,
    }
}

/// The time until a line reaches a height. Lines take a year at most, so it fits.
fn share_of(over: Duration, part: u64, whole: u64) -> Duration {
    Duration::from_nanos((over.as_nanos() * u128::from(part) / u128::from(whole)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: u64, to: u64, seconds: u64) -> ProfilePart {
        ProfilePart::Line { from, to, over: Duration::from_secs(seconds) }
    }

    #[test]
    fn latest_user_leaves_first_and_may_return() {
        let curve = LoadProfile::new([line(0, 4, 4), line(4, 4, 2), line(4, 0, 4), line(2, 2, 1)]);
        let seconds = |user| -> Vec<_> {
            intervals_of(&curve, user).iter().map(|(from, to)| (from.as_secs(), to.as_secs())).collect()
        };

        assert_eq!(seconds(0), [(0, 11)]);
        assert_eq!(seconds(1), [(1, 9), (10, 11)]);
        assert_eq!(seconds(3), [(3, 7)]);
        assert!(seconds(4).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn at_each_time_there_are_as_many_users_as_the_curve_is_high(
            heights in proptest::collection::vec((0u64..20, 0u64..20, 1u64..100), 1..5), at in 0.0f64..1.0,
        ) {
            let curve = LoadProfile::new(heights.iter().map(|(from, to, seconds)| line(*from, *to, *seconds)));
            let at = curve.length().mul_f64(at);

            let there = |user: &u32| intervals_of(&curve, *user).iter().any(|(from, to)| *from <= at && at < *to);
            let users = (0..20).filter(there).count() as f64;

            let piece = curve.pieces().iter().rfind(|piece| piece.start <= at).unwrap();
            let ProfilePart::Line { from, to, over } = piece.part else { unreachable!() };
            let share = (at - piece.start).as_secs_f64() / over.as_secs_f64();
            let height = from as f64 + (to as f64 - from as f64) * share;
            proptest::prop_assert!((users - height).abs() <= 1.0, "{} users at {}", users, height);
        }
    }
}
