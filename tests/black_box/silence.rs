//! A server that stops responding: the exit code of a run with real sockets.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::support::run::{Ended, Program};

/// The URL of a server that responds after 20 ms until this much time has passed since its first request, and then
/// reads requests and never writes a byte. Its threads end with this process.
fn dying(after: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let mut begun = None;
        for stream in listener.incoming() {
            let begun = *begun.get_or_insert_with(Instant::now);
            thread::spawn(move || serve(&stream.unwrap(), begun + after));
        }
    });
    url
}

fn serve(stream: &TcpStream, until: Instant) {
    for line in BufReader::new(stream).lines() {
        match line {
            Ok(line) if line.is_empty() && Instant::now() < until => {
                thread::sleep(Duration::from_millis(20));
                let mut stream = stream;
                if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx").is_err() {
                    return;
                }
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// The URL of a port whose connections are never accepted, and a guard that keeps it so.
fn unaccepted() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (format!("http://{}", listener.local_addr().unwrap()), listener)
}

fn run(url: &str, args: &[&str]) -> Ended {
    Program::new(["--host", url, "--scenario", "visit"]).args(args).reporting().run()
}

const NOW: Duration = Duration::ZERO;
const LATER: Duration = Duration::from_millis(1_500);

#[test]
fn silence_longer_than_the_window_is_dead() {
    let ended = run(&dying(NOW), &["-u", "5", "-d", "6s", "--grace", "500ms"]);

    ended.assert_code(6);
    assert_eq!(ended.report().ended.reason, "dead_target");
    assert_eq!(ended.report().requests.cancelled, 5);
}

#[test]
fn nothing_ends_in_a_short_run() {
    let ended = run(&dying(NOW), &["-u", "5", "-d", "1s", "--grace", "1s"]);

    ended.assert_code(1);
    assert_eq!(ended.report().ended.reason, "duration");
}

#[test]
fn service_that_dies_is_not_green() {
    let args = ["-u", "10", "-d", "6s", "--grace", "1s", "--threshold", "p99 < 200ms, errors < 1%"];
    let dead = run(&dying(LATER), &args);
    let broken = run(&dying(LATER), &[&args[..], &["--no-dead-target-check"]].concat());

    dead.assert_code(6);
    broken.assert_code(99);
    for ended in [dead, broken] {
        assert!(ended.report().thresholds.iter().all(|threshold| !threshold.passed), "{}", ended.stdout);
        let text = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("at least ") && text.contains("while 10 requests waited"), "{text}");
    }
}

#[test]
fn signal_while_it_hangs_is_reported_with_the_report() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let running = Program::new(["--host", &url, "--scenario", "visit", "-u", "1", "-d", "1h"]);
    let running = running.args(["--grace", "100ms"]).reporting().start();
    let (mut stream, _) = server.accept().unwrap();
    let _ = stream.read(&mut [0; 100]).unwrap();
    running.signal(Signal::SIGINT);
    let ended = running.wait();

    ended.assert_code(130);
    assert_eq!(ended.report().iterations.ok, 0);
}

#[test]
fn connection_that_is_never_served_is_no_answer() {
    let (url, _listener) = unaccepted();
    let ended = run(&url, &["-u", "5", "-d", "3s", "--grace", "100ms", "--dead-target-window", "2s"]);

    ended.assert_code(6);
}

#[test]
fn handshake_that_hangs_is_no_answer() {
    let (url, _listener) = unaccepted();
    let url = url.replace("http://", "https://");
    let ended = run(&url, &["-u", "5", "-d", "3s", "--grace", "100ms", "--dead-target-window", "2s"]);

    ended.assert_code(6);
}

/// The URL of a server with nine in ten connections dead after this time.
fn dying_for_most(after: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let begun = Instant::now();
        for (number, stream) in listener.incoming().enumerate() {
            let lives = if number % 10 == 0 { Duration::from_secs(600) } else { after };
            thread::spawn(move || serve(&stream.unwrap(), begun + lives));
        }
    });
    url
}

#[test]
fn service_that_is_dead_for_nine_of_ten_users_is_not_green() {
    let args = ["-u", "10", "-d", "4s", "--grace", "500ms"];
    let counted = run(&dying_for_most(LATER), &args);
    let judged =
        run(&dying_for_most(LATER), &[&args[..], &["--threshold", "p99 < 1s, errors < 5%"]].concat());

    counted.assert_code(0);
    assert!(counted.stdout.contains("WARNING: 9 of 10 users waited in vain from "), "{}", counted.stdout);
    judged.assert_code(99);
    assert!(judged.report().thresholds.iter().all(|threshold| !threshold.passed), "{}", judged.stdout);
    assert!(judged.stdout.contains("% of the time"), "{}", judged.stdout);
}
