//! The states that fixtures return, by type.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

/// The states of the global set-ups, by type; all functions may read them.
///
/// Cloning is cheap: the states themselves are shared.
#[derive(Clone, Default)]
pub struct Shared(Vec<(TypeId, Arc<dyn Any + Send + Sync>)>);

impl Shared {
    /// The state of this type.
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let (_, state) = self.0.iter().find(|(id, _)| *id == TypeId::of::<T>())?;
        state.downcast_ref()
    }

    /// Returns `true` if there is a state of this type.
    pub fn has(&self, id: TypeId) -> bool {
        self.0.iter().any(|(other, _)| *other == id)
    }

    /// Adds a state; it replaces a state of the same type.
    pub fn insert(&mut self, state: Arc<dyn Any + Send + Sync>) {
        let id = (*state).type_id();
        self.0.retain(|(other, _)| *other != id);
        self.0.push((id, state));
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("states", &self.0.len()).finish()
    }
}

/// The states of the set-ups for one user, by type.
#[derive(Default)]
pub struct States(Vec<(TypeId, Box<dyn Any + Send>)>);

impl States {
    /// Returns `true` if there is a state of this type.
    pub fn has(&self, id: TypeId) -> bool {
        self.0.iter().any(|(other, _)| *other == id)
    }

    /// Adds a state; it replaces a state of the same type.
    pub fn insert(&mut self, state: Box<dyn Any + Send>) {
        let id = (*state).type_id();
        self.0.retain(|(other, _)| *other != id);
        self.0.push((id, state));
    }

    pub(crate) fn slots(&mut self) -> &mut [(TypeId, Box<dyn Any + Send>)] {
        &mut self.0
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").field("states", &self.0.len()).finish()
    }
}
