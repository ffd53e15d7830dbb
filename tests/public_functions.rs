//! The compile time of a user's crate: a public `async fn` is compiled there again, with everything that it awaits.

use std::fs;

use crate::support::{root, sources};

/// Public asynchronous functions without a connection: a timer around the user's own future, and a function for
/// benchmarks.
const ALLOWED: [&str; 2] =
    ["async fn measure<T, E: Display>(", "async fn until(&mut self, deadline: Instant) {"];

#[test]
fn no_public_async_function_reaches_hyper() {
    let folders = ["src", "molotov-core/src", "molotov-runner/src"];
    let mut found = Vec::new();
    for file in folders.iter().flat_map(|folder| sources(&root().join(folder)).unwrap()) {
        let text = fs::read_to_string(&file).unwrap();
        let public = text.lines().filter_map(|line| line.trim_start().strip_prefix("pub "));
        found.extend(public.filter(|line| is_compiled_by_its_users(line)).map(str::to_owned));
    }
    assert_eq!(found, ALLOWED);
}

fn is_compiled_by_its_users(signature: &str) -> bool {
    signature.starts_with("async fn") || signature.contains("-> impl Future")
}
