//! Several metrics in one datagram.

use std::fmt::{Arguments, Write};

use super::wire::Wire;

/// The maximum size of a datagram, in bytes: it fits into a packet of the Ethernet (1,500) with the headers of IPv6 or
/// of a tunnel.
pub(super) const MAX_BYTES: usize = 1_432;

/// Collects lines in a datagram, and sends it when there is no room for the next line.
pub(super) struct Datagrams {
    wire: Wire,
    text: String,
    line: String,
    /// The number of metrics in the current datagram.
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

    /// Adds a metric. A metric of two lines stays together.
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

    /// Counts a metric that the protocol cannot represent.
    pub(super) fn unsendable(&mut self) {
        self.all += 1;
        self.unsendable += 1;
    }

    /// Sends the current datagram.
    pub(super) fn flush(&mut self) {
        if !self.text.is_empty() {
            self.send();
        }
        self.wire.handle_refusals();
    }

    /// Sends the last datagram. Returns the number of metrics, and of the dropped ones as far as known.
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
