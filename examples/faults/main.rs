//! Small services with one deliberate fault each, for a look at their reports.
//!
//! ```text
//! cargo run --release --example faults -- pool        # serves on 127.0.0.1:8090 for two minutes
//! cargo run --release --example faults -- pool 0      # the same on a free port
//! ```
//!
//! The load that shows each fault is in [README.md](README.md); [visitors.rs](visitors.rs) is its load test.

mod service;

use std::process::ExitCode;
use std::time::Duration;

use service::Fault;
use tokio::net::TcpListener;

/// A forgotten service ends by itself.
const LIFETIME: Duration = Duration::from_secs(120);

const DEFAULT_PORT: u16 = 8090;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let fault = args.next().and_then(|name| Fault::from_name(&name));
    let port = args.next().map_or(Some(DEFAULT_PORT), |port| port.parse().ok());
    let (Some(fault), Some(port)) = (fault, port) else {
        let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        complain(&format!("usage: faults FAULT [PORT], where FAULT is one of {}", names.join(", ")));
        return ExitCode::from(2);
    };
    match serve(fault, port).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("port {port}: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Serves until the time is over, and prints the address first.
async fn serve(fault: Fault, port: u16) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    print(&format!("http://{}", listener.local_addr()?));
    let server = axum::serve(listener, service::routes(fault));
    tokio::select! {
        served = async { server.await } => served,
        () = tokio::time::sleep(LIFETIME) => Ok(()),
    }
}

#[allow(clippy::print_stdout)]
fn print(line: &str) {
    println!("{line}");
}

#[allow(clippy::print_stderr)]
fn complain(line: &str) {
    eprintln!("{line}");
}
