//! The servers that a TLS client trusts.

/// The servers that a TLS client trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerTrust {
    /// Servers whose certificates lead to a root.
    Roots,
    /// Any server.
    Anyone,
}
