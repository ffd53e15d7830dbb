//! Several metrics in one datagram.

use std::fmt::{Arguments, Write};

use super::wire::Wire;

/// Bytes of a datagram: what fits into a packet of the Ethernet (1,500) with the heads of IPv6 or of a tunnel.
pub(super) const MAX_BYTES: usize = 1_432;

/// Puts lines together, and sends them when there is no room for the next one.
pub(super) struct Datagrams {
    wire: Wire,
    text: String,
    line: String,
    /// In the datagram that is being put together.
    metrics: u64,
    all: u64,
    unsendable: u64,
}

impl Datagrams {
    pub(super) fn new(wire: Wire) -> Self {
        Self {
            wire,
            text: String::with_capacity(MAX_BYTES),
            line: String::new(),
            metrics: 0,
            all: 0,
            unsendable: 0,
        }
    }

    /// Adds a metric. One that takes two lines stays together.
    pub(super) fn metric(&mut self, line: Arguments<'_>) {
        self.line.clear();
        // Writing to a string does not fail.
        let _ = self.line.write_fmt(line);
        if self.line.len() > MAX_BYTES {
            return self.unsendable();
        }
        if !self.text.is_empty() {
            if self.text.len() + 1 + self.line.len() > MAX_BYTES {
                self.send();
            } else {
                self.text.push('\n');
            }
        }
        self.text.push_str(&self.line);
        self.metrics += 1;
        self.all += 1;
    }

    /// There was a metric that the protocol cannot carry.
    pub(super) fn unsendable(&mut self) {
        self.all += 1;
        self.unsendable += 1;
    }

    /// Sends what there is.
    pub(super) fn flush(&mut self) {
        if !self.text.is_empty() {
            self.send();
        }
        self.wire.handle_refusals();
    }

    /// Sends the last of it. Returns the number of metrics, and of those that were dropped as far as is known.
    pub(super) fn finish(&mut self) -> (u64, u64) {
        self.flush();
        (self.all, self.unsendable + self.wire.finish())
    }

    fn send(&mut self) {
        self.wire.send(self.text.as_bytes(), self.metrics);
        self.text.clear();
        self.metrics = 0;
    }
}
