//! HTTP from a URL to bytes on a socket and back, with a name for every fault.

mod absolute;
pub(crate) mod auth;
mod classify;
mod client;
mod connect;
mod content_encoding;
mod cookies;
mod counting_stream;
mod deadline;
mod endpoint;
mod guard;
mod h1;
mod happy_eyeballs;
mod lease;
mod limit;
mod location;
mod metadata;
mod no_response;
mod overrides;
mod path;
mod policy;
mod protocol;
mod request_body;
mod request_head;
mod resolve;
mod response_head;
mod server_trust;
mod socket;
mod target;
#[cfg(test)]
mod target_tests;
#[cfg(feature = "tls")]
mod tls;
mod unix;

pub use self::client::{Client, ClientBuilder, Timeouts};
pub(crate) use self::connect::connect;
pub(crate) use self::content_encoding::{ACCEPTED, Decoder, codings};
pub(crate) use self::cookies::Jar;
pub(crate) use self::deadline::{Deadline, SendTimes};
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::lease::{IdleConnections, Lease};
pub(crate) use self::no_response::NoResponse;
pub use self::overrides::Resolve;
pub(crate) use self::path::{Path, redacted_route, without_fragment};
pub use self::policy::ConnectionPolicy;
pub(crate) use self::request_body::{RequestBody, Segment, Upload};
pub(crate) use self::request_head::{DefaultHeaders, RequestHead};
pub(crate) use self::response_head::ResponseHead;
pub use self::target::Target;
