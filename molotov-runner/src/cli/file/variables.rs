//! `[env]`: environment variables for the load test.

use clap::Command;

use super::document::FileEntry;
use crate::restart;

/// Variables, in the order of the file. Their values may be secret, so no message and no `Debug` contains them.
#[derive(Clone, Default)]
pub(in crate::cli) struct Variables(Vec<(String, String)>);

impl Variables {
    /// Reads the variables of a table.
    ///
    /// # Errors
    ///
    /// Returns each name and value that cannot be set.
    pub(super) fn from_entries(
        entries: &[FileEntry],
        table: &str,
        command: &Command,
    ) -> Result<Self, Vec<String>> {
        let mut variables: Vec<(String, String)> = Vec::new();
        let mut problems = Vec::new();
        for entry in entries {
            match variable(entry, table, command) {
                // JSON may repeat a name, TOML may not.
                Ok((name, _)) if variables.iter().any(|(other, _)| *other == name) => {
                    problems.push(format!("{}: `{name}` in {table} is given twice", entry.key_at));
                }
                Ok(variable) => variables.push(variable),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(Self(variables)) } else { Err(problems) }
    }

    /// Adds these variables, which replace earlier ones of the same name.
    pub(super) fn overlay(&mut self, above: Self) {
        self.0.retain(|(name, _)| above.0.iter().all(|(other, _)| other != name));
        self.0.extend(above.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The variables that the environment does not have; the environment wins.
    pub(in crate::cli) fn missing(self) -> Vec<(String, String)> {
        let restarted = std::env::var(restart::DONE).unwrap_or_default();
        let restarted: Vec<&str> = restarted.split(restart::SEPARATOR).collect();
        let unset = self.0.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
        unset.filter(|(name, _)| !restarted.contains(&name.as_str())).collect()
    }
}

fn variable(entry: &FileEntry, table: &str, command: &Command) -> Result<(String, String), String> {
    let FileEntry { key, key_at, value, value_at } = entry;
    if key.is_empty() || key.contains(['=', '\0']) {
        return Err(format!("{key_at}: a variable in {table} must have a name, without `=`"));
    }
    let option = command.get_arguments().find(|arg| arg.get_env().is_some_and(|name| name == key.as_str()));
    if let Some(long) = option.and_then(|arg| arg.get_long()) {
        // The variable would otherwise override the file's own option, like the environment does.
        let option = long.replace('-', "_");
        return Err(format!(
            "{key_at}: `{key}` in {table} is an option; write `{option} = …` into the profile"
        ));
    }
    match value.scalar() {
        Some(text) if !text.contains('\0') => Ok((key.clone(), text)),
        Some(_) => Err(format!("{value_at}: `{key}` in {table} has a zero byte, which no variable can have")),
        None => Err(format!("{value_at}: `{key}` in {table} must be text, and it is {}", value.name())),
    }
}
