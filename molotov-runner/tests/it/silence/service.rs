//! A simulated service on a Unix socket, on the same clock as the run.

use std::future::pending;
use std::path::Path;
use std::time::Duration;

use molotov_core::Suite;
use molotov_runner::{Plan, Report, RunExt};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::support::{MS, SECS, visiting_after};

/// The behaviour of a service for a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Does {
    /// Responds after this time.
    Answers(Duration),
    /// Responds with 503 after this time.
    Fails(Duration),
    /// Reads the request, and never responds.
    Hangs,
    /// Sends a head and half of a body.
    Stops,
    /// Sends a byte of the body each second, for ever.
    Drips,
    /// Reads the request, and responds at this time.
    AnswersAt(Duration),
    /// Closes the connection.
    Closes,
}

/// The observed data of a request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Its arrival, since the start of the service.
    pub(crate) at: Duration,
    /// The number of its connection, from 0.
    pub(crate) connection: u64,
    /// Its path.
    pub(crate) path: String,
}

/// A service that runs until it is dropped.
pub(crate) struct Service {
    folder: TempDir,
    accepting: JoinHandle<()>,
}

impl Service {
    /// Starts a service with this behaviour.
    pub(crate) fn start(does: impl Fn(Asked) -> Does + Clone + Send + 'static) -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join("s")).unwrap();
        let begin = Instant::now();
        let accepting = tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, (begin, connection), does.clone()));
                connection += 1;
            }
        });
        Self { folder, accepting }
    }

    /// A service whose socket is removed at this time.
    pub(crate) fn refusing_from(time: Duration, latency: Duration) -> Self {
        let service =
            Self::start(move |asked| if asked.at < time { Does::Answers(latency) } else { Does::Closes });
        let path = service.socket().to_owned();
        tokio::spawn(async move {
            sleep(time).await;
            std::fs::remove_file(path).unwrap();
        });
        service
    }

    fn socket(&self) -> std::path::PathBuf {
        Path::new(self.folder.path()).join("s")
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: UnixStream, (begin, connection): (Instant, u64), does: impl Fn(Asked) -> Does) {
    let mut read = Vec::new();
    loop {
        while !read.ends_with(b"\r\n\r\n") {
            match stream.read_buf(&mut read).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        let text = String::from_utf8_lossy(&read).into_owned();
        let path = text.split(' ').nth(1).unwrap_or("").to_owned();
        read.clear();
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx";
        let answer = match does(Asked { at: begin.elapsed(), connection, path }) {
            Does::Answers(after) => {
                sleep(after).await;
                ok
            }
            Does::AnswersAt(time) => {
                sleep_until(begin + time).await;
                ok
            }
            Does::Fails(after) => {
                sleep(after).await;
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
            }
            Does::Hangs => pending().await,
            Does::Closes => return,
            Does::Stops => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx").await;
                pending().await
            }
            Does::Drips => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
                while stream.write_all(b"x").await.is_ok() {
                    sleep(SECS(1)).await;
                }
                return;
            }
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// A suite whose iterations send one request.
pub(crate) fn visiting() -> Suite {
    visiting_after(Duration::ZERO)
}

/// Runs a test on a clock that advances when all tasks are idle.
pub(crate) fn on_paused_clock<T>(test: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(test)
}

/// A run of one request in each iteration against a service.
pub(crate) async fn run(plan: Plan, does: impl Fn(Asked) -> Does + Clone + Send + 'static) -> Report {
    let service = Service::start(does);
    visiting().run(plan.host(service.url().as_str())).await.unwrap()
}

/// For each threshold, `true` if it was broken.
pub(crate) fn broken(report: &Report) -> Vec<bool> {
    report.thresholds.iter().map(|result| !result.passed()).collect()
}

/// A service that responds after 20 ms, and not at all to requests from this time on.
pub(crate) fn dies_at(time: Duration) -> impl Fn(Asked) -> Does + Clone + Send + 'static {
    move |asked| if asked.at < time { Does::Answers(MS(20)) } else { Does::Hangs }
}

/// A fixed set of cases of a property; or as many as `PROPTEST_CASES` demands, different ones each time. Chance is
/// excluded only with high probability, so further cases may fail without a change as the cause.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig { cases: count, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() },
    }
}

/// A pseudo-random number for each (splitmix64).
pub(crate) fn chance(n: u64) -> u64 {
    let n = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}
