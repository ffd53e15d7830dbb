//! Pages of a few reports, and the properties of any page: it is well-formed and small, and all its text is escaped.

mod charts;
mod figures;
mod runs;

use std::collections::HashSet;

use base64::prelude::*;
use proptest::prelude::*;

use super::*;
use crate::report::test_reports::{self, NASTY};
use crate::report::{Ended, Report, SeriesRow, Stop};

/// Elements without an end.
const VOID: [&str; 2] = ["meta", "link"];

/// The elements of a page, in order, with their attributes. Panics if they are not closed in turn.
fn elements(page: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let (tag, after) = rest.split_once('>').expect("an end of the tag");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
            continue;
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(attributes.matches('"').count() % 2 == 0, "{tag}");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{tag}");
        found.push((name, attributes));
        if ["style", "script"].contains(&name) {
            rest = rest.split_once(&format!("</{name}>")).expect("its end").1;
        } else if !VOID.contains(&name) && !attributes.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    found
}

/// The page without its style and its script, which have files of their own, and without the parts that change with
/// them or with the version.
fn content(report: &Report) -> String {
    let version = concat!("molotov ", env!("CARGO_PKG_VERSION"));
    let files =
        [(STYLE, "…"), (hash::STYLE, "…"), (SCRIPT, "…"), (hash::SCRIPT, "…"), (version, "molotov …")];
    files.iter().fold(render(report), |page, (file, sign)| page.replace(file, sign))
}

#[test]
fn page_of_a_small_run() {
    insta::assert_snapshot!(content(&test_reports::without_requests()));
}

#[test]
fn page_of_a_run_with_everything() {
    insta::assert_snapshot!(content(&test_reports::judged()));
}

#[test]
fn pages_of_all_kinds_of_runs_are_well_formed() {
    let mut interrupted = test_reports::rich();
    interrupted.ended = Ended::Signal(Stop::Interrupt);
    let mut names = NASTY.to_vec();
    let (long, markup) = ("/x".repeat(5_000), "</script><img src=x onerror=alert(1)>\"'&\u{2028}\u{202e}");
    names.extend([long.as_str(), markup]);
    let reports = test_reports::all().into_iter().chain([test_reports::named(&names), interrupted]);
    for report in reports {
        let page = render(&report);

        let ids: Vec<_> =
            elements(&page).iter().filter_map(|(_, attributes)| attribute(attributes, "id")).collect();
        assert_eq!(ids.len(), ids.iter().collect::<HashSet<_>>().len(), "{ids:?}");
        assert!(page.contains("<h1>") && !content(&report).contains("NaN"), "{page}");
    }
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut others = attributes.split('"');
    std::iter::from_fn(|| others.next().zip(others.next()))
        .find(|(start, _)| start.trim() == format!("{name}="))
        .map(|(_, value)| value)
}

#[test]
fn nothing_is_referred_to_outside_of_the_page() {
    let page = render(&test_reports::judged());

    for (name, attributes) in elements(&page) {
        let link = attribute(attributes, "href").or(attribute(attributes, "src")).unwrap_or("#");
        assert!(link.starts_with('#') || link == "data:,", "{name} {attributes}");
        assert!(attribute(attributes, "style").is_none(), "{name} {attributes}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    for word in
        ["fetch", "XMLHttpRequest", "innerHTML", "insertAdjacent", "localStorage", "setTimeout", "import"]
    {
        assert!(!SCRIPT.contains(word), "{word}");
    }
}

#[test]
fn every_link_has_its_section() {
    let page = render(&test_reports::judged());
    let elements = elements(&page);
    let ids: HashSet<_> = elements.iter().filter_map(|(_, attributes)| attribute(attributes, "id")).collect();

    let links: Vec<_> = elements
        .iter()
        .filter_map(|(_, attributes)| attribute(attributes, "href")?.strip_prefix('#'))
        .collect();

    assert!(links.len() > 8 && links.iter().all(|link| ids.contains(link)), "{links:?}");
}

/// A name whose characters are all special in HTML.
const PLANTED: &str = "<planted>&\"'";

#[test]
fn text_from_outside_is_escaped_wherever_it_stands() {
    let mut report = test_reports::named(&[PLANTED, "other"]);
    report.listener_summaries =
        vec![crate::report::ListenerSummary { name: PLANTED.into(), text: PLANTED.into() }];
    report.settings.resolve = vec![PLANTED.into()];
    report.settings.notes = vec![PLANTED.into()];
    report.generator.same_machine = vec![PLANTED.into()];

    let page = render(&report);

    assert!(!page.contains("<planted") && !page.contains("&\"'"), "{page}");
    assert!(page.matches("&lt;planted&gt;&amp;&quot;&apos;").count() > 15, "{page}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn page_of_any_names_is_well_formed(names in prop::collection::vec(any::<String>(), 1..4)) {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let page = render(&test_reports::named(&names));

        let usual = render(&test_reports::named(&["a", "b", "c"]));
        let known: HashSet<_> = elements(&usual).iter().map(|(name, _)| *name).collect();
        prop_assert!(elements(&page).iter().all(|(name, _)| known.contains(name)));
        prop_assert!(page.chars().all(|c| !c.is_control() || c == '\n'));
    }
}

#[test]
fn page_of_a_large_load_is_small_enough_to_be_sent() {
    let report = test_reports::large();
    assert_eq!((report.routes.len(), report.failures.len(), report.windows.len()), (200, 50, 600));

    let page = render(&report);

    elements(&page);
    assert!(page.len() <= 500_000, "{} bytes", page.len());
}

#[test]
fn page_of_a_thousand_routes_has_the_busiest() {
    let mut report = test_reports::sound();
    let row = report.routes[0].clone();
    report.routes = (0..1_000).map(|n| SeriesRow { name: format!("GET /{n}"), ..row.clone() }).collect();
    report.routes[999].ok.add(&row.ok);

    let page = render(&report);

    assert_eq!(page.matches("<th scope=\"row\">GET /").count(), 200);
    assert!(page.contains(">GET /999</th>") && page.contains("And 800 more, with fewer samples"));
}

#[test]
fn page_of_a_short_run_is_small() {
    let page = render(&test_reports::short());

    assert!(page.contains("id=\"latency\"") && page.contains("class=\"h5\""), "{page}");
    assert!(page.len() <= 80_000, "{} bytes", page.len());
}

#[test]
fn policy_allows_the_style_and_the_script_of_the_page() {
    for (file, hash) in [(STYLE, hash::STYLE), (SCRIPT, hash::SCRIPT)] {
        // In the form that a browser reads, whatever the line ends of the checkout are.
        let file = file.replace("\r\n", "\n");
        let digest = ring::digest::digest(&ring::digest::SHA256, file.as_bytes());

        assert_eq!(hash, format!("sha256-{}", BASE64_STANDARD.encode(digest)), "write this into hash.rs");
    }
}
