//! The measurement lab: compares molotov's reports with the truth, and writes `docs/measurement.md`.
//!
//! ```text
//! cargo run --release --manifest-path benches/lab/Cargo.toml                       # everything: five minutes on an idle machine
//! cargo run --release --manifest-path benches/lab/Cargo.toml -- latency --quick    # one section, shorter runs
//! ```
//!
//! The program has two more roles: it is the server whose delays follow a script, in threads of its own, and it starts
//! itself again as the load test, so that the measured program is an ordinary one.
//!
//! Only on Linux, which reports the CPU use of other processes; elsewhere it compiles to a program that prints so.

#[cfg(target_os = "linux")]
mod args;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod clients;
#[cfg(target_os = "linux")]
mod control;
#[cfg(target_os = "linux")]
mod doc;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod sections;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod stats;
#[cfg(target_os = "linux")]
mod sys;
#[cfg(target_os = "linux")]
mod window;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    program::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("lab: it reads from /proc what others do while it measures; run it on Linux");
    std::process::ExitCode::FAILURE
}
