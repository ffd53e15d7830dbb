//! Outputs attached to a plan. A plan only stores them; the layers above define their types.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The outputs of a plan, without their types.
#[derive(Clone, Default)]
pub(crate) struct ErasedOutputs(Vec<Arc<dyn Any + Send + Sync>>);

impl ErasedOutputs {
    pub(crate) fn add(&mut self, output: Arc<dyn Any + Send + Sync>) {
        self.0.push(output);
    }

    /// The outputs of this type.
    pub(crate) fn of_type<T: Any>(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|output| output.downcast_ref())
    }
}

impl fmt::Debug for ErasedOutputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} outputs", self.0.len())
    }
}
