//! A load test with a mistake that Python Molotov does not notice; an example only so that cargo builds it.

#![cfg(not(test))]

use molotov::prelude::*;

#[scenario(name = "twin")]
async fn first() {}

#[scenario(name = "twin")]
async fn second() {}

molotov::main!();
