//! The address of the service on the command line, and the lifetime of connections and sessions.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use crate::black_box::server::Server;
use crate::support::run::Program;

/// Responds on a Unix socket, until the process ends.
fn serve(listener: UnixListener) {
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer(&stream.unwrap()));
        }
    });
}

fn answer(mut stream: &UnixStream) {
    for line in BufReader::new(stream).lines() {
        // A client that hangs up needs no response.
        if line.is_ok_and(|line| line.is_empty()) {
            drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"));
        }
    }
}

#[test]
fn unix_socket_is_a_host_and_is_reported_whole_in_display_and_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.sock");
    serve(UnixListener::bind(&path).unwrap());
    let url = format!("unix://{}", path.display());

    let typed = Program::new(["--host", &url, "-u", "2"]).reporting().run();
    let set = Program::new(["-u", "2"]).env("MOLOTOV_HOST", &url).reporting().run();

    for ended in [typed, set] {
        ended.assert_code(0);
        assert_eq!((ended.report().requests.ok, ended.report().connections.opened), (4, 2));
        assert_eq!(ended.report().settings.targets, std::slice::from_ref(&url));
        let shown: String = ended.stdout.split_whitespace().collect();
        assert!(shown.contains(&format!("Target{url}")), "{}", ended.stdout);
    }
}

#[test]
fn unix_socket_that_is_not_there_is_reported_with_its_kind_and_its_cure() {
    let ended = Program::new(["--host", "unix:///nowhere/app.sock", "-r", "1"]).reporting().run();

    ended.assert_code(6);
    assert_eq!(ended.report().of_kind("connect.not_found"), 1);
    assert!(ended.stdout.contains("there is no socket at"), "{}", ended.stdout);
}

#[test]
fn a_named_address_goes_before_dns_typed_or_set() {
    for typed in [true, false] {
        let server = Server::good();
        let port = server.url().rsplit_once(':').unwrap().1.to_owned();
        let (url, entry) = (format!("http://shop.example:{port}"), format!("shop.example:{port}:127.0.0.1"));

        let program = Program::new(["--host", &url, "--dns-ttl", "5s"]).reporting();
        let program = if typed {
            Program::new([
                "--host",
                &url,
                "--dns-ttl",
                "5s",
                "--resolve",
                "*:1:127.0.0.1",
                "--resolve",
                &entry,
            ])
            .reporting()
        } else {
            program.env("MOLOTOV_RESOLVE", &format!("*:1:127.0.0.1,{entry}"))
        };
        let ended = program.run();

        ended.assert_code(0);
        assert_eq!(ended.report().settings.resolve, ["*:1:127.0.0.1".to_owned(), entry]);
        assert!((ended.report().settings.dns_ttl_ms - 5_000.0).abs() < 0.1);
        assert_eq!(server.finish().requests, 2);
    }
}

#[test]
fn connections_and_sessions_are_kept_as_configured() {
    for (args, connections, fresh, opened) in [
        ([].as_slice(), "user", false, 1),
        (&["--connections", "iteration"], "iteration", false, 2),
        (&["--connections", "request"], "request", false, 2),
        (&["--fresh-session"], "iteration", true, 2),
        (&["--fresh-session", "--connections", "request"], "request", true, 2),
    ] {
        let server = Server::good();
        let url = server.url();

        let ended = Program::new([&["--host", &url], args].concat()).reporting().run();

        ended.assert_code(0);
        let settings = &ended.report().settings;
        assert_eq!((settings.connections.as_str(), settings.fresh_session), (connections, fresh), "{args:?}");
        assert_eq!(ended.report().connections.opened, opened, "{args:?}");
        assert_eq!(server.finish().requests, 2);
    }
}

#[test]
fn variable_sets_the_length_too() {
    let server = Server::good();

    let program = Program::new(["--host", &server.url()]).env("MOLOTOV_CONNECTIONS", "request");
    let ended = program.env("MOLOTOV_FRESH_SESSION", "true").reporting().run();

    ended.assert_code(0);
    let settings = &ended.report().settings;
    assert_eq!((settings.connections.as_str(), settings.fresh_session), ("request", true));
    assert_eq!(server.finish().requests, 2);
}
