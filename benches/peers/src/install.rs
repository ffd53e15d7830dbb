//! Installs the missing clients.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::peers::{ALL, Source, why_not};
use crate::places::{Places, on_path};
use crate::sys::first_line;

/// Installs the missing clients. A failed installation is printed, and its reason is in the tables.
pub(crate) fn missing(places: &Places) {
    report("nginx", places, on_path("nginx").map_or_else(|| apt("nginx"), |_| Ok(())));
    for peer in ALL {
        if !matches!(peer.source, Source::Built { .. }) && !peer.source.is_there(places) {
            eprintln!("peers: installs {}", peer.name);
            report(peer.name, places, install(peer.source, places));
        }
    }
}

fn report(name: &str, places: &Places, result: Result<()>) {
    let file = why_not(places, name);
    let kept = match result {
        Ok(()) if file.exists() => fs::remove_file(file),
        Ok(()) => Ok(()),
        Err(error) => {
            eprintln!("peers: {name} could not be installed: {error:#}");
            fs::write(file, format!("{error:#}\n"))
        }
    };
    if let Err(error) = kept {
        eprintln!("peers: what became of {name} cannot be kept: {error}");
    }
}

fn install(source: Source, places: &Places) -> Result<()> {
    let root = &places.installed;
    match source {
        Source::Built { .. } => Ok(()),
        Source::Apt { package, .. } => apt(package),
        Source::Pip { package } => pip(package, &root.join("python").join(package)),
        Source::Npm { package } => done(
            Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--prefix"])
                .arg(root.join("npm"))
                .arg(package),
        ),
        Source::Cargo { package } => cargo(package, &root.join("cargo")),
    }
}

/// Needs root.
fn apt(package: &str) -> Result<()> {
    let install = ["install", "--yes", "--no-install-recommends", package];
    let apt = || {
        let mut command = Command::new("apt-get");
        command.args(install).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // The lists of packages may be old or missing.
    done(&mut apt()).or_else(|_| {
        done(Command::new("apt-get").arg("update"))?;
        done(&mut apt())
    })
}

fn pip(package: &str, folder: &Path) -> Result<()> {
    done(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    done(Command::new(folder.join("bin/pip")).args(["install", "--quiet", package]))
}

/// With a target folder of its own: the cargo that runs this program may be using the usual one.
fn cargo(package: &str, folder: &Path) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["install", "--locked", package, "--root"]).arg(folder);
    done(command.arg("--target-dir").arg(folder.join("target")))
}

fn done(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{program} cannot be started"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let errors = ["error", "E:", "npm error", "ERROR"];
    let line = said.lines().find(|line| errors.iter().any(|start| line.starts_with(start)));
    bail!("{program}: {}", line.unwrap_or_else(|| first_line(&said)))
}
