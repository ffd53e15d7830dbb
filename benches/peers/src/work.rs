//! The work of a client.

use std::net::SocketAddr;

use crate::places::Places;

/// The repeated request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A GET with a response of ~100 bytes.
    Get,
    /// A POST of 1 kB of JSON with a response of 4 kB.
    Post,
}

impl Kind {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Get => "/items/7",
            Self::Post => "/items",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Work<'a> {
    pub(crate) places: &'a Places,
    pub(crate) address: SocketAddr,
    pub(crate) kind: Kind,
    /// The number of kept-alive connections.
    pub(crate) users: u32,
    pub(crate) threads: usize,
    /// The duration for clients that require one; they are stopped before.
    pub(crate) seconds: u64,
}

impl Work<'_> {
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.host(), self.kind.path())
    }

    pub(crate) fn host(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn is_post(&self) -> bool {
        self.kind == Kind::Post
    }
}
