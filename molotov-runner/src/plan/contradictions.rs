//! Contradictions between a plan and its load.

use super::Plan;

/// A check: `true` for a contradiction, and the message with its cure.
pub(super) type Check = (bool, &'static str);

/// Returns the contradictions of a plan that do not depend on its load.
pub(super) fn find(plan: &Plan) -> Vec<String> {
    let checks = stages(plan).into_iter().chain(pacing(plan));
    problems(checks.chain(shared_runs(plan)).chain(warm_up(plan)))
}

/// Returns the contradictions of a plan with an arrival rate.
pub(super) fn find_with_arrivals(plan: &Plan) -> Vec<String> {
    problems(arrivals(plan))
}

/// Returns the messages of the checks that found a contradiction.
pub(super) fn problems(checks: impl IntoIterator<Item = Check>) -> Vec<String> {
    checks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, problem)| problem.to_owned()).collect()
}

fn arrivals(plan: &Plan) -> [Check; 5] {
    let load = &plan.load;
    [
        (
            plan.sizing.is_some() && plan.rate_to_begin_with().is_none(),
            "a sizing raises the users, or one rate of all scenarios to begin with; leave the stages and the rates of \
             scenarios out",
        ),
        (
            plan.has_run_count(),
            "iterations begin at arrivals, so their number is the rate times the duration; leave the number of \
             iterations (--max-runs, --shared-runs) out",
        ),
        (!plan.delay.is_zero(), "iterations begin at arrivals, not after a pause; leave the delay out"),
        (
            load.pacing.is_some(),
            "a rate and a pacing both set the start of iterations; leave out one of them",
        ),
        (
            load.users().is_some(),
            "stages of users and rates of scenarios exclude each other; leave out one of them",
        ),
    ]
}

fn stages(plan: &Plan) -> [Check; 3] {
    let is_staged = plan.load.length().is_some();
    let has_users = plan.load.users().is_some();
    [
        (is_staged && plan.duration.is_some(), "stages have a length of their own; leave the duration out"),
        (is_staged && !plan.ramp_up.is_zero(), "stages have a ramp of their own; leave the ramp-up out"),
        (has_users && plan.sizing.is_some(), "a sizing raises the users itself; leave the stages out"),
    ]
}

fn pacing(plan: &Plan) -> [Check; 2] {
    let is_paced = plan.load.pacing.is_some();
    [
        (
            is_paced && !plan.delay.is_zero(),
            "a pacing sets the start of the next iteration, so a pause after the last one has no effect; leave the delay out",
        ),
        (
            is_paced && plan.sizing.is_some(),
            "a sizing needs users that work without pauses; leave the pacing out",
        ),
    ]
}

fn shared_runs(plan: &Plan) -> [Check; 3] {
    let is_shared = plan.load.shared_runs.is_some();
    [
        (
            is_shared && plan.max_runs.is_some(),
            "the iterations of each user and those of all users together both end the run; leave out one of them",
        ),
        (
            is_shared && plan.load.pacing.is_some(),
            "a pacing sets the iterations of each user, not of all users together; leave out one of them",
        ),
        (
            is_shared && plan.sizing.is_some(),
            "a sizing needs users that go on; leave the number of iterations out",
        ),
    ]
}

fn warm_up(plan: &Plan) -> [Check; 2] {
    let warm_up = plan.load.warm_up;
    let total = plan.time_limit().map(|limit| plan.ramp_up + limit);
    [
        (
            !warm_up.is_zero() && plan.sizing.is_some(),
            "a sizing judges one window after the other, without a warm-up; leave the warm-up out",
        ),
        (
            total.is_some_and(|total| !warm_up.is_zero() && warm_up >= total),
            "the warm-up is as long as the run, so nothing would be measured; make the warm-up shorter, or the run longer",
        ),
    ]
}
