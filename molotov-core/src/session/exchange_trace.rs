//! The parts of an attempt for the listeners and the display.

use std::sync::Arc;

use http::HeaderMap;

use super::Session;
use super::dump::{self, ShownHeaders};
use crate::error::Error;
use crate::event::Event;
use crate::http::ResponseHead;
use crate::mask::Whence;
use crate::sample::{Outcome, Sample};
use crate::trace::{Exchange, Message, Trace};

/// The parts of an attempt that are kept until its end, for listeners or the display.
pub(super) struct ExchangeTrace {
    route: Arc<str>,
    /// Only if requests and responses are shown.
    exchange: Option<PendingTrace>,
}

/// An exchange in progress.
#[derive(Default)]
struct PendingTrace {
    request: Option<Message>,
    response: Option<Message>,
    lines: ShownHeaders,
    /// The start of the body.
    body: Vec<u8>,
    length: u64,
}

impl ExchangeTrace {
    pub(super) fn new(session: &Session, route: &Arc<str>) -> Self {
        let wanted = session.run_handle.trace_sink().is_some_and(|trace_sink| trace_sink.wants_exchange());
        Self { route: Arc::clone(route), exchange: wanted.then(PendingTrace::default) }
    }

    pub(super) fn sends(&mut self, message: impl FnOnce() -> Message) {
        if let Some(exchange) = &mut self.exchange {
            exchange.request = Some(message());
        }
    }

    pub(super) fn answered(&mut self, head: &ResponseHead) {
        let Some(exchange) = &mut self.exchange else { return };
        let (lines, headers) = ShownHeaders::from_map(head.headers.map());
        let reason = head.status.canonical_reason().unwrap_or_default();
        let first = format!("{} {reason}", head.status.as_u16()).trim_end().to_owned();
        exchange.lines = lines;
        exchange.response = Some(Message { first, headers, ..Message::default() });
    }

    pub(super) fn took(&mut self, piece: &[u8]) {
        let Some(exchange) = &mut self.exchange else { return };
        exchange.length += piece.len() as u64;
        let room = dump::BODY - exchange.body.len();
        exchange.body.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    pub(super) fn trailers(&mut self, trailers: &HeaderMap) {
        if let Some(PendingTrace { response: Some(response), .. }) = &mut self.exchange {
            (_, response.trailers) = ShownHeaders::from_map(trailers);
        }
    }

    /// Passes it on; the sample has all other facts.
    pub(super) fn ended(self, session: &Session, sample: &Sample, error: Option<&Error>) {
        if sample.outcome == Outcome::Cancelled {
            session.run_handle.emit(|| Event::RequestCancelled {
                at: sample.start + sample.service,
                user: session.user,
                route: self.route.to_string(),
                elapsed: sample.service,
            });
        }
        // Without a request there is nothing to show: it is a custom timer.
        let (Some(PendingTrace { request: Some(request), response, lines, body, length }), Some(trace_sink)) =
            (self.exchange, session.run_handle.trace_sink())
        else {
            return;
        };
        let is_wanted = (200..300).contains(&sample.status);
        let whence = Whence { route: &self.route, is_wanted };
        let response = response.map(|head| Message { body: lines.body(whence, &body, length), ..head });
        let failure = match (sample.outcome, error) {
            (Outcome::Cancelled, _) => Some("cancelled before the response was complete".into()),
            (_, error) => error.map(|error| format!("{}: {error:#}", error.kind())),
        };
        trace_sink.emit(Trace::Exchanged(Box::new(Exchange {
            at: sample.start,
            elapsed: sample.service,
            user: session.user,
            iteration: session.iteration,
            route: self.route.to_string(),
            request,
            sent: sample.sent,
            response,
            failure,
        })));
    }
}
