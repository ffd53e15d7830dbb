//! The transport seam: connections on loan to requests, and the idle connections of a session. The layers above do not
//! depend on the number of requests that share a connection, or on the version of HTTP.

use std::future::Future;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Instant;

use super::deadline::{Deadline, SendTimes};
use super::endpoint::Endpoint;
use super::h1;
use super::no_response::NoResponse;
use super::request_head::RequestHead;
use super::response_head::ResponseHead;
use crate::error::Result;
use crate::sample::{IdleFault, SeriesId};

/// The limit of idle connections of a session. It opens more than one only when a scenario sends in parallel.
const MAX_IDLE: usize = 8;

/// A connection on loan to one request.
pub(crate) enum Lease {
    /// An HTTP/1.1 connection, which no other request uses meanwhile. A stream of a shared HTTP/2 connection will be
    /// another variant.
    Exclusive(Box<h1::Connection>),
}

impl Lease {
    // The futures are returned directly: each layer of `async` would enlarge the future of a request.

    /// Sends a request of this route and reads the head of its response.
    pub(crate) fn send(
        &mut self,
        request: &RequestHead<'_>,
        times: &SendTimes,
        route: SeriesId,
    ) -> impl Future<Output = Result<ResponseHead, NoResponse>> {
        match self {
            Self::Exclusive(connection) => connection.send(request, times, route),
        }
    }

    /// The whole body, if it came with the head.
    pub(crate) fn complete_body(&mut self) -> Option<Bytes> {
        match self {
            Self::Exclusive(connection) => connection.complete_body(),
        }
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) fn next_piece(&mut self, by: &Deadline) -> impl Future<Output = Option<Result<Bytes>>> {
        match self {
            Self::Exclusive(connection) => connection.next_piece(by),
        }
    }

    /// The trailers of a body that was read to its end, if it had any.
    pub(crate) fn take_trailers(&mut self) -> Option<Box<HeaderMap>> {
        match self {
            Self::Exclusive(connection) => connection.take_trailers(),
        }
    }

    /// The bytes that were written and read for this request.
    pub(crate) fn moved(&self) -> (u64, u64) {
        match self {
            Self::Exclusive(connection) => connection.moved(),
        }
    }

    /// The time at which the first bytes of the response came.
    pub(crate) fn first_read(&self) -> Instant {
        match self {
            Self::Exclusive(connection) => connection.first_read(),
        }
    }

    /// The time at which the request was written, if the system did not take all of it at once.
    pub(crate) fn last_write(&self) -> Option<Instant> {
        match self {
            Self::Exclusive(connection) => connection.last_write(),
        }
    }

    /// The time of the last received bytes.
    pub(crate) fn last_read(&self) -> Instant {
        match self {
            Self::Exclusive(connection) => connection.last_read(),
        }
    }

    /// The route of the last response of this connection.
    pub(crate) fn last_route(&self) -> Option<SeriesId> {
        match self {
            Self::Exclusive(connection) => connection.last_route(),
        }
    }

    /// Ends the request after its response was read to the end; returns whether the connection can be kept.
    pub(crate) fn rest(&mut self) -> bool {
        match self {
            Self::Exclusive(connection) => connection.rest(),
        }
    }

    /// Closes a connection that cannot be kept; returns the fault of the server, if it sent more than the response.
    pub(crate) fn close(self) -> Option<Box<IdleFault>> {
        match self {
            Self::Exclusive(connection) => connection.close(),
        }
    }

    /// Closes an idle connection; returns its fault, if it had one.
    pub(crate) fn close_idle(self) -> Option<Box<IdleFault>> {
        match self {
            Self::Exclusive(mut connection) => connection.poll_fault(),
        }
    }
}

/// The idle connections of one session.
#[derive(Default)]
pub(crate) struct IdleConnections {
    // A connection is some hundred bytes, and is moved in and out for each request.
    #[expect(clippy::vec_box)]
    idle: Vec<Box<h1::Connection>>,
}

impl IdleConnections {
    /// Lends an idle connection to this endpoint, if there is one.
    pub(crate) fn lend(&mut self, endpoint: &Arc<Endpoint>) -> Option<Lease> {
        let index = self.idle.iter().rposition(|connection| {
            Arc::ptr_eq(connection.endpoint(), endpoint) || connection.endpoint() == endpoint
        })?;
        Some(Lease::Exclusive(self.idle.swap_remove(index)))
    }

    /// Keeps a connection for the next request. Above the limit, the oldest connection is returned, to be closed.
    pub(crate) fn keep(&mut self, lease: Lease) -> Option<Lease> {
        let Lease::Exclusive(connection) = lease;
        if self.idle.len() < MAX_IDLE {
            self.idle.push(connection);
            return None;
        }
        Some(Lease::Exclusive(mem::replace(&mut self.idle[0], connection)))
    }

    /// Returns all of them, to be closed.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Lease> + use<> {
        mem::take(&mut self.idle).into_iter().map(Lease::Exclusive)
    }
}
