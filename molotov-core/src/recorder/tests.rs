//! Records of several threads reach the reader exactly once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use super::*;
use crate::sample::{Outcome, Value};

fn counting() -> (Recorder, Arc<AtomicU64>) {
    let count = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&count);
    let recorder = Recorder::new(2, move |records| {
        seen.fetch_add(records.len() as u64, Ordering::Relaxed);
    });
    (recorder, count)
}

#[test]
fn no_record_is_lost_between_threads_a_reader_and_full_buffers() {
    const EACH: u64 = 80_000;
    let (recorder, count) = counting();
    let series = recorder.series(SeriesKind::Scenario, "idle");
    let (start, short, long) = (Duration::ZERO, Duration::from_micros(3), Duration::MAX);

    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..EACH {
                    let service = if n % 10 == 0 { long } else { short };
                    recorder.push(Record::Sample(Sample::new(series, Outcome::Ok, start, service)));
                }
            });
        }
        scope.spawn(|| (0..50).for_each(|_| recorder.drain()));
    });
    recorder.drain();

    assert_eq!(count.load(Ordering::Relaxed), 4 * EACH);
}

#[test]
fn reader_receives_all_records() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let kept = Arc::clone(&seen);
    let recorder = Recorder::new(1, move |records| {
        lock(&kept).extend(records.iter().map(|record| format!("{record:?}")));
    });
    let scenario = recorder.series(SeriesKind::Scenario, "browse");
    let gauge = recorder.series(SeriesKind::Gauge, "queue");
    let sample = |service| Record::Sample(Sample::new(scenario, Outcome::Ok, Duration::ZERO, service));
    let records = [
        Record::Started(scenario, 3),
        sample(Duration::from_secs(1)),
        sample(Duration::from_secs(2)),
        sample(Duration::MAX),
        Record::Value(gauge, Value::Set(1.5)),
        Record::Braked,
    ];

    records.iter().for_each(|record| recorder.push(record.clone()));
    recorder.drain();
    recorder.drain();

    assert_eq!(*lock(&seen), records.map(|record| format!("{record:?}")));
}

/// Holds each lock of the recorder while a thread records a sample and counts an iteration and a request.
#[test]
fn recording_takes_no_lock() {
    let (recorder, count) = counting();
    let series = recorder.series(SeriesKind::Scenario, "idle");
    let sample = Sample::new(series, Outcome::Ok, Duration::ZERO, Duration::from_micros(3));
    let (locked, is_locked) = mpsc::channel();
    let (recorded, is_recorded) = mpsc::channel();
    let recorder = &recorder;

    std::thread::scope(|scope| {
        scope.spawn(move || {
            // The first record of a thread finds its buffer.
            recorder.push(Record::Sample(sample));
            recorded.send(()).unwrap();
            is_locked.recv().unwrap();
            recorder.push(Record::Sample(sample));
            recorder.push(Record::Started(series, 1));
            recorder.request(Duration::ZERO);
            recorded.send(()).unwrap();
        });
        is_recorded.recv().unwrap();
        let own = (lock(&recorder.reading), recorder.names.write().unwrap(), lock(&recorder.targets));
        let of_buffers = recorder.buffers.hold_locks();
        locked.send(()).unwrap();
        let done = is_recorded.recv_timeout(Duration::from_secs(60));
        drop((own, of_buffers));
        done.unwrap();
    });
    recorder.drain();

    assert_eq!((count.load(Ordering::Relaxed), recorder.requests().started), (3, 1));
}
