//! From what was typed to what is true: the program's own plan, changed by the command line.

use super::args::Args;
use super::sizing;
use crate::plan::{FailFast, Order, Plan};

/// The plan of the program's author, with what the environment and the command line say instead.
pub(crate) fn resolve(args: &Args, plan: Plan) -> Plan {
    let mut plan = sizing::resolve(args, plan);
    set(&mut plan.users, args.users);
    // Who gives one end does not want the other one that the author gave.
    if args.duration.is_some() || args.max_runs.is_some() {
        plan.duration = args.duration;
        plan.max_runs = args.max_runs;
    }
    set(&mut plan.ramp_up, args.ramp_up);
    set(&mut plan.delay, args.delay);
    set(&mut plan.grace, args.grace);
    set(&mut plan.timeouts.total, args.timeout);
    plan.threads = args.threads.or(plan.threads);
    plan.seed = args.seed.or(plan.seed);
    plan.target = args.host.clone().or(plan.target);
    if args.single_run {
        plan.order = Order::Once;
    }
    if args.fail_fast {
        plan.fail_fast = FailFast::Yes;
    }
    if let Some(failures) = args.fail {
        plan.tolerated = failures.get() - 1;
    }
    if !args.scenario.is_empty() || !args.tag.is_empty() {
        plan.select.names.clone_from(&args.scenario);
        plan.select.tags.clone_from(&args.tag);
    }
    plan.trust.insecure |= args.insecure;
    plan.trust.authorities.extend(args.ca.iter().cloned());
    plan.trust.allowed_hosts.extend(args.allow_host.iter().cloned());
    plan
}

fn set<T>(value: &mut T, typed: Option<T>) {
    if let Some(typed) = typed {
        *value = typed;
    }
}
