//! The figures between two points in time.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::sys::{Cpu, Memory, Others, Running};
use crate::target::Target;

/// All counters, at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    at: Instant,
    others: Others,
    client: Cpu,
    target: Cpu,
    ours: Cpu,
    requests: u64,
    memory: Memory,
}

impl Reading {
    pub(crate) fn now(client: &Running, target: &Target) -> Result<Self> {
        Ok(Self {
            memory: Memory::of_tree(client.pid()),
            // Requests first, because the query takes a while and the target counts it.
            requests: target.status()?.requests,
            at: Instant::now(),
            others: Others::now(&[client.pid(), target.pid(), std::process::id()])?,
            client: Cpu::of_tree(client.pid()),
            target: target.cpu(),
            ours: Cpu::of_this_program(),
        })
    }
}

/// The difference of two readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) elapsed: Duration,
    pub(crate) requests: u64,
    pub(crate) client: Cpu,
    pub(crate) target: Cpu,
    pub(crate) memory: Memory,
    /// The CPU use of other processes than the client, the target and this program, in percent of one core.
    pub(crate) others: f64,
}

impl Window {
    pub(crate) fn between(start: &Reading, end: &Reading) -> Self {
        let elapsed = end.at - start.at;
        let client = end.client - start.client;
        let target = end.target - start.target;
        let ours = end.ours - start.ours;
        let known = client.total + target.total + ours.total;
        Self {
            elapsed,
            requests: end.requests.saturating_sub(start.requests),
            client,
            target,
            memory: end.memory,
            others: end.others.since(start.others, elapsed, known),
        }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// CPU of the client per request, in microseconds.
    pub(crate) fn cost(&self) -> f64 {
        self.micros(self.client.total)
    }

    pub(crate) fn user_cost(&self) -> f64 {
        self.micros(self.client.user())
    }

    pub(crate) fn system_cost(&self) -> f64 {
        self.micros(self.client.system())
    }

    fn micros(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / self.requests as f64
    }

    pub(crate) fn peak_megabytes(&self) -> f64 {
        self.memory.peak as f64 / 1e6
    }

    /// At the end of the window.
    pub(crate) fn resident_megabytes(&self) -> f64 {
        self.memory.now as f64 / 1e6
    }

    /// The CPU use of the target, in percent of one core.
    pub(crate) fn target_load(&self) -> f64 {
        self.target.total.as_secs_f64() / self.elapsed.as_secs_f64() * 100.0
    }
}
