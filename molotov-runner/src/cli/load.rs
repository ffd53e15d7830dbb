//! `--rate`, `--stages` and `--pacing`, and the options that conflict with them.

use std::cmp::Ordering;
use std::time::Duration;

use molotov_core::ThinkTime;

use super::args::Args;
use super::values::SizingRequest;
use crate::plan::Plan;
use crate::plan::load::LoadShape;
use crate::plan::stages::{StagedCurve, Stages};

/// Options that determine the starts of iterations; they exclude each other.
const MODELS: [&str; 2] = ["rate", "stages"];

/// Options without effect on arrivals, and the reasons.
const NOT_OF_ARRIVALS: [(&str, &str); 4] = [
    ("max_runs", "the number of iterations is the rate times the duration"),
    ("shared_runs", "the number of iterations is the rate times the duration"),
    ("delay", "iterations begin at arrivals, not after a pause"),
    ("processes", "it multiplies users; --users sets the number that serves the arrivals"),
];

/// Options without effect on a sizing in steps, including one that starts with a rate.
const NOT_OF_STEPS: [(&str, &str); 2] = [
    ("duration", "a sizing in steps, or of rates, ends with its result"),
    ("ramp_up", "a sizing of rates goes in steps, without a ramp-up"),
];

/// Options without effect on stages of rates.
const NOT_OF_STAGED_RATES: [(&str, &str); 1] =
    [("sizing", "a sizing raises the rate itself; --rate is its first rate")];

/// Options without effect on a pacing.
const NOT_OF_PACING: [(&str, &str); 3] = [
    ("rate", "both set the start of iterations; keep one of them"),
    ("delay", "iterations begin when they are due, not after a pause"),
    ("sizing", "a sizing needs users that work without pauses"),
];

/// Options without effect on a pacing beside stages of rates.
const NOT_OF_PACED_RATES: [(&str, &str); 1] =
    [("stages", "both set the start of iterations; keep one of them")];

/// Options without effect on a number of iterations of all users together.
const NOT_OF_SHARED_RUNS: [(&str, &str); 2] = [
    ("max_runs", "both set the number of iterations; keep one of them"),
    ("pacing", "a pacing sets the iterations of each user, not of all users together"),
];

/// Options without effect on stages.
const NOT_OF_STAGES: [(&str, &str); 2] =
    [("duration", "stages have a length of their own"), ("ramp_up", "stages have a ramp of their own")];

/// Options without effect on stages of users.
const NOT_OF_USERS: [(&str, &str); 3] = [
    ("users", "stages set the number of users"),
    ("processes", "stages set the number of users"),
    ("sizing", "a sizing raises the users itself"),
];

/// Finds contradictions; see [`super::sizing::resolve_conflicts`].
pub(super) fn resolve_conflicts<W: Ord>(
    args: &mut Args,
    given: impl Fn(&str) -> Option<(W, String)>,
) -> Result<(), String> {
    resolve_model(args, &given)?;
    let excluded: Vec<(&str, &[(&str, &str)])> = match (&args.rate, &args.stages) {
        (Some(_), _) => vec![("rate", &NOT_OF_ARRIVALS)],
        (None, Some(Stages(StagedCurve::Rates(_)))) => {
            vec![("stages", &NOT_OF_ARRIVALS), ("stages", &NOT_OF_STAGES), ("stages", &NOT_OF_STAGED_RATES)]
        }
        (None, Some(Stages(StagedCurve::Users(_)))) => {
            vec![("stages", &NOT_OF_USERS), ("stages", &NOT_OF_STAGES)]
        }
        (None, None) => Vec::new(),
    };
    for (own, others) in excluded {
        resolve_exclusions(args, own, others, &given)?;
    }
    if matches!(args.sizing, Some(SizingRequest::Objectives(_))) {
        match (args.rate, args.sizing_steps) {
            (Some(_), _) => resolve_exclusions(args, "sizing", &NOT_OF_STEPS, &given)?,
            (None, true) => resolve_exclusions(args, "sizing_steps", &NOT_OF_STEPS, &given)?,
            (None, false) => {}
        }
    }
    if args.shared_runs.is_some() {
        resolve_exclusions(args, "shared_runs", &NOT_OF_SHARED_RUNS, &given)?;
    }
    match (&args.pacing, &args.stages) {
        (Some(_), Some(Stages(StagedCurve::Rates(_)))) => {
            resolve_exclusions(args, "pacing", &NOT_OF_PACED_RATES, &given)?;
            resolve_exclusions(args, "pacing", &NOT_OF_PACING, &given)
        }
        (Some(_), _) => resolve_exclusions(args, "pacing", &NOT_OF_PACING, &given),
        (None, _) => Ok(()),
    }
}

/// Removes the weaker one of an option and each option that it excludes.
fn resolve_exclusions<W: Ord>(
    args: &mut Args,
    own: &str,
    others: &[(&str, &str)],
    given: &impl Fn(&str) -> Option<(W, String)>,
) -> Result<(), String> {
    for (id, why) in others {
        let (Some((own_weight, name)), Some((weight, other))) = (given(own), given(id)) else { continue };
        match own_weight.cmp(&weight) {
            Ordering::Equal => return Err(format!("the argument {name} cannot be used with {other}: {why}")),
            Ordering::Less => {
                remove(args, own);
                return Ok(());
            }
            Ordering::Greater => remove(args, id),
        }
    }
    Ok(())
}

/// Keeps the strongest of the options that determine the starts of iterations.
fn resolve_model<W: Ord>(
    args: &mut Args,
    given: &impl Fn(&str) -> Option<(W, String)>,
) -> Result<(), String> {
    let [rate, stages] = MODELS.map(given);
    let (Some((rate, rate_name)), Some((stages, stages_name))) = (rate, stages) else { return Ok(()) };
    match rate.cmp(&stages) {
        Ordering::Less => args.rate = None,
        Ordering::Greater => args.stages = None,
        Ordering::Equal => {
            return Err(format!(
                "the argument {rate_name} cannot be used with {stages_name}: both set the start of iterations; keep one of them"
            ));
        }
    }
    Ok(())
}

/// Removes an option that the load overrides.
fn remove(args: &mut Args, id: &str) {
    match id {
        "max_runs" => args.max_runs = None,
        "shared_runs" => args.shared_runs = None,
        "delay" => args.delay = None,
        "sizing" => args.sizing = None,
        "sizing_steps" => args.sizing_steps = false,
        "processes" => args.processes = None,
        "duration" => args.duration = None,
        "ramp_up" => args.ramp_up = None,
        "rate" => args.rate = None,
        "stages" => args.stages = None,
        "pacing" => args.pacing = None,
        _ => args.users = None,
    }
}

/// Sets the load of the command line. It replaces the load of the program's author.
pub(super) fn resolve(args: &Args, mut plan: Plan) -> Plan {
    let model = match (&args.rate, &args.stages) {
        (Some(rate), _) => Some(LoadShape::Rate(*rate)),
        (None, Some(stages)) => Some(plan.load.clone().with_stages(stages.clone()).model),
        (None, None) => None,
    };
    if let Some(model) = model {
        plan = with_model(args, plan, model);
    }
    if !args.scenario_rate.is_empty() {
        plan.load.of_scenarios.clone_from(&args.scenario_rate);
    }
    plan.load.servers = args.users.or(plan.load.servers);
    plan.load.spacing = args.arrivals.unwrap_or(plan.load.spacing);
    if args.shared_runs.is_some() {
        plan.load.pacing = None;
        if plan.load.is_of_rates() {
            plan.load.model = LoadShape::Closed;
        }
    }
    if args.pacing.is_some() {
        (plan.load.pacing, plan.load.shared_runs) = (args.pacing, None);
        plan.delay = ThinkTime::default();
    }
    plan.load.warm_up = args.warm_up.unwrap_or(plan.load.warm_up);
    plan.load.max_late = args.max_late.unwrap_or(plan.load.max_late);
    plan
}

/// The plan with a rate or stages of the command line, and without the settings that conflict with them.
fn with_model(args: &Args, plan: Plan, model: LoadShape) -> Plan {
    let is_staged = !matches!(model, LoadShape::Rate(_));
    let is_open = !matches!(model, LoadShape::Users(_));
    let mut plan = plan.with_load_shape(model);
    if matches!((&args.rate, &args.sizing), (Some(_), Some(SizingRequest::Objectives(_)))) {
        (plan.duration, plan.ramp_up) = (None, Duration::ZERO);
    } else {
        plan.sizing = None;
    }
    if is_staged {
        (plan.duration, plan.ramp_up) = (None, Duration::ZERO);
    }
    if is_open {
        (plan.max_runs, plan.load.shared_runs) = (None, None);
        plan.delay = ThinkTime::default();
        (plan.load.pacing, plan.load.servers) = (None, None);
    }
    plan
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::{Parsed, parse};
    use crate::plan::load::LoadShape;

    fn parsed(line: &str) -> Parsed {
        parse(
            std::iter::once("molotov")
                .chain(line.split_whitespace())
                .map(|word| OsString::from(word.replace('_', " "))),
        )
    }

    fn plan(line: &str, of_author: Plan) -> Plan {
        match parsed(line) {
            Parsed::Run(args) => crate::cli::resolve(&args, of_author).unwrap(),
            _ => panic!("{line}: it was not understood"),
        }
    }

    #[test]
    fn contradictions_are_refused_with_the_reason() {
        for (line, part) in [
            ("--rate 5/s --max-runs 3", "the rate times the duration"),
            ("--rate 5/s --delay 3s", "not after a pause"),
            ("--rate 5/s --shared-runs 3", "the rate times the duration"),
            ("--stages 5/s_for_1s --shared-runs 3", "the rate times the duration"),
            ("--shared-runs 9 --max-runs 3", "both set the number"),
            ("--shared-runs 9 --pacing 1s", "not of all users together"),
            ("--shared-runs 9 --sizing", "until an objective breaks"),
            ("--shared-runs 9 --single-run", "cannot be used with"),
            ("--shared-runs 0", "at least 1 iteration"),
            ("--rate 5/s --sizing --duration 3s", "ends with its result"),
            ("--rate 5/s --sizing --ramp-up 3s", "in steps"),
            ("--sizing --sizing-steps --ramp-up 3s", "in steps"),
            ("--sizing --sizing-steps --duration 3s", "ends with its result"),
            ("--sizing-steps", "needs '--sizing'"),
            ("--stages 5/s_for_1s --sizing", "--rate is its first rate"),
            ("--rate 5/s --pacing 1s", "both set the start"),
            ("--rate 5/s --processes 2", "--users sets the number"),
            ("--rate 5/s --single-run", "cannot be used with"),
            ("--rate 5/s --stages 5/s_for_1s", "both set the start"),
            ("--stages 5/s_for_1s --duration 1s", "a length of their own"),
            ("--stages 5_for_1s --ramp-up 1s", "a ramp of their own"),
            ("--stages 5_for_1s --users 3", "the number of users"),
            ("--stages 5/s_for_1s --pacing 1s", "both set the start"),
            ("--pacing 1s --delay 1s", "when they are due"),
            ("--pacing 1s --sizing", "without pauses"),
            ("--pacing 1s --single-run", "cannot be used with"),
        ] {
            let Parsed::Wrong(why) = parsed(line) else { panic!("{line} was accepted") };
            assert!(why.contains(part), "{line}: {why}");
        }
    }

    #[test]
    fn typed_options_win_over_the_load_of_the_author() {
        let author = || Plan::users(20).max_runs(3).delay(Duration::from_secs(1));

        let rate = plan("--rate 50/s --duration 3s", author());
        assert!(
            matches!(rate.load.model, LoadShape::Rate(_)) && rate.max_runs.is_none() && rate.delay.is_zero()
        );
        // The twenty users belonged to the other load.
        assert_eq!(rate.load.servers, None);
        assert_eq!(plan("--rate 50/s --users 7", author()).load.servers.map(u32::from), Some(7));

        let users = plan("--stages 0..9_in_1s", author().duration(Duration::from_secs(5)));
        assert_eq!((users.user_count(), users.time_limit()), (9, Some(Duration::from_secs(1))));

        let once = plan("--single-run", Plan::rate("5/s").up_to(3));
        assert_eq!((once.load.model, once.order), (LoadShape::Closed, crate::plan::ScenarioOrder::EachOnce));

        let paced = plan("--pacing 2s", author());
        assert_eq!((paced.load.pacing, paced.delay), (Some(Duration::from_secs(2)), ThinkTime::default()));

        let sized = plan("--sizing", Plan::rate("5/s"));
        assert_eq!(sized.load.model, LoadShape::Closed);
    }

    #[test]
    fn typed_shared_runs_win_over_the_load_of_the_author_and_give_way_to_others() {
        let shared = |line, of_author| {
            let plan = plan(line, of_author);
            (plan.load.shared_runs.map(|runs| runs.get()), plan.max_runs, plan.time_limit())
        };
        let second = Duration::from_secs(1);
        let author = || Plan::users(20).shared_runs(7);

        assert_eq!(
            shared("--shared-runs 9", Plan::users(3).max_runs(2).duration(second)),
            (Some(9), None, None)
        );
        assert_eq!(shared("--shared-runs 9 -d 1s", author()), (Some(9), None, Some(second)));
        assert_eq!(shared("--users 3", author()), (Some(7), None, None));
        assert_eq!(shared("--duration 1s", author()), (None, None, Some(second)));
        assert_eq!(shared("--max-runs 2", author()).0, None);
        assert_eq!(shared("--rate 5/s", author()).0, None);
        assert_eq!(shared("--pacing 1s", author()).0, None);
        assert_eq!(shared("--sizing", author()).0, None);
        let paced = plan("--shared-runs 9", Plan::users(3).pacing(second));
        assert_eq!((paced.load.pacing, paced.load.shared_runs.is_some()), (None, true));
        assert_eq!(plan("--shared-runs 9", Plan::rate("5/s")).load.model, LoadShape::Closed);
    }

    #[test]
    fn sizing_goes_in_steps_on_request() {
        let steps = |line, of_author| plan(line, of_author).is_sized_in_steps();
        let author = || Plan::sizing("p99<1s").in_steps();

        assert!(steps("--sizing --sizing-steps", Plan::users(3)));
        assert!(steps("--sizing --sizing-steps", Plan::sizing("p99<1s").duration(Duration::from_secs(3))));
        assert!(steps("--sizing p99<2s", author()), "the author knows how");
        assert!(!steps("--sizing", Plan::users(3)) && !steps("--single-run", author()));
        assert!(!steps("--sizing --sizing-steps --rate 5/s", Plan::users(3)), "that is one of rates");
        assert_eq!(plan("--sizing --sizing-steps", Plan::users(3)).ramp_up, Duration::ZERO);
    }

    #[test]
    fn a_rate_is_where_a_sizing_begins() {
        let begin = |line, of_author| plan(line, of_author).rate_to_begin_with().map(|rate| rate.to_string());

        assert_eq!(begin("--sizing --rate 10/s", Plan::users(3).max_runs(2)).unwrap(), "10/s");
        assert_eq!(begin("--sizing", Plan::users(3)), None);
        assert_eq!(begin("--rate 10/s", Plan::sizing("p99<1s")), None, "no sizing was typed");
        let author = || Plan::sizing("p99<1s").starting_at("20/s");
        assert_eq!(begin("--sizing p99<2s", author()).unwrap(), "20/s");
        assert_eq!(begin("--sizing --rate 10/s", author()).unwrap(), "10/s");
        assert_eq!(begin("--single-run", author()), None);

        let slow = || Plan::sizing("p99<1s").duration(Duration::from_secs(9));
        let sized = plan("--sizing --rate 10/s --users 70", slow());
        assert_eq!((sized.ramp_up, sized.duration), (Duration::ZERO, None));
        assert_eq!(sized.load.servers.map(u32::from), Some(70));
    }
}
