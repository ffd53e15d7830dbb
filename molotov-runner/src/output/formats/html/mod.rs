//! The report as a page: one file without references to others, which has the same content without script and without
//! style.
//!
//! The order is that of a reader's questions: the conclusion, the load generator's verdict, findings, latencies, their
//! course, their places; and at the end the settings.

mod answers;
mod chart;
mod course;
mod course_table;
mod failure_kinds;
mod failures;
mod hash;
mod island;
mod latency;
mod ran;
mod series;
mod spectrum;
mod table;
mod values;
mod verdict;
mod writer;

#[cfg(test)]
mod tests;

use self::course::CourseCharts;
use self::writer::Html;
use crate::report::{Finding, Report};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub(super) fn render(report: &Report) -> String {
    let sections = sections(report);
    let mut html = Html::page();
    html.open("html", &[("lang", "en")]);
    head(&mut html, report);
    html.open("body", &[]);
    verdict::write(&mut html, report);
    links(&mut html, &sections);
    html.open("main", &[]);
    html.append(sections);
    html.close();
    html.constant("script", SCRIPT);
    html.finish()
}

fn head(html: &mut Html, report: &Report) {
    html.open("head", &[]);
    html.void("meta", &[("charset", "utf-8")]);
    html.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &hash::policy())]);
    html.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    html.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
    html.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
    html.void("meta", &[("name", "generator"), ("content", concat!("molotov ", env!("CARGO_PKG_VERSION")))]);
    html.void("link", &[("rel", "icon"), ("href", "data:,")]);
    html.element("title", &[], &verdict::title(report));
    html.constant("style", STYLE);
    html.close();
}

/// Links to the existing sections.
fn links(html: &mut Html, sections: &Html) {
    html.open("nav", &[("aria-label", "Sections")]);
    for (id, title) in sections.sections() {
        html.element("a", &[("href", &format!("#{id}"))], title);
        html.line_break();
    }
    html.close();
}

fn sections(report: &Report) -> Html {
    let mut html = Html::part();
    let findings = report.findings();
    answers::findings(&mut html, &findings);
    answers::figures(&mut html, report);
    ran::searches(&mut html, report);
    course(&mut html, report, &findings);
    spectrum::write(&mut html, report);
    series::write(&mut html, report);
    values::mix(&mut html, report);
    failures::write(&mut html, report);
    values::phases(&mut html, report);
    values::metrics(&mut html, report);
    verdict::all_thresholds(&mut html, report);
    ran::generator(&mut html, report);
    ran::write(&mut html, report, &findings);
    html
}

fn course(html: &mut Html, report: &Report, findings: &[Finding]) {
    let Some(course) = CourseCharts::new(report, findings) else { return };
    html.open_section("course", "Course");
    course.charts.iter().for_each(|chart| chart.write(html, &course.spans, &course.marks));
    html.open("details", &[]);
    html.element("summary", &[("id", "course-table")], "The course as a table");
    course_table::write(html, report, "course-table");
    html.close();
    html.json("data", &island::from_course(&course, report));
    html.close();
}
