//! The link-time inventory of all registrations by attributes.

use crate::data::Data;
use crate::fixture::{GlobalSetup, Hook, Picker, Setup};
use crate::listeners::Listener;
use crate::origin::Origin;
use crate::scenario::Scenario;

/// One declared item of a suite.
///
/// ```
/// use molotov::registry::Registration;
///
/// /// The name of a scenario; `None` for a fixture.
/// fn scenario_name(item: &Registration) -> Option<&str> {
///     match item {
///         Registration::Scenario(scenario) => Some(scenario.name()),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Registration {
    /// `#[scenario]`.
    Scenario(Scenario),
    /// `#[global_setup]`.
    GlobalSetup(GlobalSetup),
    /// `#[setup]`.
    Setup(Setup),
    /// `#[setup_session]`.
    SetupSession(Hook),
    /// `#[teardown_session]`.
    TeardownSession(Hook),
    /// `#[teardown]`.
    Teardown(Hook),
    /// `#[global_teardown]`.
    GlobalTeardown(Hook),
    /// `#[scenario_picker]`.
    Picker(Picker),
    /// `#[events]`.
    Events(Listener),
    /// `#[data]`.
    Data(Data),
}

/// An entry that an attribute registers: its place in the source, and the function that makes the
/// registration.
#[doc(hidden)]
pub struct Entry {
    /// Its place in the source.
    pub origin: Origin,
    /// True if it was compiled as part of a test target (`cfg!(test)` of the user's crate).
    pub test: bool,
    /// Makes the registration.
    pub make: fn(Origin) -> Registration,
}

inventory::collect!(Entry);

/// The registrations of all crates of this program, sorted by package, file and line.
///
/// inventory promises no order. If a dev-dependency cycle links a crate twice, once for testing and once as a
/// dependency, the tested copy counts.
#[doc(hidden)]
pub fn registered() -> Vec<Registration> {
    let mut entries: Vec<&Entry> = inventory::iter::<Entry>.into_iter().collect();
    entries.sort_by_key(|entry| (entry.origin, !entry.test));
    entries.dedup_by_key(|entry| entry.origin);
    entries.iter().map(|entry| (entry.make)(entry.origin)).collect()
}
