//! Set-ups in the order of their needs.

use std::any::TypeId;

use crate::arg::{Dependency, Scope};
use crate::fixture::{GlobalSetup, Setup};

/// A set-up that makes a state for other set-ups of its kind.
pub(super) trait Makes {
    /// The scope of the states of this kind.
    const SCOPE: Scope;

    fn made(&self) -> TypeId;
    fn wants(&self) -> &[Dependency];
}

impl Makes for GlobalSetup {
    const SCOPE: Scope = Scope::Run;

    fn made(&self) -> TypeId {
        self.provides().0
    }

    fn wants(&self) -> &[Dependency] {
        self.dependencies()
    }
}

impl Makes for Setup {
    const SCOPE: Scope = Scope::User;

    fn made(&self) -> TypeId {
        self.provides().0
    }

    fn wants(&self) -> &[Dependency] {
        self.dependencies()
    }
}

/// Sorts the set-ups: each after those whose states it needs, otherwise in order of registration. Those in a circle
/// come last.
pub(super) fn sorted<M: Makes>(setups: &[M]) -> Vec<&M> {
    let mut waiting: Vec<&M> = setups.iter().collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some(index) = waiting.iter().position(|setup| !needs_any(*setup, &waiting)) {
        ordered.push(waiting.remove(index));
    }
    ordered.extend(waiting);
    ordered
}

/// The set-ups that wait for each other in a circle.
pub(super) fn circle<M: Makes>(setups: &[M]) -> Vec<&M> {
    let mut waiting: Vec<&M> = setups.iter().collect();
    while let Some(index) = waiting.iter().position(|setup| !needs_any(*setup, &waiting)) {
        waiting.remove(index);
    }
    waiting
}

fn needs_any<M: Makes>(setup: &M, others: &[&M]) -> bool {
    let mut wanted = setup.wants().iter().filter(|need| need.scope == M::SCOPE);
    wanted.any(|need| others.iter().any(|other| other.made() == need.type_id))
}
