//! The rule by which a target is given up.

use std::time::Duration;

use super::{Plan, limits};

/// The time for which a target must have been dead before a run ends.
const WINDOW: Duration = Duration::from_secs(5);

/// A sizing raises the users meanwhile, so it is not to knock at a closed door for long.
const WINDOW_OF_SIZING: Duration = Duration::from_secs(2);

/// The rule by which a target is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadTarget {
    /// After so long; nothing where it was not said.
    After(Option<Duration>),
    /// Never.
    Never,
}

impl Plan {
    /// Over which time a target must have been dead before the run ends. Default 5 s; of a sizing 2 s.
    ///
    /// A target is dead when 95 % of the requests that ended in this time failed as no healthy target lets them: no
    /// name, no connection, no answer in time, a connection that was closed before the response was complete, or a status
    /// of 5xx. The time is longer, up to ten times, until it has 10 requests. It is dead as well when nothing ends in this
    /// time, or in twice that of the slowest good response, although requests wait; and at the end of a run of any length
    /// when nobody has answered, or not any more. That of a sizing is dead when it was never
    /// reached, or when in fifteen times as long each attempt to connect was refused. The run ends with
    /// [`Ended::DeadTarget`](crate::Ended::DeadTarget), and exit code 6.
    ///
    /// # Panics
    ///
    /// When it is zero, or longer than a year.
    #[must_use]
    #[track_caller]
    pub fn dead_target_window(mut self, window: Duration) -> Self {
        self.dead_target = DeadTarget::After(Some(super::valid(limits::positive(window))));
        self
    }

    /// Goes on although the target is dead; it may come up.
    #[must_use]
    pub fn no_dead_target_check(mut self) -> Self {
        self.dead_target = DeadTarget::Never;
        self
    }

    /// Over which time the target is looked at, where it is. Runs that are not picked end by themselves, and soon.
    pub(crate) fn dead_target_after(&self) -> Option<Duration> {
        let default = if self.mode().search().is_some() { WINDOW_OF_SIZING } else { WINDOW };
        match self.dead_target {
            DeadTarget::After(window) if self.mode().picks_scenarios() => Some(window.unwrap_or(default)),
            _ => None,
        }
    }
}
