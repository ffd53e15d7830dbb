//! From the parsed arguments to the plan: the program's own plan, changed by the command line.

use super::args::Args;
use super::{labels, load, sizing, threshold};
use crate::error::RunError;
use crate::plan::{DeadTarget, FailFast, Plan, ScenarioOrder, limits};

/// More failures than any run has, and within the integers of every JSON reader.
const ANY: u64 = (1 << 53) - 1;

/// Applies a file, the environment and the command line to the plan of the program's author.
///
/// # Errors
///
/// Returns an error for too many users or labels, two thresholds with the same subject, or two labels of the same name.
pub(crate) fn resolve(args: &Args, plan: Plan) -> Result<Plan, RunError> {
    let plan = load::resolve(args, threshold::resolve(args, sizing::resolve(args, plan))?);
    let plan = labels::resolve(args, plan)?;
    let plan = target(args, judgement(args, iterations(args, users(args, plan)?)));
    // Last, because it overrides all other settings.
    Ok(match args.replay {
        Some(replay) => plan.with_replay(replay),
        None => plan,
    })
}

/// Resolves the number of users and of threads.
fn users(args: &Args, mut plan: Plan) -> Result<Plan, RunError> {
    set(&mut plan.users, args.users);
    if let Some(processes) = args.processes {
        let users = u64::from(plan.users.get()) * u64::from(processes.get());
        plan.users =
            limits::users(users).map_err(|why| RunError::new(format!("--processes {processes}: {why}")))?;
        if plan.load.is_of_rates() {
            plan.load.servers = Some(plan.users);
        }
    }
    plan.threads = args.threads.or(plan.threads);
    Ok(plan)
}

/// Resolves the number of iterations and the duration.
fn iterations(args: &Args, mut plan: Plan) -> Plan {
    // One end of the run replaces the author's other one.
    if args.duration.is_some() || args.max_runs.is_some() || args.shared_runs.is_some() {
        plan.duration = args.duration;
        plan.max_runs = args.max_runs;
        plan.load.shared_runs = args.shared_runs;
    }
    set(&mut plan.ramp_up, args.ramp_up);
    set(&mut plan.delay, args.delay);
    set(&mut plan.grace, args.grace);
    plan.seed = args.seed.or(plan.seed);
    match args.single_run {
        // This overrides the author's arrivals.
        true => plan = plan.single_run(),
        false if is_off(args, "single_run") => plan.order = ScenarioOrder::Picked,
        false => {}
    }
    if !args.scenario.is_empty() || !args.tag.is_empty() {
        plan.select.names.clone_from(&args.scenario);
        plan.select.tags.clone_from(&args.tag);
    }
    plan
}

/// Resolves the early ends of the run, and the tolerated failures.
fn judgement(args: &Args, mut plan: Plan) -> Plan {
    match args.fail_fast {
        true => plan.fail_fast = FailFast::Yes,
        false if is_off(args, "fail_fast") => plan.fail_fast = FailFast::No,
        false => {}
    }
    match args.fail {
        Some(failures) => plan.tolerated = failures.get() - 1,
        None if args.judged_elsewhere => plan.tolerated = ANY,
        None => {}
    }
    match args.no_dead_target_check {
        true => plan.dead_target = DeadTarget::Never,
        false if args.dead_target_window.is_some() || is_off(args, "no_dead_target_check") => {
            plan.dead_target = DeadTarget::After(args.dead_target_window);
        }
        false => {}
    }
    set(
        &mut plan.allow_invalid,
        args.allow_invalid.then_some(true).or_else(|| revoked(args, "allow_invalid")),
    );
    plan
}

/// Resolves the target of requests, and the connections to it.
fn target(args: &Args, mut plan: Plan) -> Plan {
    plan.target = args.host.clone().or(plan.target);
    set(&mut plan.timeouts.total, args.timeout);
    let (settings, trust) = (&mut plan.connection_settings, &mut plan.trust);
    settings.connections = args.connections.or(settings.connections);
    set(
        &mut settings.fresh_session,
        args.fresh_session.then_some(true).or_else(|| revoked(args, "fresh_session")),
    );
    for typed in &args.resolve {
        settings.resolves.extend(typed.0.iter().cloned());
    }
    set(&mut settings.dns_ttl, args.dns_ttl);
    set(&mut settings.redirects, args.redirects);
    set(&mut trust.insecure, args.insecure.then_some(true).or_else(|| revoked(args, "insecure")));
    trust.authorities.extend(args.ca.iter().cloned());
    trust.allowed_hosts.extend(args.allow_host.iter().cloned());
    plan
}

fn is_off(args: &Args, flag: &str) -> bool {
    args.off.iter().any(|off| off == flag)
}

/// A flag that was revoked, for instance by a file.
fn revoked(args: &Args, flag: &str) -> Option<bool> {
    is_off(args, flag).then_some(false)
}

fn set<T>(value: &mut T, typed: Option<T>) {
    if let Some(typed) = typed {
        *value = typed;
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use clap::{CommandFactory, FromArgMatches};

    use super::*;

    /// No arguments and no variables.
    fn nothing() -> Args {
        let command = Args::command().mut_args(|arg| arg.env(None::<&'static str>));
        Args::from_arg_matches(&command.get_matches_from(["molotov"])).unwrap()
    }

    #[test]
    fn a_flag_that_is_turned_off_wins_over_the_program_and_one_that_is_not_given_does_not() {
        let plan = || Plan::users(2).fail_fast().single_run().insecure();
        let mut args = nothing();

        let kept = resolve(&args, plan()).unwrap();
        args.off = ["fail_fast", "single_run", "insecure"].map(String::from).to_vec();
        let off = resolve(&args, plan()).unwrap();

        assert_eq!(
            (kept.fail_fast, kept.order, kept.trust.insecure),
            (FailFast::Yes, ScenarioOrder::EachOnce, true)
        );
        assert_eq!(
            (off.fail_fast, off.order, off.trust.insecure),
            (FailFast::No, ScenarioOrder::Picked, false)
        );
    }

    #[test]
    fn the_check_for_a_dead_target_can_be_turned_on_and_off_on_the_command_line() {
        let window = |secs| DeadTarget::After(Some(std::time::Duration::from_secs(secs)));
        let plan = || Plan::users(2).no_dead_target_check();
        let mut args = nothing();
        assert_eq!(resolve(&args, plan()).unwrap().dead_target, DeadTarget::Never);

        args.off = vec!["no_dead_target_check".into()];
        assert_eq!(resolve(&args, plan()).unwrap().dead_target, DeadTarget::After(None));
        args.off.clear();
        args.dead_target_window = Some(std::time::Duration::from_secs(9));
        assert_eq!(resolve(&args, plan()).unwrap().dead_target, window(9));
        args.no_dead_target_check = true;
        assert_eq!(resolve(&args, Plan::users(2)).unwrap().dead_target, DeadTarget::Never);
    }

    #[test]
    fn processes_multiply_the_users_up_to_what_is_possible() {
        let mut args = nothing();
        args.processes = NonZeroU32::new(3);

        assert_eq!(resolve(&args, Plan::users(5)).unwrap().users.get(), 15);
        assert!(resolve(&args, Plan::users(400_000)).unwrap_err().to_string().contains("1200000 users"));
    }
}
