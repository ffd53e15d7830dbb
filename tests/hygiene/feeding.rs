//! Feeds and rows, with any names of types and any return types.

use molotov::{data, scenario};
use molotov_core::{Context, Result, Rows, Scope, Session, Shared, Suite, Turn, UserId};

/// A name that molotov uses, too.
pub(crate) struct Row(u8);

type Feed = molotov_core::Feed<Row>;

#[data]
fn data() -> Feed {
    molotov_core::Feed::rows([Row(7)]).unique()
}

#[data]
fn r#type() -> std::result::Result<molotov_core::Feed<(String, u32)>, std::env::VarError> {
    Ok(molotov_core::Feed::rows([(std::env::var("PATH")?, 1)]))
}

#[scenario(weight = 0)]
async fn feeding(
    own: molotov_core::Row<Row>,
    _session: &mut Session,
    other: molotov_core::Row<(String, u32)>,
) -> Result {
    assert_eq!((own.0, other.1), (7, 1));
    Ok(())
}

#[test]
fn rows_are_declared_drawn_and_passed() {
    let suite = Suite::registered();
    let scenario = crate::scenario("feeding");
    let mut rows = Rows::default();
    for feed in suite.feeds() {
        let turn = Turn::new(1, UserId(0), 1, 0);
        assert!(feed.load().is_ok_and(|feeder| feeder.draw(&turn, &mut rows).is_ok()), "{}", feed.name());
    }
    let (shared, mut session) = (Shared::default(), Session::detached());

    let call = scenario.call(Context::new(&shared).session(&mut session).rows(&mut rows));

    assert!(futures::executor::block_on(call).is_ok());
    let owners: Vec<_> = scenario.dependencies().iter().map(|need| need.scope).collect();
    assert_eq!(owners, [Scope::Row, Scope::User, Scope::Row]);
    let mut names: Vec<_> = suite.feeds().iter().map(|feed| feed.name().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["data", "type"]);
}
