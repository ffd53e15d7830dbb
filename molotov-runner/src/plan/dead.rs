//! The rule for giving up on a dead target.

use std::time::Duration;

use super::{Plan, limits};

/// The time for which a target must have been dead before a run ends.
const WINDOW: Duration = Duration::from_secs(5);

/// The same for a sizing: shorter, because the users rise meanwhile and must not overwhelm a dead target.
const WINDOW_OF_SIZING: Duration = Duration::from_secs(2);

/// The rule for giving up on a dead target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadTarget {
    /// After this time; `None` for the default.
    After(Option<Duration>),
    /// Never.
    Never,
}

impl Plan {
    /// Sets the time for which a target must have been dead before the run ends. Default 5 s; 2 s for a sizing.
    ///
    /// A target is dead when 95 % of the requests that ended in this time failed in a way that no healthy target
    /// causes: the name was not resolved, the connection was refused or closed before the response was complete, the
    /// response timed out, or its status was 5xx. The time is extended, up to ten times, until it contains 10 requests.
    /// A target is also dead when requests are in flight and none ends in this time, or in twice the duration of the
    /// slowest good response; and, in a run of any length, when at its end no response was received at all, or none any
    /// more. The target of a sizing is dead when it was never reached, or when each attempt to connect was refused for
    /// fifteen times as long. The run ends with [`Ended::DeadTarget`](crate::Ended::DeadTarget), and exit code 6.
    ///
    /// ```
    /// # use std::time::Duration;
    /// #
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).dead_target_window(Duration::from_secs(30));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the time is zero, or longer than a year.
    #[must_use]
    #[track_caller]
    pub fn dead_target_window(mut self, window: Duration) -> Self {
        self.dead_target = DeadTarget::After(Some(super::valid(limits::positive(window))));
        self
    }

    /// Continues the run even if the target is dead, because it may come up.
    ///
    /// ```
    /// # use molotov::Plan;
    /// let plan = Plan::users(20).no_dead_target_check();
    /// ```
    #[must_use]
    pub fn no_dead_target_check(mut self) -> Self {
        self.dead_target = DeadTarget::Never;
        self
    }

    /// Returns the time for which a target must have been dead, or `None` without a check. Runs without picked
    /// scenarios have no check, because they end soon by themselves.
    pub(crate) fn dead_target_after(&self) -> Option<Duration> {
        let default = if self.mode().search().is_some() { WINDOW_OF_SIZING } else { WINDOW };
        match self.dead_target {
            DeadTarget::After(window) if self.mode().picks_scenarios() => Some(window.unwrap_or(default)),
            _ => None,
        }
    }
}
