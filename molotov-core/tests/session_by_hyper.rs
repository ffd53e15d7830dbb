//! The same sessions on connections that hyper drives, as it drives those with TLS.

#[path = "session.rs"]
mod session;
