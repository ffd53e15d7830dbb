use molotov::{scenario, scenario_picker};

#[scenario]
async unsafe fn browse() {}

#[scenario]
async extern "C" fn buy() {}

#[scenario_picker]
unsafe fn pick(_user: (), _iteration: ()) -> &'static str {
    "browse"
}

fn main() {}
