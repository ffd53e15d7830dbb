//! The language: accepted texts, rejected texts with their place, and the round trip of printed thresholds.

use molotov_core::{Origin, Suite};
use proptest::prelude::*;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::*;
use crate::execute::Job;
use crate::plan::Plan;
use crate::plan::bound::Percentile;

fn printed(text: &str) -> Vec<String> {
    let all = Threshold::parse_all(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
    all.iter().map(ToString::to_string).collect()
}

#[test]
fn thresholds_are_read_with_and_without_spaces() {
    for (text, says) in [
        ("p99<200ms", "p99 < 200ms"),
        ("p99 < 200MS", "p99 < 200ms"),
        ("p99(10S) < 1SEC after 1MIN", "p99(10s) < 1s after 1m"),
        ("rate > 30/MIN", "rate > 30/m"),
        (" p99.9 <= 1s 500ms ", "p99.9 <= 1s 500ms"),
        ("errors<0.5 %", "errors < 0.5%"),
        ("rate>300/s", "rate > 300/s"),
        ("rate{scenario=buy} >= 18 / m", "rate{scenario=buy} >= 18/m"),
        ("requests > 3600/h", "requests > 3600/h"),
        ("iterations >= 1000", "iterations >= 1000"),
        ("dropped < 10", "dropped < 10"),
        ("dropped < 1%", "dropped < 1%"),
        ("failed_requests <= 0", "failed_requests <= 0"),
        ("failed_requests{route=GET /} < 1%", "failed_requests{route=GET /} < 1%"),
        ("p99 { scenario = buy } < 200ms", "p99{scenario=buy} < 200ms"),
        ("p95{tag=slow}<1s", "p95{tag=slow} < 1s"),
        ("errors{route=\"GET /items/{id}\"} < 1%", "errors{route=\"GET /items/{id}\"} < 1%"),
        ("errors{route='GET /items/{id}'} < 1%", "errors{route=\"GET /items/{id}\"} < 1%"),
        ("max{timer=query, or so} < 1s", ""),
        ("max{timer='query, or so'} < 1s", "max{timer=\"query, or so\"} < 1s"),
        ("waiting.p99<100ms", "waiting.p99 < 100ms"),
        ("receiving.p99.9{route='GET /'}(10s) < 1s", "receiving.p99.9{route=GET /}(10s) < 1s"),
        ("p99(10s) < 300ms", "p99(10s) < 300ms"),
        ("p99(10s){tag=slow} < 300ms", "p99{tag=slow}(10s) < 300ms"),
        ("mean{trend=basket value} > 19.9", "mean{trend=basket value} > 19.9"),
        ("min{gauge=level} > -3.5", "min{gauge=level} > -3.5"),
        ("last{gauge=level} < 3", "last{gauge=level} < 3"),
        ("sum{counter=sold} > 100", "sum{counter=sold} > 100"),
        ("rate{counter=sold} > 2/s", "rate{counter=sold} > 2/s"),
        ("passed{check=in stock} >= 100%", "passed{check=in stock} >= 100%"),
        ("count{check=in stock} > 10", "count{check=in stock} > 10"),
        ("p99 < 300ms after 30s abort", "p99 < 300ms after 30s abort"),
        ("p99 < 300ms abort after 1m 30s", "p99 < 300ms after 1m 30s abort"),
        ("rate(5s) > 10/s abort", "rate(5s) > 10/s abort"),
    ] {
        match says {
            "" => assert!(Threshold::parse_all(text).is_err(), "{text}"),
            says => assert_eq!(printed(text), [says], "{text}"),
        }
    }
    assert_eq!(
        printed("p99<1s, errors{route='a,b'}<1%,rate>1/s"),
        ["p99 < 1s", "errors{route=\"a,b\"} < 1%", "rate > 1/s"]
    );
    assert_eq!(printed("p99 < 1s, p99 < 9s abort"), ["p99 < 1s", "p99 < 9s abort"], "an emergency stop");
    assert_eq!(printed("rate > 100/s, rate < 500/s"), ["rate > 100/s", "rate < 500/s"], "both sides");
}

/// A wrong text, the message, and the marked part.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("waiting < 1s", "`waiting` needs a percentile; write for example `waiting.p99 < 100ms`", "waiting"),
    ("receiving.errors < 1%", "`receiving` has no `errors`", "receiving.errors"),
    ("waiting.p100 < 1s", "`waiting` has no `p100`", "waiting.p100"),
    ("waiting.p99{scenario=buy} < 1s", "there is no `waiting` of a scenario; only of requests", "buy"),
    ("waitng.p99 < 1s", "is not known", "waitng.p99"),
    ("p99 < fast", "not a time; a number and a unit, for example `p99 < 200ms`", "fast"),
    ("p99 < 200", "a time needs a unit, for example `p99 < 200ms`", "200"),
    ("p99 < 0s", "longer than zero", "0s"),
    ("p99 < 5%", "not a time", "5%"),
    ("p99 < 200ms, p95 <", "not a time", "<"),
    ("errors < 1", "a share of errors needs its %, for example `errors < 1%`; `failed_iterations < 10`", "1"),
    ("errors < -1%", "not a share", "-1%"),
    ("errors < infinity%", "not a share", "infinity%"),
    ("errors < 0%", "write `errors <= 0%`", "0%"),
    ("errors < 100%", "100% can never be exceeded", "100%"),
    ("passed{check=a} > 100%", "write `passed >= 100%`", "100%"),
    ("passed{check=a} > 0.9", "a share is `passed > 90%`", "0.9"),
    ("dropped <= 0.001", "a share is `dropped <= 0.1%`", "0.001"),
    ("requests > 99.5", "`requests` counts whole ones", "99.5"),
    ("passed{check=a} >= 101%", "never reached", "101%"),
    ("passed{check=a} >= 0%", "always reached", "0%"),
    ("rate > 300", "a rate is a number and `/s`, `/m` or `/h`, for example `rate > 300/s`", "300"),
    ("rate > 300/d", "the unit of a rate is s, m or h", "300/d"),
    ("rate > x/s", "not a rate; a number and `/s`", "x/s"),
    ("rate > 300/M", "1m is a minute, 30d are a month", "300/M"),
    ("p99 < 1M", "1m is a minute, 30d are a month", "1M"),
    ("p99(1M) < 1s", "1m is a minute, 30d are a month", "1M"),
    ("p99 < 1s after 1M", "1m is a minute, 30d are a month", "1M"),
    ("p99 < 5 parsecs", "the unit `parsecs` is not known", "5 parsecs"),
    (
        "iterations > many",
        "not a limit for `iterations`; for example `iterations > 10` or `iterations > 300/s`",
        "many",
    ),
    ("dropped < 0", "write `dropped <= 0`", "0"),
    ("dropped < -1", "not a number of `dropped`", "-1"),
    ("requests >= 0", "holds always", "0"),
    ("p100 < 1s", "`p100` is no percentile; from p0.001 to p99.999", "p100"),
    ("eror < 1%", "`eror` is not known; did you mean `errors`?", "eror"),
    ("average < 1s", "write `mean < 1s`", "average < 1s"),
    ("median < 1s", "write `p50 < 1s`", "median < 1s"),
    ("p(95)<500", "write `p95 < 500ms`", "p(95)<500"),
    ("p99 < 1s, http_req_failed: rate<0.01", "write `errors < 1%`", "http_req_failed: rate<0.01"),
    ("max<500", "a time needs a unit, for example `max < 200ms`", "500"),
    ("quality < 1s", "`quality` is not known; for example", "quality"),
    ("< 1s", "`` is not known", "<"),
    ("p99", "`p99` has no `<` or `>`", "p99"),
    ("p99 200ms", "has no `<` or `>` here", "200ms"),
    ("p99 = 200ms", "`=` is no bound; write `<`, `<=`, `>` or `>=`", "="),
    ("p99 != 200ms", "`!=` is no bound", "!="),
    ("p99 ≤ 200ms", "`≤` is no bound", "≤"),
    ("p99 < < 5ms", "not a time", "< 5ms"),
    ("p99{senario=buy} < 1s", "not selected by `senario`; did you mean `scenario`?", "senario"),
    ("p99{} < 1s", "not selected by ``", "{"),
    ("p99{scenario} < 1s", "write `{scenario=NAME}`", "scenario"),
    ("p99{scenario=} < 1s", "there is no name of a scenario", "{scenario=}"),
    ("p99{scenario=buy < 1s", "no `}` behind the name of the scenario", ""),
    ("p99{scenario=\"buy} < 1s", "this quote is not closed", "\""),
    ("p99{scenario=buy, tag=a} < 1s", "selected by one thing only", ","),
    ("p99{scenario=a}{tag=b} < 1s", "selected by one thing only", "{tag=b}"),
    ("errors{route=GET /items/{id}} < 1%", "a name with braces needs quotes", "{"),
    ("p99{check=a} < 1s", "there is no `p99` of a check; only of `{scenario=…}`", "a"),
    ("dropped{scenario=buy} < 1", "of the whole run, not of a scenario", "buy"),
    ("sum > 5", "`sum` needs to know of what: `{counter=…}` or `{trend=…}`", "sum"),
    ("p99(10) < 1s", "a time needs a unit, for example `p99(10s)`", "10"),
    ("p99(10ms) < 1s", "a window is from 1s to 1h long", "10ms"),
    ("p99() < 1s", "the window is missing", "()"),
    ("p99(10s < 1s", "no `)` behind the window", "("),
    ("p99(10s)(5s) < 1s", "two windows", "(5s)"),
    ("p99 < 1s afetr 10s", "did you mean `after`?", "afetr"),
    ("p99 < 1s abrot", "did you mean `abort`?", "abrot"),
    ("p99 < 1s after", "not a time", "after"),
    ("p99 < 1s after 10", "a time needs a unit, for example `after 30s`", "10"),
    ("p99 < 1s abort abort", "`abort` is there twice", "abort"),
    ("iterations > 10 abort", "may still become enough", "10 abort"),
    ("rate > 10/s abort", "for example `rate > 10/s after 30s abort`", "10/s abort"),
    ("p99<1s, p99<=2s", "`p99 < 1s` and `p99 <= 2s` bound the same", "p99<=2s"),
    ("p99<1s,", "nothing beside a comma", ","),
    (",p99<1s", "nothing beside a comma", ""),
    ("", "no threshold; for example `p99 < 200ms`", ""),
];

#[test]
fn each_mistake_names_the_thing_and_the_cure_and_marks_the_place() {
    for (text, says, marked) in MISTAKES {
        let shown = Threshold::parse_all(text).expect_err(text).to_string();
        assert!(shown.contains(says), "{text}: {shown}");
        let mut lines = shown.lines().skip(1);
        if let (Some(line), Some(marks)) = (lines.next(), lines.next()) {
            assert_eq!(line, format!("  {text}"));
            let range = marks.find('^').unwrap()..marks.chars().count();
            let under: String = line.chars().skip(range.start).take(range.len()).collect();
            assert!(marked.is_empty() || under == *marked, "{text}: {under:?} is marked\n{shown}");
        }
    }
}

#[test]
fn a_mark_stands_below_its_word_also_behind_wide_letters() {
    let shown = Threshold::parse_all("p99{tag=日本} < fast").unwrap_err().to_string();
    // Each of the two letters takes two columns.
    let before = "  p99{tag=xxxx} < ".len();
    assert!(shown.ends_with(&format!("  p99{{tag=日本}} < fast\n{:before$}^^^^", "")), "{shown}");
}

#[test]
fn of_a_long_text_the_place_is_shown_with_what_is_around_it() {
    let many = (1..=9).map(|n| format!("p{n}{{tag=日本}} < 1s")).collect::<Vec<_>>().join(", ");
    for (text, marked) in [
        (format!("{many}, p99 < fast, {many}"), "fast"),
        (format!("fast < 1s, {many}"), "fast"),
        (format!("{many}, p99 < fast"), "fast"),
        (format!("p99 < {}", "fast ".repeat(90)), "fast fast"),
    ] {
        let shown = Threshold::parse_all(&text).unwrap_err().to_string();
        let [line, marks] = shown.lines().skip(1).collect::<Vec<_>>()[..] else { panic!("{shown}") };
        assert!(line.width() <= 80 && marks.width() <= 80 && line.contains('…'), "{shown}");
        let before = marks.find('^').unwrap();
        let mut columns = 0;
        let under = line.trim_start_matches(|letter: char| {
            columns += letter.width().unwrap_or_default();
            columns <= before
        });
        assert!(under.starts_with(marked), "{shown}");
    }
}

#[test]
fn there_are_at_most_a_hundred() {
    let many = |count: u32| (1..=count).map(|n| format!("p{n} < 1s")).collect::<Vec<_>>().join(",");
    assert!(Threshold::parse_all(&many(99)).is_ok());
    let text = format!("{}, p1.5 < 1s, p2.5 < 1s", many(99));
    assert!(Threshold::parse_all(&text).unwrap_err().to_string().contains("more than 100 thresholds"));
}

fn scenario(name: &str) -> molotov_core::ScenarioBuilder {
    let origin = Origin::new("shop", "src/main.rs", 12, "shop", "f");
    molotov_core::Scenario::builder(name, |_| Box::pin(async { Ok(()) })).at(origin)
}

fn problems(suite: Suite, plan: Plan) -> Vec<String> {
    Job::new(suite, plan).err().map(|error| error.problems().to_vec()).unwrap_or_default()
}

#[test]
fn unknown_scenarios_and_tags_are_reported_with_the_nearest_word_and_a_mark() {
    let suite =
        || Suite::new().scenario(scenario("browse").tag("read")).scenario(scenario("buy").tag("write"));

    let told = problems(
        suite(),
        Plan::users(1)
            .threshold("errors < 1%, p99{scenario=brwose} < 1s, p99{tag=wirte} < 1s, p99{route=?} < 1s"),
    );

    assert_eq!(told.len(), 2, "routes have their names later: {told:?}");
    assert_eq!(
        told[0].lines().collect::<Vec<_>>()[..],
        [
            "threshold: no scenario is called `brwose`; did you mean `browse`?",
            "  errors < 1%, p99{scenario=brwose} < 1s, p99{tag=wirte} < 1s, p99{route=?} < 1s",
            "                            ^^^^^^",
        ]
    );
    assert!(told[1].contains("no tag is called `wirte`; did you mean `write`?"), "{told:?}");
}

#[test]
fn threshold_that_could_only_fail_is_reported_before() {
    let suite = || Suite::new().scenario(scenario("browse")).scenario(scenario("rare").weight(0));
    for (threshold, says) in [
        ("p99{scenario=rare} < 1s", "no scenario of this scenario takes part"),
        (
            "p99(20s) < 1s",
            "its window of 20s is longer than the run, which takes 10s; make the run longer, or the window shorter",
        ),
        ("p99 < 1s after 10s", "later than 10s"),
        ("p99(8s) < 1s after 5s", "its first window, of 8s from 5s on, ends at 13s"),
    ] {
        let told = problems(suite(), Plan::users(1).threshold(threshold)).join("\n");
        assert!(told.contains(says), "{threshold}: {told}");
    }
    for fits in ["p99(10s) < 1s", "p99 < 1s after 9s", "p99{scenario=browse}(5s) < 1s after 5s"] {
        assert_eq!(problems(suite(), Plan::users(1).threshold(fits)), [""; 0], "{fits}");
    }
}

#[test]
fn mistakes_on_attributes_are_reported_with_file_and_line() {
    for (threshold, says) in [
        ("p99 < fast", "threshold of scenario `buy` (src/main.rs:12): not a time"),
        ("p99{route=GET /} < 1s", "on an attribute it is of the iterations of the scenario"),
        ("waiting.p99 < 1s", "on an attribute it is of the iterations of the scenario"),
        ("dropped < 1", "on an attribute it is of the iterations"),
        ("p99 < 1s, p99 < 2s", "bound the same"),
    ] {
        let told = problems(Suite::new().scenario(scenario("buy").threshold(threshold)), Plan::users(1));
        assert!(told.join("\n").contains(says), "{threshold}: {told:?}");
    }
    let twice = scenario("buy").threshold("p99 < 1s").threshold("p99 < 2s");
    let told = problems(Suite::new().scenario(twice), Plan::users(1)).join("\n");
    assert!(
        told.contains("thresholds of scenario `buy` (src/main.rs:12): `p99{scenario=buy} < 1s` and"),
        "{told}"
    );
}

#[test]
fn those_of_attributes_are_of_their_scenario_and_give_way_to_those_of_the_plan() {
    let suite = || {
        let buy = scenario("buy").threshold("p99 < 1s, errors < 1%");
        Suite::new().scenario(buy).scenario(scenario("rare").weight(0).threshold("p99 < 1s"))
    };
    let judged = |plan: Plan| {
        let all = Job::new(suite(), plan).unwrap().thresholds;
        (all.judged.iter().map(ToString::to_string).collect::<Vec<_>>(), all.unjudged)
    };

    assert_eq!(
        judged(Plan::users(1)).0,
        ["p99{scenario=buy} < 1s", "errors{scenario=buy} < 1%"],
        "what is not run is not judged"
    );
    assert_eq!(
        judged(Plan::users(1).threshold("p99{scenario=buy} < 3s, p50 < 1s")).0,
        ["p99{scenario=buy} < 3s", "p50 < 1s", "errors{scenario=buy} < 1%"]
    );
    assert_eq!(
        judged(Plan::users(1).threshold("p99{scenario=buy} < 9s abort")).0,
        ["p99{scenario=buy} < 9s abort", "p99{scenario=buy} < 1s", "errors{scenario=buy} < 1%"],
        "an emergency stop replaces nothing that fails"
    );
    assert_eq!(judged(Plan::users(1).single_run()), (vec![], 2));
    assert_eq!(judged(Plan::sizing("p99 < 1s")), (vec![], 2));
}

#[test]
#[should_panic(expected = "`p99 < 1s` and `p99 < 2s` bound the same")]
fn two_calls_that_bound_the_same_are_a_mistake() {
    drop(Plan::users(1).threshold("p99 < 1s").threshold("p99 < 2s"));
}

#[test]
fn in_a_smoke_test_they_are_read_and_not_judged() {
    let suite = |threshold: &str| Suite::new().scenario(scenario("buy").threshold(threshold));

    let job = Job::new(suite("p99 < 1ms"), Plan::users(1).smoke("buy")).unwrap();

    assert_eq!((job.thresholds.judged.len(), job.thresholds.unjudged), (0, 1));
    let told = problems(suite("p99 < fast"), Plan::users(1).smoke("buy")).join("\n");
    assert!(told.contains("src/main.rs:12") && told.contains("not a time"), "{told}");
}

#[test]
fn the_thresholds_in_the_book_are_right() {
    let pages = [
        include_str!("../../../../README.md"),
        include_str!("../../../../docs/thresholds.md"),
        include_str!("../../../../docs/ci.md"),
    ]
    .concat();
    let mut found = 0;
    for before in
        ["threshold(\"", "--threshold \"", "report.assert(\"", "#[scenario(threshold(\"p99 < 200ms\", \""]
    {
        for text in pages.split(before).skip(1) {
            let text = text.split('"').next().unwrap_or_default();
            if text != "…" {
                assert_eq!(Threshold::parse_all(text).err().map(|why| why.to_string()), None);
                found += 1;
            }
        }
    }
    assert!(found >= 6, "{found}");
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,8}", "GET /[a-z{}]{0,9}", "[^@\\n]{1,12}"].prop_map(|name: String| name)
}

fn threshold() -> impl Strategy<Value = Threshold> {
    let relation = prop_oneof![
        Just(Relation::Below),
        Just(Relation::AtMost),
        Just(Relation::Above),
        Just(Relation::AtLeast)
    ];
    let per = prop_oneof![Just(Per::Second), Just(Per::Minute), Just(Per::Hour)];
    let thousandths = 1u32..99_999;
    let what = prop_oneof![
        (
            thousandths.clone(),
            1u64..30_000_000_000,
            prop_oneof![
                Just(None),
                Just(Some(Key::Scenario)),
                Just(Some(Key::Tag)),
                Just(Some(Key::Route)),
                Just(Some(Key::Timer))
            ]
        )
            .prop_map(|(of, micros, key)| {
                let percentile = Percentile::parse(&format!("{}", f64::from(of) / 1_000.0)).unwrap();
                (Metric::Percentile(percentile), key, Limit::Time(Duration::from_micros(micros)))
            }),
        (thousandths.clone(), prop_oneof![Just(None), Just(Some(Key::Route))]).prop_map(|(share, key)| (
            Metric::FailedRequests,
            key,
            Limit::Share(Percent::thousandths(share))
        )),
        (thousandths.clone(), per).prop_map(|(rate, per)| {
            (Metric::Rate, Some(Key::Counter), Limit::Rate(f64::from(rate) / 1_000.0, per))
        }),
        (thousandths).prop_map(|n| (Metric::Min, Some(Key::Gauge), Limit::Number(-f64::from(n) / 1_000.0))),
    ];
    let window = prop::option::of((1u64..3_600).prop_map(Duration::from_secs));
    let after = (0u64..100_000).prop_map(Duration::from_millis);
    let phase = prop::option::of(prop::sample::select(RequestPhase::ALL.to_vec()));
    (what, phase, name(), window, relation, after, any::<bool>()).prop_map(
        |((metric, key, limit), phase, name, window, relation, after, abort)| {
            let of = key.map(|key| Selector { key, name });
            let may_abort = relation.is_upper() || window.is_some();
            let has_phases = metric.is_of_latencies() && matches!(key, None | Some(Key::Route));
            Threshold {
                phase: phase.filter(|_| has_phases),
                metric,
                of,
                window,
                relation,
                limit,
                after,
                abort: abort && may_abort,
                said: Said::default(),
            }
        },
    )
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(
        text in ".*",
        likely in "(p9|errors|rate|sum)([{(](tag|route)?=?[\"a-z,}) ]{0,4}){0,2} ?[<>=]{0,2} ?[0-9a-z%./]{0,6}( (after|abort)( 5s)?)?,?",
    ) {
        for text in [text, likely] {
            if let Err(mistake) = Threshold::parse_all(&text) {
                drop(mistake.to_string());
            }
        }
    }

    #[test]
    fn printed_text_is_parsed_again(threshold in threshold()) {
        let text = threshold.to_string();
        let read = Threshold::parse_all(&text);
        prop_assert_eq!(read.map_err(|mistake| mistake.to_string()), Ok(vec![threshold]));
    }
}
