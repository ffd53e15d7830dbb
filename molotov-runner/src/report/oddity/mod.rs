//! The oddities of a run, which its headline must contain because an exit code of 0 would hide them.

mod find;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::exit::ExitCode;
use super::summary::Report;
use super::verdict::Verdict;

/// A property that a good run does not have, with its figures. Its [`Display`](std::fmt::Display) form is a sentence.
///
/// ```
/// use molotov::report::{Conclusion, OddityKind};
/// # use molotov::{Scenario, Session, Suite};
/// use molotov::{Plan, RunExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Its author forgot an `.await`.
/// let forgetful = Scenario::builder("forgetful", |mut cx| {
///     let session: &mut Session = cx.arg();
///     drop(session.get("/").send());
///     Box::pin(async { Ok(()) })
/// });
/// let suite = Suite::new().scenario(forgetful.needs::<&mut Session>());
///
/// let report = suite.run(Plan::users(1).max_runs(3).host("http://localhost:8080")).await?;
///
/// assert_eq!(report.oddities()[0].kind, OddityKind::NoRequests);
/// assert_eq!(report.conclusion(), Conclusion::Warning);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Oddity {
    /// The kind of oddity.
    pub kind: OddityKind,
    /// The scenarios, routes or checks; empty for the whole run.
    pub names: Vec<String>,
    /// The odd figure: see [`OddityKind`].
    pub part: f64,
    /// The whole or the reference value of that figure.
    pub whole: f64,
    /// Its start, since the start of the first user; only for some kinds, as documented there.
    #[serde(rename = "since_ms", with = "molotov_core::millis::option")]
    pub since: Option<std::time::Duration>,
}

/// The oddities of a run. The names ([`OddityKind::as_str`]) are stable.
///
/// | kind | `names` | `part` | `whole` |
/// |---|---|---|---|
/// | `nothing_ended` | scenarios, or none for all | 0 | started iterations |
/// | `went_silent` | | the time of the last end, in seconds since the first user started | the length of the run, in seconds |
/// | `failed_to_the_end` | | the time from which on every request failed, in seconds since the first user started | the length of the run, in seconds |
/// | `iterations_failed_to_the_end` | | the time from which on every iteration failed, in seconds since the first user started | the length of the run, in seconds |
/// | `stood_still` | | the time in which nothing ended although four requests or more waited, in seconds | the length of the load, in seconds |
/// | `time_lost` | | the time of all users on requests that failed late or were cancelled, in seconds | the time of all users, in seconds |
/// | `users_stuck` | | users, or arrivals of an open model, whose requests had no response when they were cancelled | all of them |
/// | `no_requests` | scenarios | 0 | their good iterations |
/// | `requests_failed` | | failed requests | finished requests |
/// | `scenarios_failed` | scenarios, or none for all | failed iterations | the same |
/// | `routes_failed` | routes | failed requests | the same |
/// | `checks_failed` | checks | the number of failures | the number of checks |
/// | `rate_missed` | | finished iterations per second | due iterations per second |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OddityKind {
    /// Iterations were started and none was finished.
    NothingEnded,
    /// At the end of the run requests were waiting, and none had ended for a long time.
    WentSilent,
    /// In the last part of the load every request failed, even if failures are tolerated, but not before.
    FailedToTheEnd,
    /// In the last part of the load every iteration failed, but not before; requests did not, or there were none.
    IterationsFailedToTheEnd,
    /// For a good part of the load nothing ended although many requests were waiting.
    StoodStill,
    /// Users waited in vain when the run ended, although others got responses.
    UsersStuck,
    /// Users of a closed model spent much of their time on requests that failed late or were cancelled.
    TimeLost,
    /// Scenarios with a session sent nothing on it: an `.await` is missing.
    NoRequests,
    /// Many requests failed although their iterations did not: the results of `send()` are not checked.
    RequestsFailed,
    /// Every iteration failed, of all scenarios or of these.
    ScenariosFailed,
    /// Every request of these routes failed.
    RoutesFailed,
    /// Soft checks without a threshold failed.
    ChecksFailed,
    /// More iterations were due than were done.
    RateMissed,
}

impl OddityKind {
    /// Every kind, gravest first.
    pub const ALL: &'static [Self] = &[
        Self::NothingEnded,
        Self::WentSilent,
        Self::FailedToTheEnd,
        Self::IterationsFailedToTheEnd,
        Self::StoodStill,
        Self::UsersStuck,
        Self::TimeLost,
        Self::NoRequests,
        Self::RequestsFailed,
        Self::ScenariosFailed,
        Self::RoutesFailed,
        Self::ChecksFailed,
        Self::RateMissed,
    ];

    /// The stable name, for instance `no_requests`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingEnded => "nothing_ended",
            Self::WentSilent => "went_silent",
            Self::FailedToTheEnd => "failed_to_the_end",
            Self::IterationsFailedToTheEnd => "iterations_failed_to_the_end",
            Self::StoodStill => "stood_still",
            Self::UsersStuck => "users_stuck",
            Self::TimeLost => "time_lost",
            Self::NoRequests => "no_requests",
            Self::RequestsFailed => "requests_failed",
            Self::ScenariosFailed => "scenarios_failed",
            Self::RoutesFailed => "routes_failed",
            Self::ChecksFailed => "checks_failed",
            Self::RateMissed => "rate_missed",
        }
    }
}

/// The conclusion of a run about the service, in one word: the first word of its headline.
///
/// ```
/// use molotov::report::Conclusion;
///
/// assert_eq!(Conclusion::Passed.as_str(), "passed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conclusion {
    /// Thresholds were judged and kept, and nothing is odd.
    Passed,
    /// Nothing was judged and nothing is odd: the headline counts and claims nothing. Also the result of a sizing.
    Counted,
    /// The exit code is 0, but something is odd ([`Report::oddities`]), or the load generator was at fault.
    Warning,
    /// The exit code is that of a failure.
    Failed,
    /// The load generator was at fault: exit code 4.
    Invalid,
    /// Ended by Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM.
    Terminated,
    /// Ended by SIGHUP.
    HungUp,
}

impl Conclusion {
    /// The stable name: `passed`, `counted`, `warning`, `failed`, `invalid`, `interrupted`, `terminated`, `hung_up`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Counted => "counted",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
            Self::HungUp => "hung_up",
        }
    }
}

impl Report {
    /// Returns the oddities of the run, gravest first.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// for oddity in report.oddities() {
    ///     println!("{}: {:?}", oddity.kind.as_str(), oddity.names);
    /// }
    /// # }
    /// ```
    pub fn oddities(&self) -> Vec<Oddity> {
        find::all(self)
    }

    /// Returns the conclusion on the service, in one word. [`Report::verdict`] is about the load generator.
    pub fn conclusion(&self) -> Conclusion {
        match self.exit_code() {
            ExitCode::Interrupted => Conclusion::Interrupted,
            ExitCode::Terminated => Conclusion::Terminated,
            ExitCode::HungUp => Conclusion::HungUp,
            ExitCode::Invalid => Conclusion::Invalid,
            ExitCode::Ok | ExitCode::NotWritten => self.conclusion_of_success(),
            _ => Conclusion::Failed,
        }
    }

    fn conclusion_of_success(&self) -> Conclusion {
        match self.verdict() {
            // The whole run is judged, and not its parts.
            _ if self.is_part() => Conclusion::Counted,
            Verdict::Invalid => Conclusion::Warning,
            _ if !self.oddities().is_empty() => Conclusion::Warning,
            _ if !self.thresholds.is_empty() => Conclusion::Passed,
            _ => Conclusion::Counted,
        }
    }
}
