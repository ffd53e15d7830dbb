//! Builds a load test with cargo.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::child::{Child, ChildExit, Terminal};
use super::find::{self, LoadTest, Metadata, Wish};
use super::signals::Signals;
use crate::command::args::withhold_ours;
use crate::command::failure::Failure;

/// A load test that can be started.
pub(super) struct Built {
    pub(super) program: PathBuf,
    /// The folder of its package, if it was built here.
    pub(super) package: Option<PathBuf>,
}

/// Builds the load test of the project in this folder, or in the current one.
pub(super) async fn build(
    folder: Option<&Path>,
    wish: &Wish,
    signals: &mut Signals,
) -> Result<Built, Failure> {
    if let Some(folder) = folder
        && !folder.join("Cargo.toml").is_file()
    {
        return Err(Failure::new(
            "the repository has no Cargo.toml in its first folder, so there is nothing to build",
        ));
    }
    let metadata = metadata(folder, signals).await?;
    let program = find::load_test(&metadata, wish).map_err(Failure::new)?;
    let mut command = cargo(folder);
    let (kind, name) = (format!("--{}", program.kind.word()), &program.name);
    command.args(["build", "--release", "--message-format", "json-render-diagnostics", "--package"]);
    command.args([&program.package, &kind, name]);
    // The tested versions are the versions that run. Without a lock file cargo chooses the newest of all dependencies.
    if metadata.workspace_root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    let ended = run(command, signals).await?;
    if !ended.status.success() {
        return Err(Failure::new(format!(
            "the load test {name} does not build; what cargo says stands above"
        )));
    }
    let executable = executable(&ended.stdout, &program)
        .ok_or_else(|| Failure::new(format!("cargo does not tell where it put {name}")))?;
    Ok(Built { program: executable, package: Some(program.folder) })
}

async fn metadata(folder: Option<&Path>, signals: &mut Signals) -> Result<Metadata, Failure> {
    let mut command = cargo(folder);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    let ended = run(command, signals).await?;
    if !ended.status.success() {
        let cure = if folder.is_none() { "; go into a project, or name a repository with --git" } else { "" };
        return Err(Failure::new(format!(
            "there is no project that cargo understands; it says why above{cure}"
        )));
    }
    serde_json::from_slice(&ended.stdout)
        .map_err(|error| Failure::new(format!("cargo metadata tells something unexpected: {error}")))
}

fn cargo(folder: Option<&Path>) -> Command {
    let mut command = Command::new("cargo");
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    withhold_ours(&mut command);
    command
}

async fn run(command: Command, signals: &mut Signals) -> Result<ChildExit, Failure> {
    let child = Child::start(command, Terminal::Errors).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::new("cargo is not installed, or not in PATH; see https://rustup.rs")
        }
        _ => Failure::new(format!("cannot start cargo: {error}")),
    })?;
    child.wait_unless_signalled(signals).await
}

/// A line of cargo's JSON messages; other messages have other fields.
#[derive(Deserialize)]
struct Artifact {
    target: BuiltTarget,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
    kind: Vec<String>,
}

fn executable(told: &[u8], program: &LoadTest) -> Option<PathBuf> {
    let lines = told.split(|byte| *byte == b'\n');
    let mut artifacts = lines.filter_map(|line| serde_json::from_slice::<Artifact>(line).ok());
    let is_it = |target: &BuiltTarget| {
        target.name == program.name && target.kind.iter().any(|kind| kind == program.kind.word())
    };
    artifacts.find_map(|artifact| artifact.executable.filter(|_| is_it(&artifact.target)))
}
