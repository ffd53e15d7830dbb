use molotov::scenario;

#[scenario]
async fn browse() {
    let count: u8 = "1";
}

#[scenario]
async fn buy() -> Result<(), String> {}

fn main() {}
