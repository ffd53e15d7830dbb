//! The values along an axis.

/// The maximum number of ticks of an axis.
const MOST_TICKS: usize = 8;

/// A range of values, and the places of its ticks.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct ValueScale {
    is_log: bool,
    from: f64,
    to: f64,
    ticks: Vec<f64>,
}

impl ValueScale {
    /// From 0 to this value or a little more.
    pub(in super::super) fn linear(greatest: f64) -> Self {
        let greatest = if greatest.is_finite() && greatest > 0.0 { greatest } else { 1.0 };
        Self::in_steps(greatest, round_up(greatest / 4.0))
    }

    /// Like [`ValueScale::linear`], for whole numbers.
    pub(in super::super) fn whole(greatest: f64) -> Self {
        Self::in_steps(greatest.max(1.0), round_up(greatest / 4.0).max(1.0))
    }

    fn in_steps(greatest: f64, step: f64) -> Self {
        let steps = (greatest / step - 1e-9).ceil().max(1.0) as usize;
        let ticks: Vec<_> = (0..=steps).map(|n| n as f64 * step).collect();
        Self { is_log: false, from: 0.0, to: steps as f64 * step, ticks }
    }

    /// Logarithmic, from the least of these values to the greatest, both above 0.
    pub(in super::super) fn log(least: f64, greatest: f64) -> Self {
        let (mut from, mut to) = (round_down(least.max(1e-9)), round_up(greatest.max(least).max(1e-9)));
        if to / from < 3.0 {
            (from, to) = (round_down(from * 0.999), round_up(to * 1.001));
        }
        Self { is_log: true, from, to, ticks: log_ticks(from, to) }
    }

    /// The place of a value, from 0 at the start to 1 at the end. Values outside the range are clamped.
    pub(in super::super) fn share(&self, value: f64) -> f64 {
        let share = if self.is_log {
            (value.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        share.clamp(0.0, 1.0)
    }

    /// The values that have a tick, in order.
    pub(in super::super) fn ticks(&self) -> &[f64] {
        &self.ticks
    }
}

/// 1, 2 and 5 of each power of ten, or fewer of them.
fn log_ticks(from: f64, to: f64) -> Vec<f64> {
    let mut ticks = vec![from];
    while let Some(next) = ticks.last().map(|last| round_up(last * 1.001)).filter(|next| *next <= to * 1.001)
    {
        ticks.push(next);
    }
    if ticks.len() > MOST_TICKS {
        ticks.retain(|tick| is_power_of_ten(*tick));
    }
    while ticks.len() > MOST_TICKS {
        ticks = ticks.into_iter().step_by(2).collect();
    }
    ticks
}

fn is_power_of_ten(value: f64) -> bool {
    let power = value.log10();
    (power - power.round()).abs() < 1e-6
}

/// The least of 1, 2, 5, 10, 20 … that is not less.
fn round_up(value: f64) -> f64 {
    let power = power_below(value);
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= value * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// The greatest of 1, 2, 5, 10, 20 … that is not more.
fn round_down(value: f64) -> f64 {
    let power = power_below(value);
    let factor = [5.0, 2.0].into_iter().find(|factor| factor * power <= value * (1.0 + 1e-9));
    factor.unwrap_or(1.0) * power
}

/// The greatest power of ten that is not more.
fn power_below(value: f64) -> f64 {
    10f64.powi((value.max(f64::MIN_POSITIVE).log10() + 1e-9).floor() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round() {
        for (greatest, ticks) in [
            (0.0, &[0.0, 0.5, 1.0][..]),
            (7.0, &[0.0, 2.0, 4.0, 6.0, 8.0]),
            (100.0, &[0.0, 50.0, 100.0]),
            (1_840.0, &[0.0, 500.0, 1_000.0, 1_500.0, 2_000.0]),
            (f64::NAN, &[0.0, 0.5, 1.0]),
        ] {
            assert_eq!(ValueScale::linear(greatest).ticks(), ticks, "{greatest}");
        }
        assert_eq!(ValueScale::whole(2.0).ticks(), [0.0, 1.0, 2.0]);
    }

    #[test]
    fn logarithmic_ticks_are_few() {
        for (range, ticks) in [
            ((3.0, 40.0), &[2.0, 5.0, 10.0, 20.0, 50.0][..]),
            ((10.0, 10.0), &[5.0, 10.0, 20.0]),
            ((900.0, 30_000_000.0), &[1e3, 1e4, 1e5, 1e6, 1e7]),
        ] {
            let scale = ValueScale::log(range.0, range.1);
            assert_eq!(scale.ticks().len(), ticks.len(), "{scale:?}");
            for (tick, expected) in scale.ticks().iter().zip(ticks) {
                assert!((tick / expected - 1.0).abs() < 1e-6, "{scale:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn values_lie_in_their_scale(values in prop::collection::vec(1e-3f64..1e12, 1..20)) {
            let (least, greatest) =
                values.iter().fold((f64::MAX, 0f64), |(low, high), value| (low.min(*value), high.max(*value)));
            for scale in [ValueScale::linear(greatest), ValueScale::whole(greatest), ValueScale::log(least, greatest)] {
                prop_assert!(least >= scale.from && greatest <= scale.to, "{:?}", scale);
                prop_assert!(scale.ticks().len() <= 8 && !scale.ticks().is_empty());
                prop_assert!(scale.ticks().iter().all(|tick| (0.0..=1.0).contains(&scale.share(*tick))));
                prop_assert!(scale.share(least) <= scale.share(greatest));
            }
        }
    }
}
