//! The start time of each user.

use std::time::Duration;

/// The start time of the user with this number, since the start of the run: evenly over the ramp-up, the first at once.
///
/// Five users over 2.5 s start at 0, 0.5, 1, 1.5 and 2 s.
pub(crate) fn start_of(user: u32, users: u32, ramp_up: Duration) -> Duration {
    let nanos = ramp_up.as_nanos() * u128::from(user) / u128::from(users.max(1));
    // A part of the ramp-up, which is at most a year, so it fits.
    Duration::from_nanos(nanos as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_users_over_two_and_a_half_seconds_start_each_half_second() {
        let starts: Vec<u128> =
            (0..5).map(|user| start_of(user, 5, Duration::from_millis(2500)).as_millis()).collect();
        assert_eq!(starts, [0, 500, 1000, 1500, 2000]);
    }

    proptest::proptest! {
        #[test]
        fn starts_never_go_back_and_stay_within_the_ramp_up(users in 1u32..1_000_000, ramp in 0u64..31_000_000) {
            let ramp = Duration::from_secs(ramp);
            let (first, middle, last) =
                (start_of(0, users, ramp), start_of(users / 2, users, ramp), start_of(users - 1, users, ramp));
            proptest::prop_assert!(first.is_zero() && middle <= last && last <= ramp);
        }
    }
}
