//! `--label`: what it takes, and what it adds to the labels of the program.

use std::collections::BTreeSet;

use super::args::Args;
use crate::error::RunError;
use crate::plan::{Label, Plan};
use crate::typed;

/// The plan with the labels that were typed. One of the program's with the same name gives way.
///
/// # Errors
///
/// When a name was typed twice, or there are too many labels.
pub(super) fn resolve(args: &Args, mut plan: Plan) -> Result<Plan, RunError> {
    let mut names = BTreeSet::new();
    for label in &args.label {
        let name = &label.name;
        if !names.insert(name) {
            return Err(RunError::new(format!("--label {name}: it is there twice; keep one of them")));
        }
        // Labels are shown to whoever reads a report.
        let value = typed::masked_value(name, &label.value);
        let label = Label { name: name.clone(), value };
        label.add_to(&mut plan.labels).map_err(|why| RunError::new(format!("--label: {why}")))?;
    }
    Ok(plan)
}
