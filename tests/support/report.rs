//! The report as JSON (`docs/report.schema.json`); only this file names its fields.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) exit_code: i32,
    pub(crate) conclusion: String,
    pub(crate) oddities: Vec<Oddity>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) verdict: String,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) generator: Generator,
    pub(crate) ended: Ended,
    pub(crate) settings: Settings,
    pub(crate) iterations: Iterations,
    pub(crate) requests: Requests,
    pub(crate) connections: Connections,
    pub(crate) routes: Vec<Row>,
    pub(crate) teardown_failures: Vec<String>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) sizing: Option<Sizing>,
    pub(crate) model: String,
    pub(crate) offered: Option<Offered>,
    pub(crate) windows: Vec<Window>,
    pub(crate) thresholds: Vec<Threshold>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Oddity {
    pub(crate) kind: String,
    pub(crate) names: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) kind: String,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Offered {
    pub(crate) scheduled: u64,
    pub(crate) started: u64,
    pub(crate) finished: u64,
    pub(crate) dropped: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Window {
    pub(crate) scheduled: u64,
    pub(crate) started: u64,
    pub(crate) dropped: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Threshold {
    pub(crate) threshold: String,
    pub(crate) passed: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Reason {
    pub(crate) kind: String,
    pub(crate) verdict: String,
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Generator {
    pub(crate) heartbeats: Vec<Heartbeat>,
    pub(crate) descriptors: Limited,
    pub(crate) cpu_used_ms: Option<f64>,
    pub(crate) cpu_limit: Option<f64>,
    pub(crate) cpu_share: Option<f64>,
    pub(crate) cpu_busy_ms: f64,
    pub(crate) same_machine: Vec<String>,
    pub(crate) own_target: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Limited {
    pub(crate) used: Option<u64>,
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Heartbeat {
    pub(crate) late: u64,
    pub(crate) stopped: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Ended {
    pub(crate) reason: String,
    pub(crate) detail: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    pub(crate) targets: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) connections: String,
    pub(crate) fresh_session: bool,
    pub(crate) resolve: Vec<String>,
    pub(crate) dns_ttl_ms: f64,
    pub(crate) replay: Option<Place>,
}

#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Place {
    pub(crate) user: u32,
    pub(crate) iteration: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Connections {
    pub(crate) opened: u64,
    pub(crate) reused: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Iterations {
    pub(crate) started: u64,
    pub(crate) ok: u64,
    pub(crate) failed: u64,
    pub(crate) panicked: u64,
    pub(crate) cancelled: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Requests {
    pub(crate) attempted: u64,
    pub(crate) ok: u64,
    pub(crate) http_error: u64,
    pub(crate) failed: u64,
    pub(crate) cancelled: u64,
    pub(crate) not_sent: u64,
    pub(crate) resent: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) kinds: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) count: u64,
    pub(crate) replay: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sizing {
    pub(crate) objectives: Vec<String>,
    pub(crate) most_users: u32,
    pub(crate) outcome: String,
    pub(crate) good: Option<Good>,
    pub(crate) broken: Option<Broken>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Good {
    pub(crate) users: u32,
    pub(crate) iterations_per_second: f64,
    pub(crate) requests_per_second: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Broken {
    pub(crate) users: u32,
    pub(crate) errors: Option<f64>,
}

impl Report {
    /// The report in this file, if there is one.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let report: Self = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
        report.adds_up();
        Some(report)
    }

    /// Law A1: no part is missing from a whole.
    fn adds_up(&self) {
        let Iterations { started, ok, failed, panicked, cancelled } = self.iterations;
        assert_eq!(started, ok + failed + panicked + cancelled, "{self:#?}");
        let Requests { attempted, ok, http_error, failed, cancelled, .. } = self.requests;
        assert_eq!(attempted, ok + http_error + failed + cancelled, "{self:#?}");
    }

    /// The reason of this kind to doubt the numbers.
    pub(crate) fn reason(&self, kind: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.kind == kind)
    }

    /// The number of requests that reached the server.
    pub(crate) fn sent(&self) -> u64 {
        self.requests.attempted - self.requests.not_sent
    }

    /// The number of requests that failed in this way, on all routes.
    pub(crate) fn of_kind(&self, kind: &str) -> u64 {
        self.routes.iter().filter_map(|row| row.kinds.get(kind)).sum()
    }
}
