//! Traces and progress in the queue of an output.

use std::io;
use std::sync::mpsc::Sender;

use molotov_core::{Logged, Paused, Trace};

use super::*;
use crate::output::traces::TraceQueue;

/// Room for so many traces.
const ROOM: usize = CAPACITY / TRACE;

fn line() -> Trace {
    Trace::Logged(Logged::default())
}

/// Counts what it is shown, a piece at a time; with a gate it waits for it, with none its reader went away.
struct Shown {
    pieces: Sender<usize>,
    gate: Option<Receiver<()>>,
}

impl Output for Shown {
    fn name(&self) -> &str {
        "shown"
    }
    fn interest(&self) -> Interest {
        Interest::display()
    }
    fn traces(&mut self, traces: &[Trace]) -> Result {
        let gate = self.gate.as_ref().ok_or(io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.pieces.send(traces.len()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        // The gate is open when its other end is gone.
        let _ = gate.recv();
        Ok(())
    }
}

#[test]
fn what_does_not_fit_is_counted_and_nobody_waits() {
    let (queue, messages) = OutputQueue::new("shown", Interest::display());
    let (pieces, _seen) = channel();
    let (open, gate) = channel();
    let mut served = Served::new(Box::new(Shown { pieces, gate: Some(gate) }), &queue);
    let sink = TraceQueue::with_exchanges(queue.clone());
    drop(open);

    (0..ROOM + 2).for_each(|_| sink.emit(line()));
    sink.emit(Trace::Exchanged(Box::default()));
    sink.emit(Trace::Paused(Paused::default()));
    assert!(!sink.wants_exchange());

    let traces: Vec<_> = messages.try_iter().collect();
    assert_eq!(traces.len(), ROOM);
    for message in traces {
        let OutputMessage::Trace(trace) = message else { panic!("not a trace") };
        served.show(&[trace]);
    }
    assert!(sink.wants_exchange());
    assert_eq!(lock(&queue.traces).shown.lines, ROOM as u64);
    assert_eq!(lock(&queue.traces).missed(), TraceCount { lines: 2, exchanges: 2, pauses: 1 });
}

#[test]
fn what_is_there_at_the_end_is_still_shown_and_what_comes_later_is_not() {
    let (pieces, seen) = channel();
    let (open, gate) = channel();
    let thread = OutputThread::start(Box::new(Shown { pieces, gate: Some(gate) }));
    let sink = TraceQueue::with_exchanges(thread.queue());
    sink.emit(line());
    drop(open);

    let missed = thread.end();
    sink.emit(line());

    assert_eq!((missed, seen.iter().sum::<usize>()), (TraceCount::default(), 1));
    assert!(!sink.wants_exchange());
}

#[test]
fn many_remarks_are_written_in_pieces_and_not_after_everybody_left() {
    let (pieces, seen) = channel();
    let (open, gate) = channel();
    let thread = OutputThread::start(Box::new(Shown { pieces, gate: Some(gate) }));
    let sink = TraceQueue::of_lines(thread.queue());

    (0..3 * TRACES).for_each(|_| sink.emit(line()));
    // The thread has started, and waits for the gate.
    let first = seen.recv().unwrap();
    let missed = thread.end();
    drop(open);

    assert_eq!(missed, TraceCount { lines: 3 * TRACES as u64, ..TraceCount::default() });
    assert!(first <= TRACES, "{first}");
    assert_eq!(seen.iter().count(), 0);
}

#[test]
fn to_a_reader_that_went_away_nothing_was_shown() {
    let (pieces, _seen) = channel();
    let thread = OutputThread::start(Box::new(Shown { pieces, gate: None }));
    let sink = TraceQueue::of_lines(thread.queue());

    sink.emit(line());

    assert_eq!(thread.end(), TraceCount { lines: 1, ..TraceCount::default() });
}

#[test]
fn of_several_that_wait_only_the_latest_progress_comes() {
    let (queue, messages) = OutputQueue::new("shown", Interest::display());

    (0..3).for_each(|users| queue.progress(&RunProgress { users, ..RunProgress::default() }));

    assert_eq!(messages.try_iter().count(), 1);
    assert_eq!(lock(&queue.progress).as_ref().unwrap().users, 2);
}
