//! The same headers on connections that hyper drives, as it drives those with TLS.

#[path = "headers.rs"]
mod headers;
