//! The policy of the page: its own style, and nothing else.

/// The SHA-256 of the style sheet, in base64. A test holds it to the file.
pub(super) const STYLE: &str = "sha256-xDN6mos9EdFpe24qdvr5cuSdIcpYMCb/thEUipwJzWg=";

/// The content security policy.
pub(super) fn policy() -> String {
    format!("default-src 'none'; style-src '{STYLE}'; img-src data:; base-uri 'none'; form-action 'none'")
}
