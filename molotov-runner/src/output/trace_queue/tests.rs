//! Traces and progress on their way through the queue of an output.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use molotov_core::{Logged, Paused, Result};

use super::*;
use crate::output::output_thread::{OutputThread, Patience};
use crate::output::queue::{CAPACITY, OutputMessage, TRACE};
use crate::output::seam::{Interest, Output};
use crate::output::traces::TraceCount;
use crate::output::worker::{OutputWorker, TRACES};
use crate::report::RunProgress;

/// The number of traces that fit.
const ROOM: usize = CAPACITY / TRACE;

/// Stands for a progress among the sizes of pieces.
const PROGRESS: usize = 0;

fn line() -> Trace {
    Trace::Logged(Logged::default())
}

/// Counts the shown traces, a piece at a time; with a gate it waits for the gate, without one its reader is gone.
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
        // The gate is open when its other end is dropped.
        let _ = gate.recv();
        Ok(())
    }
    fn progress(&mut self, _: &RunProgress) -> Result {
        self.pieces.send(PROGRESS).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(())
    }
}

#[test]
fn overflow_is_counted_and_no_sender_waits() {
    let (queue, messages) = OutputQueue::new("shown", Interest::display());
    let (pieces, _seen) = channel();
    let (open, gate) = channel();
    let (_end, rest) = channel();
    let mut worker = OutputWorker::new(Box::new(Shown { pieces, gate: Some(gate) }), &queue, rest, None);
    let sink = TraceQueue::sink(queue.clone(), TraceLevel::Exchanges);
    drop(open);

    (0..ROOM + 2).for_each(|_| sink.emit(line()));
    sink.emit(Trace::Exchanged(Box::default()));
    sink.emit(Trace::Paused(Paused::default()));
    assert!(!sink.wants_exchange());

    let traces: Vec<_> = messages.try_iter().collect();
    assert_eq!(traces.len(), ROOM);
    for message in traces {
        let OutputMessage::Trace(trace) = message else { panic!("not a trace") };
        worker.show(&[trace]);
    }
    assert!(sink.wants_exchange());
    assert_eq!(lock(&queue.state.traces).shown.lines, ROOM as u64);
    assert_eq!(lock(&queue.state.traces).missed(), TraceCount { lines: 2, exchanges: 2, pauses: 1 });
}

#[test]
fn traces_before_the_end_are_shown_and_later_ones_are_not() {
    let (queue, messages) = OutputQueue::new("shown", Interest::display());
    let (pieces, seen) = channel();
    let (open, gate) = channel();
    let worker = OutputWorker::new(Box::new(Shown { pieces, gate: Some(gate) }), &queue, messages, None);
    let sink = TraceQueue::sink(queue.clone(), TraceLevel::Exchanges);
    drop(open);
    sink.emit(line());
    queue.progress(&RunProgress::default());

    queue.close();
    sink.emit(line());

    assert!(worker.run().is_some());
    assert_eq!(seen.iter().collect::<Vec<_>>(), [1, PROGRESS]);
    assert!(!sink.wants_exchange());
    assert_eq!(lock(&queue.state.traces).missed(), TraceCount::default());
}

#[test]
fn many_remarks_are_written_in_pieces_and_not_after_everybody_left() {
    let (pieces, seen) = channel();
    let (open, gate) = channel();
    let mut thread = OutputThread::start(Box::new(Shown { pieces, gate: Some(gate) }), None);
    thread.patience = Patience { step: Duration::ZERO, steps: 1 };
    let sink = TraceQueue::sink(thread.queue(), TraceLevel::Lines);

    (0..3 * TRACES).for_each(|_| sink.emit(line()));
    // The thread has started, and waits at the gate.
    let first = seen.recv().unwrap();
    let missed = thread.close();
    drop(open);

    assert_eq!(missed, TraceCount { lines: 3 * TRACES as u64, ..TraceCount::default() });
    assert!(first <= TRACES, "{first}");
    assert_eq!(seen.iter().count(), 0);
}

#[test]
fn to_a_reader_that_went_away_nothing_was_shown() {
    let (queue, messages) = OutputQueue::new("shown", Interest::display());
    let (pieces, _seen) = channel();
    let worker = OutputWorker::new(Box::new(Shown { pieces, gate: None }), &queue, messages, None);

    TraceQueue::sink(queue.clone(), TraceLevel::Lines).emit(line());
    queue.close();

    assert!(worker.run().is_some());
    let missed = lock(&queue.state.traces).missed();
    assert_eq!(missed, TraceCount { lines: 1, ..TraceCount::default() });
}

#[test]
fn of_several_that_wait_only_the_latest_progress_comes() {
    let (queue, messages) = OutputQueue::new("shown", Interest::display());

    (0..3).for_each(|users| queue.progress(&RunProgress { users, ..RunProgress::default() }));

    assert_eq!(messages.try_iter().count(), 1);
    assert_eq!(lock(&queue.state.progress).as_ref().unwrap().users, 2);
}
