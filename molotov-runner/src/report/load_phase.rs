//! The phases of a load, as far as they change how its figures are read.

/// A phase of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadPhase {
    /// New iterations are started.
    Running,
    /// No new iterations are started; those in flight come to their end.
    Draining,
}
