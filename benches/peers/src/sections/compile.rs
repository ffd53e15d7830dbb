//! The build time of a user's crate.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::head::{head, quiet};
use crate::args::Args;
use crate::markdown::{Table, Text};
use crate::measure::OTHERS;
use crate::places::Places;
use crate::stats::Spread;
use crate::sys::{Cores, Cpu, Others};

/// The number of changes to a scenario with a build after each.
const CHANGES: u32 = 5;

pub(super) fn run(args: &Args, places: &Places) -> Result<Text> {
    let user = UserCrate::write(places)?;
    user.fetch()?;
    let mut table = Table::new(&["build", "profile", "seconds"]);
    let mut busiest = 0.0_f64;
    for profile in [Profile::Release, Profile::Dev] {
        // A disturbed build is repeated, in an empty folder.
        let cold = quiet(args).measured(|built: &Built| built.others, || user.cold(profile))?;
        busiest = busiest.max(cold.others);
        table.row(["cold, dependencies and all", profile.name(), &format!("{:.1}", cold.took.as_secs_f64())]);
        let mut changed = Vec::new();
        for change in 1..=CHANGES {
            let built = quiet(args)
                .measured(|built: &Built| built.others, || user.after_a_change(profile, change))?;
            busiest = busiest.max(built.others);
            changed.push(built.took.as_secs_f64());
        }
        let spread = Spread::of(changed).context("nothing was built")?;
        table.row(["after a change in one scenario", profile.name(), &format!("{spread:.2}")]);
    }

    let mut whole = head(args, places);
    if busiest > OTHERS {
        let _ = write!(
            whole,
            "\n**The machine was busy: others used up to {busiest:.0} % of a core. Do not quote this.**\n"
        );
    }
    let _ = write!(
        whole,
        "\nA binary crate with [three scenarios](../benches/peers/scripts/user_crate.rs) and molotov with default features as its \
         only dependency, which brings {} crates with it. Built by `cargo build` on {} cores with everything downloaded \
         before; the medians after a change are of {CHANGES}, with least and greatest.\n\n{table}",
        user.dependencies()?,
        Cores::allowed()?.count(),
    );
    Ok(Text { name: "compile", whole, readme: None })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Dev,
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// The duration of a build, and the CPU use of other processes meanwhile in percent of a core.
struct Built {
    took: Duration,
    others: f64,
}

/// A crate like a user's, in a folder of its own.
struct UserCrate {
    folder: PathBuf,
}

impl UserCrate {
    fn write(places: &Places) -> Result<Self> {
        let folder = places.scratch.join("user_crate");
        fs::create_dir_all(folder.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"user-crate\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nmolotov = {{ path = {:?} }}\n",
            places.repository
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions with which molotov itself is tested.
        fs::copy(places.repository.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let user = Self { folder };
        user.change(0)?;
        Ok(user)
    }

    /// Another number in a scenario each time.
    fn change(&self, number: u32) -> Result<()> {
        let source = include_str!("../../scripts/user_crate.rs");
        let changed = source.replace("\"id\", 7)", &format!("\"id\", {})", 7 + number));
        if number > 0 && changed == source {
            bail!("the scenario of the user's crate has no place to change");
        }
        Ok(fs::write(self.folder.join("src/main.rs"), changed)?)
    }

    /// So that downloads are not timed.
    fn fetch(&self) -> Result<()> {
        self.cargo(&["fetch"]).map(drop)
    }

    fn cold(&self, profile: Profile) -> Result<Built> {
        let target = self.folder.join("target");
        if target.exists() {
            fs::remove_dir_all(target)?;
        }
        self.build(profile)
    }

    fn after_a_change(&self, profile: Profile, change: u32) -> Result<Built> {
        self.change(change)?;
        self.build(profile)
    }

    fn build(&self, profile: Profile) -> Result<Built> {
        let args: &[&str] = match profile {
            Profile::Dev => &["build", "--offline"],
            Profile::Release => &["build", "--offline", "--release"],
        };
        let here = [std::process::id()];
        let (before, ours) = (Others::now(&here)?, Cpu::of_children()?);
        let start = Instant::now();
        self.cargo(args)?;
        let took = start.elapsed();
        let others = Others::now(&here)?.since(before, took, Cpu::of_children()?.saturating_sub(ours));
        let name = profile.name();
        eprintln!("peers:   a {name} build took {:.2} s, others {others:.1} %", took.as_secs_f64());
        Ok(Built { took, others })
    }

    /// The crates that are built for it, without itself and molotov's own.
    fn dependencies(&self) -> Result<usize> {
        let tree = self.cargo(&[
            "tree",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])?;
        Ok(count(&tree))
    }

    /// The output of cargo, without the settings of this workspace.
    fn cargo(&self, args: &[&str]) -> Result<String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(args)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_INCREMENTAL")
            .output()?;
        if !output.status.success() {
            bail!("cargo {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Lines of `cargo tree`, each crate once; those of molotov and of the user have a path.
fn count(tree: &str) -> usize {
    let crates: BTreeSet<&str> = tree.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    crates.iter().filter(|line| !line.is_empty() && !is_local(line)).count()
}

fn is_local(line: &str) -> bool {
    line.split_once('(').is_some_and(|(_, place)| Path::new(place.trim_end_matches(')')).is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_counted_once_and_local_ones_not_at_all() {
        let tree = "user-crate v0.1.0 (/x/user_crate)\nmolotov v0.1.0 (/x)\nserde v1.0.0\nsyn v3.0.0\nserde v1.0.0 (*)\n\
                    thiserror-impl v2.0.0 (proc-macro)\n";

        assert_eq!(count(tree), 3);
    }
}
