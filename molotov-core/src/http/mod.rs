//! HTTP/1.1 on connection slots of our own: from a URL to bytes on a socket and back, every fault with a name.

mod absolute;
pub(crate) mod auth;
mod client;
mod coding;
mod connect;
mod connection;
mod cookies;
mod deadline;
mod driven;
mod endpoint;
mod fault;
mod guard;
mod head;
mod idle;
mod limit;
mod location;
mod metadata;
mod outgoing;
mod overrides;
mod path;
mod payload;
mod plain;
mod policy;
mod race;
mod resolve;
mod sending;
mod socket;
mod target;
#[cfg(test)]
mod target_tests;
mod timer;
#[cfg(feature = "tls")]
mod tls;
mod told;
mod unix;
mod wire;

pub use self::client::{Client, ClientBuilder, Timeouts};
pub(crate) use self::coding::{ACCEPTED, Decoder, codings};
pub(crate) use self::connect::connect;
pub(crate) use self::connection::{Connection, Unanswered};
pub(crate) use self::cookies::Jar;
pub(crate) use self::deadline::Deadline;
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::head::Head;
pub(crate) use self::outgoing::{Defaults, Outgoing};
pub use self::overrides::Resolve;
pub(crate) use self::path::{Path, without_fragment};
pub(crate) use self::payload::{Payload, Segment, Upload};
pub use self::policy::ConnectionPolicy;
pub use self::target::Target;
pub(crate) use self::told::told;
