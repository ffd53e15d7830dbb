use molotov::{scenario, setup};

#[scenario(delay = "500")]
async fn no_unit() {}

#[scenario(delay = "5 parsecs")]
async fn wrong_unit() {}

#[scenario(delay = "")]
async fn empty() {}

#[scenario(delay = 500)]
async fn number() {}

#[scenario(delay = "3s..1s")]
async fn backwards() {}

#[scenario(delay = "1..3s")]
async fn half_a_range() {}

#[setup(timeout = "2")]
async fn fixture() {}

#[scenario(delay = "1M")]
async fn month_or_minute() {}

#[scenario(delay = "1s..1M")]
async fn range_to_a_month() {}

#[scenario(delay = "500MS..2S", timeout = "5MIN")]
async fn capitals() {}

fn main() {}
