//! The source of a client, and the search for its program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::version;
use crate::places::{Places, on_path};
use crate::sys::{first_line, output};

/// The source of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A package of `benches/peers/clients`; the crate whose version is shown.
    Built { package: &'static str, krate: &'static str },
    /// A package of Debian and its program.
    Apt { package: &'static str, program: &'static str },
    /// A package of PyPI, in a virtual environment of its own.
    Pip { package: &'static str },
    /// A package of npm.
    Npm { package: &'static str },
    /// A program of crates.io.
    Cargo { package: &'static str },
}

impl Source {
    /// The program, or the reason why there is none.
    pub(super) fn program(self, name: &str, places: &Places) -> Result<PathBuf, String> {
        if let Self::Built { package, .. } = self {
            return build(package, places);
        }
        self.there(places).ok_or_else(|| match fs::read_to_string(why_not(places, name)) {
            Ok(why) => format!("could not be installed: {}", why.trim()),
            Err(_) => "not installed (`--install` tries)".to_owned(),
        })
    }

    pub(crate) fn is_there(self, places: &Places) -> bool {
        self.there(places).is_some()
    }

    fn there(self, places: &Places) -> Option<PathBuf> {
        let installed = self.installed(places).filter(|file| file.is_file());
        installed.or_else(|| self.on_path())
    }

    /// The destination of `--install`.
    fn installed(self, places: &Places) -> Option<PathBuf> {
        let root = &places.installed;
        match self {
            Self::Built { .. } | Self::Apt { .. } => None,
            Self::Pip { package } => Some(root.join("python").join(package).join("bin").join(package)),
            Self::Npm { package } => Some(root.join("npm/node_modules/.bin").join(package)),
            Self::Cargo { package } => Some(root.join("cargo/bin").join(package)),
        }
    }

    fn on_path(self) -> Option<PathBuf> {
        match self {
            Self::Built { .. } => None,
            // A `molotov` on the PATH may be any molotov, so programs from PyPI are searched in their own folder only.
            Self::Pip { .. } => None,
            Self::Apt { program, .. } => on_path(program),
            Self::Npm { package } | Self::Cargo { package } => on_path(package),
        }
    }

    /// Its version, if it can be found out.
    pub(super) fn version(self, program: &Path, places: &Places) -> String {
        let said = match self {
            Self::Built { krate, .. } => return version::of_crate(krate, places),
            Self::Apt { package, .. } => output(Path::new("dpkg-query"), &["-W", "-f=${Version}", package]),
            Self::Pip { .. } | Self::Npm { .. } | Self::Cargo { .. } => output(program, &["--version"]),
        };
        version::in_text(&said).unwrap_or("unknown").to_owned()
    }
}

/// The file with the reason why a client could not be installed, until an installation succeeds.
pub(crate) fn why_not(places: &Places, name: &str) -> PathBuf {
    places.installed.join(format!("{}.why-not", name.replace([' ', ','], "-")))
}

/// Builds a client with cargo's own release profile: the result for a user without settings.
pub(crate) fn build(package: &str, places: &Places) -> Result<PathBuf, String> {
    eprintln!("peers: builds {package}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let done = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", package, "--manifest-path"])
        .arg(places.here.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(places.built.parent().unwrap_or(&places.built))
        .output()
        .map_err(|error| format!("could not be built: {error}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let error = said.lines().find(|line| line.starts_with("error")).unwrap_or_else(|| first_line(&said));
        return Err(format!("could not be built: {error}"));
    }
    Ok(places.built.join(package))
}
