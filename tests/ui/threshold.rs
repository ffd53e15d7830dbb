use molotov::scenario;

#[scenario(threshold = "p99 < 200ms")]
async fn single() {}

#[scenario(threshold(p99 < 200))]
async fn words() {}

#[scenario(threshold())]
async fn none() {}

#[scenario(threshold("p99 < 200ms", " "))]
async fn empty() {}

#[scenario(thresholds("p99 < 200ms"))]
async fn misspelt() {}

fn main() {}
