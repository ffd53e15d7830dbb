//! GitHub Actions: a summary of the job, annotations at the lines of scenarios, and text without commands.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::escape::escape;
use super::formats::{self, Diagnostic, Severity};
use crate::report::{ExitCode, Report};

/// The maximum number of annotations that GitHub shows per step.
const MOST: usize = 10;

/// The maximum size of the summary, in bytes.
const SUMMARY: usize = 64 * 1024;

/// The maximum length of an annotation, in characters.
const MESSAGE: usize = 1_000;

/// The job of this process.
#[derive(Debug)]
pub(crate) struct GithubJob {
    /// The file of the step's summary.
    summary: Option<PathBuf>,
}

impl GithubJob {
    /// The job of the environment, if there is one.
    pub(crate) fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        variable("GITHUB_ACTIONS").filter(|value| value == "true")?;
        let summary = variable("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        Some(Self { summary: summary.map(PathBuf::from) })
    }

    /// Appends the report to the summary of the step.
    ///
    /// # Errors
    ///
    /// Returns the reason why the summary cannot be written.
    pub(crate) fn append_summary(&self, report: &Report) -> io::Result<()> {
        let Some(path) = &self.summary else { return Ok(()) };
        let mut file = File::options().append(true).create(true).open(path)?;
        file.write_all(formats::summary(report, SUMMARY).as_bytes())
    }
}

/// The commands that show why the run failed, at the known lines of scenarios; none for a passed run.
pub(crate) fn annotations(report: &Report) -> Vec<String> {
    if report.exit_code() == ExitCode::Ok {
        return Vec::new();
    }
    let all = formats::of_report(report);
    let grave = all.iter().filter(|diagnostic| diagnostic.severity != Severity::Tolerated);
    grave.take(MOST).map(command).collect()
}

fn command(diagnostic: &Diagnostic<'_>) -> String {
    let title = property(&format!("load test: {}", diagnostic.rule));
    let place = diagnostic
        .declared
        .map(|declared| format!("file={},line={},", property(&escape(&declared.file)), declared.line))
        .unwrap_or_default();
    let sentence: String = diagnostic.sentence().chars().take(MESSAGE).collect();
    format!("::error {place}title={title}::{}", data(&sentence))
}

/// A message, escaped for GitHub.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, escaped for GitHub.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The text without commands. The runner executes lines that start with `::`, and those that contain `##[` anywhere: a
/// name or a server's message could set variables of the following steps, or hide lines.
pub(super) fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive(['\n', '\r']);
    Cow::Owned(lines.map(without_command).collect::<String>().replace("##[", "# #["))
}

fn without_command(line: &str) -> Cow<'_, str> {
    let place = start_of_text(line);
    match line[place..].strip_prefix("::") {
        Some(rest) => Cow::Owned(format!("{}: :{rest}", &line[..place])),
        None => Cow::Borrowed(line),
    }
}

/// The position after spaces and colours; the latter are removed from uncoloured streams.
fn start_of_text(line: &str) -> usize {
    let mut rest = line.trim_start();
    while let Some((_, after)) = rest.strip_prefix("\u{1b}[").and_then(|color| color.split_once('m')) {
        rest = after.trim_start();
    }
    line.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::report::test_reports;

    #[test]
    fn annotations_are_escaped_and_at_their_lines() {
        insta::assert_snapshot!(annotations(&test_reports::judged()).join("\n"));
        assert_eq!(property("a:b,c%\r\nd"), "a%3Ab%2Cc%25%0D%0Ad");
    }

    #[test]
    fn threshold_of_the_whole_run_is_shown_where_the_plan_has_it() {
        let line = line!() + 1;
        let plan = Plan::users(1).threshold("p99 < 1us");
        let mut report = test_reports::sound();
        report.thresholds = report.judged(&plan.thresholds, None);

        let merged = Report::merge(report.clone(), report.clone());

        for report in [report, merged] {
            let [command] = &annotations(&report)[..] else { panic!("{:?}", annotations(&report)) };
            let place = format!("::error file={},line={line},title=", file!());
            assert!(command.starts_with(&place), "{command}");
        }
    }

    #[test]
    fn no_text_is_a_command() {
        for (text, shown) in [
            ("a\n::error::b\n", "a\n: :error::b\n"),
            ("  \t::set-env name=PATH::x", "  \t: :set-env name=PATH::x"),
            ("\u{1b}[1m ::error::b\u{1b}[0m", "\u{1b}[1m : :error::b\u{1b}[0m"),
            ("a\r::add-mask::b", "a\r: :add-mask::b"),
            ("a ##[error]b", "a # #[error]b"),
            ("shop::buy [::1]:80 # [", "shop::buy [::1]:80 # ["),
            ("\u{1b}[no end", "\u{1b}[no end"),
        ] {
            assert_eq!(without_commands(text), shown);
        }
    }

    #[test]
    fn findings_are_limited_and_absent_in_a_good_run() {
        let names: Vec<_> = (0..20).map(|n| format!("scenario {n}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut many = test_reports::named(&names);
        for row in &mut many.scenarios {
            row.failed = row.ok.clone();
        }
        many.iterations.failed = many.iterations.ok;
        many.iterations.ok = 0;

        assert_eq!(annotations(&many).len(), MOST);
        assert_eq!(annotations(&test_reports::sound()), [""; 0]);
    }

    #[test]
    fn a_job_is_one_of_github_only() {
        let job = |value: &'static str| GithubJob::from_variables(move |_| Some(value.into()));

        assert!(job("true").is_some() && job("false").is_none());
        assert!(GithubJob::from_variables(|_| None).is_none());
    }

    #[test]
    fn summary_is_appended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        std::fs::write(&path, "before\n").unwrap();
        let job = GithubJob { summary: Some(path.clone()) };

        job.append_summary(&test_reports::sound()).unwrap();

        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("before\n## Load test: counted\n"), "{text}");
    }
}
