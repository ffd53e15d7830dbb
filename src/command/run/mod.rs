//! `molotov run`: builds and runs a load test, of a repository or of the current project.

mod arguments;
mod build;
mod child;
mod commit;
mod consent;
mod find;
mod folder;
mod git;
mod profiles;
mod signals;
pub(super) mod url;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use self::build::Built;
use self::child::{Child, Terminal};
use self::consent::Consent;
use self::find::Wish;
use self::folder::Folder;
use self::git::Git;
use self::signals::Signals;
use self::url::RepositoryUrl;
use super::args::{RunArgs, withhold_ours};
use super::failure::Failure;

/// Executes the command, and returns the exit code of the load test.
pub(super) fn run(args: Box<RunArgs>) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("the runtime cannot be started: {error}")))?;
    runtime.block_on(async {
        let mut signals = Signals::from_process()
            .map_err(|error| Failure::new(format!("signals cannot be listened to: {error}")))?;
        match &args.git {
            Some(url) => run_repository(url, &args, &mut signals).await,
            None => run_here(&args, &mut signals).await,
        }
    })
}

/// Runs the given program, or the load test of the current project.
async fn run_here(args: &RunArgs, signals: &mut Signals) -> Result<u8, Failure> {
    if args.rev.is_some() {
        return Err(Failure::new(
            "--rev is a commit of the repository that --git names; name one, or leave it out",
        ));
    }
    let wish = Wish::from_args(args);
    let built = match &args.program {
        Some(program) if wish.is_open() => Built { program: program.clone(), package: None },
        _ => build::build(None, &wish, signals).await?,
    };
    start(&built, Path::new("."), args, signals).await
}

/// Runs the load test of another repository.
async fn run_repository(url: &str, args: &RunArgs, signals: &mut Signals) -> Result<u8, Failure> {
    let url = RepositoryUrl::parse(url)?;
    let revision = git::revision(args.rev.as_deref())?;
    consent::is_possible(Consent::from_args(args))?;
    let folder = Folder::new()?;
    let checkout = fetch(&url, &revision, args, &folder, signals).await?;
    let built = build::build(Some(&checkout), &Wish::from_args(args), signals).await?;
    let code = start(&built, &checkout, args, signals).await;
    folder.remove();
    code
}

/// Fetches the commit, shows it, and checks it out after the consent to run its code.
async fn fetch(
    url: &RepositoryUrl,
    revision: &str,
    args: &RunArgs,
    folder: &Folder,
    signals: &mut Signals,
) -> Result<PathBuf, Failure> {
    let git = Git::new(folder, url)?;
    git.fetch(revision, signals).await?;
    commit::show(&git, url, signals).await?;
    consent::ask(Consent::from_args(args), signals).await?;
    git.check_out(signals).await
}

/// Starts the load test in a folder, where its scenarios find their data, and waits for its end. Signals are forwarded,
/// so that it still reports.
async fn start(built: &Built, folder: &Path, args: &RunArgs, signals: &mut Signals) -> Result<u8, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::at(Path::new("."), "find", error))?;
    // Otherwise a relative path with a folder in it would start from the folder of the load test.
    let mut command = Command::new(here.join(&built.program));
    command.current_dir(folder).args(args.profile()?).args(arguments::anchored(&args.args, &here));
    arguments::anchor_variables(&mut command, &here);
    profiles::set_variables(&mut command, &here.join(folder), built.package.as_deref());
    withhold_ours(&mut command);
    let ended = Child::start(command, Terminal::Shared)
        .map_err(|error| Failure::at(&built.program, "start", error))?
        .wait(signals)
        .await?;
    code(ended.status)
}

/// Returns the exit code to pass on.
fn code(status: ExitStatus) -> Result<u8, Failure> {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        molotov_runner::Sink::stderr().line(&format!("the load test was killed by signal {signal}"));
        return Err(Failure::Signal(u8::try_from(signal).unwrap_or_default()));
    }
    // Other systems have greater numbers, none of which means success.
    Ok(status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1)))
}
