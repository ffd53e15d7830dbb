//! `--label`: its value, and its merge with the labels of the program.

use std::collections::BTreeSet;

use super::args::Args;
use crate::error::RunError;
use crate::plan::{Label, Plan};
use crate::typed;

/// Adds the labels of the command line to the plan. They replace the program's labels of the same name.
///
/// # Errors
///
/// Returns an error for a duplicate name on the command line, or for too many labels.
pub(super) fn resolve(args: &Args, mut plan: Plan) -> Result<Plan, RunError> {
    let mut names = BTreeSet::new();
    for label in &args.label {
        let name = &label.name;
        if !names.insert(name) {
            return Err(RunError::new(format!("--label {name}: it is there twice; keep one of them")));
        }
        // All readers of a report see its labels.
        let value = typed::masked_value(name, &label.value);
        let label = Label { name: name.clone(), value };
        label.add_to(&mut plan.labels).map_err(|why| RunError::new(format!("--label: {why}")))?;
    }
    Ok(plan)
}
