//! Files that import from each other cannot be understood one after the other: there are none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, io};

use crate::support::{root, sources};

#[test]
fn no_two_files_import_from_each_other() {
    let found: Vec<_> = ["molotov-core/src", "molotov-runner/src", "molotov-macros/src", "src"]
        .iter()
        .flat_map(|folder| Modules::read(folder).unwrap().circles())
        .collect();

    assert_eq!(found, []);
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

/// The modules of a crate, by their paths.
struct Modules(BTreeMap<Vec<String>, ModuleFile>);

/// The file of a module: its name, and the paths that it imports.
struct ModuleFile {
    name: String,
    imports: Vec<String>,
}

impl Modules {
    fn read(folder: &str) -> io::Result<Self> {
        let mut modules = BTreeMap::new();
        for file in sources(&root().join(folder))? {
            let code = production_code(&fs::read_to_string(&file)?);
            let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string().replace('\\', "/");
            let path = module_path(Path::new(&name[folder.len() + 1..]));
            modules.insert(path, ModuleFile { name, imports: imports(&code) });
        }
        Ok(Self(modules))
    }

    /// The pairs of files that import from each other. A module and the modules in it belong together.
    fn circles(&self) -> Vec<(String, String)> {
        let pairs: BTreeSet<_> = self.0.iter().flat_map(|(path, file)| self.targets(path, file)).collect();
        let circles = pairs.iter().filter(|(from, to)| from < to && pairs.contains(&(*to, *from)));
        let are_apart = circles.filter(|(from, to)| !to.starts_with(from));
        are_apart.map(|(from, to)| (self.0[*from].name.clone(), self.0[*to].name.clone())).collect()
    }

    /// The files that a file imports from, each with that file itself.
    fn targets<'m>(
        &'m self,
        from: &'m Vec<String>,
        file: &'m ModuleFile,
    ) -> impl Iterator<Item = (&'m Vec<String>, &'m Vec<String>)> {
        file.imports.iter().filter_map(move |import| Some((from, self.resolve(from, import, 8)?)))
    }

    /// The module that has what this path names, in the module `from`. A name that is only imported there is looked for where
    /// it comes from.
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
                    let origin =
                        self.0.get(&at)?.imports.iter().find(|own| own.ends_with(&format!("::{part}")));
                    let origin =
                        origin.filter(|_| depth > 0).and_then(|own| self.resolve(&at, own, depth - 1));
                    return origin.or_else(|| self.0.get_key_value(&at).map(|(path, _)| path));
                }
            }
        }
        self.0.get_key_value(&at).map(|(path, _)| path)
    }
}

/// The path of the module in a file: `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn module_path(file: &Path) -> Vec<String> {
    let mut path: Vec<_> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    path.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    path
}

/// The code without comments and without what is only compiled for tests.
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

/// The paths that this code imports or names, as it writes them.
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

/// The place of a word that begins there.
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
