//! `--threshold`: its value, and its merge with the thresholds of the program.

use super::args::Args;
use crate::error::RunError;
use crate::plan::Plan;
use crate::plan::threshold::twins;

/// Adds the thresholds of the command line to the plan. They replace the program's thresholds with the same subject;
/// the others stay, because adding a threshold should not remove any.
///
/// # Errors
///
/// Returns an error for two thresholds of the command line with the same subject.
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
