//! The search from rate to rate: it lets each settle, checks that it holds, and lets the service rest after a breach.
//!
//! Its input is the time and the counts, and its output is the next action, so it also runs on a simulated service.

use std::time::Duration;

use molotov_core::Rate;

use super::bisection::{Found, LevelResult, Levels, Next, Steps};
use super::capacity::{Capacity, CapacityOutcome, CapacityStep};
use super::ramp::{is_of_this_machine, signs};
use super::{FARTHEST, SAMPLES};
use crate::plan::objective::Objective;
use crate::plan::sizing::{HOLDING, RESTING, SETTLING};
use crate::plan::{Plan, SearchWay};
use crate::report::Observed;
use crate::report::objective::{Judgement, Measured};
use crate::report::sliding::{Span, WindowExtent};

/// The least rate; a lower one has too few samples in a minute.
const LEAST: Rate = Rate::per_second(2);

/// The greatest rate.
const MOST: Rate = Rate::per_second(1_000_000);

/// The share of arrivals (2 %) by which the unfinished ones may grow while a rate holds. Beyond it the service does not
/// keep up, and its latencies will exceed their bounds sooner or later.
const FALLS_BEHIND: f64 = 0.02;

/// The number of standard deviations (the root of the number, for independent arrivals) by which the number of
/// iterations in flight may grow by chance.
const BY_CHANCE: f64 = 3.0;

/// The 99th percentile of the release lag of arrivals from which on this machine is at fault, as in the verdict.
const LAG: Duration = Duration::from_millis(10);

/// The share of arrivals that found all users busy (10 %) from which on more users might have done more.
const WAITED: f64 = 0.1;

/// The factor up to which a service counts as equally fast, so that users do not wait because of it.
const AS_FAST: f64 = 1.5;

/// The state of a search.
#[derive(Clone, Debug)]
pub(crate) struct RateSearch {
    objectives: Vec<Objective>,
    users: u32,
    steps: Steps,
    phase: RatePhase,
    settling: Duration,
    /// The median of the service times at the last rate that held.
    service: Option<Duration>,
    tried: Vec<CapacityStep>,
    /// The breach of an objective in an incomplete window.
    signs: Option<String>,
    outcome: CapacityOutcome,
}

#[derive(Clone, Copy, Debug)]
enum RatePhase {
    /// The end of the settling time.
    Settling(Duration),
    /// The counts at the start of the window.
    Holding(Counted),
    /// The latest end of the rest.
    Resting(Duration),
    Over,
}

/// The counts so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    /// Due arrivals.
    pub(crate) scheduled: u64,
    /// Of these, arrivals without a finished iteration: they wait or are in flight.
    pub(crate) undone: u64,
    /// Dropped arrivals.
    pub(crate) dropped: u64,
    /// Arrivals that found all users busy.
    pub(crate) waited: u64,
    /// `true` if all users are idle.
    pub(crate) is_idle: bool,
    /// The time for which this process was at the limit of its processors.
    pub(crate) busy: Duration,
    /// The release lag of arrivals since the rate was first judged: the 99th percentile.
    pub(crate) lag: Option<Duration>,
}

/// The run's next action for a search for a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateSearchAction {
    Wait,
    /// The window starts now.
    Judge,
    /// Nothing more is due, and waiting arrivals are dropped.
    Rest,
    /// From now on, arrivals are due at this rate.
    Load(Rate),
    End,
}

impl RateSearch {
    /// The search of a plan, if it has one.
    pub(crate) fn from_plan(plan: &Plan) -> Option<Self> {
        let Some((sizing, SearchWay::Rates(rate))) = plan.search() else { return None };
        Some(Self {
            objectives: sizing.objectives.clone(),
            users: plan.user_count(),
            steps: Steps::new(levels(rate)),
            phase: RatePhase::Settling(SETTLING.0),
            settling: SETTLING.0,
            service: None,
            tried: Vec::new(),
            signs: None,
            outcome: CapacityOutcome::Unfinished,
        })
    }

    /// Windows that grow until they are judged, and keep all samples.
    pub(crate) fn extent(&self) -> WindowExtent {
        WindowExtent { least: HOLDING, iterations: u64::MAX, latencies: u64::MAX, most: FARTHEST * 2 }
    }

    /// The objectives in words.
    pub(crate) fn objectives(&self) -> String {
        self.objectives.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Returns the current rate.
    pub(crate) fn rate(&self) -> Rate {
        Rate::from_thousandths_per_hour(self.steps.level())
    }

    /// Returns the greatest rate that held so far.
    pub(crate) fn good(&self) -> Option<Rate> {
        self.steps.good().map(Rate::from_thousandths_per_hour)
    }

    /// Evaluates the run; `now` is the time since the first arrival, and `span` the window if it has a new part.
    pub(crate) fn poll(&mut self, now: Duration, counted: Counted, span: Option<&Span>) -> RateSearchAction {
        match self.phase {
            RatePhase::Settling(until) if now >= until => {
                self.phase = RatePhase::Holding(counted);
                RateSearchAction::Judge
            }
            RatePhase::Resting(until) if counted.is_idle || now >= until => self.load(now),
            RatePhase::Holding(before) => match span {
                Some(span) if span.length() >= HOLDING => {
                    self.judge(now, RateWindow::new(before, counted, span))
                }
                Some(span) => {
                    let broken = signs(&self.objectives, span);
                    self.signs = broken.map(|(objective, measured)| self::broken(objective, measured));
                    RateSearchAction::Wait
                }
                None => RateSearchAction::Wait,
            },
            RatePhase::Settling(_) | RatePhase::Resting(_) | RatePhase::Over => RateSearchAction::Wait,
        }
    }

    /// Judges a complete window.
    fn judge(&mut self, now: Duration, window: RateWindow<'_>) -> RateSearchAction {
        let rate = self.rate();
        self.signs = None;
        if is_of_this_machine(&self.objectives, window.span) {
            return self.at_limit(&window, super::LOCAL_FAULTS.to_owned(), super::LOCAL_FAULTS.to_owned());
        }
        match self.verdict(&window) {
            WindowVerdict::TooFew if window.span.length() < FARTHEST => RateSearchAction::Wait,
            // A greater rate has more samples.
            WindowVerdict::TooFew => match self.steps.skip() {
                Some(_) => self.load(now),
                None => self.finish(CapacityOutcome::TooFewSamples { rate }),
            },
            WindowVerdict::Held => {
                self.tried.push(window.step(rate, None));
                self.settling = window.settling();
                self.service = window.span.service().percentile(50.0);
                self.advance(now, LevelResult::Held)
            }
            WindowVerdict::Behind(_) if self.is_unsettled(&window) => {
                let had = self.settling + window.span.length();
                self.settling = window.settling();
                self.phase = RatePhase::Settling(now + self.settling.saturating_sub(had));
                RateSearchAction::Wait
            }
            WindowVerdict::Broken(why) | WindowVerdict::Behind(why) => {
                if let Some(fault) = self.fault_of_this_machine(&window) {
                    return self.at_limit(&window, why, fault);
                }
                self.tried.push(window.step(rate, Some(why)));
                self.advance(now, LevelResult::Broke)
            }
        }
    }

    /// Ends the search at the limit of this machine, which caused the breach.
    fn at_limit(&mut self, window: &RateWindow<'_>, broken: String, why: String) -> RateSearchAction {
        let rate = self.rate();
        self.tried.push(CapacityStep { generator: Some(why.clone()), ..window.step(rate, Some(broken)) });
        self.finish(CapacityOutcome::Generator { rate, why })
    }

    /// Ends the search at its time limit.
    pub(crate) fn time_over(&mut self) {
        if !matches!(self.phase, RatePhase::Over) {
            self.finish(CapacityOutcome::TimeOver);
        }
    }

    fn verdict(&self, window: &RateWindow<'_>) -> WindowVerdict {
        let mut verdict = WindowVerdict::Held;
        for objective in &self.objectives {
            match objective.judge(window.span, SAMPLES.max(objective.samples())) {
                Judgement::Held => {}
                Judgement::TooFewSamples => verdict = WindowVerdict::TooFew,
                Judgement::Broken(measured) => return WindowVerdict::Broken(broken(objective, measured)),
            }
        }
        if window.scheduled() < SAMPLES {
            return WindowVerdict::TooFew;
        }
        match window.growth() {
            Growth::None => verdict,
            Growth::ByChance if window.span.length() < FARTHEST => WindowVerdict::TooFew,
            Growth::ByChance => verdict,
            Growth::Behind(why) => WindowVerdict::Behind(why),
        }
    }

    /// Returns `true` if the number of unfinished arrivals may have grown only because there were none at the start,
    /// and each takes its time: that time was unknown at the first rate.
    fn is_unsettled(&self, window: &RateWindow<'_>) -> bool {
        self.steps.good().is_none() && self.settling == SETTLING.0 && window.settling() > SETTLING.0
    }

    /// Returns the reason why a rate may have been too much for the load generator instead of the service.
    fn fault_of_this_machine(&self, window: &RateWindow<'_>) -> Option<String> {
        if let Some(lag) = window.counted.lag.filter(|lag| *lag > LAG) {
            return Some(format!("it released arrivals up to {} ms late (p99)", lag.as_millis()));
        }
        if window.busy() * 2 >= window.span.length() {
            return Some("it used all of its processors".into());
        }
        let median = window.span.service().percentile(50.0);
        let is_as_fast = self
            .service
            .zip(median)
            .is_some_and(|(before, now)| now.as_secs_f64() <= before.as_secs_f64() * AS_FAST);
        let users = self.users;
        (is_as_fast && window.share_that_waited() > WAITED).then(|| {
            format!("all of its {users} users were busy while the service was as fast as before; --users says how many")
        })
    }

    fn advance(&mut self, now: Duration, shown: LevelResult) -> RateSearchAction {
        let outcome = match (self.steps.record(shown), shown) {
            (Next::Try(_), LevelResult::Held) => return self.load(now),
            (Next::Try(_), LevelResult::Broke) => {
                self.phase = RatePhase::Resting(now + RESTING);
                return RateSearchAction::Rest;
            }
            (Next::Found(found), _) => found,
        };
        self.finish(match outcome {
            Found::Between(..) => CapacityOutcome::Found,
            Found::NoLimit(_) => CapacityOutcome::NoLimit,
            Found::Nothing(_) => CapacityOutcome::Nothing,
            Found::Unsteady => CapacityOutcome::Unsteady,
        })
    }

    fn load(&mut self, now: Duration) -> RateSearchAction {
        self.phase = RatePhase::Settling(now + self.settling);
        RateSearchAction::Load(self.rate())
    }

    fn finish(&mut self, outcome: CapacityOutcome) -> RateSearchAction {
        self.phase = RatePhase::Over;
        self.outcome = outcome;
        RateSearchAction::End
    }

    /// Returns the result so far, for any time and reason of the run's end.
    pub(crate) fn result(&self) -> Capacity {
        let is_open = matches!(self.outcome, CapacityOutcome::Unfinished | CapacityOutcome::TimeOver);
        Capacity {
            objectives: self.objectives.iter().map(ToString::to_string).collect(),
            outcome: self.outcome.clone(),
            good: self.good(),
            bad: self.steps.bad().map(Rate::from_thousandths_per_hour),
            trying: is_open.then(|| self.rate()),
            trying_broken: self.signs.clone().filter(|_| is_open),
            steps: self.tried.clone(),
        }
    }
}

/// The range of rates, starting with this one.
pub(super) fn levels(first: Rate) -> Levels {
    let first = first.thousandths_per_hour();
    Levels { least: LEAST.thousandths_per_hour().min(first), first, most: MOST.thousandths_per_hour() }
}

/// The judgement of a window for a rate.
enum WindowVerdict {
    Held,
    Broken(String),
    /// The number of unfinished arrivals keeps growing.
    Behind(String),
    TooFew,
}

/// The growth of the number of unfinished arrivals.
enum Growth {
    None,
    /// A longer window is needed.
    ByChance,
    /// The service falls behind; the reason in words.
    Behind(String),
}

/// A window, and the counts before and after it.
struct RateWindow<'s> {
    before: Counted,
    counted: Counted,
    span: &'s Span,
}

impl<'s> RateWindow<'s> {
    fn new(before: Counted, counted: Counted, span: &'s Span) -> Self {
        Self { before, counted, span }
    }

    fn scheduled(&self) -> u64 {
        self.counted.scheduled - self.before.scheduled
    }

    fn busy(&self) -> Duration {
        self.counted.busy.saturating_sub(self.before.busy)
    }

    fn share_that_waited(&self) -> f64 {
        (self.counted.waited - self.before.waited) as f64 / self.scheduled().max(1) as f64
    }

    /// Returns the settling time of a rate, from the duration of its iterations.
    fn settling(&self) -> Duration {
        let longest = self.span.latencies_of_iterations().percentile(99.0);
        longest.map_or(SETTLING.1, |longest| (longest * 2).clamp(SETTLING.0, SETTLING.1))
    }

    /// Returns the growth of the number of unfinished arrivals.
    fn growth(&self) -> Growth {
        let (before, now) = (self.before, self.counted);
        let more = (now.undone + now.dropped).saturating_sub(before.undone + before.dropped);
        let by_chance = BY_CHANCE * (before.undone as f64 + 1.0).sqrt();
        let due = self.scheduled();
        match more as f64 {
            more if more <= due as f64 * FALLS_BEHIND => Growth::None,
            more if more <= by_chance => Growth::ByChance,
            _ => Growth::Behind(format!("it fell behind: of {due} arrivals {more} were not done in time")),
        }
    }

    fn step(&self, rate: Rate, broken: Option<String>) -> CapacityStep {
        let latencies = self.span.latencies();
        CapacityStep {
            rate,
            broken,
            generator: None,
            window: self.span.length(),
            scheduled: self.scheduled(),
            iterations: self.span.iterations,
            failed_iterations: self.span.failed,
            p50: latencies.percentile(50.0),
            p95: latencies.percentile(95.0),
            p99: latencies.percentile(99.0),
        }
    }
}

fn broken(objective: &Objective, measured: Measured) -> String {
    match measured {
        Measured::Errors(share) => format!("{:.1}% failed ({objective})", share.in_percent()),
        Measured::Latency(time) | Measured::AtLeast(time) => {
            let text = objective.to_string();
            let name = text.split(' ').next().unwrap_or_default();
            let observed = match measured {
                Measured::AtLeast(_) => Observed::AtLeast(time),
                _ => Observed::Time(time),
            };
            format!("{name} was {observed} ({text})")
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
