//! The same on connections that hyper drives, as it drives those with TLS.

#[path = "idle.rs"]
mod idle;
