//! Arguments of all kinds arrive, in any order; states are made.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use molotov::{
    events, global_setup, global_teardown, scenario, scenario_picker, setup, setup_session, teardown_session,
};
use molotov_core::{
    Context, Event, GlobalSetup, Iteration, Result, Scope, Session, Setup, Shared, States, Suite, UserId,
};

use crate::said;

pub(crate) struct Catalogue(AtomicU32);

pub(crate) struct Basket {
    items: u32,
}

#[global_setup]
async fn catalogue(_session: &mut Session) -> Catalogue {
    Catalogue(AtomicU32::new(0))
}

#[global_setup]
async fn nothing_to_keep(catalogue: &Catalogue) -> Result {
    catalogue.0.store(0, Ordering::Relaxed);
    Ok(())
}

#[setup]
async fn basket() -> std::result::Result<Basket, Box<dyn std::error::Error>> {
    Ok(Basket { items: "3".parse()? })
}

#[setup_session]
async fn prepare(_session: &mut Session) -> Result {
    Ok(())
}

#[teardown_session]
async fn log_out(_session: &mut Session, shelf: &Groceries) {
    assert_eq!(shelf.0.len(), 2);
}

/// Shared states may be generic, and aliases are resolved.
type Groceries = Shelf<Vec<u8>>;

pub(crate) struct Shelf<T>(T);

#[global_setup]
async fn shelf() -> std::io::Result<Shelf<Vec<u8>>> {
    Ok(Shelf(vec![1, 2]))
}

#[global_teardown]
async fn report(catalogue: &Catalogue) {
    let _ = catalogue.0.load(Ordering::Relaxed);
}

#[scenario_picker]
fn pick(_user: UserId, _iteration: Iteration) -> &'static str {
    "arguments"
}

#[events]
fn watch(event: &Event) {
    let _ = event;
}

#[scenario]
#[allow(clippy::needless_lifetimes)]
async fn arguments<'user, 'all>(
    iteration: Iteration,
    basket: &'user mut Basket,
    catalogue: &'all Catalogue,
    UserId(user): UserId,
) {
    basket.items += 1;
    catalogue.0.fetch_add(basket.items + user + iteration.0 as u32, Ordering::Relaxed);
}

#[test]
fn arguments_are_declared_and_passed() {
    let scenario = crate::scenario("arguments");
    let needs: Vec<_> = scenario.dependencies().iter().map(said).collect();
    let mut shared = Shared::default();
    shared.insert(Arc::new(Catalogue(AtomicU32::new(0))));
    let mut states = States::default();
    states.insert(Box::new(Basket { items: 3 }));

    for _ in 0..2 {
        let call = scenario.call(Context::new(&shared).states(&mut states));
        futures::executor::block_on(call).expect("it returns nothing");
    }

    let (mine, everybodys, value) = (Scope::User, Scope::Run, Scope::Value);
    assert_eq!(needs, [(value, "Iteration"), (mine, "Basket"), (everybodys, "Catalogue"), (value, "UserId")]);
    assert_eq!(shared.get::<Catalogue>().map(|catalogue| catalogue.0.load(Ordering::Relaxed)), Some(4 + 5));
}

#[test]
fn state_of_a_set_up_is_inside_of_its_result() {
    let suite = Suite::registered();
    let global: Vec<_> = suite.global_setups().into_iter().map(GlobalSetup::provides).collect();
    let own: Vec<_> = suite.setups().into_iter().map(Setup::provides).collect();

    assert!(global.iter().any(|(id, _)| *id == TypeId::of::<Catalogue>()));
    assert!(global.iter().any(|(id, _)| *id == TypeId::of::<()>()));
    assert!(own.iter().any(|(id, _)| *id == TypeId::of::<Basket>()));
}

#[test]
fn a_set_up_makes_its_state() {
    let suite = Suite::registered();
    let shared = Shared::default();
    let setups = suite.setups();
    let basket = setups.iter().find(|setup| setup.name() == "basket").expect("it is registered");

    let state = futures::executor::block_on(basket.call(Context::new(&shared))).expect("3 is a number");

    assert_eq!(state.downcast_ref::<Basket>().map(|basket| basket.items), Some(3));
}

#[test]
fn the_session_is_declared() {
    let suite = Suite::registered();

    let needs = suite.setup_session_hook().expect("there is one").dependencies();

    assert!(needs.len() == 1 && needs[0].is_session());
}

#[test]
fn the_picker_and_the_listener_are_called() {
    let suite = Suite::registered();

    let picked = suite.scenario_picker().expect("there is one").pick(UserId(0), Iteration(0));

    assert_eq!(picked, "arguments");
    assert_eq!(suite.listeners()[0].name(), "watch");
}
