//! Metrics for a statsd server: one timing and one count for each request, one count for each iteration, the number of
//! users, the fate of arrivals, and the user's own metrics.
//!
//! Nothing is sampled or aggregated here, so the server's counts equal the report's. The format is in `docs/statsd.md`.

mod address;
mod datagrams;
mod lines;
mod names;
mod wire;

use std::time::Duration;

use molotov_core::{Record, Result};

use self::datagrams::Datagrams;
use self::lines::Lines;
use self::wire::Wire;
use crate::output::seam::{ArrivalTotals, Interest, Output, RunFacts};
use crate::report::Report;

pub(crate) use self::address::Address;
pub(crate) use self::lines::Format;

/// The interval of the number of users, which is repeated because servers forget a gauge.
const USERS_EACH: Duration = Duration::from_secs(1);

/// Sends metrics to a statsd server.
pub(crate) struct Statsd {
    lines: Lines,
    datagrams: Datagrams,
    /// The time and value of the last sent number of users.
    users: Option<(Duration, u32)>,
    /// The arrivals that were sent so far.
    arrivals: ArrivalTotals,
    /// The final warning for the user.
    warning: Option<String>,
}

impl Statsd {
    /// Resolves the server. `say` is called once, when the server turns out to be unreachable.
    ///
    /// # Errors
    /// Returns a message with the cure if the name cannot be resolved.
    pub(crate) fn new(
        address: &Address,
        format: Format,
        say: impl FnMut(&str) + Send + 'static,
    ) -> std::result::Result<Self, String> {
        let wire = Wire::new(address.resolve()?, say);
        Ok(Self {
            lines: Lines::new(format),
            datagrams: Datagrams::new(wire),
            users: None,
            arrivals: ArrivalTotals::default(),
            warning: None,
        })
    }
}

impl Output for Statsd {
    fn name(&self) -> &str {
        "statsd"
    }

    fn interest(&self) -> Interest {
        Interest::report().records(|record| matches!(record, Record::Sample(_) | Record::Value(..)))
    }

    fn record(&mut self, record: &Record, run: &mut RunFacts) -> Result {
        match record {
            Record::Sample(sample) => self.lines.sample(sample, run, &mut self.datagrams),
            Record::Value(series, value) => self.lines.value(*series, *value, run, &mut self.datagrams),
            _ => {}
        }
        Ok(())
    }

    fn users(&mut self, at: Duration, users: u32, _: &mut RunFacts) -> Result {
        let is_known =
            self.users.is_some_and(|(last, before)| before == users && at.saturating_sub(last) < USERS_EACH);
        if !is_known {
            self.users = Some((at, users));
            self.lines.users(users, &mut self.datagrams);
        }
        Ok(())
    }

    fn arrivals(&mut self, all: ArrivalTotals) -> Result {
        let before = std::mem::replace(&mut self.arrivals, all);
        for (what, many) in [
            ("due", all.due - before.due),
            ("started", all.started - before.started),
            ("dropped", all.dropped - before.dropped),
        ] {
            if many > 0 {
                self.lines.arrivals(what, many, &mut self.datagrams);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result {
        self.datagrams.flush();
        Ok(())
    }

    fn finish(&mut self, _: &Report) -> Result {
        let (metrics, dropped) = self.datagrams.finish();
        self.warning = (dropped > 0).then(|| {
            format!(
                "statsd: {dropped} of {metrics} metrics were dropped; UDP does not tell of all that are lost on the way"
            )
        });
        Ok(())
    }

    fn warnings(&mut self) -> Vec<String> {
        self.warning.take().into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
