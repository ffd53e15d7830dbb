use molotov::prelude::*;

#[scenario(rate = "50")]
async fn without_a_unit() {}

#[scenario(rate = "fast/s")]
async fn no_number() {}

#[scenario(rate = "5/d")]
async fn no_unit() {}

#[scenario(rate = 50)]
async fn no_string() {}

#[scenario(rate = "0/s")]
async fn never() {}

fn main() {}
