//! The search for the load test among the targets of a project.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::command::args::RunArgs;

/// The usual names of a load test.
const NAMES: [&str; 2] = ["loadtest", "loadtests"];

/// The output of `cargo metadata --no-deps`.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    pub(super) workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(super) struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<CargoTarget>,
    #[serde(default)]
    dependencies: Vec<CargoDependency>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Debug, Deserialize)]
struct CargoDependency {
    name: String,
}

#[derive(Debug, Deserialize)]
struct CargoTarget {
    name: String,
    kind: Vec<String>,
}

/// A target that can be built and run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoadTest {
    pub(super) package: String,
    /// The folder of its package.
    pub(super) folder: PathBuf,
    pub(super) kind: TargetKind,
    pub(super) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TargetKind {
    Example,
    Bin,
}

impl TargetKind {
    /// Its kind in cargo's terms.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Example => "example",
            Self::Bin => "bin",
        }
    }
}

/// The selection from the command line.
#[derive(Debug, Default)]
pub(super) struct Wish {
    package: Option<String>,
    target: Option<(TargetKind, String)>,
}

impl Wish {
    pub(super) fn from_args(args: &RunArgs) -> Self {
        let example = args.example.clone().map(|name| (TargetKind::Example, name));
        let bin = args.bin.clone().map(|name| (TargetKind::Bin, name));
        Self { package: args.package.clone(), target: example.or(bin) }
    }

    /// Returns `true` for a command line without a selection.
    pub(super) fn is_open(&self) -> bool {
        self.package.is_none() && self.target.is_none()
    }
}

/// Returns the load test, or the reason why the choice is not clear.
pub(super) fn load_test(metadata: &Metadata, wish: &Wish) -> Result<LoadTest, String> {
    let packages: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| wish.package.as_ref().is_none_or(|name| *name == package.name))
        .collect();
    if packages.is_empty() {
        let names = metadata.packages.iter().map(|package| package.name.as_str()).collect::<Vec<_>>();
        let typed = wish.package.as_deref().unwrap_or_default();
        return Err(format!("--package {typed}: there is no such package; there are: {}", names.join(", ")));
    }
    let rules: [fn(&Package, &LoadTest) -> bool; 3] = [is_declared, is_called_so, may_be];
    let found = match &wish.target {
        Some(target) => all(&packages, |_, program| (program.kind, &program.name) == (target.0, &target.1)),
        // The first rule with a result decides.
        None => {
            rules.iter().map(|rule| all(&packages, rule)).find(|found| !found.is_empty()).unwrap_or_default()
        }
    };
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(none(&packages, wish)),
        several => Err(format!("there are several load tests; choose one: {}", listed(several))),
    }
}

fn all(packages: &[&Package], rule: impl Fn(&Package, &LoadTest) -> bool) -> Vec<LoadTest> {
    let programs =
        packages.iter().flat_map(|package| package.programs().map(move |program| (package, program)));
    programs.filter(|(package, program)| rule(package, program)).map(|(_, program)| program).collect()
}

fn is_declared(package: &Package, program: &LoadTest) -> bool {
    package.metadata["molotov"]["loadtest"] == program.name.as_str()
}

fn is_called_so(_: &Package, program: &LoadTest) -> bool {
    NAMES.contains(&program.name.as_str())
}

fn may_be(package: &Package, _: &LoadTest) -> bool {
    package.dependencies.iter().any(|dependency| dependency.name == "molotov")
}

fn none(packages: &[&Package], wish: &Wish) -> String {
    let what = match &wish.target {
        Some((kind, name)) => format!("--{} {name}: there is no such target", kind.word()),
        None => "there is no load test: no example or program is called `loadtest`, and no package with one depends \
                 on molotov"
            .into(),
    };
    match &all(packages, |_, _| true)[..] {
        [] => what + ", nor any other",
        others => format!("{what}; there are: {}", listed(others)),
    }
}

fn listed(programs: &[LoadTest]) -> String {
    programs
        .iter()
        .map(|it| format!("\n  --package {} --{} {}", it.package, it.kind.word(), it.name))
        .collect()
}

impl Package {
    fn programs(&self) -> impl Iterator<Item = LoadTest> {
        self.targets.iter().filter_map(|target| {
            let kind = if target.kind.iter().any(|it| it == "example") {
                TargetKind::Example
            } else if target.kind.iter().any(|it| it == "bin") {
                TargetKind::Bin
            } else {
                return None;
            };
            let folder = self.manifest_path.parent().unwrap_or(Path::new(".")).to_owned();
            Some(LoadTest { package: self.name.clone(), folder, kind, name: target.name.clone() })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: &[&str], targets: &[(&str, &str)]) -> Value {
        let targets = targets.iter().map(|(kind, name)| json!({ "kind": [kind], "name": name }));
        let dependencies: Vec<_> = dependencies.iter().map(|name| json!({ "name": name })).collect();
        json!({
            "name": name,
            "manifest_path": format!("/x/{name}/Cargo.toml"),
            "targets": targets.collect::<Vec<_>>(),
            "dependencies": dependencies,
            "metadata": null,
        })
    }

    fn project(packages: &[Value]) -> Metadata {
        serde_json::from_value(json!({ "packages": packages, "workspace_root": "/x" })).unwrap()
    }

    fn found(packages: &[Value]) -> Result<(String, String), String> {
        load_test(&project(packages), &Wish::default()).map(|found| (found.package, found.name))
    }

    fn named(package: &str, name: &str) -> Result<(String, String), String> {
        Ok((package.into(), name.into()))
    }

    #[test]
    fn an_example_or_a_program_called_loadtest_is_it() {
        let shop =
            package("shop", &["molotov"], &[("lib", "shop"), ("bin", "shop"), ("example", "loadtest")]);
        assert_eq!(found(&[shop]), named("shop", "loadtest"));
        let [shop, load] = [
            package("shop", &[], &[("bin", "shop")]),
            package("loadtests", &["molotov"], &[("bin", "loadtests")]),
        ];
        assert_eq!(found(&[shop, load]), named("loadtests", "loadtests"));
    }

    #[test]
    fn only_program_depending_on_molotov_is_the_load_test() {
        let [shop, stress] =
            [package("shop", &[], &[("bin", "shop")]), package("stress", &["molotov"], &[("bin", "stress")])];
        assert_eq!(found(&[shop, stress]), named("stress", "stress"));
    }

    #[test]
    fn target_of_the_manifest_wins() {
        let mut shop = package("shop", &["molotov"], &[("example", "loadtest"), ("example", "stress")]);
        shop["metadata"] = json!({ "molotov": { "loadtest": "stress" } });
        assert_eq!(found(&[shop]), named("shop", "stress"));
    }

    #[test]
    fn typed_options_win() {
        let metadata = project(&[
            package("a", &["molotov"], &[("example", "loadtest"), ("bin", "x")]),
            package("b", &["molotov"], &[("example", "loadtest")]),
        ]);
        let in_b = Wish { package: Some("b".into()), target: None };
        let x = Wish { package: None, target: Some((TargetKind::Bin, "x".into())) };
        assert_eq!(load_test(&metadata, &in_b).unwrap().folder, Path::new("/x/b"));
        assert_eq!(load_test(&metadata, &x).unwrap().name, "x");
    }

    #[test]
    fn when_it_is_not_clear_all_are_named() {
        let several = found(&[
            package("a", &["molotov"], &[("example", "loadtest")]),
            package("b", &["molotov"], &[("example", "loadtest")]),
        ]);
        assert!(several.unwrap_err().contains("--package b --example loadtest"));
        let none = found(&[package("shop", &[], &[("bin", "shop"), ("test", "load")])]).unwrap_err();
        assert!(none.contains("no load test") && none.contains("--package shop --bin shop"), "{none}");
        let metadata = project(&[package("shop", &["molotov"], &[("bin", "shop")])]);
        let missing = Wish { package: None, target: Some((TargetKind::Example, "x".into())) };
        assert!(
            load_test(&metadata, &missing).unwrap_err().starts_with("--example x: there is no such target")
        );
        let nobody = Wish { package: Some("nobody".into()), target: None };
        assert!(load_test(&metadata, &nobody).unwrap_err().ends_with("there are: shop"));
    }
}
