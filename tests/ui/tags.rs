use molotov::scenario;

#[scenario(tags = "a")]
async fn single() {}

#[scenario(tags(a, b))]
async fn words() {}

#[scenario(tags("a", "", " b"))]
async fn bad() {}

fn main() {}
