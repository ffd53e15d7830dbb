//! Options of other load generators that are typed by habit, and their equivalents here.
//!
//! They are rejected, because a number may have another meaning there: k6's iterations are those of all users, or of
//! each. An option with a name of ours (`--threads`, `--connections`, `-c`) has our meaning.

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The names, their tool, and the equivalent here.
const WORDS: &[(&[&str], &str, &str)] = &[
    (&["--vus", "--max-vus"], "k6", "here it is `--users N`"),
    (
        &["--iterations", "-i"],
        "k6",
        "here it is `--shared-runs N` for all users together, and `--max-runs N` for each user",
    ),
    (&["--stage"], "k6", "here it is `--stages \"0..50 in 30s, 50 for 2m\"`"),
    (&["--rps"], "k6", "here it is `--rate N/s`, the rate of iterations"),
    (&["--out"], "k6", "here it is `--report FILE.json`, or `--events-out FILE` for events"),
    (&["--summary-export"], "k6", "here it is `--report k6=FILE`, or `--report FILE.json` for all of it"),
    (&["--no-connection-reuse"], "k6", "here it is `--connections request`"),
    (&["--no-vu-connection-reuse"], "k6", "here it is `--connections iteration`"),
    (&["--insecure-skip-tls-verify"], "k6", "here it is `--insecure`"),
    (&["--max-redirects"], "k6", "here it is `--redirects N`"),
    (&["--http-debug"], "k6", "here it is `-vv`"),
    (&["--summary-trend-stats"], "k6", "here it is a threshold: `--threshold \"p99.9 < 1s\"`"),
    (&["--no-summary", "--no-progress"], "k6", "here it is `--quiet`"),
    (&["--min-iteration-duration"], "k6", "here it is `--pacing TIME`"),
    (&["--discard-response-bodies"], "k6", "here it is `.discard()` in the scenario"),
    (&["--env"], "k6", "here it is the environment itself, or [env] in molotov.toml"),
    (
        &["--spawn-rate", "--hatch-rate"],
        "Locust",
        "here it is `--ramp-up TIME`, over which all users start: 100 users at 10 a second are `--ramp-up 10s`",
    ),
    (&["--run-time"], "Locust", "here it is `--duration TIME`"),
    (&["--headless", "--no-web", "--autostart"], "Locust", "leave it out, there is no web interface"),
    (&["--csv-windows"], "another option", "here it is `--report csv-windows=FILE`"),
    (&["--csv"], "Locust", "here it is `--report FILE.csv`, and `--report csv-windows=FILE` for its history"),
    (&["--html", "--json"], "Locust", "here it is `--report FILE.json`"),
    (&["--tags"], "Locust", "here it is `--tag TAG`"),
    (&["--exclude-tags"], "Locust", "here `--tag TAG` and `--scenario GLOB` name what is run"),
    (&["--stop-timeout"], "Locust", "here it is `--grace TIME`"),
    (&["--exit-code-on-error"], "Locust", "here it is `--fail N`, or a `--threshold`"),
    (&["--loglevel"], "Locust", "here it is `-v` or `-vv`"),
    (&["--locustfile"], "Locust", "leave it out, scenarios are compiled in"),
    (&["--script", "--lua"], "wrk", "leave it out, scenarios are compiled in"),
    (&["-R"], "wrk2", "here it is `--rate N/s`"),
    (&["--latency", "--latencies"], "wrk", "leave it out, the report always has latencies"),
    (&["--header", "-H"], "wrk", "here it is `.header(…)` in the scenario"),
    (
        &["--requests", "-n"],
        "ab",
        "here it is `--shared-runs N`, which are the iterations of all users together",
    ),
    (&["-k", "--keepalive"], "ab", "leave it out, connections are kept (`--connections`)"),
    (&["--timelimit", "--time"], "ab", "here it is `--duration TIME`"),
    (&["--concurrency", "--clients"], "ab", "here it is `--users N`"),
    (&["--qps", "--query-per-second"], "hey", "here it is `--rate N/s`"),
    (&["-z"], "hey", "here it is `--duration TIME`"),
    (&["--disable-keepalive"], "hey", "here it is `--connections request`"),
    (&["--method", "-m", "-X"], "hey", "here the scenario says it: `session.post(…)`"),
    (
        &["--body", "--body-file", "-D"],
        "hey",
        "here the scenario says it: `.body(…)`, `.json(…)`, `.body_file(…)`",
    ),
    (&["--proxy"], "hey", "leave it out, no proxy is known here: requests go to the target itself"),
    (
        &["--disable-compression"],
        "hey",
        "leave it out, compressed responses are asked for by `.accept_compressed()` only",
    ),
    (&["--http2", "--http3"], "oha", "leave it out, HTTP/1.1 is what is spoken"),
    (&["--arrival-rate"], "Artillery", "here it is `--rate N/s`"),
    (&["--target", "--url", "--base-url"], "Artillery", "here it is `--host URL`"),
    (&["--output"], "Artillery", "here it is `--report FILE.json`"),
    (&["--reps", "--loops"], "JMeter", "here it is `--max-runs N`, which are the iterations of each user"),
    (&["--ramp-up-time", "--ramp-time"], "JMeter", "here it is `--ramp-up TIME`"),
    (
        &["--think-time", "--wait-time"],
        "JMeter",
        "here it is `--delay TIME`, or `session.pause(…)` in the scenario",
    ),
];

/// Returns one mistake for each other tool's option among these words, if clap's error is an unknown option; otherwise
/// nothing.
pub(super) fn mistakes(error: &clap::Error, argv: impl Iterator<Item = String>) -> Option<Vec<String>> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return None };
    let argv: Vec<String> = argv.collect();
    let mut mistakes = Vec::from_iter(mistake(unknown).or_else(|| number_of_users(unknown, &argv)));
    if mistakes.is_empty() {
        return None;
    }
    // Users of another tool type several of its options. Short ones may be values.
    let long = argv.iter().filter(|word| word.starts_with("--"));
    for more in long.filter_map(|word| mistake(word.split('=').next().unwrap_or_default())) {
        if !mistakes.contains(&more) {
            mistakes.push(more);
        }
    }
    Some(mistakes)
}

/// The mistake of this option, if it is another tool's.
fn mistake(option: &str) -> Option<String> {
    let (_, whose, here) = WORDS.iter().find(|(names, ..)| names.contains(&option))?;
    Some(format!("`{option}` is {}: {here}", word_of(whose)))
}

/// The cure for a key in a file that is another tool's word.
pub(in crate::cli) fn cure_of_key(key: &str) -> Option<String> {
    let option = format!("--{}", key.replace('_', "-"));
    let (_, whose, here) = WORDS.iter().find(|(names, ..)| names.contains(&option.as_str()))?;
    Some(format!("it is {}: {here}", word_of(whose)))
}

fn word_of(whose: &str) -> String {
    format!("{whose}'s word")
}

/// The mistake of `-c100`, which is a number of users in all other tools.
fn number_of_users(unknown: &str, argv: &[String]) -> Option<String> {
    unknown.strip_prefix('-').filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))?;
    let Some(word) = argv.iter().find(|word| word.strip_prefix("-c").is_some_and(is_number)) else {
        let word = argv.iter().find(|word| {
            ["-v", "-q", "-x"].iter().any(|flag| word.strip_prefix(flag).is_some_and(is_number))
        })?;
        return Some(format!("`{word}`: `{}` takes no number", &word[..2]));
    };
    Some(format!("`{word}`: `-c` is `--console` here and takes no number; write `--users {}`", &word[2..]))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Args;

    fn told(argv: &[&str]) -> Option<Vec<String>> {
        let command = Args::command().mut_args(|arg| arg.env(None::<&'static str>));
        let typed = || ["molotov"].iter().chain(argv).map(ToString::to_string);
        mistakes(&command.try_get_matches_from(typed()).err()?, typed())
    }

    #[test]
    fn each_word_of_another_tool_has_the_matching_option() {
        for (names, whose, here) in WORDS {
            for name in *names {
                let right = vec![format!("`{name}` is {whose}'s word: {here}")];
                assert_eq!(told(&[name, "10"]), Some(right.clone()), "{name}");
                if name.starts_with("--") {
                    assert_eq!(told(&[&format!("{name}=10")]), Some(right), "{name}");
                }
            }
        }
    }

    #[test]
    fn suggestions_are_options_and_options_have_no_suggestion() {
        let command = Args::command();
        let mut own: BTreeSet<String> = ["-vv".to_owned()].into();
        for arg in command.get_arguments() {
            own.extend(
                arg.get_long_and_visible_aliases().into_iter().flatten().map(|long| format!("--{long}")),
            );
            own.extend(arg.get_all_aliases().into_iter().flatten().map(|alias| format!("--{alias}")));
            own.extend(
                arg.get_short_and_visible_aliases().into_iter().flatten().map(|short| format!("-{short}")),
            );
        }
        let mut seen = BTreeSet::new();
        for (names, _, here) in WORDS {
            for name in *names {
                assert!(!own.contains(*name) && seen.insert(*name), "{name}");
            }
            let quoted = here.split('`').skip(1).step_by(2).filter(|word| word.starts_with('-'));
            let options = quoted.filter_map(|word| word.split(' ').next());
            options.for_each(|option| assert!(own.contains(option), "{option}: {here}"));
        }
    }

    #[test]
    fn several_of_them_are_reported_at_once_and_values_are_not_repeated() {
        let told = told(&["--vus", "10", "--users", "3", "--run-time=PASSWORD", "--vus", "7"]).unwrap();

        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("`--users N`") && told[1].contains("`--duration TIME`"), "{told:?}");
        assert!(!told.concat().contains("PASSWORD"));
    }

    #[test]
    fn a_number_of_users_behind_a_flag_is_understood() {
        let right = "`-c100`: `-c` is `--console` here and takes no number; write `--users 100`";
        assert_eq!(told(&["-c100"]), Some(vec![right.to_owned()]));
        assert_eq!(told(&["-t2", "-c100", "--duration", "1s"]), Some(vec![right.to_owned()]));
        assert_eq!(told(&["-c10", "-t2", "-d1s"]), Some(vec![right.replace("100", "10")]));
        assert_eq!(told(&["-x5"]), Some(vec!["`-x5`: `-x` takes no number".to_owned()]));
        assert_eq!(told(&["-5"]), None);
    }

    #[test]
    fn a_slip_of_an_option_of_ours_is_left_to_clap() {
        for slip in ["--usrs", "--durations", "--nonsense", "--user"] {
            assert_eq!(told(&[slip, "1"]), None, "{slip}");
        }
        assert_eq!(told(&["--threads", "--vus"]), None, "a value that is missing comes first");
    }
}
