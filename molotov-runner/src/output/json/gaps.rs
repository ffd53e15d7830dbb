//! Where the service did not answer, as serde sees it.

use serde::Serialize;

use super::rows::ms;
use crate::report::{Gap, Gaps};

#[derive(Serialize)]
pub(super) struct GapsView {
    time_ms: f64,
    longest: Vec<GapView>,
}

#[derive(Serialize)]
struct GapView {
    from_ms: f64,
    to_ms: f64,
    waiting: u64,
    ended_by: &'static str,
}

impl GapsView {
    pub(super) fn of(gaps: &Gaps) -> Self {
        Self { time_ms: ms(gaps.time), longest: gaps.longest.iter().map(GapView::of).collect() }
    }
}

impl GapView {
    fn of(gap: &Gap) -> Self {
        Self {
            from_ms: ms(gap.from),
            to_ms: ms(gap.to),
            waiting: gap.waiting,
            ended_by: gap.ended_by.as_str(),
        }
    }
}
