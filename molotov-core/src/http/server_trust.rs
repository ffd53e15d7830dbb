//! The servers that a client with TLS believes.

/// The servers that a client with TLS believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerTrust {
    /// Those whose certificates lead to a root.
    Roots,
    /// Any server.
    Anyone,
}
