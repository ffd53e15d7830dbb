//! The lags of starts at a rate, and the cost of keeping due times: for timers alone, and for whole load generators.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use molotov_runner::PreciseTimer;
use tokio::runtime::Builder;
use tokio::time::{self, interval_at};

use super::{millis, of_other};
use crate::client::{Lab, Ran};
use crate::clients::{self, Molotov};
use crate::doc::{self, Table};
use crate::server::{Log, Script, Server};
use crate::stats::Exact;
use crate::sys::Cpu;

/// Starts per second.
const RATES: [u32; 3] = [1_000, 10_000, 50_000];

/// The rate for other programs: above it, k6 uses more than a core here and makes fewer requests.
const MOST_OF_OTHERS: u32 = 10_000;

/// Runs another program at a rate; `None` if it is not installed.
type Other = fn(&Lab, &str, Duration, u32) -> Result<Option<Ran>>;

/// The other programs that keep due times, one after the other. wrk2 gives each connection a schedule of its own, so
/// the order of arrivals does not show the due time of each.
const OTHERS: [(&str, Other); 2] = [("k6, constant-arrival-rate", clients::k6), ("vegeta", clients::vegeta)];

/// The time before the first start, so that the work before it does not delay it.
const LEAD: Duration = Duration::from_millis(10);

pub(super) fn run(lab: &Lab) -> Result<String> {
    let (timers, programs) = (timers(lab)?, programs(lab)?);
    Ok(format!(
        "{}{}\n### The timers alone\n\n{timers}\n### With requests, as the server sees them\n\n{programs}",
        doc::head(lab),
        lab.warning()
    ))
}

fn timers(lab: &Lab) -> Result<Table> {
    let mut table = Table::new(&["rate", "timer", "starts", "lag p50 ms", "p99 ms", "max ms", "% of a core"]);
    for rate in RATES {
        let count = (lab.args.duration().as_secs() as u32 * rate) as usize;
        let gap = gap(rate);
        let pacer = lab.measured(&format!("{rate}/s: the pacer"), || alone(by_pacer(gap, count)))?;
        let interval =
            lab.measured(&format!("{rate}/s: tokio's interval"), || alone(by_interval(gap, count)))?;
        for (name, (lags, cores)) in [("molotov's pacer", pacer), ("tokio::time::interval", interval)] {
            let cells = [format!("{rate}/s"), name.to_owned(), lags.count().to_string()];
            table.row(cells.into_iter().chain(lag_cells(&lags)).chain([percent(cores)]));
        }
    }
    Ok(table)
}

/// The lags of starts on an otherwise idle runtime, and the CPU use of this program in cores.
fn alone(starts: impl Future<Output = Result<Vec<Duration>>>) -> Result<(Exact, f64)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (start, before) = (Instant::now(), Cpu::of_this_program());
    let lags = runtime.block_on(starts)?;
    let used = (Cpu::of_this_program() - before).total;
    Ok((Exact::of(lags), used.as_secs_f64() / start.elapsed().as_secs_f64()))
}

/// One wake-up performs all due starts.
async fn by_pacer(gap: Duration, count: usize) -> Result<Vec<Duration>> {
    let mut pacer = PreciseTimer::new()?;
    let mut lags = Vec::with_capacity(count);
    let mut due = time::Instant::now() + LEAD;
    while lags.len() < count {
        pacer.until(due).await;
        let now = time::Instant::now();
        while due <= now && lags.len() < count {
            lags.push(now - due);
            due += gap;
        }
    }
    Ok(lags)
}

async fn by_interval(gap: Duration, count: usize) -> Result<Vec<Duration>> {
    let mut lags = Vec::with_capacity(count);
    let mut interval = interval_at(time::Instant::now() + LEAD, gap);
    while lags.len() < count {
        let due = interval.tick().await;
        lags.push(due.elapsed());
    }
    Ok(lags)
}

fn programs(lab: &Lab) -> Result<Table> {
    let head = [
        "rate",
        "program",
        "requests",
        "lag p50 ms",
        "p99 ms",
        "max ms",
        "% of a core",
        "released",
        "started",
    ];
    let mut table = Table::new(&head);
    for rate in RATES {
        let (name, wanted) = (format!("{rate}/s"), u64::from(rate) * lab.args.duration().as_secs());
        let (ran, log) = lab.measured(&format!("{rate}/s: molotov"), || molotov(lab, rate))?;
        let cells = row([&name, ran.name()], rate, wanted, &log, ran.ran.cores);
        table.row(cells.into_iter().chain(told(&ran)?));
        for (program, run) in OTHERS.into_iter().filter(|_| rate <= MOST_OF_OTHERS) {
            match lab.measured(&format!("{rate}/s: {program}"), || of_other(other(lab, run, rate)))? {
                Ok((cores, log)) => table.row(row([&name, program], rate, wanted, &log, cores)),
                Err(why) => table.row([name.as_str(), program, &why]),
            }
        }
    }
    Ok(table)
}

fn molotov(lab: &Lab, rate: u32) -> Result<(Molotov, Log)> {
    let server = Server::start(Script::None)?;
    let options = ["--rate", &format!("{rate}/s"), "--users", "100"].map(str::to_owned);
    let ran = clients::molotov(lab, &server.url(), lab.args.duration(), &options)?;
    Ok((ran, server.log()))
}

/// The lags in its own report, in milliseconds.
fn told(ran: &Molotov) -> Result<[String; 2]> {
    let offered = &ran.report["offered"];
    ensure!(offered.is_object(), "the report says nothing of what was offered");
    let lag = |of: &str, name: &str| offered[of][name].as_f64().unwrap_or(f64::NAN);
    Ok(["release_lag", "start_lag"]
        .map(|of| format!("{:.3} / {:.3} / {:.3}", lag(of, "p50_ms"), lag(of, "p99_ms"), lag(of, "max_ms"))))
}

fn other(lab: &Lab, run: Other, rate: u32) -> Result<Option<(f64, Log)>> {
    let server = Server::start(Script::None)?;
    let ran = run(lab, &server.url(), lab.args.duration(), rate)?;
    Ok(ran.map(|ran| (ran.cores, server.log())))
}

fn row(names: [&str; 2], rate: u32, wanted: u64, log: &Log, cores: f64) -> Vec<String> {
    let count = log.count();
    let mut cells: Vec<_> = names.map(str::to_owned).into();
    cells.push(if count == wanted { count.to_string() } else { format!("{count} of {wanted}") });
    // The last arrival may be due at the end or beyond it, and some programs send a few after it.
    if count + 1 >= wanted {
        cells.extend(lag_cells(&log.lags(gap(rate))));
    } else {
        // It is unknown which of them are missing, and therefore also the lags of the others.
        cells.extend(["not known"; 3].map(str::to_owned));
    }
    cells.push(percent(cores));
    cells
}

fn lag_cells(lags: &Exact) -> [String; 3] {
    [lags.quantile(0.5), lags.quantile(0.99), lags.max()].map(|lag| lag.map_or_else(String::new, millis))
}

fn percent(cores: f64) -> String {
    format!("{:.1}", cores * 100.0)
}

fn gap(rate: u32) -> Duration {
    Duration::from_secs(1) / rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pacer_starts_all_due_iterations_and_none_early() {
        let (lags, _) = alone(by_pacer(Duration::from_micros(20), 500)).unwrap();

        assert_eq!(lags.count(), 500);
    }

    #[test]
    fn lags_are_only_reported_where_all_requests_came() {
        let cells = row(["1000/s", "k6"], 1_000, 10_000, &Log::default(), 0.5);

        assert_eq!(cells, ["1000/s", "k6", "0 of 10000", "not known", "not known", "not known", "50.0"]);
    }
}
