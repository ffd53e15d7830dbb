//! The sum of courses of any length, and their round trip.

use proptest::prelude::*;

use super::*;

fn part(micros: &[u64]) -> CoursePart {
    let counts = micros.iter().map(|micros| CoarseCounts::from_counts([(bucket_of(*micros), 1)]));
    let latencies = counts.fold(CoarseCounts::default(), Merge::merge);
    CoursePart { failed: micros.len() as u64 / 3, latencies }
}

fn course(seconds: &[(u64, Vec<u64>)]) -> Course {
    let mut course = Course::default();
    seconds.iter().for_each(|(second, micros)| course.add(*second, part(micros)));
    course
}

fn seconds() -> impl Strategy<Value = Vec<(u64, Vec<u64>)>> {
    // Runs of some seconds, of some minutes, and of some hours.
    let second = (0u64..20_000, 0u32..12).prop_map(|(second, shift)| second >> shift);
    prop::collection::vec((second, prop::collection::vec(1u64..4_000_000_000, 1..9)), 0..20)
}

proptest! {
    #[test]
    fn merged_courses_are_that_of_one_run(one in seconds(), other in seconds(), third in seconds()) {
        let whole = course(&[one.clone(), other.clone(), third.clone()].concat());
        let [one, other, third] = [one, other, third].map(|seconds| course(&seconds));

        prop_assert!(whole.parts.len() <= MAX_POINTS);
        prop_assert_eq!(&one.clone().merge(other.clone()).merge(third.clone()), &whole);
        prop_assert_eq!(&Course::sum([&third, &one, &other].into_iter()), &whole);
        prop_assert_eq!(&third.merge(other.merge(one)), &whole);
        let text = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Course>(&text).unwrap(), whole);
    }

    #[test]
    fn percentile_is_at_most_six_percent_too_great(micros in prop::collection::vec(1u64..3_600_000_000, 2..300)) {
        let found = PartSums::from_parts(&[part(&micros)]).latencies.percentile(50.0).unwrap();
        let mut sorted = micros.clone();
        sorted.sort_unstable();
        let exact = Duration::from_micros(sorted[micros.len().div_ceil(2) - 1]);

        prop_assert!(found >= exact && found <= exact.mul_f64(1.0 + 1.0 / 16.0), "{found:?} {exact:?}");
    }
}

#[test]
fn text_that_was_changed_is_refused() {
    let good = r#"{"length_ms": 1000, "failed": "0 1", "histograms": "5,1;9,2 12,1"}"#;
    assert_eq!(serde_json::from_str::<Course>(good).unwrap().points()[1].count, 3);
    for (from, to) in [
        ("1000", "3000"),
        ("0 1", "0"),
        ("0 1", "0 x"),
        ("12,1", "+12,1"),
        ("12,1", "12"),
        ("12,1", "9,1"),
        ("12,1", "2000,1"),
        ("5,1", "5,0"),
    ] {
        assert!(serde_json::from_str::<Course>(&good.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn points_that_are_added_up_keep_all_counts() {
    let course = course(&(0..100).map(|second| (second, vec![1_000 * (second + 1); 2])).collect::<Vec<_>>());

    let few = course.in_points(40);

    assert_eq!((few.len(), few[0].length), (25, Duration::from_secs(4)));
    assert_eq!(few.iter().map(|point| point.count).sum::<u64>(), 200);
    assert_eq!(course.in_points(1).len(), 1);
    assert_eq!(course.in_points(100), course.points());
}
