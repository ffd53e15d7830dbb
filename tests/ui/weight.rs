use molotov::scenario;

#[scenario(weight = -1)]
async fn negative() {}

#[scenario(weight = "40")]
async fn string() {}

#[scenario(weight = 4294967296)]
async fn large() {}

#[scenario(weight = 0.5)]
async fn fraction() {}

#[scenario(weight)]
async fn nothing() {}

#[scenario(weight =)]
async fn unfinished() {}

#[scenario(weight(40))]
async fn list() {}

fn main() {}
