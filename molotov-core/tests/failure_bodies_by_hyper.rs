//! The same excerpts on connections that hyper drives, as it drives those with TLS.

#[path = "failure_bodies.rs"]
mod failure_bodies;
