use std::fmt;

use molotov::prelude::*;

/// An error of another library.
#[derive(Debug)]
struct Foreign;

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("foreign")
    }
}

impl std::error::Error for Foreign {}

/// Something that can only be printed.
struct Printable;

impl fmt::Display for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("printable")
    }
}

fn foreign() -> std::result::Result<(), Foreign> {
    Err(Foreign)
}

fn printable() -> std::result::Result<(), Printable> {
    Err(Printable)
}

#[scenario]
async fn right() -> Result {
    foreign().or_fail()?;
    foreign().or_fail_with("cannot buy")?;
    printable().map_err(Error::msg)?;
    None.or_fail_with("no token")?;
    Ok(())
}

#[scenario]
async fn not_printed_by_itself() -> Result {
    printable().or_fail()?;
    Ok(())
}

#[scenario]
async fn not_converted() -> Result {
    foreign()?;
    Ok(())
}

fn main() {}
