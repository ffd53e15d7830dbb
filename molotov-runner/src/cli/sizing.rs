//! `--sizing`: what it takes, and what does not go with it.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::parser::ValueSource;

use super::args::Args;
use crate::plan::Plan;
use crate::plan::objective::{Objective, Percent};
use crate::plan::sizing::Sizing;

/// What `--sizing` or `MOLOTOV_SIZING` says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    /// These; without any, only the tolerance counts.
    Objectives(Vec<Objective>),
    /// `MOLOTOV_SIZING=false`.
    No,
}

/// What `--sizing` without a value stands for.
pub(super) const PLAIN: &str = "true";

/// Options that a sizing has no use for, and why.
const OTHERS: [(&str, &str); 4] = [
    ("single_run", "a sizing needs more and more users"),
    ("max_runs", "the users of a sizing go on until an objective breaks"),
    ("fail_fast", "a sizing goes on until an objective breaks"),
    ("fail", "--sizing-tolerance says how many failures are tolerated"),
];

pub(super) fn wanted(text: &str) -> Result<Wanted, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(Wanted::Objectives(Vec::new())),
        "false" | "no" | "off" | "0" => Ok(Wanted::No),
        _ => Objective::parse_all(text).map(Wanted::Objectives),
    }
}

/// Finds what contradicts itself. What is typed wins over what is set, and that over anything else.
pub(super) fn settle(args: &mut Args, source: impl Fn(&str) -> Option<ValueSource>) -> Result<(), String> {
    let weight = |id: &str| match source(id) {
        Some(ValueSource::CommandLine) => 2,
        Some(ValueSource::EnvVariable) => 1,
        _ => 0,
    };
    let name = |id: &str| match weight(id) {
        1 => format!("MOLOTOV_{}", id.to_ascii_uppercase()),
        _ => format!("--{}", id.replace('_', "-")),
    };
    let Some(Wanted::Objectives(objectives)) = &args.sizing else {
        let in_vain = args.sizing_tolerance.is_some() && weight("sizing_tolerance") == 2;
        return if in_vain {
            Err("the argument '--sizing-tolerance' needs '--sizing'".into())
        } else {
            Ok(())
        };
    };
    let own = weight("sizing");
    if weight("sizing_tolerance") < own && objectives.iter().any(Objective::is_of_errors) {
        args.sizing_tolerance = None;
    }
    if let Err(why) = Sizing::new(objectives.clone(), args.sizing_tolerance) {
        return Err(format!("{}: {why}", name("sizing")));
    }
    if args.ramp_up.is_some_and(|time| time.is_zero()) {
        let (sizing, ramp_up) = (name("sizing"), name("ramp_up"));
        return Err(format!(
            "the argument '{sizing}' raises the users over '{ramp_up}', for example 5m; it cannot be 0"
        ));
    }
    let given = [args.single_run, args.max_runs.is_some(), args.fail_fast, args.fail.is_some()];
    for ((id, why), _) in OTHERS.into_iter().zip(given).filter(|(_, given)| *given) {
        if weight(id) == own {
            let (sizing, other) = (name("sizing"), name(id));
            return Err(format!("the argument '{sizing}' cannot be used with '{other}': {why}"));
        }
        if weight(id) > own {
            args.sizing = None;
            return Ok(());
        }
    }
    (args.single_run, args.max_runs, args.fail_fast, args.fail) = (false, None, false, None);
    Ok(())
}

/// The plan as the sizing that was asked for, or as none.
pub(super) fn resolve(args: &Args, plan: Plan) -> Plan {
    let of_author = plan.sizing.is_some();
    match &args.sizing {
        Some(Wanted::Objectives(objectives)) => {
            let Ok(sizing) = Sizing::new(objectives.clone(), args.sizing_tolerance) else { return plan };
            // An author who sizes knows how many users are worth trying.
            if of_author { Plan { sizing: Some(sizing), ..plan } } else { plan.to_size(sizing) }
        }
        // To try the scenarios of a program that sizes.
        Some(Wanted::No) | None if of_author && (args.sizing.is_some() || args.single_run) => {
            Plan { sizing: None, users: NonZeroU32::MIN, ramp_up: Duration::ZERO, ..plan }
        }
        _ => plan,
    }
}

pub(super) fn tolerance(text: &str) -> Result<Percent, String> {
    Percent::parse(text)
}
