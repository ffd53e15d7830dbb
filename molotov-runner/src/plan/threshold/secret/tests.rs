//! Possible secrets in the name of a selector.

use crate::plan::threshold::{Key, Selector, Threshold};

#[test]
fn no_threshold_shows_a_secret_of_its_route() {
    for name in [
        "GET http://u:SECRET@h/",
        "GET http://SECRET@h/",
        "GET https://u:SECRET@h:8080/items?a=b",
        "POST http://u:a/SECRET@h/",
        "GET http://u:a b SECRET@h/",
        "GET http://h/?token=SECRET",
        "GET http://h/#access_token=SECRET&a=b",
        "GET /login?password=SECRET",
        "GET /login?a=b&api_key=SECRET",
    ] {
        let text = format!("p99{{route=\"{name}\"}} < 2ms");

        let shown = Threshold::parse_all(&text).unwrap()[0].to_string();

        assert!(!shown.contains("SECRET") && shown.starts_with("p99{route="), "{name}: {shown}");
        for wrong in
            [format!("{text}, {text}"), format!("{text} ab"), format!("p99{{route=\"{name}\"}} < fast")]
        {
            let mistake = Threshold::parse_all(&wrong).unwrap_err().to_string();
            assert!(!mistake.contains("SECRET"), "{wrong}: {mistake}");
        }
    }
}

#[test]
fn other_names_hide_their_secrets_too() {
    for text in ["p99{timer=\"http://u:SECRET@h/\"} < 2ms", "count{counter=\"/?token=SECRET\"} < 2"] {
        let shown = Threshold::parse_all(text).unwrap()[0].to_string();
        assert!(shown.contains("***") && !shown.contains("SECRET"), "{shown}");
    }
}

#[test]
fn a_route_is_called_as_in_the_report() {
    for (typed, name) in [
        ("GET http://u:p@h/", "GET http://h/"),
        ("GET http://u:p@h", "GET http://h"),
        ("GET http://h/@me", "GET http://h/@me"),
        ("GET /users/@me", "GET /users/@me"),
        ("GET http://u:p@h/@me", "GET http://h/@me"),
    ] {
        assert_eq!(Selector::new(Key::Route, typed.into()).name, name);
    }
}
