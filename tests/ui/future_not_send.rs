use std::rc::Rc;

use molotov::scenario;

#[scenario]
async fn browse() {
    let count = Rc::new(1);
    std::future::ready(()).await;
    drop(count);
}

fn main() {}
