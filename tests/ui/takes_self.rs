use molotov::scenario;

struct Shop;

impl Shop {
    #[scenario]
    async fn browse(&self) {}
}

fn main() {}
