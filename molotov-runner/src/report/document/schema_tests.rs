//! Reports match their JSON Schema, and the schema has nothing else.

use std::collections::BTreeSet;

use molotov_core::{Context, Scenario, Session, Suite};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{everything, rest};
use crate::report::Report;
use crate::report::generated_runs::{run, shards};
use crate::report::test_reports;
use crate::{Plan, RunExt};

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A validator for the part of JSON Schema that ours uses; unknown fields are mistakes.
struct Validator {
    schema: Value,
    mistakes: Vec<String>,
}

/// The mistakes of a value by a JSON Schema.
pub(crate) fn schema_mistakes(schema: Value, value: &Value) -> Vec<String> {
    let mut validator = Validator { schema: schema.clone(), mistakes: Vec::new() };
    validator.check(&schema, value, "");
    validator.mistakes
}

impl Validator {
    fn mistakes(value: &Value) -> Vec<String> {
        schema_mistakes(schema(), value)
    }

    fn check(&mut self, schema: &Value, value: &Value, place: &str) {
        for (word, rule) in schema.as_object().unwrap() {
            let is_right = match word.as_str() {
                "$schema" | "$defs" | "title" | "description" | "required" => true,
                "$ref" => {
                    let path = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    let referred = self.schema.pointer(path).unwrap().clone();
                    self.check(&referred, value, place);
                    true
                }
                "anyOf" => rule.as_array().unwrap().iter().any(|schema| self.is_valid(schema, value, place)),
                "const" => rule == value,
                "enum" => rule.as_array().unwrap().contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
                "type" => match rule {
                    Value::Array(names) => names.iter().any(|name| is_of_type(value, name)),
                    name => is_of_type(value, name),
                },
                "items" => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    items.for_each(|(index, item)| self.check(rule, item, &format!("{place}/{index}")));
                    true
                }
                "properties" => {
                    self.check_fields(schema, value, place);
                    true
                }
                "additionalProperties" => {
                    let fields = value.as_object().into_iter().flatten();
                    fields.for_each(|(key, value)| self.check(rule, value, &format!("{place}/{key}")));
                    true
                }
                other => panic!("the validator does not know `{other}`"),
            };
            if !is_right {
                self.mistakes.push(format!("{place}: {value} is not `{word}` {rule}"));
            }
        }
    }

    fn is_valid(&self, schema: &Value, value: &Value, place: &str) -> bool {
        let mut inner = Self { schema: self.schema.clone(), mistakes: Vec::new() };
        inner.check(schema, value, place);
        inner.mistakes.is_empty()
    }

    fn check_fields(&mut self, schema: &Value, value: &Value, place: &str) {
        let Some(fields) = value.as_object() else { return };
        for (key, value) in fields {
            let place = format!("{place}/{key}");
            match schema["properties"].get(key) {
                Some(schema) => self.check(schema, value, &place),
                None => self.mistakes.push(format!("{place} is not in the schema")),
            }
        }
        let required = schema["required"].as_array().unwrap().iter();
        let missing = required.filter(|key| !fields.contains_key(key.as_str().unwrap()));
        self.mistakes.extend(missing.map(|key| format!("{place}: {key} is missing")));
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("there is no type `{other}`"),
    }
}

fn mistakes(report: &Report) -> Vec<String> {
    Validator::mistakes(&serde_json::from_str(&report.to_json()).unwrap())
}

#[test]
fn reports_of_every_kind_fit_the_schema() {
    for report in test_reports::all() {
        assert_eq!(mistakes(&report), [""; 0]);
    }
}

#[tokio::test]
async fn the_report_of_a_real_run_fits_the_schema() {
    let scenario = Scenario::builder("fetch", |mut cx: Context<'_>| {
        let session: &mut Session = cx.arg();
        Box::pin(async move {
            session.check("made", true);
            session.get("/").send().await.map(drop)
        })
    });
    let suite = Suite::new().scenario(scenario.needs::<&mut Session>());
    // The port has no listener, so every request fails.
    let plan = Plan::users(2).max_runs(2).host("http://127.0.0.1:1").threshold("errors < 1%, p99 < 1s");

    let report = suite.run(plan).await.unwrap();

    assert_eq!(mistakes(&report), [""; 0]);
    assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn generated_reports_fit_the_schema(shards in shards(), rest in rest()) {
        let report = rest.put_into(run(&shards[0], 4));

        prop_assert_eq!(mistakes(&report), [""; 0]);
    }
}

#[test]
fn every_field_is_documented_and_every_documented_field_exists() {
    let (mut documented, mut keys) = (BTreeSet::new(), BTreeSet::new());
    collect_described(&schema(), &mut documented);
    for report in test_reports::all().into_iter().chain(everything()) {
        collect(&serde_json::to_value(report).unwrap(), &mut keys);
    }

    assert_eq!(keys.difference(&documented).collect::<Vec<_>>(), [""; 0], "not in docs/report.schema.json");
    assert_eq!(documented.difference(&keys).collect::<Vec<_>>(), [""; 0], "not in the report");
}

fn collect_described(schema: &Value, names: &mut BTreeSet<String>) {
    let Some(fields) = schema.as_object() else { return };
    if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
        names.extend(properties.keys().cloned());
        properties.values().for_each(|schema| collect_described(schema, names));
    }
    fields.get("items").into_iter().for_each(|schema| collect_described(schema, names));
    let definitions = fields.get("$defs").and_then(Value::as_object);
    definitions.into_iter().flat_map(|all| all.values()).for_each(|schema| collect_described(schema, names));
}

/// Keys are names of fields, except in objects whose keys are data.
fn collect(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            keys.insert(key.clone());
            if !["kinds", "statuses", "tags", "labels"].contains(&key.as_str()) {
                collect(value, keys);
            }
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}

/// The mistakes of a good report after one value is replaced.
fn with(pointer: &str, value: Value) -> String {
    let mut report = serde_json::to_value(test_reports::rich()).unwrap();
    *report.pointer_mut(pointer).unwrap() = value;
    Validator::mistakes(&report).concat()
}

#[test]
fn validator_finds_fields_outside_the_schema() {
    assert!(with("/schema", json!(1)).contains("const"));
    assert!(with("/verdict", json!("fine")).contains("enum"));
    assert!(with("/routes/0/ok/count", json!(-1)).contains("/routes/0/ok/count"));
    assert!(with("/routes/0/ok", json!({})).contains("is missing"));
    assert!(with("/routes/0/kinds", json!({"a": "b"})).contains("/routes/0/kinds/a"));
    assert!(with("/settings/connections", json!(null)).contains("type"));
    assert!(with("/mix/0", json!({"more": 1})).contains("not in the schema"));
    assert!(with("/sizing", json!(3)).contains("anyOf"));
}
