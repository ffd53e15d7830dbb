//! `--sizing`: its value, and the options that conflict with it.

use std::num::NonZeroU32;
use std::time::Duration;

use super::args::Args;
use super::values::SizingRequest;
use crate::plan::Plan;
use crate::plan::objective::Objective;
use crate::plan::sizing::SizingPlan;

/// Options without effect on a sizing, and the reasons.
const OTHERS: [(&str, &str); 6] = [
    ("single_run", "a sizing needs more and more users"),
    ("max_runs", "the users of a sizing go on until an objective breaks"),
    ("shared_runs", "the users of a sizing go on until an objective breaks"),
    ("fail_fast", "a sizing goes on until an objective breaks"),
    ("threshold", "the objectives of a sizing say what is to be kept"),
    ("fail", "--sizing-tolerance says how many failures are tolerated"),
];

/// Finds contradictions. `given` returns the rank of an option, by its origin, and its name in messages, or `None` for
/// an option that was not given. The higher rank wins.
pub(super) fn resolve_conflicts<W: Ord>(
    args: &mut Args,
    given: impl Fn(&str) -> Option<(W, String)>,
    is_typed: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let (Some(SizingRequest::Objectives(objectives)), Some((own, sizing))) = (&args.sizing, given("sizing"))
    else {
        // As defaults for other runs, these are legitimate.
        let in_vain = ["sizing_tolerance", "sizing_steps", "sizing_time"].into_iter().find(|id| is_typed(id));
        return in_vain
            .map_or(Ok(()), |id| Err(format!("the argument '--{}' needs '--sizing'", id.replace('_', "-"))));
    };
    if given("sizing_tolerance").is_some_and(|(weight, _)| weight < own)
        && objectives.iter().any(Objective::is_of_errors)
    {
        args.sizing_tolerance = None;
    }
    SizingPlan::new(objectives.clone(), args.sizing_tolerance).map_err(|why| format!("{sizing}: {why}"))?;
    for (id, why) in OTHERS {
        let Some((weight, other)) = given(id) else { continue };
        if weight == own {
            return Err(format!("the argument {sizing} cannot be used with {other}: {why}"));
        }
        if weight > own {
            args.sizing = None;
            return Ok(());
        }
    }
    (args.single_run, args.fail_fast, args.fail) = (false, false, None);
    (args.max_runs, args.shared_runs) = (None, None);
    args.threshold.clear();
    if args.ramp_up.is_some_and(|time| time.is_zero()) {
        let ramp_up = given("ramp_up").map_or_else(|| "the ramp-up".into(), |(_, name)| name);
        return Err(format!(
            "the argument {sizing} raises the users over {ramp_up}, for example 5m; it cannot be 0"
        ));
    }
    Ok(())
}

/// Turns the plan into the requested sizing, or into a plan without one.
pub(super) fn resolve(args: &Args, plan: Plan) -> Plan {
    let of_author = plan.sizing.is_some();
    match &args.sizing {
        Some(SizingRequest::Objectives(objectives)) => {
            let Ok(sizing) = SizingPlan::new(objectives.clone(), args.sizing_tolerance) else { return plan };
            let of_plan = plan.sizing.as_ref().and_then(|own| own.time);
            let sizing = SizingPlan { time: args.sizing_time.or(of_plan), ..sizing };
            // The author of a sizing has set a reasonable maximum of users.
            let plan = match plan.sizing.as_ref().map(|own| own.way) {
                Some(way) => Plan { sizing: Some(SizingPlan { way, ..sizing }), ..plan },
                None => plan.with_sizing(sizing),
            };
            if args.sizing_steps { Plan { duration: None, ..plan.in_steps() } } else { plan }
        }
        // For trying the scenarios of a program that is a sizing.
        Some(SizingRequest::No) | None if of_author && (args.sizing.is_some() || args.single_run) => {
            Plan { sizing: None, users: NonZeroU32::MIN, ramp_up: Duration::ZERO, ..plan }
        }
        _ => plan,
    }
}
