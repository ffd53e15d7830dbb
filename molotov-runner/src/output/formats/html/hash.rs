//! The policy of the page: only its own style and its own script.

/// The SHA-256 of the style sheet and of the script, in base64. A test compares them with the files.
pub(super) const STYLE: &str = "sha256-yAHoTuvkKtWuf6un+gizYXl9lTrvYeDCvvDGHwoYBe4=";
pub(super) const SCRIPT: &str = "sha256-c8VbXmWLoUA8vzy4mc2mL9h5kHlDAvscb52eczxrpf4=";

/// The content security policy.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{STYLE}'; script-src '{SCRIPT}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}
