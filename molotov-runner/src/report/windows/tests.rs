//! Windows of any length lose no count.

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;

#[test]
fn long_run_keeps_few_windows_and_every_count() {
    let mut windows = Windows::default();
    for second in 1..=5_000u64 {
        windows.open.requests += 3;
        windows.latencies.record(Duration::from_millis(second));
        windows.release();
        windows.close(S(second), S(second), 1);
        assert_eq!(windows.take_ready().len(), usize::from(second > 1));
    }

    assert!(windows.closed().len() <= MAX_WINDOWS);
    assert_eq!(windows.closed().iter().map(|window| window.requests).sum::<u64>(), 15_000);
    let latencies = windows.closed().iter().map(|window| window.latency.to_latencies().count());
    assert_eq!(latencies.sum::<u64>(), 5_000);
    assert!(windows.closed()[..312].iter().all(|window| window.length == S(16)));
    assert_eq!(windows.closed()[1].start, S(16));
}

#[test]
fn starts_are_divided_by_time() {
    let mut windows = Windows::default();
    windows.end_tick(Duration::from_millis(950));
    windows.count_started(100);

    windows.close(S(1), Duration::from_millis(1_050), 1);
    windows.end_tick(Duration::from_millis(1_050));

    assert_eq!((windows.closed()[0].started, windows.open.started), (50, 50));
}

#[test]
fn second_that_was_closed_twice_is_one_window() {
    let mut windows = Windows::default();
    windows.open.iterations = 2;
    windows.finish(Duration::from_millis(500));
    windows.open.iterations = 1;
    windows.close(S(1), S(1), 4);

    let window = &windows.closed()[0];
    assert_eq!((windows.closed().len(), window.iterations, window.length, window.users), (1, 3, S(1), 4));
}

#[test]
fn arrivals_are_in_the_second_in_which_they_were_due() {
    let mut windows = Windows::default();
    windows.count_due(0, 3);
    windows.count_due(1, 2);
    windows.close(S(1), Duration::from_millis(1_050), 1);
    windows.count_due(0, 4);
    windows.count_due(1, 5);
    windows.release();

    assert_eq!((windows.closed()[0].scheduled, windows.open.scheduled), (7, 7));
    assert_eq!(windows.take_ready()[0].scheduled, 7, "those that came late are in the outputs too");
}
