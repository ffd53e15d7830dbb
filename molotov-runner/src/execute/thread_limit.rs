//! A check that this process may start the threads of a run. Before the load, it starts and ends as many threads: a
//! runtime panics, or waits for ever, if the system gives it fewer than it needs.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::address_space::{AddressSpace, EACH, MEMORY, OTHERS};
use super::threads::Signal;

/// Checks that this number of user threads can start.
///
/// # Errors
///
/// Returns a message with the limits and the cure.
pub(crate) fn check(threads: usize) -> Result<(), String> {
    AddressSpace::read().map_or(Ok(()), |space| space.check(threads))?;
    check_with(threads, |begin| {
        let begin = Arc::clone(begin);
        Builder::new().name("molotov-trial".into()).spawn(move || begin.wait())
    })
}

fn check_with(
    threads: usize,
    mut spawn: impl FnMut(&Arc<Signal>) -> io::Result<JoinHandle<()>>,
) -> Result<(), String> {
    let need = threads * EACH + OTHERS;
    let release = Arc::<Signal>::default();
    let (mut started, mut failure) = (Vec::new(), None);
    for _ in 0..need {
        match spawn(&release) {
            Ok(thread) => started.push(thread),
            Err(error) => {
                failure = Some(error.to_string());
                break;
            }
        }
    }
    if failure.is_none() && Vec::<u8>::new().try_reserve_exact(MEMORY).is_err() {
        failure = Some("no memory is left beside them".into());
    }
    let count = started.len();
    release.set();
    // They do nothing that could panic.
    started.into_iter().for_each(|thread| drop(thread.join()));
    failure.map_or(Ok(()), |why| Err(shortage(threads, need, count, &why)))
}

fn shortage(threads: usize, need: usize, started: usize, why: &str) -> String {
    let limits = limits();
    let limits = if limits.is_empty() { String::new() } else { format!(" (limit: {})", limits.join(", ")) };
    let fewer = (started.saturating_sub(OTHERS) / EACH).min(threads - 1);
    let cure = match fewer {
        0 => "raise the limit".to_owned(),
        fewer => format!("use -t {fewer}, or raise the limit"),
    };
    format!(
        "this process may not start {need} threads, which {threads} for users need: after {started} of them {why}{limits}; \
         {cure}: `ulimit -u`, `ulimit -v`, `TasksMax=` (systemd), `--pids-limit` and `--memory` (docker)"
    )
}

/// The limits of this process, in words.
fn limits() -> Vec<String> {
    let mut limits = Vec::new();
    #[cfg(unix)]
    {
        use rlimit::Resource;
        limits.extend(limit(Resource::AS).map(|bytes| format!("{} MiB of addresses", bytes >> 20)));
        // Most systems have such a limit, and another cause is unlikely.
        if limits.is_empty() {
            let number = limit(Resource::NPROC);
            limits.extend(number.map(|number| format!("{number} processes and threads of this user")));
        }
    }
    limits
}

/// The limit of this process, if any.
#[cfg(unix)]
fn limit(resource: rlimit::Resource) -> Option<u64> {
    rlimit::getrlimit(resource).ok().map(|(limit, _)| limit).filter(|limit| *limit < u64::MAX >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts this number of threads, and then returns errors.
    fn after(most: usize, threads: usize) -> Result<(), String> {
        let mut left = most;
        check_with(threads, |release| {
            left = left.checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?;
            let release = Arc::clone(release);
            Builder::new().spawn(move || release.wait())
        })
    }

    #[test]
    fn as_many_threads_as_there_may_be_are_found_out_before_the_load() {
        assert_eq!(after(9, 2), Ok(()));

        let why = after(8, 2).unwrap_err();

        assert!(
            why.starts_with("this process may not start 9 threads, which 2 for users need: after 8"),
            "{why}"
        );
        assert!(why.contains("; use -t 1, or raise the limit"), "{why}");
        assert!(after(27, 64).unwrap_err().contains("use -t 8, or"), "{why}");
        assert!(after(0, 1).unwrap_err().contains("; raise the limit: `ulimit -u`"));
    }

    #[test]
    fn this_machine_has_enough_for_a_few() {
        assert_eq!(check(2), Ok(()));
    }
}
