//! The tests of the whole crate, in one program.
//!
//! Requests and responses are tested twice from the same files: on connections of molotov's own HTTP/1 codec, and on
//! connections driven by hyper, as with TLS. Both must behave and report the same.

#![allow(clippy::unwrap_used)]
// The duplicate is intended.
#![allow(clippy::duplicate_mod)]

mod data;
mod data_kinds;
mod durations;
mod regressions;

#[path = "."]
mod by_h1 {
    const ALWAYS_HYPER: bool = false;

    mod support;

    mod codec;
    mod connections;
    mod content;
    mod cookies;
    mod dump;
    mod failure_bodies;
    mod faults;
    mod found;
    mod headers;
    mod idle;
    mod idle_tls;
    mod limits;
    mod octets;
    mod paths;
    mod phases;
    mod redirects;
    mod same_bytes;
    mod session;
    mod tls;
    mod urls;
}

#[path = "."]
mod by_hyper {
    const ALWAYS_HYPER: bool = true;

    mod support;

    mod connections;
    mod content;
    mod dump;
    mod failure_bodies;
    mod faults;
    mod headers;
    mod idle;
    mod limits;
    mod octets;
    mod phases;
    mod redirects;
    mod session;
    mod urls;
}
