//! The same on all cores.
