//! File descriptors: each connection takes one, and the system limits their number per process.

use std::io;

/// Descriptors that the process needs besides connections: standard streams, polling, signals, report files,
/// certificates.
const RESERVE: u64 = 50;

/// Raises the soft limit to the hard one, and returns the new limit; `None` on systems without one.
///
/// The soft limit is low for the sake of programs with `select`, unlike this one. It belongs to the process, so only
/// the command line raises it, and never a run as a value in another program.
pub(crate) fn raise_limit() -> Option<u64> {
    // If even this fails, a run that needs more descriptors reports `local.fds`.
    #[cfg(unix)]
    return rlimit::increase_nofile_limit(u64::MAX)
        .or_else(|_| rlimit::getrlimit(rlimit::Resource::NOFILE).map(|(soft, _)| soft))
        .ok();
    #[cfg(not(unix))]
    None
}

/// Descriptors of a runtime: for polling, waking, and signals.
const EACH: usize = 4;

/// Descriptors of a run besides those of its runtimes and of its connections.
const OTHERS: usize = 6;

/// The message for a runtime that could not start, for lack of descriptors or another reason.
pub(crate) fn with_cure(error: &io::Error) -> String {
    #[cfg(unix)]
    let is_shortage = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE]
        .iter()
        .any(|kind| error.raw_os_error() == Some(kind.raw_os_error()));
    #[cfg(not(unix))]
    let is_shortage = false;
    if is_shortage { format!("{error}; raise the limit: {}", cure(ENOUGH)) } else { error.to_string() }
}

/// A limit that is enough for most runs.
const ENOUGH: u64 = 1_024;

fn cure(limit: u64) -> String {
    format!("`ulimit -n {limit}`, `LimitNOFILE={limit}` (systemd), `--ulimit nofile={limit}` (docker)")
}

/// Checks that this number of user threads can have its descriptors, by opening and closing as many: a runtime panics
/// without them.
///
/// # Errors
///
/// Returns a message with the limit and the cure.
pub(crate) fn check(threads: usize) -> Result<(), String> {
    check_with(threads, limit(), io::pipe)
}

fn check_with<P>(
    threads: usize,
    limit: Option<u64>,
    mut open: impl FnMut() -> io::Result<P>,
) -> Result<(), String> {
    let need = (threads + 1) * EACH + OTHERS;
    // A pipe takes two.
    let opened: Vec<P> = (0..need.div_ceil(2)).map_while(|_| open().ok()).collect();
    let count = opened.len() * 2;
    if count >= need {
        return Ok(());
    }
    let limit = limit.map_or_else(String::new, |limit| format!(" of the {limit} that it may have"));
    let fewer = (count.saturating_sub(OTHERS) / EACH).saturating_sub(1);
    let fewer = if fewer > 0 { format!("use -t {fewer}, or ") } else { String::new() };
    Err(format!(
        "this process has no {need} file descriptors left{limit}, which {threads} {} for users need beside connections; \
         {fewer}raise the limit: {}",
        if threads == 1 { "thread" } else { "threads" },
        cure(ENOUGH)
    ))
}

/// The limit of this process's descriptors, if any.
pub(crate) fn limit() -> Option<u64> {
    #[cfg(unix)]
    return rlimit::getrlimit(rlimit::Resource::NOFILE).ok().map(|(soft, _)| soft);
    #[cfg(not(unix))]
    None
}

/// The warning before a load whose users may exceed the limit of descriptors.
///
/// It is only a warning: scenarios may use no connection, or fewer than users.
pub(crate) fn shortage(users: u32, limit: u64) -> Option<String> {
    let need = u64::from(users) + RESERVE;
    (need > limit).then(|| {
        format!(
            "warning: {users} users with a connection each need {need} file descriptors, and this process may have \
             {limit}; those without one will fail as `local.fds`. Use fewer users, or raise the limit: {}",
            cure(need)
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

    /// Returns this number of pipes, and then errors.
    fn after(mut pipes: usize, threads: usize) -> Result<(), String> {
        check_with(threads, Some(20), || {
            pipes = pipes.checked_sub(1).ok_or(io::ErrorKind::Other)?;
            Ok(())
        })
    }

    #[test]
    fn too_few_descriptors_for_threads_are_reported_before_the_load_with_the_cure() {
        assert_eq!(after(9, 2), Ok(()));

        let why = after(8, 2).unwrap_err();

        assert!(
            why.starts_with("this process has no 18 file descriptors left of the 20 that it may have"),
            "{why}"
        );
        assert!(
            why.contains("2 threads for users") && why.contains("; use -t 1, or raise the limit"),
            "{why}"
        );
        assert!(why.contains("`ulimit -n 1024`"), "{why}");
        assert!(
            after(0, 1).unwrap_err().contains("1 thread for users need beside connections; raise the limit")
        );
        assert!(after(20, 64).unwrap_err().contains("use -t 7, or"));
    }

    #[test]
    #[cfg(unix)]
    fn a_shortage_that_comes_later_has_its_cure_too() {
        let full = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());

        assert!(with_cure(&full).contains("raise the limit: `ulimit -n 1024`"));
        assert_eq!(with_cure(&io::Error::other("no thread")), "no thread");
    }
}
