//! The course of a series so far.

use crate::report::course::Course;

/// The course of a series, and the part of its totals that is included.
#[derive(Debug, Default)]
pub(super) struct SeriesCourse {
    pub(super) course: Course,
    /// By bucket.
    pub(super) counts: Vec<u64>,
    pub(super) count: u64,
    pub(super) failed: u64,
}
