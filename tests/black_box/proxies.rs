//! Variables for a proxy, which is not used: a note.

use crate::black_box::server::Server;
use crate::support::run::Program;

#[test]
fn a_proxy_that_is_not_used_is_a_note_before_the_load_and_in_the_reports() {
    // A name of its own, which leads here.
    let server = Server::good();
    let port = server.url().rsplit_once(':').unwrap().1.trim_end_matches('/').to_owned();
    let host = format!("http://shop.test:{port}");
    let resolve = format!("shop.test:{port}:127.0.0.1");
    let run = |variables: &[(&str, &str)], more: &[&str]| {
        let args =
            ["--host", &host, "--resolve", &resolve, "-r", "1"].into_iter().chain(more.iter().copied());
        let program = Program::new(args.collect::<Vec<_>>());
        let ended = variables.iter().fold(program, |program, (name, value)| program.env(name, value)).run();
        ended.assert_code(0);
        ended.stderr
    };

    let told = run(&[("HTTP_PROXY", "http://u:PASSWORD@127.0.0.1:9")], &[]);
    assert_eq!(told.matches("note: HTTP_PROXY is set and not used").count(), 1, "{told}");
    assert!(!told.contains("PASSWORD"), "{told}");
    assert!(run(&[("all_proxy", "x"), ("https_proxy", "x")], &[]).contains("all_proxy, https_proxy are set"));

    for (variables, more) in [
        (&[("HTTP_PROXY", "x"), ("NO_PROXY", "a,.test")][..], &[][..]),
        (&[("HTTP_PROXY", "")], &[]),
        (&[("HTTP_PROXY", "x")], &["--quiet"]),
    ] {
        let told = run(variables, more);
        assert!(!told.contains("PROXY"), "{variables:?}: {told}");
    }
}

#[test]
fn on_the_way_to_this_machine_nothing_is_reported_of_a_proxy() {
    let server = Server::good();

    let ended =
        Program::new(["--host", &server.url(), "-r", "1"]).env("http_proxy", "http://127.0.0.1:9").run();

    ended.assert_code(0);
    assert!(!ended.stderr.contains("proxy"), "{}", ended.stderr);
}

#[test]
fn the_reports_have_the_note_also_of_a_quiet_run() {
    let server = Server::good();
    let port = server.url().rsplit_once(':').unwrap().1.trim_end_matches('/').to_owned();
    let host = format!("http://shop.test:{port}");
    let resolve = format!("shop.test:{port}:127.0.0.1");
    let note = "HTTP_PROXY is set and not used: requests go to the target itself, as no proxy is known here";
    let run = |more: &[&str]| {
        let args =
            ["--host", &host, "--resolve", &resolve, "-r", "1"].into_iter().chain(more.iter().copied());
        Program::new(args.collect::<Vec<_>>())
            .env("HTTP_PROXY", "http://u:PASSWORD@127.0.0.1:9")
            .reporting()
            .run()
    };

    let (loud, quiet) = (run(&[]), run(&["--quiet"]));

    let text = loud.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("- {note}.")), "{}", loud.stdout);
    for ended in [&loud, &quiet] {
        assert_eq!(ended.report().settings.notes, [note]);
        assert!(!ended.stdout.contains("PASSWORD"));
    }
}
