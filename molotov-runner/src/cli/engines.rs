//! The instance of a program that an engine has started several times.

mod table;

use molotov_core::Shard;

use self::table::Numbers::{From, Range};
use self::table::{ENGINES, Engine};
use super::run_id;

/// The values of variables.
pub(super) type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// This instance, as an engine numbers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) engine: &'static str,
    /// From 0.
    pub(super) index: u32,
    /// The number of instances, if the engine tells it.
    pub(super) count: Option<u32>,
    pub(super) attempt: u32,
    pub(super) run: Option<String>,
    /// The variables and their values, for messages.
    said: String,
}

impl Instance {
    /// Its number and the number of all, in words.
    pub(super) fn place(&self) -> String {
        match self.count {
            Some(count) => format!("{} of {count}, from 0,", self.index),
            None => format!("{}, from 0,", self.index),
        }
    }
}

/// The instance that the engines describe; `None` outside of all engines.
///
/// # Errors
///
/// Returns a message for a value that is no number, for an array with gaps, and for engines that disagree.
pub(super) fn instance(get: Variables<'_>) -> Result<Option<Instance>, String> {
    let mut found = Vec::new();
    for engine in ENGINES {
        found.extend(engine.instance(get)?);
    }
    // A task of an array may start the program by MPI, as its only process.
    if found.iter().any(|one| one.count != Some(1)) {
        found.retain(|one| one.count != Some(1));
    }
    let mut found = found.into_iter();
    let Some(mut first) = found.next() else { return Ok(None) };
    for other in found {
        let is_same_count = first.count.zip(other.count).is_none_or(|(one, other)| one == other);
        if first.index != other.index || !is_same_count {
            return Err(format!(
                "{} and {} disagree ({}; {}); give the shard yourself: --shard 0/3",
                first.engine, other.engine, first.said, other.said
            ));
        }
        first.count = first.count.or(other.count);
        first.run = first.run.take().or(other.run);
    }
    Ok(Some(first))
}

/// The variables that number instances, for a message.
pub(super) fn names() -> String {
    ENGINES.iter().map(|engine| engine.index).collect::<Vec<_>>().join(", ")
}

impl Engine {
    fn instance(&self, get: Variables<'_>) -> Result<Option<Instance>, String> {
        let is_meant =
            self.only_with.is_none_or(|(variable, fits)| get(variable).is_some_and(|value| fits(&value)));
        if !is_meant || get(self.index).is_none() {
            return Ok(None);
        }
        let number = |variable: &str| number(get, variable);
        let own = number(self.index)?.unwrap_or_default();
        let (index, count) = match self.numbers {
            From(first, count) => (own.checked_sub(first), count.map(number).transpose()?.flatten()),
            Range([first, last, step], count) => {
                let range = [needed(get, first)?, needed(get, last)?, needed(get, step)?];
                let count = count.map(number).transpose()?.flatten();
                self.in_range(own, range, count).map(|(index, all)| (index, Some(all)))?
            }
        };
        let said = self.said(get);
        let Some(index) = index else {
            return Err(format!("{said}: {} counts from 1; give the shard yourself: --shard 0/3", self.name));
        };
        if count.is_some_and(|count| Shard::new(index, count).is_none()) {
            return Err(format!(
                "{said}: the number is not below that of all; give the shard yourself: --shard 0/3"
            ));
        }
        let (attempt, run) = (self.earlier_starts(get), self.run(get));
        Ok(Some(Instance { engine: self.name, index, count, attempt, run, said }))
    }

    /// For the name of a file, so a text that is no number is no mistake.
    fn earlier_starts(&self, get: Variables<'_>) -> u32 {
        let Some((variable, first)) = self.attempt else { return 0 };
        get(variable).and_then(|text| text.parse().ok()).unwrap_or(first).saturating_sub(first)
    }

    /// The index and the number of the instances of an array, which must have no gaps.
    fn in_range(&self, own: u32, range: [u32; 3], count: Option<u32>) -> Result<(Option<u32>, u32), String> {
        let (first, last, step) = (range[0], range[1], range[2].max(1));
        let all = last.saturating_sub(first) / step + 1;
        if count.is_some_and(|count| count != all) || own.saturating_sub(first) % step != 0 {
            return Err(format!(
                "{} has gaps: {} tasks from {first} to {last}; number them without, or give the shard yourself: --shard 0/3",
                self.name,
                count.unwrap_or(all)
            ));
        }
        Ok((own.checked_sub(first).map(|own| own / step), all))
    }

    /// The name of the run, in the letters of a run ID.
    fn run(&self, get: Variables<'_>) -> Option<String> {
        let name = self.run.and_then(get)?;
        // AWS Batch adds the index of the child to the job's ID.
        let whole = name.split(':').next().unwrap_or_default();
        let letters = whole.chars().map(|letter| if run_id::is_letter(letter) { letter } else { '-' });
        let run: String = letters.take(run_id::LENGTH).collect();
        (!run.is_empty()).then_some(run)
    }

    fn said(&self, get: Variables<'_>) -> String {
        let others: Vec<&str> = match self.numbers {
            From(_, count) => count.into_iter().collect(),
            Range(range, count) => range.into_iter().chain(count).collect(),
        };
        let all = [self.index].into_iter().chain(others);
        let set = all.filter_map(|name| get(name).map(|value| format!("{name}={}", value.escape_debug())));
        set.collect::<Vec<_>>().join(" ")
    }
}

fn number(get: Variables<'_>, variable: &str) -> Result<Option<u32>, String> {
    let Some(text) = get(variable) else { return Ok(None) };
    let number = text.parse().map_err(|_| {
        format!(
            "{variable} is `{}`, and no number; give the shard yourself: --shard 0/3",
            text.escape_debug()
        )
    });
    number.map(Some)
}

fn needed(get: Variables<'_>, variable: &str) -> Result<u32, String> {
    number(get, variable)?
        .ok_or_else(|| format!("{variable} is not set; give the shard yourself: --shard 0/3"))
}

#[cfg(test)]
mod tests;
