//! A sizing in progress: its search evaluates the run at each tick, and its decision is executed.

use std::sync::Mutex;
use std::time::Duration;

use super::run_context::RunContext;
use crate::lock::lock;
use crate::plan::Plan;
use crate::report::{
    self, Aggregator, Capacity, Counted, Ended, RateSearch, RateSearchAction, Search, Sought, Span,
    UserSearch, UserSearchAction,
};

/// The input of a search.
struct Now {
    /// The time since the start of the run, and since the start of the load.
    at: Duration,
    load: Duration,
    users: u32,
    counted: Counted,
}

/// The search methods of a sizing.
pub(super) enum SizingRun {
    /// Raises the users evenly.
    Ramp(Search),
    /// Changes the number of users in steps.
    Users(UserSearch),
    /// Changes the rate in steps, with the number of steps so far.
    Rates(RateSearch, u64),
}

impl SizingRun {
    /// The search of a plan, if it has one.
    pub(super) fn from_plan(plan: &Plan) -> Option<Self> {
        Search::from_plan(plan)
            .map(Self::Ramp)
            .or_else(|| UserSearch::from_plan(plan).map(Self::Users))
            .or_else(|| RateSearch::from_plan(plan).map(|search| Self::Rates(search, 0)))
    }

    /// Adds the sliding window that the search needs to the totals.
    pub(super) fn watch(&self, totals: &mut Aggregator) {
        match self {
            Self::Ramp(search) => totals.watch(search.extent(), search.objectives.clone()),
            Self::Users(search) => totals.watch(search.extent(), search.objectives.clone()),
            // Every arrival counts, whichever user takes it.
            Self::Rates(search, _) => totals.watch(search.extent(), Vec::new()),
        }
    }

    /// Evaluates a run with active users, and executes the next step. `busy` is the time for which this process was at
    /// the limit of its processors so far.
    pub(super) fn poll(
        &mut self,
        context: &RunContext,
        totals: &Mutex<Aggregator>,
        users: u32,
        busy: Duration,
    ) {
        let at = context.now();
        let (now, undone, span) = {
            let mut totals = lock(totals);
            (totals.load_time(at), totals.undone(), totals.slide(at, users))
        };
        let counted = Counted { undone, busy, ..Counted::default() };
        self.advance(context, totals, Now { at, load: now, users, counted }, span.as_ref());
        // Afterwards, because a window may just have ended.
        if context.job.plan.sizing_bound().is_some_and(|time| now >= time) {
            self.time_over();
            context.shutdown.drain(Ended::Sized);
        }
    }

    /// Passes the counts to the search, and executes its next step.
    fn advance(&mut self, context: &RunContext, totals: &Mutex<Aggregator>, now: Now, span: Option<&Span>) {
        let Now { at, load: now, users, counted } = now;
        match self {
            Self::Ramp(search) => {
                if span.is_some_and(|span| search.poll(span)) {
                    context.shutdown.drain(Ended::Sized);
                }
            }
            Self::Users(search) => {
                let Some(limit) = context.presence.limit() else { return };
                match search.poll(now, users, counted.busy, span) {
                    UserSearchAction::Wait => {}
                    UserSearchAction::Judge => lock(totals).slide_from(at),
                    UserSearchAction::Users(users) => limit.set(users),
                    UserSearchAction::End => context.shutdown.drain(Ended::Sized),
                }
            }
            Self::Rates(search, begun) => {
                let Some(queue) = context.source.arrivals() else { return };
                let counted = Counted { undone: counted.undone, busy: counted.busy, ..queue.counted() };
                match search.poll(now, counted, span) {
                    RateSearchAction::Wait => {}
                    RateSearchAction::Judge => {
                        lock(totals).slide_from(at);
                        queue.restart_release_lag();
                    }
                    RateSearchAction::Rest => queue.pause(at),
                    RateSearchAction::Load(rate) => {
                        queue.replace_schedule(at, context.job.step(rate, now, *begun));
                        *begun += 1;
                    }
                    RateSearchAction::End => context.shutdown.drain(Ended::Sized),
                }
            }
        }
    }

    /// Ends the search; its result is the state so far.
    fn time_over(&mut self) {
        match self {
            Self::Ramp(search) => search.time_over(),
            Self::Users(search) => search.time_over(),
            Self::Rates(search, _) => search.time_over(),
        }
    }

    /// The duration of a search in which nothing breaks, if it is known.
    pub(super) fn expected(&self) -> Option<Duration> {
        match self {
            Self::Ramp(search) => Some(search.expected()),
            Self::Users(_) | Self::Rates(..) => None,
        }
    }

    /// The progress of the search.
    pub(super) fn progress(&self) -> Sought {
        let (objectives, good, rates) = match self {
            Self::Ramp(search) => (search.objectives(), search.good().cloned(), None),
            Self::Users(search) => (search.objectives(), search.good().cloned(), None),
            Self::Rates(search, _) => (search.objectives(), None, Some((search.rate(), search.good()))),
        };
        Sought { objectives, good, rates }
    }

    /// The number of users that the service sustains, if the run ended that way.
    pub(super) fn users(&self, ended: &Ended) -> Option<report::Sizing> {
        match self {
            Self::Ramp(search) => Some(search.result(ended)),
            Self::Users(search) => Some(search.result()),
            Self::Rates(..) => None,
        }
    }

    /// The rate that the service sustains, as far as it is known.
    pub(super) fn capacity(&self) -> Option<Capacity> {
        match self {
            Self::Rates(search, _) => Some(search.result()),
            Self::Ramp(_) | Self::Users(_) => None,
        }
    }
}
