//! The address space that a limit (`ulimit -v`) leaves for the threads of a run. It is calculated, not tried: a thread
//! that gets its stack and nothing after it aborts the process.

/// Threads for each user thread: itself, its stand-in, and one for blocking work, such as DNS and files.
pub(super) const EACH: usize = 3;

/// Additional threads: for the display, the listeners and the outputs.
pub(super) const OTHERS: usize = 3;

/// Bytes reserved for buffers and results when all threads exist.
pub(super) const MEMORY: usize = 32 << 20;

/// The addresses that glibc reserves for the allocations of a thread if there is space (`HEAP_MAX_SIZE`).
const ARENA: u64 = 64 << 20;

/// The number of threads per processor that get such an arena (`arena_max`).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: usize = 8;

/// The addresses of a thread in addition to its stack: a guard page, and a stack for signals with one.
const BESIDES: u64 = 64 << 10;

/// The addresses of this process, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressSpace {
    limit: u64,
    used: u64,
    stack: u64,
    /// The maximum number of the allocator's arenas.
    arenas: usize,
}

impl AddressSpace {
    /// Reads the limit and the use of this process; `None` without a limit, or if the system does not report the use.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    pub(super) fn read() -> Option<Self> {
        use rlimit::{Resource, getrlimit};
        let (limit, _) = getrlimit(Resource::AS).ok().filter(|(limit, _)| *limit < u64::MAX >> 1)?;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let used = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
        let used = used.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        // The first thread has one already.
        let arenas = variable("MALLOC_ARENA_MAX").filter(|max| *max > 0).unwrap_or(processors * ARENAS) - 1;
        let stack = variable("RUST_MIN_STACK").map_or(2 << 20, |bytes| bytes as u64);
        Some(Self { limit, used, stack, arenas })
    }

    /// Only Linux reports the use, and only glibc's allocator is known.
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    pub(super) fn read() -> Option<Self> {
        None
    }

    /// Checks that this number of user threads fits.
    ///
    /// # Errors
    ///
    /// Returns a message with the sufficient cures.
    pub(super) fn check(self, threads: usize) -> Result<(), String> {
        if self.has_room(threads) {
            return Ok(());
        }
        let fewer = (1..threads).rev().find(|fewer| self.has_room(*fewer));
        let bare = Self { arenas: 0, ..self };
        let mut cures = Vec::new();
        cures.extend(fewer.map(|fewer| format!("use -t {fewer}")));
        if bare.has_room(threads) {
            cures.push(
                "set MALLOC_ARENA_MAX=1 in the environment, so that threads share what they allocate from"
                    .into(),
            );
        }
        cures.push("raise the limit: `ulimit -v`".into());
        let (need, left) = (mebibytes(self.needed(threads)), mebibytes(self.left()));
        let limit = mebibytes(self.limit);
        Err(format!(
            "this process may not start {} threads, which {threads} for users need: they take {need} MiB of addresses, \
             and of {limit} MiB (limit) {left} MiB are left; {}",
            count(threads),
            cures.join(", or ")
        ))
    }

    fn has_room(self, threads: usize) -> bool {
        self.needed(threads) <= self.left()
    }

    fn left(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    fn needed(self, threads: usize) -> u64 {
        let count = count(threads);
        let stacks = (count as u64).saturating_mul(self.stack.saturating_add(BESIDES));
        stacks.saturating_add(count.min(self.arenas) as u64 * ARENA).saturating_add(MEMORY as u64)
    }
}

fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

fn count(threads: usize) -> usize {
    threads * EACH + OTHERS
}

/// A number from a variable of the environment.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn variable(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(mebibytes: u64) -> AddressSpace {
        AddressSpace { limit: (mebibytes + 20) << 20, used: 20 << 20, stack: 2 << 20, arenas: 15 }
    }

    #[test]
    fn arenas_of_the_allocator_count() {
        // 9 x (2 MiB + 64 KiB + 64 MiB) + 32 MiB.
        assert_eq!(space(627).check(2), Ok(()));

        let why = space(626).check(2).unwrap_err();

        assert!(
            why.starts_with("this process may not start 9 threads, which 2 for users need: they take 627"),
            "{why}"
        );
        assert!(
            why.contains("of 646 MiB (limit) 626 MiB are left; use -t 1, or set MALLOC_ARENA_MAX=1"),
            "{why}"
        );
    }

    #[test]
    fn only_cures_that_are_enough_are_named() {
        let why = space(60).check(1).unwrap_err();
        assert!(!why.contains("-t 0") && why.contains("MALLOC_ARENA_MAX=1"), "{why}");

        let why = space(30).check(1).unwrap_err();
        assert!(why.ends_with("are left; raise the limit: `ulimit -v`"), "{why}");
    }
}
