//! The reported figures of each measured program.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::client::{Lab, Ran};
use crate::load;
use crate::stats::Figures;

/// The exit code of a run whose own figures molotov does not trust: they are compared nevertheless, with a remark.
const INVALID: i32 = 4;

/// molotov's JSON report, and the CPU use of its process.
#[derive(Debug)]
pub(crate) struct Molotov {
    pub(crate) report: Value,
    pub(crate) ran: Ran,
}

/// Runs the load test for this time, with these options.
pub(crate) fn molotov(lab: &Lab, url: &str, duration: Duration, options: &[String]) -> Result<Molotov> {
    started(lab, load::command()?, url, duration, options)
}

/// The same, with a count of requests that take longer than this.
pub(crate) fn timed(
    lab: &Lab,
    url: &str,
    duration: Duration,
    limit: Duration,
    options: &[String],
) -> Result<Molotov> {
    started(lab, load::timed_command(limit)?, url, duration, options)
}

fn started(
    lab: &Lab,
    mut command: Command,
    url: &str,
    duration: Duration,
    options: &[String],
) -> Result<Molotov> {
    let report = lab.file("report.json");
    command.args(["--quiet", "--seed", "1", "--host", url, "--report"]).arg(&report);
    command.args(["--duration", &format!("{}ms", duration.as_millis())]).args(options);
    let ran = lab.run(&mut command, duration)?;
    let known = matches!(ran.status.code(), Some(0 | INVALID));
    ensure!(known, "the load test ended with {}: {}", ran.status, ran.printed.trim());
    Ok(Molotov { report: serde_json::from_slice(&std::fs::read(report)?)?, ran })
}

impl Molotov {
    /// Its name in a table.
    pub(crate) fn name(&self) -> &'static str {
        match self.ran.status.code() {
            Some(INVALID) => "**molotov**, which calls the run INVALID",
            _ => "**molotov**",
        }
    }

    /// A counter of the load test; the report has none that never increased.
    pub(crate) fn counter(&self, name: &str) -> usize {
        let rows = self.report["counters"].as_array();
        let row = rows.into_iter().flatten().find(|row| row["name"] == name);
        row.and_then(|row| row["sum"].as_f64()).unwrap_or_default() as usize
    }

    /// A figure of all successful requests, by the name of a member of the report.
    pub(crate) fn latency(&self, name: &str) -> Result<Figures> {
        figures(&self.report[name]).with_context(|| format!("the report has no latencies `{name}`"))
    }
}

fn figures(latencies: &Value) -> Option<Figures> {
    let time = |name: &str| latencies[name].as_f64().map(|millis| Duration::from_secs_f64(millis / 1e3));
    Some(Figures {
        count: latencies["count"].as_u64()?,
        quantiles: ["p50_ms", "p90_ms", "p99_ms", "p99_9_ms"].map(time),
        max: time("max_ms"),
    })
}

/// Runs wrk with this many connections; `None` if it is not installed.
pub(crate) fn wrk(lab: &Lab, url: &str, duration: Duration, connections: u32) -> Result<Option<Figures>> {
    let Some(program) = &lab.wrk else { return Ok(None) };
    let script = lab.file("wrk.lua");
    std::fs::write(&script, include_str!("../scripts/wrk.lua"))?;
    let mut command = Command::new(program);
    command.args(["-t", "1", "-c", &connections.to_string(), "-d", &format!("{}s", duration.as_secs())]);
    command.args(["--timeout", "30s", "-s"]).arg(script).arg(url);
    let ran = lab.run(&mut command, duration)?;
    let Some(figures) = words_of_wrk(&ran.printed) else {
        bail!("wrk ended with {}: {}", ran.status, ran.printed.trim())
    };
    Ok(Some(figures))
}

/// The output of `wrk.lua`: a count, and microseconds.
fn words_of_wrk(printed: &str) -> Option<Figures> {
    let line = printed.lines().find_map(|line| line.strip_prefix("lab "))?;
    let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [count, p50, p90, p99, p99_9, max] = numbers[..] else { return None };
    Some(Figures {
        count,
        quantiles: [p50, p90, p99, p99_9].map(|micros| Some(Duration::from_micros(micros))),
        max: Some(Duration::from_micros(max)),
    })
}

/// Runs k6's executor for constant rates; `None` if it is not installed.
pub(crate) fn k6(lab: &Lab, url: &str, duration: Duration, rate: u32) -> Result<Option<Ran>> {
    let Some(program) = &lab.k6 else { return Ok(None) };
    let script = lab.file("k6.js");
    std::fs::write(&script, include_str!("../scripts/k6.js"))?;
    let mut command = Command::new(program);
    command.args(["run", "--quiet", "--no-summary", "--no-usage-report"]);
    for (name, value) in [("URL", url), ("RATE", &rate.to_string()), ("USERS", "100")] {
        command.args(["-e", &format!("{name}={value}")]);
    }
    command.args(["-e", &format!("SECONDS={}", duration.as_secs())]).arg(script);
    let ran = lab.run(&mut command, duration)?;
    ensure!(ran.status.success(), "k6 ended with {}: {}", ran.status, ran.printed.trim());
    Ok(Some(ran))
}

/// Runs vegeta at a constant rate; `None` if it is not installed.
pub(crate) fn vegeta(lab: &Lab, url: &str, duration: Duration, rate: u32) -> Result<Option<Ran>> {
    let Some(program) = &lab.vegeta else { return Ok(None) };
    let targets = lab.file("targets");
    std::fs::write(&targets, format!("GET {url}\n"))?;
    let mut command = Command::new(program);
    command.args([
        "attack",
        "-rate",
        &format!("{rate}/1s"),
        "-duration",
        &format!("{}s", duration.as_secs()),
    ]);
    command.arg("-targets").arg(targets).args(["-output", "/dev/null"]);
    let ran = lab.run(&mut command, duration)?;
    ensure!(ran.status.success(), "vegeta ended with {}: {}", ran.status, ran.printed.trim());
    Ok(Some(ran))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Args;
    use clap::Parser as _;

    #[test]
    fn figures_of_the_report_are_read_in_milliseconds() {
        let report =
            r#"{"count": 120, "p50_ms": 1.5, "p90_ms": 2, "p99_ms": 30.25, "p99_9_ms": null, "max_ms": 31}"#;

        let read = figures(&serde_json::from_str(report).unwrap()).unwrap();

        let micros = |micros| Some(Duration::from_micros(micros));
        assert_eq!(read.quantiles, [micros(1_500), micros(2_000), micros(30_250), None]);
        assert_eq!((read.count, read.max), (120, micros(31_000)));
    }

    #[test]
    fn a_counter_that_was_never_counted_up_is_zero() {
        let report =
            serde_json::from_str(r#"{"counters": [{"name": "late", "count": 3, "sum": 3.0}]}"#).unwrap();
        let ran = Ran { status: std::process::ExitStatus::default(), printed: String::new(), cores: 0.0 };

        let molotov = Molotov { report, ran };

        assert_eq!((molotov.counter("late"), molotov.counter("early")), (3, 0));
    }

    #[test]
    fn output_of_the_wrk_script_is_read_in_microseconds() {
        let read = words_of_wrk("Running 1s test\nlab 100 10 20 30 40 50\n").unwrap();

        assert_eq!((read.count, read.quantiles[3]), (100, Some(Duration::from_micros(40))));
        assert_eq!(words_of_wrk("lab 100 10\n"), None);
    }

    #[test]
    fn vegeta_is_asked_for_a_rate_over_a_time() {
        let mut lab = Lab::new(&Args::parse_from(["lab"])).unwrap();
        lab.vegeta = Some("echo".into());

        let ran = vegeta(&lab, "http://127.0.0.1:1/", Duration::from_secs(3), 500).unwrap().unwrap();

        let targets = lab.file("targets");
        let asked =
            format!("attack -rate 500/1s -duration 3s -targets {} -output /dev/null\n", targets.display());
        assert_eq!(ran.printed, asked);
        assert_eq!(std::fs::read_to_string(targets).unwrap(), "GET http://127.0.0.1:1/\n");
    }
}
