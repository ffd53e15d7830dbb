//! Whether anything was ever reached.

use molotov_core::{FailureKind, Outcome, Sample};

/// Attempts to reach a server, since the beginning.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Requests that came as far as a connection.
    connected: u64,
    /// Requests that did not, and how it was with the latest.
    unconnected: u64,
    latest: Option<FailureKind>,
}

impl Reach {
    pub(crate) fn request(&mut self, sample: &Sample) {
        match sample.outcome {
            Outcome::Cancelled if sample.sent == 0 => {}
            Outcome::Failed(kind) if is_unconnected(kind) => {
                self.unconnected += 1;
                self.latest = Some(kind);
            }
            // The fault is of this machine: it says nothing of the server.
            Outcome::Failed(kind) if kind.is_local() => {}
            _ => self.connected += 1,
        }
    }

    /// Whether at least so many attempts have failed, and none has not.
    pub(crate) fn is_dead(&self, attempts: u64) -> bool {
        self.connected == 0 && self.unconnected >= attempts.max(1)
    }

    /// How many attempts have failed, and how the latest did.
    pub(crate) fn failed(&self) -> (u64, Option<FailureKind>) {
        (self.unconnected, self.latest)
    }
}

/// Whether the server was never reached. One that cannot shake hands by TLS is there.
fn is_unconnected(kind: FailureKind) -> bool {
    use FailureKind::{
        ConnectFailed, ConnectRefused, ConnectReset, ConnectTimeout, ConnectUnreachable, DnsFailed,
        DnsNotFound, DnsTimeout,
    };
    matches!(
        kind,
        DnsNotFound
            | DnsTimeout
            | DnsFailed
            | ConnectRefused
            | ConnectTimeout
            | ConnectReset
            | ConnectUnreachable
            | ConnectFailed
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use molotov_core::{SeriesId, SeriesKind};

    use super::*;

    fn reach(outcomes: &[Outcome]) -> Reach {
        let series = SeriesId { index: 0, kind: SeriesKind::Route };
        let mut reach = Reach::default();
        for outcome in outcomes {
            reach.request(&Sample::new(series, *outcome, Duration::ZERO, Duration::ZERO));
        }
        reach
    }

    #[test]
    fn a_target_is_dead_when_no_attempt_at_all_came_to_a_connection() {
        let refused = Outcome::Failed(FailureKind::ConnectRefused);
        let unknown = Outcome::Failed(FailureKind::DnsNotFound);
        let no_port = Outcome::Failed(FailureKind::LocalPorts);

        assert!(reach(&[refused, unknown, refused]).is_dead(3));
        assert!(reach(&[refused, no_port, Outcome::Cancelled]).is_dead(1));
        assert!(!reach(&[refused, refused]).is_dead(3));
        assert!(!reach(&[no_port, no_port]).is_dead(1), "the server is not to blame");
        for reached in [
            Outcome::Ok,
            Outcome::Failed(FailureKind::Http5xx),
            Outcome::Failed(FailureKind::TlsUnknownIssuer),
            Outcome::Failed(FailureKind::ClosedBeforeResponse),
        ] {
            assert!(!reach(&[refused, refused, refused, reached]).is_dead(1), "{reached:?}");
        }
    }
}
