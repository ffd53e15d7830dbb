//! The exit code of a run.

use super::ended::{Ended, Stop};
use super::rows::SeriesRow;
use super::sizing::{Capacity, Sizing};
use super::summary::Report;
use super::threshold::{self, ThresholdResult};

/// The exit code of the process. If several apply, it is chosen in this order: a signal, a request without a host, a
/// failed set-up, a dead target, an INVALID run, thresholds, failures, results that were not written.
///
/// | code | meaning |
/// |---|---|
/// | 0 | no failures beyond the tolerated number |
/// | 1 | iterations failed beyond the tolerated number, a set-up failed, no iteration was finished, or a sizing has no result: neither a limit nor, after its time limit, a range |
/// | 2 | a mistake on the command line or in the suite; nothing was sent. Also a relative request without a host, which ends the run at once |
/// | 3 | results could not be written |
/// | 4 | the [verdict](Report::verdict) is INVALID: the load generator itself was stopped or starved |
/// | 6 | the target is dead: for a while nearly all requests failed or none ended, it did not respond at the end, or a sizing could not connect at all |
/// | 99 | a threshold was broken, or had no samples |
/// | 130, 143 | ended by Ctrl-C or SIGTERM, after reporting |
///
/// One of several [shards](crate::Plan::shard) has the code 0 if its part was made as planned, whatever failed in it:
/// the merged report judges.
///
/// ```
/// use molotov::report::ExitCode;
///
/// assert_eq!(ExitCode::Thresholds.code(), 99);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExitCode {
    /// 0.
    Ok,
    /// 1.
    Failures,
    /// 2.
    Usage,
    /// 3.
    NotWritten,
    /// 4.
    Invalid,
    /// 6.
    DeadTarget,
    /// 99.
    Thresholds,
    /// 129.
    HungUp,
    /// 130.
    Interrupted,
    /// 143.
    Terminated,
}

impl ExitCode {
    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failures => 1,
            Self::Usage => 2,
            Self::NotWritten => 3,
            Self::Invalid => 4,
            Self::DeadTarget => 6,
            Self::Thresholds => 99,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl Report {
    /// Returns the exit code of the process after this run.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// std::process::exit(report.exit_code().code().into());
    /// # }
    /// ```
    pub fn exit_code(&self) -> ExitCode {
        let code = self.exit_code_of_results();
        match if self.is_part() { self.exit_code_of_part(code) } else { code } {
            ExitCode::Ok if !self.unwritten.is_empty() => ExitCode::NotWritten,
            code => code,
        }
    }

    /// Returns `true` if this is the report of one of several shards, and not that of their run.
    pub(crate) fn is_part(&self) -> bool {
        self.settings.shard.is_some_and(|shard| shard.count > 1)
    }

    /// A shard does not judge the whole: failures and broken thresholds are for the merged report, unless they ended
    /// the shard early. Engines would start a failed shard again, and repeat its load.
    fn exit_code_of_part(&self, code: ExitCode) -> ExitCode {
        let is_early = matches!(self.ended, Ended::SetupFailed(_) | Ended::FailFast | Ended::Threshold(_));
        match code {
            ExitCode::Failures | ExitCode::Thresholds | ExitCode::Invalid if !is_early => ExitCode::Ok,
            code => code,
        }
    }

    fn exit_code_of_results(&self) -> ExitCode {
        match &self.ended {
            Ended::Signal(Stop::HangUp) => ExitCode::HungUp,
            Ended::Signal(Stop::Interrupt) => ExitCode::Interrupted,
            Ended::Signal(Stop::Terminate) => ExitCode::Terminated,
            // Only detected at the first request, because a scenario may send absolute URLs.
            _ if self.settings.lacks_base.is_some() => ExitCode::Usage,
            Ended::SetupFailed(_) => ExitCode::Failures,
            Ended::DeadTarget(_) => ExitCode::DeadTarget,
            // In that case, failures and thresholds prove nothing about the target.
            _ if self.is_rejected() => ExitCode::Invalid,
            _ if !self.thresholds.iter().all(ThresholdResult::passed) => ExitCode::Thresholds,
            // A test without iterations has not passed, and neither has one in which none was finished.
            _ if self.iterations.finished() == 0 => ExitCode::Failures,
            // Its iterations fail on purpose.
            _ if self.sizing.as_ref().is_some_and(Sizing::is_answered) => ExitCode::Ok,
            _ if self.capacity.as_ref().is_some_and(Capacity::is_answered) => ExitCode::Ok,
            _ if self.is_sizing() => ExitCode::Failures,
            // `--fail-fast` ignores the number of tolerated failures.
            Ended::FailFast if self.iterations.failures() > self.settings.tolerated_failures => {
                ExitCode::Failures
            }
            _ if self.unjudged_failures() > self.settings.tolerated_failures => ExitCode::Failures,
            _ => ExitCode::Ok,
        }
    }

    /// Failed iterations that no threshold has judged: a threshold for the errors of all scenarios, or of some, sets
    /// how many of these are tolerated.
    fn unjudged_failures(&self) -> u64 {
        if self.thresholds.is_empty() {
            return self.iterations.failures();
        }
        let unjudged = self.scenarios.iter().filter(|row| !threshold::covers(self, row));
        unjudged.map(|row| row.failed.count() + row.warm_up_failed).sum()
    }

    /// Returns `true` if iterations of this scenario failed that neither a threshold, nor the plan, nor a sizing
    /// tolerates.
    pub(crate) fn blames(&self, scenario: &SeriesRow) -> bool {
        let is_judged = !self.thresholds.is_empty() && threshold::covers(self, scenario);
        let is_tolerated = self.unjudged_failures() <= self.settings.tolerated_failures;
        scenario.failed.count() + scenario.warm_up_failed > 0
            && !self.is_sizing()
            && !is_judged
            && !is_tolerated
    }
}
