//! The same faults on connections that hyper drives, as it drives those with TLS: both must tell the same.

#[path = "faults.rs"]
mod faults;
