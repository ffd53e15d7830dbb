//! The limit of descriptors of a process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Enough for 20,000 users with one connection each, and the other descriptors of a client.
const WANTED: u64 = 65_536;

/// Raises the limit for this process and its children, as far as permitted.
pub(crate) fn raise_descriptor_limit() {
    let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    // Only root may raise the hard limit, and not on all systems; the actual limit is queried again where it matters.
    let wanted = WANTED.max(hard);
    if setrlimit(Resource::RLIMIT_NOFILE, wanted, wanted).is_err() {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// The current limit.
pub(crate) fn descriptor_limit() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).map_or(0, |(soft, _)| soft)
}
