//! The same ways to a service on connections that hyper drives, as it drives those with TLS.

#[path = "reach.rs"]
mod reach;
