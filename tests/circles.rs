//! The absence of import circles. Files that import from each other, directly or through others, cannot be understood
//! one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use crate::support::{root, sources};

#[test]
fn no_files_import_from_each_other_in_a_circle() {
    let found: Vec<_> = ["molotov-core/src", "molotov-runner/src", "molotov-macros/src", "src"]
        .iter()
        .flat_map(|folder| Modules::read(folder).unwrap().circles())
        .collect();

    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

#[test]
fn imports_are_found_in_groups_and_in_paths() {
    let text =
        "use super::{a::{self, B}, c};\n    use self::d::E as F;\nlet x = crate::g::h(1); // crate::not::it";

    let found = imports(&production_code(text));

    assert_eq!(found, ["super::a", "super::a::B", "super::c", "self::d::E", "crate::g::h"]);
}

#[test]
fn code_of_tests_is_left_out() {
    let text = "use super::a;\n#[cfg(test)]\nuse super::b;\n#[cfg(test)]\nmod tests {\n    use super::c;\n}\nuse super::d;\n";

    assert_eq!(imports(&production_code(text)), ["super::a", "super::d"]);
}

#[test]
fn circles_of_any_length_are_found() {
    let mut modules = Modules::default();
    for (name, text) in [
        ("s/lib.rs", "mod a; mod b; mod c; mod d; mod e; mod f; mod h;"),
        ("s/a/mod.rs", "mod part;\npub use self::part::A;\nuse crate::d::D;"),
        ("s/a/part.rs", "use super::b::B;\nuse crate::b::B;"),
        ("s/b.rs", "use crate::c::C;"),
        ("s/c.rs", "fn f(a: crate::a::A) {}"),
        ("s/d.rs", "use crate::e::E;"),
        ("s/e.rs", "use crate::b::B;\nfn g(c: crate::f::F) {}"),
        ("s/f.rs", "use crate::h;\nfn i(c: h::E) {}"),
        ("s/h.rs", "pub(crate) use self::e::{\n    E,\n};\nuse super::b::C;"),
        ("s/h/e.rs", "use crate::f::F;"),
    ] {
        modules.add("s", name.into(), text);
    }

    let circle =
        "s/a/part.rs imports from s/b.rs\ns/b.rs imports from s/c.rs\ns/c.rs imports from s/a/part.rs";
    let by_a_module = "s/f.rs imports from s/h/e.rs\ns/h/e.rs imports from s/f.rs";
    assert_eq!(modules.circles(), [circle, by_a_module]);
}

/// The modules of a crate, by their paths.
#[derive(Default)]
struct Modules(BTreeMap<Vec<String>, ModuleFile>);

/// The file of a module: its name, its imports, and its re-exports.
struct ModuleFile {
    name: String,
    imports: Vec<String>,
    passed_on: Vec<String>,
}

impl Modules {
    fn read(folder: &str) -> io::Result<Self> {
        let mut modules = Self::default();
        for file in sources(&root().join(folder))? {
            let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string().replace('\\', "/");
            modules.add(folder, name, &fs::read_to_string(&file)?);
        }
        Ok(modules)
    }

    fn add(&mut self, folder: &str, name: String, text: &str) {
        let path = module_path(Path::new(&name[folder.len() + 1..]));
        let (passed_on, own) = without_passed_on(&production_code(text));
        let module = ModuleFile { name, imports: named(&own), passed_on: imports(&passed_on) };
        self.0.insert(path, module);
    }

    /// The groups of files that all import from each other, directly or through others; their imports, one a line.
    fn circles(&self) -> Vec<String> {
        let mut imports: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = BTreeMap::new();
        for (from, to) in self.0.iter().flat_map(|(path, file)| self.targets(path, file)) {
            imports.entry(from).or_default().insert(to);
        }
        let reached: BTreeMap<_, _> =
            imports.keys().copied().map(|from| (from, reached_from(from, &imports))).collect();
        let mut circles = BTreeSet::new();
        for (from, all) in &reached {
            let circle: BTreeSet<&Vec<String>> = all
                .iter()
                .copied()
                .filter(|to| reached.get(to).is_some_and(|back| back.contains(from)))
                .collect();
            let among = circle
                .iter()
                .flat_map(|from| imports[from].intersection(&circle).map(|to| self.line(from, to)));
            circles.insert(among.collect::<Vec<_>>().join("\n"));
        }
        circles.into_iter().filter(|circle| !circle.is_empty()).collect()
    }

    fn line(&self, from: &Vec<String>, to: &Vec<String>) -> String {
        format!("{} imports from {}", self.0[from].name, self.0[to].name)
    }

    /// The files that a file imports from, each with that file itself. A module and its submodules belong together.
    fn targets<'m>(
        &'m self,
        from: &'m Vec<String>,
        file: &'m ModuleFile,
    ) -> impl Iterator<Item = (&'m Vec<String>, &'m Vec<String>)> {
        let targets =
            file.imports.iter().filter_map(move |import| Some((from, self.resolve(from, import, 8)?)));
        targets.filter(|(from, to)| !from.starts_with(to))
    }

    /// The module that defines the target of this path, in the module `from`. A name that is only imported there is
    /// searched at its source.
    fn resolve(&self, from: &[String], import: &str, depth: u32) -> Option<&Vec<String>> {
        let mut at = from.to_vec();
        for (place, part) in import.split("::").enumerate() {
            at.push(part.to_owned());
            match part {
                "crate" => at.clear(),
                "super" => at.truncate(at.len() - 2),
                "self" => at.truncate(at.len() - 1),
                _ if self.0.contains_key(&at) => {}
                // The name of another crate.
                _ if place == 0 => return None,
                _ => {
                    at.pop();
                    let file = self.0.get(&at)?;
                    let mut known = file.passed_on.iter().chain(&file.imports);
                    let origin = known.find(|own| own.ends_with(&format!("::{part}")));
                    let origin =
                        origin.filter(|_| depth > 0).and_then(|own| self.resolve(&at, own, depth - 1));
                    return origin.or_else(|| self.0.get_key_value(&at).map(|(path, _)| path));
                }
            }
        }
        self.0.get_key_value(&at).map(|(path, _)| path)
    }
}

/// All nodes at a distance of one step or more.
fn reached_from<'m, T: Ord>(start: &'m T, steps: &BTreeMap<&'m T, BTreeSet<&'m T>>) -> BTreeSet<&'m T> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(at) = open.pop() {
        open.extend(steps.get(at).into_iter().flatten().copied().filter(|to| reached.insert(*to)));
    }
    reached
}

/// The path of the module in a file: `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<_> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    path.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    path
}

/// The code without comments and without code that is compiled for tests only.
fn production_code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            let item = lines.by_ref().find(|line| !line.trim_start().starts_with('#')).unwrap_or_default();
            if !item.ends_with(';') {
                lines.by_ref().find(|line| *line == end);
            }
            continue;
        }
        code.push_str(line.split("//").next().unwrap_or_default());
        code.push('\n');
    }
    code
}

/// The names that a module re-exports from its submodules, and the rest of its code.
fn without_passed_on(code: &str) -> (String, String) {
    let (mut passed_on, mut own) = (String::new(), String::new());
    for line in code.split_inclusive('\n') {
        let is_begun = passed_on.rfind("use ").is_some_and(|begin| !passed_on[begin..].contains(';'));
        let begins = line.trim_start().starts_with("pub") && line.contains(" use self::");
        if is_begun || begins { &mut passed_on } else { &mut own }.push_str(line);
    }
    (passed_on, own)
}

/// The paths that this code imports or names, and the names that it uses of imported modules.
fn named(code: &str) -> Vec<String> {
    let mut found = imports(code);
    for path in found.clone() {
        let name = path.rsplit("::").next().unwrap_or_default();
        let start = format!("{name}::");
        let mut rest = code;
        while let Some(at) = next(rest, &start) {
            rest = &rest[at + start.len()..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.extend((end > 0).then(|| format!("{path}::{}", &rest[..end])));
        }
    }
    found
}

/// The paths that this code imports or names, as written.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(start) =
        ["use ", "crate::", "super::", "self::"].iter().filter_map(|word| next(rest, word)).min()
    {
        rest = &rest[start..];
        let is_use = rest.starts_with("use ");
        let path = rest.strip_prefix("use ").unwrap_or(rest);
        let end = match is_use {
            true => path.find(';').unwrap_or(path.len()),
            false => path.find(|c: char| !c.is_alphanumeric() && !"_:".contains(c)).unwrap_or(path.len()),
        };
        expand("", &path[..end], &mut found);
        rest = &path[end..];
    }
    found
}

/// The position of a word that starts there.
fn next(code: &str, word: &str) -> Option<usize> {
    code.match_indices(word)
        .map(|(at, _)| at)
        .find(|at| !code[..*at].ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before)))
}

/// The paths of a tree of imports, `a::{b, c::{self, D}}`.
fn expand(before: &str, tree: &str, found: &mut Vec<String>) {
    let Some((path, group)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or_default().trim();
        let path = format!("{before}{name}");
        found.extend(
            (!name.is_empty()).then(|| path.trim_end_matches("::self").trim_end_matches("::").to_owned()),
        );
        return;
    };
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut start) = (0, 0);
    for (at, sign) in group.char_indices().chain([(group.len(), ',')]) {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&format!("{before}{}", path.trim()), &group[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
}
