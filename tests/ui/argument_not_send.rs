use std::rc::Rc;

use molotov::scenario;

#[scenario]
async fn browse(_count: &mut Rc<u8>) {}

fn main() {}
