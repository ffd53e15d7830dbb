//! Every mistake on a command line: its message repeats the thing and has a cure.

use clap::CommandFactory;
use molotov_core::{Scenario, Suite};

use super::args::Args;
use super::{Parsed, parse, resolve};
use crate::execute::Job;
use crate::output::ReportFiles;
use crate::plan::Plan;

/// A command line, the thing that its message names, and the cure. An underscore stands for a blank inside of a word.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("--users 0", "--users", "for example 20"),
    ("--users many", "many", "for example 20"),
    ("--users 1.5", "1.5", "for example 20"),
    ("--users 99999999", "99999999", "at most 1000000"),
    ("--processes 0", "--processes", "at least 1, or leave it out"),
    ("--processes two", "two", "for example 2"),
    ("--duration 10", "--duration", "for example 10s"),
    ("--duration soon", "soon", "for example 500ms"),
    ("--duration 0s", "0s", "for example 500ms or 10s"),
    ("--duration 400d", "400d", "a shorter time, for example 1h"),
    ("--max-runs 0", "--max-runs", "leave it out for no limit"),
    ("--max-runs few", "few", "for example 100"),
    ("--shared-runs 0", "--shared-runs", "leave it out for no limit"),
    ("--ramp-up 5", "--ramp-up", "for example 5s"),
    ("--delay 3s..1s", "3s..1s", "as in `1s..3s`"),
    ("--delay slow", "slow", "for example 500ms"),
    ("--threads 0", "--threads", "leave it out for one for each processor"),
    ("--threads 9999999", "9999999", "at most 1024"),
    ("--rate 500", "--rate", "for example 500/s"),
    ("--rate fast", "fast", "for example 500/s"),
    ("--rate 0/s", "0/s", "a rate above zero, for example 500/s"),
    ("--scenario-rate buy", "buy", "for example buy=50/s"),
    ("--scenario-rate buy=5", "buy=5", "for example 5/s"),
    ("--scenario-rate bye=5/s", "bye", "there is `browse`, `buy`"),
    ("--rate 5/s --arrivals random", "random", "either even (at equal distances) or poisson"),
    ("--rate 5/s --max-late 0s", "--max-late", "for example 500ms or 10s"),
    ("--stages 200/s", "the stage `200/s`", "`200/s for 2m`"),
    ("--stages 50..x_in_3s", "the stage `50..x in 3s`", "`0..50 in 30s`"),
    ("--pacing 0s", "--pacing", "for example 500ms or 10s"),
    ("--warm-up 5", "--warm-up", "for example 5s"),
    ("--warm-up 20s", "the warm-up", "make the warm-up shorter, or the run longer"),
    ("--sizing p99>1s", "`p99 > 1s`", "for example `p99 < 200ms`"),
    ("--sizing fast", "`fast`", "did you mean `last`?"),
    ("--sizing --sizing-tolerance 200%", "200%", "a share of less than 100%"),
    ("--sizing --sizing-time 5", "--sizing-time", "for example 5s"),
    ("--sizing-tolerance 5%", "--sizing-tolerance", "needs '--sizing'"),
    ("--sizing-steps", "--sizing-steps", "needs '--sizing'"),
    ("--sizing-time 5m", "--sizing-time", "needs '--sizing'"),
    ("--seed x", "--seed", "for example 42"),
    ("--shard 3/3", "`3/3`", "0/3 to 2/3"),
    ("--shard 3", "`3`", "the first of three is `0/3`"),
    ("--shard auto/none", "`auto/none`", "for example auto/12"),
    ("--shard 0/3 --run-id a/b", "run ID", "for example nightly-42"),
    ("--start-at file:", "--start-at", "for example file:/go/at"),
    ("--rendezvous x --rendezvous-timeout 5", "--rendezvous-timeout", "for example 5s"),
    ("--replay 3", "--replay", "for example 3:17"),
    ("--replay 3:17", "--replay 3:17", "add --seed N"),
    ("--scenario bye", "`bye`", "there is `browse`, `buy`"),
    ("--tag wirte", "`wirte`", "did you mean `write`?"),
    ("--host localhost:80", "`localhost:80`", "did you mean `http://localhost:80`?"),
    ("--host ftp://localhost", "`ftp`", "use http://, https:// or unix://"),
    ("--host unix://", "`unix://`", "did you mean `unix:///`?"),
    ("--allow-host http://a/b", "`http://a/b`", "for example api.example.com"),
    ("--resolve shop.example", "`shop.example`", "for example shop.example:443:127.0.0.1"),
    ("--dns-ttl 5", "--dns-ttl", "for example 5s"),
    ("--connections 20", "--connections", "`--users 20`"),
    ("--connections users", "`users`", "write `user`, `iteration` or `request`"),
    ("--redirects 101", "101", "at most 100 redirects"),
    ("--redirects none", "none", "for example 10"),
    ("--timeout 5", "--timeout", "for example 5s"),
    ("--fail 0", "--fail", "at least 1 failed iteration, for example 3"),
    ("--threshold p99<fast", "p99<fast", "for example `p99 < 200ms`"),
    ("--threshold p99{scenario=bye}<1s", "`bye`", "there is `browse`, `buy`"),
    ("--grace 5", "--grace", "for example 5s"),
    ("--dead-target-window 0s", "--dead-target-window", "for example 500ms or 10s"),
    ("--console-update 0s", "--console-update", "for example 500ms or 10s"),
    ("--report out.xyz", "out.xyz", "write FORMAT=FILE, for example `csv=out.xyz`"),
    ("--report nosuch=out.json", "`nosuch`", "`./nosuch=out.json`"),
    ("--report .", "--report .", "name a file in it"),
    ("--results-every soon", "soon", "for example 500ms"),
    ("--label two", "two", "for example commit=89479b5"),
    ("--label a_b:c=1", "a b:c", "for example commit=89479b5"),
    ("--statsd --statsd-address nowhere", "nowhere", "for example udp://localhost:8125"),
    ("--statsd --statsd-format tags", "tags", "either dogstatsd (tags) or plain"),
    ("--statsd-format plain", "--statsd-format", "needs --statsd"),
    ("--config /nowhere/molotov.toml", "/nowhere/molotov.toml", "name an existing one, or leave it out"),
    ("big", "`big`", "write a molotov.toml with a table [profile.big]"),
    ("--profile big", "`big`", "write a molotov.toml with a table [profile.big]"),
    ("big --profile small", "`big`", "keep one of them"),
    ("--usres 5", "--usres", "--users"),
    ("--vus 5", "`--vus`", "`--users N`"),
    ("--events-out", "--events-out", "a value is required"),
    ("--rate 5/s --pacing 1s", "--pacing", "keep one of them"),
    ("--rate 5/s --stages 0..5/s_in_1s", "--stages", "keep one of them"),
    ("--max-runs 3 --shared-runs 3", "--shared-runs", "keep one of them"),
    ("--rate 5/s --max-runs 3", "--max-runs", "cannot be used with"),
    ("--single-run --rate 5/s", "--single-run", "cannot be used with"),
    ("--fresh-session --connections user", "--fresh-session", "leave out --connections user"),
    ("--sizing --pacing 1s", "--pacing", "cannot be used with"),
    ("--sizing --shared-runs 5", "--shared-runs", "cannot be used with"),
    ("--sizing --warm-up 5s", "a sizing", "leave the warm-up out"),
    ("--stages 0..5/s_in_1s --duration 5s", "--duration", "cannot be used with"),
    ("--quiet --verbose", "--quiet", "cannot be used with"),
];

/// Options whose values are files or words of other programs: another step checks them, or accepts every text.
const WITHOUT_A_WRONG_VALUE: &[&str] =
    &["ca", "completions", "merge", "rendezvous", "results", "taurus-report", "use-extension", "verbose"];

#[test]
fn each_mistake_on_the_command_line_has_the_thing_and_the_cure() {
    let wrong = MISTAKES.iter().filter_map(|(line, thing, cure)| {
        let message = message(line);
        let is_good = message.contains(thing) && message.contains(cure);
        (!is_good).then(|| format!("{line}\n  needs {thing:?} and {cure:?}: {message}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The message for a command line, without colours.
fn message(line: &str) -> String {
    let words = line.split(' ').map(|word| word.replace('_', " "));
    let argv = ["loadtest".to_owned()].into_iter().chain(words).map(Into::into);
    match parse(argv) {
        Parsed::Wrong(text) => anstream::adapter::strip_str(&text).to_string(),
        Parsed::Run(args) => {
            let (_, mut problems) = ReportFiles::check(&args.report);
            let job = resolve(&args, Plan::default()).and_then(|plan| Job::new(suite(), plan));
            problems.extend(job.err().map(|error| error.to_string()));
            problems.join("\n")
        }
        Parsed::Restart(_) | Parsed::Say(_) => String::new(),
    }
}

fn suite() -> Suite {
    let scenario = |name| Scenario::builder(name, |_| Box::pin(async { Ok(()) }));
    Suite::new().scenario(scenario("browse").tag("read")).scenario(scenario("buy").tag("write"))
}

#[test]
fn each_option_with_a_value_is_in_the_list() {
    let command = Args::command();
    let options = command.get_arguments().filter(|arg| arg.get_action().takes_values());
    for option in options.filter_map(|arg| arg.get_long()) {
        let flag = format!("--{option}");
        let is_listed = MISTAKES.iter().any(|(line, ..)| line.split(' ').any(|word| word == flag));
        assert!(is_listed || WITHOUT_A_WRONG_VALUE.contains(&option), "{flag}");
    }
}
