//! What a client is asked to do.

use std::net::SocketAddr;

use crate::places::Places;

/// The request that is sent again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ~100 bytes are got.
    Get,
    /// 1 kB of JSON is posted and answered with 4 kB.
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
    /// Connections that are kept alive.
    pub(crate) users: u32,
    pub(crate) threads: usize,
    /// Clients that must be told how long they run are told this; they are stopped before.
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
