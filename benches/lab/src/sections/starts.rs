//! A server that stops once.
use crate::client::Lab;
use anyhow::Result;
pub(super) fn run(_lab: &Lab) -> Result<String> {
    anyhow::bail!("todo")
}
