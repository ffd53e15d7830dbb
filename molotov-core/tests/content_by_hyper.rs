//! The same on connections that hyper drives, as it drives those with TLS.

#[path = "content.rs"]
mod content;
