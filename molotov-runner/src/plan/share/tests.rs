use molotov_core::Suite;

use super::*;
use crate::execute::Job;

fn problem(plan: Plan) -> String {
    let scenario = |name| molotov_core::Scenario::builder(name, |_| Box::pin(async { Ok(()) }));
    let suite = Suite::new().scenario(scenario("browse")).scenario(scenario("buy"));
    Job::new(suite, plan).err().map_or_else(String::new, |error| error.to_string())
}

#[test]
fn plans_that_a_shard_cannot_make_name_the_cure() {
    let plan = || Plan::users(4).seed(1).shard("1/4");
    for (plan, named) in [
        (
            Plan::sizing("p99 < 1s").seed(1).shard("1/4"),
            "shard 1/4: a sizing looks for a limit with all of the load",
        ),
        (plan().single_run(), "a single run has one user"),
        (plan().replay(2, 3), "a replay repeats one iteration in one process"),
        (Plan::users(4).shard("1/4"), "give each the same --seed or --run-id"),
        (
            Plan::users(3).seed(1).shard("1/4"),
            "3 users for 4 shards: at most 3 shards, or more users (--users 4)",
        ),
        (
            plan().threshold("rate(5s) > 10/s abort"),
            "`rate(5s) > 10/s abort`: a shard sees its part of a rate",
        ),
        (plan().threshold("failed_requests < 10 abort"), "leave `abort` out"),
    ] {
        let why = problem(plan);
        assert!(why.contains(named), "{why}");
    }
    for plan in [
        plan(),
        plan().threshold("p99 < 1s abort, errors < 5% abort, rate > 10/s"),
        Plan::users(1).shard("0/1"),
        Plan::rate("1/s").seed(1).shard("9/10"),
    ] {
        assert_eq!(problem(plan), "");
    }
}

#[test]
fn smoke_tests_are_not_split() {
    assert_eq!(problem(Plan::users(1).shard("3/4").smoke("buy")), "");
}

#[test]
fn users_keep_their_numbers() {
    let users = |index| {
        let plan = Plan::users(7).shard(&*format!("{index}/3"));
        assert_eq!(plan.own_users().count(), plan.own_user_count() as usize);
        plan.own_users().map(|user| user.0).collect::<Vec<_>>()
    };

    assert_eq!([users(0), users(1), users(2)], [vec![0, 3, 6], vec![1, 4], vec![2, 5]]);
}
