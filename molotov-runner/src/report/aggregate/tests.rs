//! That everything is counted once, and in its place.

use molotov_core::{Outcome, Record, Recorder, Sample, SeriesId, SeriesKind};

use super::*;

#[test]
fn rows_add_up_to_the_whole_also_when_an_iteration_never_comes_back() {
    let recorder = Recorder::new(1, |_| {});
    let series = recorder.series(SeriesKind::Scenario, "stuck");
    let mut aggregator = Aggregator::default();
    aggregator.absorb(&mut vec![Record::Started(series, 1)]);
    aggregator.learn(&recorder);

    let totals = aggregator.finish(Duration::ZERO);

    assert_eq!(totals.iterations.cancelled, 1);
    assert_eq!(totals.scenarios[0].cancelled, 1);
}

fn request(series: SeriesId) -> Record {
    let mut sample = Sample::new(series, Outcome::Ok, Duration::ZERO, Duration::from_millis(1));
    (sample.sent, sample.received, sample.status) = (1, 1, 200);
    Record::Sample(sample)
}

#[test]
fn rates_are_of_what_ended_while_users_were_running() {
    let mut aggregator = Aggregator::default();
    let series = SeriesId::new(0, SeriesKind::Route);

    aggregator.absorb(&mut vec![request(series); 5]);
    aggregator.start_load(Duration::from_secs(1));
    aggregator.absorb(&mut vec![request(series); 3]);
    aggregator.end_load(Duration::from_secs(2));
    aggregator.absorb(&mut vec![request(series); 2]);

    let totals = aggregator.finish(Duration::from_secs(2));
    assert_eq!((totals.requests.ok, totals.requests.in_load), (10, 3));
}
