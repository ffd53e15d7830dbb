//! The same URLs on connections that hyper drives, as it drives those with TLS.

#[path = "urls.rs"]
mod urls;
