//! The same octets on connections that hyper drives, as it drives those with TLS.

#[path = "octets.rs"]
mod octets;
