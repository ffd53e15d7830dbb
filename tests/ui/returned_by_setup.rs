use std::cell::Cell;
use std::rc::Rc;

use molotov::{global_setup, setup};

struct Wrong;

struct ParseResult;

#[setup]
async fn called_result() -> ParseResult {
    ParseResult
}

#[global_setup]
async fn unprintable() -> Result<u8, Wrong> {
    Ok(1)
}

#[setup]
async fn not_send() -> Rc<u8> {
    Rc::new(1)
}

#[global_setup]
async fn not_sync() -> Result<Cell<u8>, String> {
    Ok(Cell::new(1))
}

fn main() {}
