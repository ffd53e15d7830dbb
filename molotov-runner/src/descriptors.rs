//! File descriptors: each connection takes one, and the system gives a process only so many.

/// What the process needs besides connections: standard streams, polling, signals, report files, certificates.
const RESERVE: u64 = 50;

/// Lifts the soft limit to the hard one, and returns what it is now; nothing where there is no such limit.
///
/// The soft limit is low for programs that use `select`, which this is not. It belongs to the process, so only the
/// command line lifts it, and never a run as a value in somebody else's program.
pub(crate) fn raise_limit() -> Option<u64> {
    // Where even this fails, a run that needs more says so as `local.fds`.
    #[cfg(unix)]
    return rlimit::increase_nofile_limit(u64::MAX)
        .or_else(|_| rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft))
        .ok();
    #[cfg(not(unix))]
    None
}

/// What is to be said before the load when so many users may need more than there are.
///
/// It is no mistake: scenarios may use no connection, or fewer than there are users. So it ends nothing.
pub(crate) fn shortage(users: u32, limit: u64) -> Option<String> {
    let need = u64::from(users) + RESERVE;
    (need > limit).then(|| {
        format!(
            "warning: {users} users with a connection each need {need} file descriptors, and this process may have \
             {limit}; those without one will fail as `local.fds`. Use fewer users, or raise the limit: \
             `ulimit -n {need}`, `LimitNOFILE={need}` (systemd), `--ulimit nofile={need}` (docker)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_users_as_there_are_descriptors_are_too_many() {
        assert_eq!(shortage(974, 1024), None);
        assert!(
            shortage(975, 1024)
                .unwrap()
                .contains("need 1025 file descriptors, and this process may have 1024")
        );
        assert_eq!(shortage(1_000_000, u64::MAX), None);
    }
}
