//! Routes whose names differ only in a value, and which should be a single route.

use std::collections::BTreeMap;

use crate::output::escape::name;
use crate::report::Report;
use crate::units::many;

/// The number of routes of one shape from which on there is a note.
const MANY: usize = 100;

/// The maximum number of example names.
const EXAMPLES: usize = 3;

/// The placeholder for a value in a shape.
const VALUE: &str = "{}";

/// The notes, one for each shape.
pub(super) fn notes(report: &Report) -> Vec<String> {
    let names = report.routes.iter().map(|row| row.name.as_str());
    shapes(names).into_values().filter(|names| names.len() > MANY).map(|names| note(&names)).collect()
}

fn note(names: &[&str]) -> String {
    let examples: Vec<_> = names.iter().take(EXAMPLES).map(|one| format!("`{}`", name(one))).collect();
    format!(
        "{} differ in a value only: {}, … One name for all of them keeps their latencies together: \
         `session.get(\"/items/{{id}}\").path(\"id\", id)`, or `.name(\"/items/{{id}}\")` for a path that is put together \
         otherwise.",
        many(names.len() as u64, "route", "routes"),
        examples.join(", ")
    )
}

/// The names by their shape: a part with a digit is a value, and so is the part in which many names of one shape
/// differ.
fn shapes<'r>(names: impl Iterator<Item = &'r str>) -> BTreeMap<Vec<&'r str>, Vec<&'r str>> {
    let mut by_digits: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for name in names {
        let parts =
            parts(name).map(|part| if part.contains(|c: char| c.is_ascii_digit()) { VALUE } else { part });
        by_digits.entry(parts.collect()).or_default().push(name);
    }
    let mut all: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    let counts = wider_shapes(&by_digits);
    for (shape, names) in by_digits {
        let mut wider = (0..shape.len()).map(|index| without(&shape, index));
        let wider = wider.find(|wider| counts.get(wider).is_some_and(|count| *count > MANY));
        all.entry(wider.unwrap_or(shape)).or_default().extend(names);
    }
    all
}

/// The shapes with one more part left open, and the number of shapes that match each.
fn wider_shapes<'r>(shapes: &BTreeMap<Vec<&'r str>, Vec<&'r str>>) -> BTreeMap<Vec<&'r str>, usize> {
    let mut counts: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    if shapes.len() > MANY {
        for shape in shapes.keys() {
            // The method is never a value.
            (1..shape.len()).for_each(|index| *counts.entry(without(shape, index)).or_default() += 1);
        }
    }
    counts
}

fn without<'r>(shape: &[&'r str], index: usize) -> Vec<&'r str> {
    let mut shape = shape.to_vec();
    shape[index] = VALUE;
    shape
}

/// Returns the parts between the separators of a path or of a sentence.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(['/', ' ', '.', ':', ',', ';', '=', '(', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes_of(names: impl Iterator<Item = String>) -> Vec<String> {
        let names: Vec<_> = names.collect();
        let shapes = shapes(names.iter().map(String::as_str));
        shapes.into_values().filter(|names| names.len() > MANY).map(|names| note(&names)).collect()
    }

    #[test]
    fn more_than_a_hundred_routes_of_one_shape_are_reported_with_examples() {
        let notes = notes_of((0..101).map(|id| format!("GET /items/{id}/reviews")));
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].starts_with("101 routes differ in a value only: `GET /items/0/reviews`, `GET"),
            "{notes:?}"
        );
        assert!(notes[0].contains(".path(\"id\", id)") && notes[0].contains(".name("), "{notes:?}");

        assert_eq!(notes_of((0..100).map(|id| format!("GET /items/{id}/reviews"))), [""; 0]);
    }

    #[test]
    fn values_of_any_kind_are_found() {
        let word =
            |n: u32| format!("{}{}", char::from(b'a' + (n / 26) as u8), char::from(b'a' + (n % 26) as u8));
        for shape in [
            |n: u32, _: &str| format!("GET /users/8f14e45f-{n:04x}-11ee/orders/{}", n % 7),
            |n: u32, _: &str| format!("GET /page{n}.html"),
            |_: u32, word: &str| format!("GET /users/{word}/orders"),
            |n: u32, _: &str| format!("PUT item {n}"),
            |n: u32, word: &str| format!("GET /users/{word}/orders/{n}"),
        ] {
            let notes = notes_of((0..150).map(|n| shape(n, &word(n))));
            assert_eq!(notes.len(), 1, "{}: {notes:?}", shape(1, "a"));
            assert!(notes[0].starts_with("150 routes "), "{notes:?}");
        }
    }

    #[test]
    fn many_routes_of_different_shapes_are_no_mistake() {
        let methods = ["GET", "PUT", "POST", "DELETE"];
        let names =
            (0..400).map(|n| format!("{} /{}/{}", methods[n % 4], "a".repeat(n / 20), "b".repeat(n % 20)));
        assert_eq!(notes_of(names), [""; 0]);
    }
}
