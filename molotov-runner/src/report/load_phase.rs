//! The phases of a load that change the interpretation of its figures.

/// A phase of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadPhase {
    /// New iterations start.
    Running,
    /// No new iterations start; those in flight are finished.
    Draining,
}
