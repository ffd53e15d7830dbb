//! `molotov init`: a project with a load test that compiles, passes and runs at once.

mod dependency;
mod files;
mod name;
mod workspace;

use std::io;
use std::path::{Path, PathBuf};

use molotov_runner::Sink;

use self::dependency::MolotovDependency;
use self::files::Files;
use super::args::InitArgs;
use super::failure::{Failure, harmless, unless_lost};

/// Writes the project.
pub(super) fn init(args: &InitArgs) -> Result<(), Failure> {
    let folder = absolute(&args.folder)?;
    refuse_a_package(&folder)?;
    let name = match &args.name {
        Some(typed) => name::checked(typed)?,
        None => name::from_folder(&folder),
    };
    let dependency = match &args.git {
        Some(url) => MolotovDependency::on_repository(url)?,
        None => MolotovDependency::on_clone_or_release(args.molotov.as_deref())?,
    };
    let files = Files::new(&name, &dependency.lines());
    files.write(&folder)?;
    workspace::make_own(&folder)?;
    let mut out = Sink::stdout();
    out.write(&harmless_next_steps(&name, &args.folder, &files));
    if dependency.is_here() {
        out.write(dependency::REPLACE_IT);
    }
    unless_lost(&out).map(drop)
}

/// Refuses a folder with a package. Its load test belongs into that package or beside it, and an existing manifest is
/// never overwritten.
fn refuse_a_package(folder: &Path) -> Result<(), Failure> {
    if !folder.join("Cargo.toml").exists() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} is there already, and nothing is overwritten.\nFor a package of its own in here: molotov init loadtest\n\
         For an example in this package, add molotov to its [dev-dependencies] and examples/loadtest.rs, as the \
         quick start of molotov shows (docs/quick-start.md, \"Add a load test to your package\")",
        folder.join("Cargo.toml").display()
    )))
}

/// The folder without `.` and `..`, so that it has a name. It need not exist.
fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    let path = match folder.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(folder),
        found => found,
    };
    let path = path.map_err(|error| Failure::at(folder, "find", error))?;
    if path.exists() && !path.is_dir() {
        return Err(Failure::new(format!("{} is a file; name a folder", folder.display())));
    }
    Ok(path)
}

fn harmless_next_steps(name: &str, folder: &Path, files: &Files) -> String {
    let written =
        files.names().map(|file| format!("  {}\n", folder.join(file).display())).collect::<String>();
    let enter = match folder.to_str() {
        Some(".") => String::new(),
        _ => format!("  cd {}\n", quoted(folder)),
    };
    let text = format!(
        "wrote the load test {name}:\n{written}next:\n{enter}  cargo test                     # each scenario once\n  \
         cargo run --release -- smoke   # as a load"
    );
    harmless(&text) + "\n"
}

/// The path in the notation of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c)) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
