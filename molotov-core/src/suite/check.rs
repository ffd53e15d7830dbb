//! Every mistake in a suite, found before the run, each in one message.

use std::any::TypeId;
use std::fmt;

use crate::arg::{Dependency, Scope};
use crate::fixture::Hook;
use crate::origin::Origin;
use crate::run::Run;

use super::{Suite, order};

/// A mistake in a suite: one message that names everything involved.
///
/// ```
/// # use molotov::prelude::*;
/// let idle = || Scenario::builder("idle", |_| Box::pin(async { Ok(()) }));
/// let problems = Suite::new().scenario(idle()).scenario(idle()).check(&[]);
/// assert!(problems[0].message().contains("idle"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    /// The message.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Suite {
    /// Every mistake in this suite. `for_global_teardown` are the types that the caller passes to the global tear-down
    /// besides the states of the global set-ups.
    pub fn check(&self, for_global_teardown: &[TypeId]) -> Vec<Problem> {
        let mut found = Vec::new();
        self.check_scenarios(&mut found);
        self.check_single_ones(&mut found);
        self.check_states(&mut found);
        self.check_circles(&mut found);
        self.check_arguments(for_global_teardown, &mut found);
        found.into_iter().map(Problem).collect()
    }

    fn check_scenarios(&self, found: &mut Vec<String>) {
        if self.scenarios.is_empty() {
            found.push(
                "there are no scenarios: put `#[scenario]` on an async fn; for scenarios in another crate, name that \
                 crate in the binary (`use my_loadtests as _;`), or else it is not linked"
                    .into(),
            );
        }
        for (index, scenario) in self.scenarios.iter().enumerate() {
            let earlier = self.scenarios[..index].iter().find(|other| other.name() == scenario.name());
            if let Some(earlier) = earlier {
                found.push(format!(
                    "two scenarios are called `{}`: {} and {}; give one another name with `name = \"…\"`",
                    scenario.name(),
                    place(earlier.origin()),
                    place(scenario.origin()),
                ));
            }
        }
    }

    fn check_single_ones(&self, found: &mut Vec<String>) {
        let hooks = [
            ("setup_session", &self.setup_session),
            ("teardown_session", &self.teardown_session),
            ("teardown", &self.teardown),
            ("global_teardown", &self.global_teardown),
        ];
        for (kind, hooks) in hooks {
            if hooks.len() > 1 {
                found.push(only_one(kind, hooks.iter().map(Hook::origin)));
            }
        }
        if self.picker.len() > 1 {
            found.push(only_one("scenario_picker", self.picker.iter().map(|picker| picker.origin())));
        }
    }

    /// Two set-ups of one kind for the same type.
    fn check_states(&self, found: &mut Vec<String>) {
        let global = self.global_setups.iter().map(|setup| (setup.provides(), setup.name(), setup.origin()));
        doubled("global_setup", "&", global.collect(), found);
        let own = self.setups.iter().map(|setup| (setup.provides(), setup.name(), setup.origin()));
        doubled("setup", "&mut ", own.collect(), found);
        let data = self.data.iter().map(|data| (data.provides(), data.name(), data.origin()));
        doubled("data", "Row", data.collect(), found);
    }

    fn check_circles(&self, found: &mut Vec<String>) {
        let global = order::circle(&self.global_setups);
        if !global.is_empty() {
            found.push(circular("global_setup", global.iter().map(|setup| (setup.name(), setup.origin()))));
        }
        let own = order::circle(&self.setups);
        if !own.is_empty() {
            found.push(circular("setup", own.iter().map(|setup| (setup.name(), setup.origin()))));
        }
    }

    fn check_arguments(&self, for_global_teardown: &[TypeId], found: &mut Vec<String>) {
        let per_user = Passed { session: true, own: true, rows: true, extra: &[] };
        let afterwards = Passed { session: true, own: true, rows: false, extra: &[] };
        let per_run = Passed { session: true, own: false, rows: false, extra: &[] };
        let at_the_end = Passed { session: true, own: false, rows: false, extra: for_global_teardown };
        for scenario in &self.scenarios {
            self.check_call(
                "scenario",
                scenario.name(),
                scenario.origin(),
                scenario.dependencies(),
                &per_user,
                found,
            );
        }
        for setup in &self.global_setups {
            self.check_call(
                "global_setup",
                setup.name(),
                setup.origin(),
                setup.dependencies(),
                &per_run,
                found,
            );
        }
        for setup in &self.setups {
            self.check_call("setup", setup.name(), setup.origin(), setup.dependencies(), &per_user, found);
        }
        let hooks = [
            ("setup_session", &self.setup_session, &per_user),
            ("teardown_session", &self.teardown_session, &afterwards),
            ("teardown", &self.teardown, &afterwards),
            ("global_teardown", &self.global_teardown, &at_the_end),
        ];
        for (kind, hooks, passed) in hooks {
            for hook in hooks {
                self.check_call(kind, hook.name(), hook.origin(), hook.dependencies(), passed, found);
            }
        }
    }

    fn check_call(
        &self,
        kind: &str,
        name: &str,
        origin: Option<&Origin>,
        needs: &[Dependency],
        passed: &Passed<'_>,
        found: &mut Vec<String>,
    ) {
        for (index, need) in needs.iter().enumerate() {
            let before = &needs[..index];
            if need.scope == Scope::User
                && before.iter().any(|other| other.type_id == need.type_id && other.scope == need.scope)
            {
                found.push(format!(
                    "{kind} `{name}` ({}) takes `&mut {}` twice; take it once",
                    place(origin),
                    short(need.type_name)
                ));
            } else if let Some(problem) = self.missing(need, passed) {
                found.push(format!("{kind} `{name}` ({}) {problem}", place(origin)));
            }
        }
    }

    /// The reason why this dependency cannot be met, and the alternatives.
    fn missing(&self, need: &Dependency, passed: &Passed<'_>) -> Option<String> {
        let wanted = short(need.type_name);
        match need.scope {
            Scope::Value => None,
            Scope::Row => self.missing_row(need, passed),
            Scope::User if need.is_session() && passed.session => None,
            Scope::User if !passed.own => Some(format!(
                "takes `&mut {wanted}`, but it runs once for all users, not for one; only `&mut Session`, `&T` and \
                 `&Run` can be passed to it"
            )),
            Scope::User => self.missing_own(need, &wanted),
            Scope::Run if need.type_id == TypeId::of::<Run>() => None,
            Scope::Run if passed.extra.contains(&need.type_id) => None,
            Scope::Run => self.missing_shared(need, &wanted),
        }
    }

    /// The reason why no user has a state of this type.
    fn missing_own(&self, need: &Dependency, wanted: &str) -> Option<String> {
        if self.setups.iter().any(|setup| setup.provides().0 == need.type_id) {
            return None;
        }
        let hint = match self.global_setups.iter().find(|setup| setup.provides().0 == need.type_id) {
            Some(setup) => format!(
                "; global_setup `{}` ({}) makes one for everybody, take it as `&{wanted}`",
                setup.name(),
                place(setup.origin())
            ),
            None if is_row(wanted) => format!("; rows are taken by value, as `{wanted}`"),
            None => there_are("setup", "&mut ", self.setups.iter().map(|s| (s.provides(), s.origin()))),
        };
        Some(format!("takes `&mut {wanted}`, which no `#[setup]` returns{hint}"))
    }

    /// The reason why there is no state of this type for all users.
    fn missing_shared(&self, need: &Dependency, wanted: &str) -> Option<String> {
        if self.global_setups.iter().any(|setup| setup.provides().0 == need.type_id) {
            return None;
        }
        let hint = match self.setups.iter().find(|setup| setup.provides().0 == need.type_id) {
            Some(setup) => format!(
                "; setup `{}` ({}) makes one for each user, take it as `&mut {wanted}`",
                setup.name(),
                place(setup.origin())
            ),
            None if is_row(wanted) => format!("; rows are taken by value, as `{wanted}`"),
            None if wanted == "Session" => "; take the session as `&mut Session`".into(),
            None => {
                there_are("global_setup", "&", self.global_setups.iter().map(|s| (s.provides(), s.origin())))
            }
        };
        Some(format!("takes `&{wanted}`, which no `#[global_setup]` returns{hint}"))
    }
}

impl Suite {
    /// The reason why there is no row of this type.
    fn missing_row(&self, need: &Dependency, passed: &Passed<'_>) -> Option<String> {
        let wanted = short(need.type_name);
        if !passed.rows {
            return Some(format!(
                "takes `Row<{wanted}>`, but rows are drawn for scenarios, `#[setup]`s and the `#[setup_session]` only; keep \
                 what is needed of one in what a `#[setup]` returns"
            ));
        }
        if self.data.iter().any(|data| data.provides().0 == need.type_id) {
            return None;
        }
        let offered: Vec<_> = self
            .data
            .iter()
            .map(|data| format!("`Row<{}>` ({})", short(data.provides().1), place(data.origin())))
            .collect();
        let hint = if offered.is_empty() {
            format!("there is no `#[data]`, add one that returns `Feed<{wanted}>`")
        } else {
            format!("there is {}", offered.join(", "))
        };
        Some(format!("takes `Row<{wanted}>`, which no `#[data]` yields; {hint}"))
    }
}

/// Returns `true` for an argument `&Row<T>` or `&mut Row<T>`.
fn is_row(wanted: &str) -> bool {
    wanted.starts_with("Row<")
}

/// The values that a function of some kind can take.
struct Passed<'a> {
    session: bool,
    own: bool,
    rows: bool,
    extra: &'a [TypeId],
}

type Made<'a> = ((TypeId, &'static str), &'a str, Option<&'a Origin>);

fn doubled(kind: &str, sigil: &str, made: Vec<Made<'_>>, found: &mut Vec<String>) {
    for (index, ((id, type_name), name, origin)) in made.iter().enumerate() {
        if *id == TypeId::of::<()>() {
            continue;
        }
        if let Some((_, other, at)) = made[..index].iter().find(|((other, _), ..)| other == id) {
            let made = short(type_name);
            let (returned, taken) = match sigil {
                "Row" => (format!("Feed<{made}>"), format!("Row<{made}>")),
                _ => (made.clone(), format!("{sigil}{made}")),
            };
            found.push(format!(
                "two functions with `#[{kind}]` return `{returned}`: `{other}` ({}) and `{name}` ({}); `{taken}` could be \
                 either, wrap one in a type of its own",
                place(*at),
                place(*origin),
            ));
        }
    }
}

fn only_one<'a>(kind: &str, origins: impl Iterator<Item = Option<&'a Origin>>) -> String {
    let places: Vec<_> = origins.map(place).collect();
    format!("there can be one `#[{kind}]` only, and there are {}: {}", places.len(), places.join(" and "))
}

fn circular<'a>(kind: &str, setups: impl Iterator<Item = (&'a str, Option<&'a Origin>)>) -> String {
    let names: Vec<_> = setups.map(|(name, origin)| format!("`{name}` ({})", place(origin))).collect();
    format!("functions with `#[{kind}]` need each other in a circle: {}", names.join(", "))
}

fn there_are<'a>(
    kind: &str,
    sigil: &str,
    made: impl Iterator<Item = ((TypeId, &'static str), Option<&'a Origin>)>,
) -> String {
    let offered: Vec<_> = made
        .filter(|((id, _), _)| *id != TypeId::of::<()>())
        .map(|((_, name), origin)| format!("`{sigil}{}` ({})", short(name), place(origin)))
        .collect();
    if offered.is_empty() {
        format!("; there is no `#[{kind}]` that returns anything, add one")
    } else {
        format!("; there is {}", offered.join(", "))
    }
}

fn place(origin: Option<&Origin>) -> String {
    origin.map_or_else(|| "built by hand".into(), Origin::to_string)
}

/// The type's name without the paths of its parts: `app::Shop<app::Item>` is `Shop<Item>`.
fn short(type_name: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    for c in type_name.chars() {
        if c.is_alphanumeric() || c == '_' || c == ':' {
            word.push(c);
        } else {
            text.push_str(word.rsplit("::").next().unwrap_or_default());
            word.clear();
            text.push(c);
        }
    }
    text.push_str(word.rsplit("::").next().unwrap_or_default());
    text
}

#[cfg(test)]
mod tests;
