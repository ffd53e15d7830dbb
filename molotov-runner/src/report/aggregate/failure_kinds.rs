//! Failed requests, by kind: those of a window are the differences between the totals and the previous windows.

use std::collections::BTreeMap;

use molotov_core::FailureKind;

use crate::report::tally::Tally;
use crate::report::windows::Window;

/// The failures so far, and those of them that are in a window.
#[derive(Debug, Default)]
pub(super) struct FailureKinds {
    all: Tally<FailureKind>,
    placed: BTreeMap<FailureKind, u64>,
}

impl FailureKinds {
    /// Counts a request.
    pub(super) fn add(&mut self, kind: FailureKind) {
        self.all.add(kind);
    }

    /// Marks the current counts as placed: they are in no window.
    pub(super) fn start(&mut self) {
        self.placed = self.all.counts();
    }

    /// Adds a late failure to a closed window.
    pub(super) fn place_late(&mut self, kind: FailureKind, window: &mut Window) {
        *self.placed.entry(kind).or_default() += 1;
        *window.kinds.entry(kind).or_default() += 1;
    }

    /// Adds the failures that are in no window yet to the open window, except for these of later windows.
    pub(super) fn place(&mut self, window: &mut Window, later: impl Iterator<Item = FailureKind>) {
        let mut placed = self.all.counts();
        later.for_each(|kind| *placed.entry(kind).or_default() -= 1);
        let known = std::mem::replace(&mut self.placed, placed);
        for (kind, count) in &self.placed {
            let more = count - known.get(kind).copied().unwrap_or_default();
            if more > 0 {
                *window.kinds.entry(*kind).or_default() += more;
            }
        }
    }
}
