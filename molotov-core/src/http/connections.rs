//! The connections of one session that no request uses now.

use std::mem;
use std::sync::Arc;

use super::endpoint::Endpoint;
use super::h1;
use super::lease::Lease;

/// How many idle connections a session keeps. It opens more than one only when a scenario sends in parallel.
const MAX_IDLE: usize = 8;

/// The idle connections of one session.
#[derive(Default)]
pub(crate) struct Connections {
    // A connection is some hundred bytes, and is moved in and out for each request.
    #[expect(clippy::vec_box)]
    idle: Vec<Box<h1::Connection>>,
}

impl Connections {
    /// Lends an idle connection to this endpoint, if there is one.
    pub(crate) fn lend(&mut self, endpoint: &Arc<Endpoint>) -> Option<Lease> {
        let index = self.idle.iter().rposition(|connection| {
            Arc::ptr_eq(connection.endpoint(), endpoint) || connection.endpoint() == endpoint
        })?;
        Some(Lease::Exclusive(self.idle.swap_remove(index)))
    }

    /// Keeps a connection for the next request. Where there are too many, the oldest comes back, to be closed.
    pub(crate) fn keep(&mut self, lease: Lease) -> Option<Lease> {
        let Lease::Exclusive(connection) = lease;
        if self.idle.len() < MAX_IDLE {
            self.idle.push(connection);
            return None;
        }
        Some(Lease::Exclusive(mem::replace(&mut self.idle[0], connection)))
    }

    /// Takes all of them out, to be closed.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Lease> + use<> {
        mem::take(&mut self.idle).into_iter().map(Lease::Exclusive)
    }
}
