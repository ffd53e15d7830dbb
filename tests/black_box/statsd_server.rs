//! Metrics in a real statsd server: npm's `statsd`, which is installed into cargo's folder if node and npm are
//! available.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::process::eventually;
use crate::support::run::{Program, skipped};

/// The time limit for the start of a server; after it another server is started at other ports.
const STARTS_IN: Duration = Duration::from_secs(20);

/// A running server. Dropping it kills it.
struct Statsd {
    process: Child,
    metrics: u16,
    management: u16,
}

impl Statsd {
    /// Starts a server; the reason if that is not possible on this machine.
    fn start() -> Result<Self, String> {
        let script = install()?;
        for _ in 0..3 {
            let statsd = Self::at(&script, free_udp_port(), free_tcp_port());
            if statsd.is_there() {
                return Ok(statsd);
            }
        }
        panic!("statsd does not start");
    }

    fn at(script: &Path, metrics: u16, management: u16) -> Self {
        let config = script.with_file_name(format!("molotov-{metrics}.js"));
        // It aggregates until it flushes, so it must not flush.
        let text = format!(
            r#"{{port: {metrics}, address: "127.0.0.1", mgmt_port: {management}, mgmt_address: "127.0.0.1",
                flushInterval: 86400000, backends: ["./backends/console"]}}"#
        );
        fs::write(&config, text).unwrap();
        let mut node = Command::new("node");
        node.arg(script).arg(config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { process: node.spawn().unwrap(), metrics, management }
    }

    /// Returns `true` if it responds, and counts the metrics it receives.
    fn is_there(&self) -> bool {
        let deadline = Instant::now() + STARTS_IN;
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        while Instant::now() < deadline {
            // Refused before it has started.
            drop(socket.send_to(b"probe:1|c", ("127.0.0.1", self.metrics)));
            if self.try_ask("counters").is_some_and(|counters| number(&counters, "probe").is_some()) {
                return true;
            }
            thread::sleep(Duration::from_millis(50));
        }
        false
    }

    fn ask(&self, what: &str) -> String {
        self.try_ask(what).unwrap()
    }

    fn try_ask(&self, what: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.management)).ok()?;
        stream.set_read_timeout(Some(STARTS_IN)).ok()?;
        // In one piece: each piece that arrives is a command, and a line break would get a response of its own.
        stream.write_all(format!("{what}\n").as_bytes()).ok()?;
        let mut text = Vec::new();
        let mut bytes = [0; 4_096];
        while !text.ends_with(b"END\n\n") {
            match stream.read(&mut bytes).ok()? {
                0 => return None,
                length => text.extend_from_slice(&bytes[..length]),
            }
        }
        String::from_utf8(text).ok()
    }
}

impl Drop for Statsd {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The server's script; installs it if it is missing.
fn install() -> Result<PathBuf, String> {
    for tool in ["node", "npm"] {
        let found = Command::new(tool).arg("--version").output().is_ok_and(|output| output.status.success());
        if !found {
            return Err(format!("{tool} is not installed"));
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("statsd");
    let script = folder.join("node_modules/statsd/stats.js");
    if !script.exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--prefix"]);
        let output = npm.arg(&folder).arg("statsd@0.9.0").output().unwrap();
        if !output.status.success() {
            return Err(format!("npm cannot install statsd: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(script)
}

// The port is free at this moment; if another process takes it before the server does, another one is tried.
fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn free_tcp_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The value of this key in an object that node has printed: short ones stand on one line.
fn number(object: &str, key: &str) -> Option<f64> {
    let (_, value) = object
        .split(['\n', ','])
        .filter_map(|field| field.split_once(": "))
        .find(|(name, _)| name.trim_start_matches(['{', ' ']).trim_matches('\'') == key)?;
    value.trim_end_matches([',', '}', ' ']).parse().ok()
}

/// The number of values in the list of this key.
fn length(object: &str, key: &str) -> usize {
    let Some((_, after)) = object.split_once(&format!("'{key}': [")) else { return 0 };
    let (list, _) = after.split_once(']').unwrap();
    list.split(',').filter(|value| value.trim().parse::<f64>().is_ok()).count()
}

#[test]
fn real_statsd_server_counts_all_requests() {
    let statsd = match Statsd::start() {
        Ok(statsd) => statsd,
        Err(why) => {
            skipped(&format!("no statsd server to try it with: {why}"));
            return;
        }
    };
    let url = format!("udp://127.0.0.1:{}", statsd.metrics);
    let host = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let plain = format!("molotov.{host}.GET.127.0.0.1.-items-id");
    let tags = "method=GET;route=-items-id;status=200;result=ok";
    let formats = [
        ("dogstatsd", format!("molotov.request.status;{tags}"), format!("molotov.request.duration;{tags}")),
        ("plain", format!("{plain}.200"), plain),
    ];
    for (runs, (format, status, timing)) in formats.iter().enumerate() {
        let args = ["-u", "2", "-r", "5", "--statsd", "--statsd-address", &url, "--statsd-format", format];

        Program::example("listeners", args).run().assert_code(0);

        let bought = (runs + 1) as f64 * 10.0;
        eventually("the counts", || number(&statsd.ask("counters"), "items_bought") == Some(bought));
        eventually("the status", || number(&statsd.ask("counters"), status) == Some(10.0));
        eventually("the timings", || length(&statsd.ask("timers"), timing) == 10);
    }
    let counters = statsd.ask("counters");
    assert_eq!(number(&counters, "molotov.iterations;scenario=buy;result=ok"), Some(10.0), "{counters}");
    assert_eq!(number(&counters, "statsd.bad_lines_seen"), Some(0.0), "{counters}");
    assert_eq!(number(&statsd.ask("gauges"), "molotov.users"), Some(0.0));
}

/// A test that passes without testing anything prints the reason.
#[test]
fn where_there_is_no_node_that_is_seen() {
    let this = std::env::current_exe().unwrap();
    let mut tests = Command::new(this);
    tests.args(["--exact", "black_box::statsd_server::real_statsd_server_counts_all_requests"]);

    let output = tests.env("PATH", "").output().unwrap();

    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("SKIPPED: no statsd server to try it with: node is not installed"), "{text}");
}
