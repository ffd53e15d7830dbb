//! The policy of the page: its own style, its own script, and nothing else.

/// The SHA-256 of the style sheet and of the script, in base64. A test holds them to the files.
pub(super) const STYLE: &str = "sha256-379n5+Z+Gtk2wIJyfitgHbKiRBPHeb/5w715vEBgFUw=";
pub(super) const SCRIPT: &str = "sha256-QyGGtZ2hGPTN0SV/lTyovyeiDtQ5mcJtFimW4Xe3Rmc=";

/// The content security policy.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{STYLE}'; script-src '{SCRIPT}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}
