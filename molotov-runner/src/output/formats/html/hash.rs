//! The policy of the page: its own style, its own script, and nothing else.

/// The SHA-256 of the style sheet and of the script, in base64. A test holds them to the files.
pub(super) const STYLE: &str = "sha256-YNInJ7RlT795vG7xHNXzlqqIiJ07nB8Rb1DyWjZEzVM=";
pub(super) const SCRIPT: &str = "sha256-sOuufENeVIYRoTEklbK5Eqz7b0VnmXlM9T2JZC87A8E=";

/// The content security policy.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{STYLE}'; script-src '{SCRIPT}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}
