//! What a run tells the shell.

use super::sizing::Sizing;
use super::summary::{Ended, Report, Stop};

/// How the process ends.
///
/// | code | meaning |
/// |---|---|
/// | 0 | no more failures than are tolerated |
/// | 1 | iterations failed, a set-up did, nothing was run, or a sizing has no answer |
/// | 2 | a mistake on the command line or in the suite; nothing was sent |
/// | 3 | results could not be written |
/// | 4 | the [verdict](Report::verdict) is INVALID: the load generator itself was stopped or starved |
/// | 6 | the target is dead: nearly all requests failed for a while, or a sizing could not connect at all |
/// | 130, 143 | ended by Ctrl-C or SIGTERM, after reporting |
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
    /// 130.
    Interrupted,
    /// 143.
    Terminated,
}

impl ExitCode {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failures => 1,
            Self::Usage => 2,
            Self::NotWritten => 3,
            Self::Invalid => 4,
            Self::DeadTarget => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl Report {
    /// How a process that made this run should end.
    pub fn exit_code(&self) -> ExitCode {
        match &self.ended {
            Ended::Signal(Stop::Interrupt) => ExitCode::Interrupted,
            Ended::Signal(Stop::Terminate) => ExitCode::Terminated,
            Ended::SetupFailed(_) => ExitCode::Failures,
            Ended::DeadTarget(_) => ExitCode::DeadTarget,
            // A test of nothing is not a test that has passed.
            _ if self.iterations.started == 0 => ExitCode::Failures,
            // Neither failures nor thresholds say anything of the target then.
            _ if self.is_rejected() => ExitCode::Invalid,
            // Iterations fail in it on purpose.
            _ if self.sizing.as_ref().is_some_and(Sizing::is_answered) => ExitCode::Ok,
            _ if self.sizing.is_some() => ExitCode::Failures,
            _ if self.iterations.failures() > self.settings.tolerated_failures => ExitCode::Failures,
            _ => ExitCode::Ok,
        }
    }
}
