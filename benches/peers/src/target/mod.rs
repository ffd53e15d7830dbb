//! What is loaded: nginx, where it is installed, otherwise a server of ours that is cheaper than any client.

mod nginx;
mod own;
mod status;

use std::cell::Cell;
use std::net::SocketAddr;

use anyhow::Result;

pub(crate) use self::status::{Kinds, Status};
use crate::places::{Places, on_path};
use crate::sys::{Cpu, Running};

/// A server that counts its requests.
#[derive(Debug)]
pub(crate) struct Target {
    process: Running,
    /// Where it is loaded.
    pub(crate) address: SocketAddr,
    /// Where it tells what it has counted.
    status: SocketAddr,
    /// How often it was asked for that, which it counts too.
    asked: Cell<u64>,
}

impl Target {
    /// nginx or ours, on these cores.
    pub(crate) fn open(places: &Places, cores: &str) -> Result<Self> {
        match on_path("nginx") {
            Some(program) => nginx::open(&program, places, cores),
            None => Self::open_own(places, cores),
        }
    }

    /// Ours, which also tells right requests from wrong ones.
    pub(crate) fn open_own(places: &Places, cores: &str) -> Result<Self> {
        own::open(places, cores)
    }

    /// In words, for the tables.
    pub(crate) fn describe() -> String {
        on_path("nginx").map_or_else(own::describe, |program| nginx::describe(&program))
    }

    fn new(process: Running, address: SocketAddr, status: SocketAddr) -> Self {
        Self { process, address, status, asked: Cell::new(0) }
    }

    /// What it has counted, without the questions about it.
    pub(crate) fn status(&self) -> Result<Status> {
        let mut status = status::ask(self.status)?;
        self.asked.update(|asked| asked + 1);
        status.requests = status.requests.saturating_sub(self.asked.get());
        status.connections = status.connections.saturating_sub(1);
        Ok(status)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub(crate) fn cpu(&self) -> Cpu {
        Cpu::of_tree(self.pid())
    }
}
