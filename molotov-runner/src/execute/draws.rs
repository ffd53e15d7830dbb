//! Draws of rows for calls: the feeder, and the row.

use molotov_core::{Dependency, Error, Exhausted, Rows, Turn, UserId};

use super::run_context::RunContext;
use crate::report::Ended;

/// The number of rows that a user has drawn from each feeder. It survives the user's session.
#[derive(Default)]
pub(super) struct Draws(Vec<u64>);

impl Draws {
    /// The next rows of these feeders; `None` if a feeder has no more, which ends the run.
    pub(super) fn draw(
        &mut self,
        context: &RunContext,
        user: UserId,
        feeds: &[usize],
    ) -> Option<Result<Rows, Error>> {
        drawn(context, feeds, |index| turn(context, user, self.next(index)))
    }

    /// Skips the draws of an iteration.
    pub(super) fn skip(&mut self, context: &RunContext, feeds: &[usize]) {
        for index in feeds {
            self.next(*index);
            match context.job.feeds.get(*index) {
                Some(feeder) if feeder.is_shared() => feeder.skip(1),
                _ => {}
            }
        }
    }

    /// Returns the number of earlier draws from this feeder, and counts this draw.
    fn next(&mut self, index: usize) -> u64 {
        if self.0.len() <= index {
            self.0.resize(index + 1, 0);
        }
        let before = self.0[index];
        self.0[index] += 1;
        before
    }
}

/// The rows of a fixture. They are always the user's first rows, independent of earlier draws.
pub(super) fn for_fixture(
    context: &RunContext,
    user: UserId,
    needs: &[Dependency],
) -> Option<Result<Rows, Error>> {
    drawn(context, &context.job.feeds.indices_for(needs), |_| turn(context, user, 0))
}

fn turn(context: &RunContext, user: UserId, nth: u64) -> Turn {
    Turn::new(context.job.seed, user, context.job.plan.user_count(), nth)
}

fn drawn(
    context: &RunContext,
    feeds: &[usize],
    mut turn: impl FnMut(usize) -> Turn,
) -> Option<Result<Rows, Error>> {
    let mut rows = Rows::default();
    for index in feeds {
        let turn = turn(*index);
        let Some(feeder) = context.job.feeds.get(*index) else { continue };
        match feeder.draw(&turn, &mut rows) {
            Ok(()) => {}
            Err(Exhausted::Fail(error)) => return Some(Err(error)),
            Err(Exhausted::Stop(why)) => {
                context.shutdown.drain(Ended::DataExhausted(why));
                return None;
            }
            // For any future variant there is no row, which must not end the run silently.
            Err(other) => return Some(Err(Error::msg(format!("no row of `{}`: {other:?}", feeder.name())))),
        }
    }
    Some(Ok(rows))
}
