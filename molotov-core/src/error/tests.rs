//! Tests of the error.

use super::*;

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bad basket")
    }
}

impl StdError for Outer {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn the_alternate_form_prints_the_chain_and_says_nothing_twice() {
    let cause = "x".parse::<u32>().unwrap_err();

    let error = Error::new(Outer(cause));

    assert_eq!(error.to_string(), "bad basket");
    assert_eq!(format!("{error:#}"), "bad basket: invalid digit found in string");
}

#[test]
fn an_error_of_ours_is_known_again_inside_of_others() {
    let ours = || Error::of(FailureKind::Http5xx, "GET /: 503 Service Unavailable").into_recorded();

    let context = Error::new(anyhow::Context::context(Err::<(), _>(ours()), "cannot buy").unwrap_err());
    let plain = Error::new(anyhow::Error::from(ours()));

    for (error, text, told_already) in [
        (context, "cannot buy: GET /: 503 Service Unavailable", false),
        (plain, "GET /: 503 Service Unavailable", true),
    ] {
        assert_eq!(format!("{error:#}"), text);
        assert_eq!((error.kind(), error.is_recorded()), (FailureKind::Http5xx, told_already));
    }
}

#[test]
fn values_that_serde_quotes_are_left_out_however_the_error_comes() {
    let serde = || serde_json::from_str::<u32>("\"hunter2\"").unwrap_err();
    let said = "invalid type: string, expected u32 at line 1 column 9";

    let context = anyhow::Context::context(Err::<(), _>(serde()), "cannot log in").unwrap_err();
    for (error, expected) in [
        (Error::from(serde()), said.to_owned()),
        (Error::from(std::io::Error::other(serde())), said.to_owned()),
        (Error::new(context), format!("cannot log in: {said}")),
        (Error::msg(format!("cannot log in ({})", serde())), format!("cannot log in ({said})")),
    ] {
        assert_eq!(format!("{error:#}"), expected);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn an_error_of_ours_stays_itself_through_a_box() {
    let error = Error::of(FailureKind::TimeoutHead, "slow");

    let boxed: Box<dyn StdError + Send + Sync> = Box::new(error);

    assert_eq!(Error::from(boxed).kind(), FailureKind::TimeoutHead);
}
