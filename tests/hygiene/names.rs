//! Functions with names from generated code, keywords and other unlikely names.

use molotov::{scenario, setup};
use molotov_core::{Context, Shared, UserId};

#[scenario]
async fn call(_user: UserId) {}

#[scenario]
async fn a0(_a0: UserId, _a1: UserId) {}

#[scenario]
async fn cx(_user: UserId) -> Result<(), String> {
    Ok(())
}

#[scenario]
async fn origin(_user: UserId) {}

#[scenario]
async fn value() -> Result<(), String> {
    Ok(())
}

#[scenario]
async fn take(_user: UserId) {}

#[scenario]
async fn new(_user: UserId) {}

#[scenario]
async fn core() {}

#[scenario]
async fn molotov() {}

#[scenario]
async fn main() {}

#[scenario]
async fn r#match(r#type: UserId) {
    let _ = r#type;
}

#[scenario]
#[allow(non_snake_case)]
async fn CamelCase() {}

#[scenario]
async fn größe() {}

#[scenario]
async fn pattern(UserId(number): UserId, _: UserId) {
    let _ = number;
}

/// A set-up whose state shares a name with its own function.
#[setup]
async fn state() -> State {
    State
}

pub(crate) struct State;

#[test]
fn a_raw_identifier_is_called_without_its_mark() {
    let scenario = crate::scenario("match");

    assert_eq!(scenario.origin().map(|origin| origin.function), Some("match"));
}

#[test]
fn all_of_them_can_be_called() {
    let names = ["call", "a0", "cx", "origin", "value", "take", "new", "core", "molotov", "main", "match"];
    for name in names.into_iter().chain(["CamelCase", "größe", "pattern"]) {
        let shared = Shared::default();

        let result = futures::executor::block_on(crate::scenario(name).call(Context::new(&shared)));

        assert!(result.is_ok(), "{name}");
    }
}
