//! The features of a session. The kinds of time-outs are in `molotov-core/tests/it/faults.rs`, bodies in
//! `molotov-core/tests/it/content.rs`, and the policies of connections in `tests/black_box/connections.rs`.

use crate::molotov_parity::load::{assert_said, load};
use crate::molotov_parity::witness::Witness;

/// Cookies and connections live from run to run and are not shared; Molotov drops cookies of IP addresses.
#[test]
fn session_cookies_and_connections_are_each_users_own_from_run_to_run() {
    let server = Witness::start();

    let ended = load(&server, "-s guest -w 3 -r 3").run();

    ended.assert_code(0);
    assert_eq!(ended.report().connections.opened, 3);
    for user in 0..3 {
        let own: Vec<_> = server.seen().into_iter().filter(|request| request.connection == user).collect();
        let cookies: Vec<_> = own.iter().map(|request| request.header("cookie")).collect();
        let cookie = format!("visitor={user}");
        assert_eq!(cookies, [None, Some(cookie.as_str()), Some(cookie.as_str())]);
    }
}

/// Redirects are followed, by the rules of RFC 9110, and each hop is counted.
/// `another_origin_that_a_redirect_leads_to_learns_no_credentials` covers credentials; loops and the limit are in
/// `tests/session_parity.rs` and `molotov-core/tests/it/faults.rs`.
#[test]
fn session_redirects_are_followed_and_each_hop_is_counted() {
    let server = Witness::start();

    let ended = load(&server, "-s moved").run();

    ended.assert_code(0);
    let landed: Vec<_> = server.lines().into_iter().filter(|line| line.ends_with("/arrived")).collect();
    assert_eq!(landed, ["GET", "GET", "GET", "POST", "POST"].map(|method| format!("{method} /arrived")));
    assert_eq!((ended.report().requests.ok, server.lines().len()), (10, 10));
}

/// A policy by option: none, one, or ten by default.
#[test]
fn session_redirects_are_followed_up_to_the_limit() {
    let none = load(&Witness::start(), "-s moved --redirects 0").run();
    let one = load(&Witness::start(), "-s moved").env("MOLOTOV_REDIRECTS", "1").run();

    none.assert_code(1);
    assert_eq!((none.report().requests.attempted, none.report().of_kind("http.unexpected_status")), (1, 1));
    one.assert_code(0);
    assert_eq!(one.report().requests.ok, 10);
}

/// `-vv` prints both sides, with placeholders for unreadable bodies.
#[test]
fn session_vv_prints_requests_and_responses_with_placeholders() {
    let server = Witness::start();

    let ended = load(&server, "-s post -vv").run();

    ended.assert_code(0);
    assert_said(&ended, &["> POST", "> readable", "> authorization: ***", "< 200 OK", "< hello"]);
    assert!(!ended.stderr.contains("hidden"), "{}", ended.stderr);
    let placeholders: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.ends_with(" bytes)"))
        .map(|line| line.split(',').next())
        .collect();
    let expected = ["> (binary: image/png", "> (file", "> (multipart", "< (compressed: gzip"];
    assert_eq!(placeholders, expected.map(Some));
}

/// A policy by option: each iteration is a new visitor.
#[test]
fn session_may_be_fresh_for_each_run() {
    let server = Witness::start();

    let ended = load(&server, "-s guest -r 3 --fresh-session").run();

    ended.assert_code(0);
    assert_eq!(ended.report().connections.opened, 3);
    assert!(server.seen().iter().all(|request| request.header("cookie").is_none()));
}
