//! The program of a load test, called by `molotov::main!()`.

mod merge;
mod results_header;

use std::process;

use molotov_core::{Suite, Target};

use crate::cli::{self, Args, Parsed};
use crate::descriptors;
use crate::entry::Program;
use crate::error::RunError;
use crate::execute::Job;
use crate::execute::{SignalSource, Watcher, check_threads, run_on_threads};
use crate::output::{
    self, Detail, DisplayThread, GithubJob, LiveOutputs, PlaceKind, ReportFiles, Sink, Style, TextStyle,
    TraceLevel,
};
use crate::panics;
use crate::report::{ExitCode, Report, outlook};
use crate::restart;
use crate::smoke;
use crate::typed;

/// Runs the program: as tests in a test target, as a load otherwise.
pub fn main(program: Program) -> process::ExitCode {
    let bench = std::env::args_os().any(|arg| arg == "--bench");
    if program.test && !bench {
        return smoke::harness(program);
    }
    process::ExitCode::from(load(&program))
}

fn load(program: &Program) -> u8 {
    match cli::parse(std::env::args_os()) {
        Parsed::Run(args) => run(program, &args).code(),
        Parsed::Restart(variables) => restart::with_variables(&variables).unwrap_or_else(|error| {
            print_problem(&format!("the program cannot be restarted with the variables of [env]: {error}"));
            ExitCode::Usage.code()
        }),
        Parsed::Say(text) => print(&text).code(),
        Parsed::Wrong(text) => {
            Sink::stderr().write(&text);
            ExitCode::Usage.code()
        }
    }
}

/// Prints the text that replaces a run.
fn print(text: &str) -> ExitCode {
    let mut out = Sink::stdout();
    out.write(text);
    match write_error(&out) {
        Some(problem) => {
            print_problem(&problem);
            ExitCode::NotWritten
        }
        None => ExitCode::Ok,
    }
}

/// A message about output that could not be written to standard output.
fn write_error(out: &Sink) -> Option<String> {
    out.lost().map(|error| format!("cannot write to standard output: {error}"))
}

fn run(program: &Program, args: &Args) -> ExitCode {
    match try_run(program, args) {
        Ok(code) => code,
        Err(error) => {
            error.problems().iter().for_each(|problem| print_problem(problem));
            ExitCode::Usage
        }
    }
}

fn try_run(program: &Program, args: &Args) -> Result<ExitCode, RunError> {
    panics::install_hook();
    if !args.merge.is_empty() {
        return merge::run(args);
    }
    let suite = call(program.suite)?;
    let list = args.list.then(|| scenario_list(&suite));
    let mut files = report_files(args)?;
    let plan = cli::resolve(args, call(program.plan)?)?;
    let job = Job::new(suite, cli::resolve_shard(args, plan, &variable)?)?;
    if let Some(list) = list {
        // After all checks, so that a list is also the trial of a command line.
        return Ok(print(&list));
    }
    // Before the threads start, so that they have more descriptors.
    let limit = descriptors::raise_limit();
    check_threads(&job)?;
    let proxies = cli::UnusedProxies::from_variables(variables());
    print_notes(args, &job, &proxies);
    if !program.unwinds {
        Sink::stderr()
            .line("note: panic = \"abort\": a panic in a scenario ends the process without a report");
    }
    warn_of_descriptors(&job, limit);
    let (mut report, note) = run_with_outputs(args, job, &proxies)?;
    let no_host = no_host(&report);
    if let Some(why) = no_host.clone().filter(|_| report.requests.attempted == 0) {
        return Err(RunError::new(why));
    }
    let code = finish(args, &mut report, &mut files);
    // Not on standard error here, because it may be the broken output.
    let mut sink = if is_stdout_taken(args) { Sink::stderr() } else { Sink::stdout() };
    note.iter().for_each(|note| sink.line(note));
    no_host.iter().for_each(|why| print_problem(why));
    Ok(code)
}

/// Calls a function of the user's program. A panic in it, for instance for an invalid threshold, is a mistake in the
/// suite.
fn call<T>(made: fn() -> T) -> Result<T, RunError> {
    panics::catch_call(made).map_err(|panicked| RunError::new(panicked.to_string()))
}

/// The error of a run without a host in which a request needed one; no other finding matters then.
fn no_host(report: &Report) -> Option<String> {
    report.settings.lacks_base.clone().filter(|_| report.exit_code() == ExitCode::Usage)
}

/// Prints notes on arguments that change nothing, or have an unexpected meaning.
fn print_notes(args: &Args, job: &Job, proxies: &cli::UnusedProxies) {
    if !args.quiet {
        let proxy = proxies.note(&job.plan.target);
        let engine = cli::engine_note(args, &variable);
        let notes = args
            .notes
            .iter()
            .cloned()
            .chain(proxy)
            .chain(engine)
            .chain(job.doubts())
            .chain(outlook(&job.plan));
        let notes = notes.map(|note| format!("note: {}", output::escape(&typed::masked(&note))));
        notes.for_each(|note| Sink::stderr().line(&note));
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

/// Each user has a socket. The warning comes before the load, because during the load it would be too late.
fn warn_of_descriptors(job: &Job, limit: Option<u64>) {
    if let Some(warning) = limit.and_then(|limit| descriptors::shortage(job.plan.own_user_count(), limit)) {
        Sink::stderr().line(&warning);
    }
}

/// Runs the job with the live display and other outputs. Also returns a note about output that could not be shown.
fn run_with_outputs(
    args: &Args,
    job: Job,
    proxies: &cli::UnusedProxies,
) -> Result<(Report, Option<String>), RunError> {
    let style = match (args.quiet, args.console) {
        (true, _) => Style::Quiet,
        (false, true) => Style::Plain,
        (false, false) => Style::for_stderr(),
    };
    let screen = DisplayThread::start(style, TraceLevel::from_verbosity(args.verbose));
    // With `--quiet`, users print nothing.
    let trace_sink = (style != Style::Quiet).then(|| screen.trace_sink());
    let live =
        LiveOutputs::open(&args.live_outputs(results_header::of_job(&job)), &job.plan, &screen.queue())?;
    let queues = live.queues().into_iter().chain([screen.queue()]).collect();
    let watcher = Watcher { interval: args.console_update, queues };
    let report = run_on_threads(job, SignalSource::Process, Some(watcher), trace_sink);
    let report = report.map(|report| live.finish(with_proxy_note(report, proxies)));
    let note = screen.finish();
    let (report, warnings) = report.map_err(|error| {
        RunError::new(format!("the runtime cannot be started: {}", descriptors::with_cure(&error)))
    })?;
    warnings.iter().for_each(|warning| Sink::stderr().line(&format!("warning: {}", output::escape(warning))));
    Ok((report, note))
}

/// Adds a note on proxy variables, before outputs receive the report.
fn with_proxy_note(mut report: Report, proxies: &cli::UnusedProxies) -> Report {
    let targets = report.settings.targets.iter().filter_map(|url| Target::parse(url).ok());
    let note = proxies.note(&targets.collect::<Vec<_>>());
    report.settings.notes.extend(note);
    report
}

/// Prints and writes the report.
fn finish(args: &Args, report: &mut Report, files: &mut ReportFiles) -> ExitCode {
    let detail = if args.verbose > 0 { Detail::Whole } else { Detail::Short };
    let mut out = Sink::stdout();
    if !args.quiet && is_stdout_taken(args) {
        // Readers of the events or the report on standard output expect nothing else there.
        Sink::stderr().write(&output::render(report, &TextStyle::of_stderr(detail)));
    } else if !args.quiet {
        out.write(&output::render(report, &TextStyle::of_stdout(detail)));
    } else if let Some(errors) = output::render_errors(report, &TextStyle::of_stderr(detail)) {
        Sink::stderr().write(&errors);
    }
    report.unwritten.extend(write_error(&out));
    files.write_run(report);
    report.unwritten.iter().for_each(|problem| print_problem(problem));
    report_to_github(args, report);
    report.exit_code()
}

/// Adds the run to the summary of a GitHub Actions job. The user did not request it, so a write error is ignored.
fn report_to_github(args: &Args, report: &Report) {
    let Some(job) = GithubJob::from_variables(|name| std::env::var_os(name)).filter(|_| !args.no_ci) else {
        return;
    };
    if let Err(error) = job.append_summary(report) {
        Sink::stderr().line(&format!("warning: the summary of the job cannot be written: {error}"));
    }
    let mut out = if args.quiet || is_stdout_taken(args) { Sink::stderr() } else { Sink::stdout() };
    output::annotations(report).iter().for_each(|command| out.command(command));
}

fn is_stdout_taken(args: &Args) -> bool {
    args.files().any(|(_, file)| PlaceKind::from_path(file) == PlaceKind::Stdout)
}

/// The report files, checked before anything is sent.
fn report_files(args: &Args) -> Result<ReportFiles, RunError> {
    let (files, mut problems) = ReportFiles::check(&args.report);
    problems.extend(output::clashes(args.files()));
    RunError::unless_empty(problems).map(|()| files)
}

fn print_problem(problem: &str) {
    // Our own messages have line breaks, but the users' text in them may contain anything.
    let problem = typed::masked(problem);
    let lines: Vec<_> = problem.lines().map(output::escape).collect();
    Sink::stderr().line(&format!("error: {}", lines.join("\n")));
}

fn scenario_list(suite: &Suite) -> String {
    let lines = suite.scenarios().iter().map(|scenario| {
        let tags = scenario.tags().iter().map(|tag| format!(" #{tag}")).collect::<String>();
        format!("{} (weight {}){tags}\n", scenario.name(), scenario.weight())
    });
    lines.collect()
}

#[cfg(test)]
mod tests;
