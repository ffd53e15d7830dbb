//! `--threshold`: what it takes, and what it adds to the thresholds of the program.

use super::args::Args;
use crate::error::RunError;
use crate::plan::Plan;
use crate::plan::threshold::twins;

/// The plan with what was typed. What bounds the same as a threshold of the program stands in its place; others of the
/// program stay, because whoever adds one does not want to lose those.
///
/// # Errors
///
/// When two that were typed bound the same.
pub(super) fn resolve(args: &Args, mut plan: Plan) -> Result<Plan, RunError> {
    let mut typed = Vec::new();
    for list in &args.threshold {
        typed.extend(list.0.iter().cloned());
    }
    if let Some(why) = twins(&typed) {
        return Err(RunError::new(format!("--threshold: {why}")));
    }
    plan.thresholds.retain(|own| !typed.iter().any(|typed| typed.replaces(own)));
    plan.thresholds.extend(typed);
    Ok(plan)
}
