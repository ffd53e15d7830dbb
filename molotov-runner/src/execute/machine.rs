//! Resources of this process, and their use: processors, file descriptors, ports.
//!
//! The supervisor reads them once a second. A figure that the system does not report is left out, which is no error.

mod local_target;
#[cfg(any(target_os = "linux", test))]
mod quota;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) use self::local_target::local_targets;
use crate::descriptors as file_descriptors;
use crate::report::{Limited, Processor};

/// The time between two readings. Shorter intervals are imprecise: the system counts processor time in slices.
const INTERVAL: Duration = Duration::from_secs(1);

/// The minimum length of a last interval; a shorter one is ignored.
const SHORTEST: Duration = Duration::from_millis(500);

/// Reads the use of resources. Its clock is always the system's, even if a test paused that of the run.
pub(crate) struct Machine {
    began: Instant,
    /// The time of the last reading, and the processor time used until then.
    looked: (Instant, Option<Duration>),
    used_before: Option<Duration>,
    /// Processor time up to the last tick.
    used_at_tick: Option<Duration>,
    pub(crate) processor: Processor,
    pub(crate) descriptors: Limited,
    pub(crate) ports: Limited,
}

impl Machine {
    /// Starts the readings, for a process with this number of user threads.
    pub(crate) fn watch(threads: usize) -> Self {
        let (now, used) = (Instant::now(), used());
        let limit = processors().map(|processors| processors.min(threads.max(1) as f64));
        let mut machine = Self {
            began: now,
            looked: (now, used),
            used_before: used,
            used_at_tick: used,
            processor: Processor { limit, ..Processor::default() },
            descriptors: Limited { used: None, limit: file_descriptors::limit() },
            ports: Limited { used: None, limit: port_limit() },
        };
        machine.measure_sockets();
        machine
    }

    /// Reads the use, if the interval is over.
    pub(crate) fn read(&mut self) {
        if self.looked.0.elapsed() >= INTERVAL {
            self.measure_sockets();
            self.measure_processor();
        }
    }

    /// The processor time since the last call; zero if the system does not report it.
    pub(crate) fn take_used(&mut self) -> Duration {
        let now = used();
        let before = std::mem::replace(&mut self.used_at_tick, now);
        now.zip(before).map_or(Duration::ZERO, |(now, before)| now.saturating_sub(before))
    }

    /// Makes the last reading.
    pub(crate) fn finish(&mut self) {
        self.measure_sockets();
        if self.looked.0.elapsed() >= SHORTEST {
            self.measure_processor();
        }
        self.processor.watched = self.began.elapsed();
        self.processor.used = used().zip(self.used_before).map(|(now, then)| now.saturating_sub(then));
    }

    fn measure_processor(&mut self) {
        let (now, used) = (Instant::now(), used());
        let (since, before) = std::mem::replace(&mut self.looked, (now, used));
        add_interval(
            &mut self.processor,
            now - since,
            used.zip(before).map(|(now, then)| now.saturating_sub(then)),
        );
    }

    fn measure_sockets(&mut self) {
        self.descriptors.used = self.descriptors.used.max(descriptors());
        self.ports.used = self.ports.used.max(ports());
    }
}

/// Adds an interval of the run with this processor time.
fn add_interval(processor: &mut Processor, watched: Duration, used: Option<Duration>) {
    let part = Processor { used, watched, ..*processor };
    if part.share().is_some_and(|share| share >= Processor::BUSY) {
        processor.busy += watched;
    }
}

/// The processor time used by this process.
#[cfg(unix)]
fn used() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

#[cfg(not(unix))]
fn used() -> Option<Duration> {
    None
}

/// The number of processors that this process may use.
#[cfg(target_os = "linux")]
fn processors() -> Option<f64> {
    let affinity = f64::from(rustix::thread::sched_getaffinity(None).ok()?.count());
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let quota = quota::quota(&groups, Path::new("/sys/fs/cgroup"));
    Some(quota.map_or(affinity, |quota| quota.min(affinity)))
}

#[cfg(not(target_os = "linux"))]
fn processors() -> Option<f64> {
    None
}

/// The number of open file descriptors.
fn descriptors() -> Option<u64> {
    let folder = Path::new("/proc/self/fd");
    // Linux reports the number since 6.2; before, they must be counted.
    let told = fs::metadata(folder).ok()?.len();
    if told > 0 {
        return Some(told);
    }
    // One of them belongs to the folder.
    Some((fs::read_dir(folder).ok()?.count() as u64).saturating_sub(1))
}

/// The TCP sockets of this machine, including those that wait until their port may be reused.
fn ports() -> Option<u64> {
    let v4 = sockets(&fs::read_to_string("/proc/net/sockstat").ok()?, "TCP:")?;
    let v6 = fs::read_to_string("/proc/net/sockstat6").ok().and_then(|text| sockets(&text, "TCP6:"));
    Some(v4 + v6.unwrap_or(0))
}

/// Of lines such as `TCP: inuse 5 orphan 0 tw 3 alloc 7 mem 1`.
fn sockets(text: &str, line: &str) -> Option<u64> {
    let mut words = text.lines().find_map(|text| text.strip_prefix(line))?.split_whitespace();
    let mut sum = 0;
    while let (Some(name), Some(number)) = (words.next(), words.next()) {
        if ["inuse", "tw"].contains(&name) {
            sum += number.parse::<u64>().ok()?;
        }
    }
    Some(sum)
}

fn port_limit() -> Option<u64> {
    range(&fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?)
}

fn range(text: &str) -> Option<u64> {
    let mut ports = text.split_whitespace().map(|port| port.parse::<u64>().ok());
    let (first, last) = (ports.next()??, ports.next()??);
    Some((last + 1).saturating_sub(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_their_range_are_read_as_linux_writes_them() {
        let text = "sockets: used 120\nTCP: inuse 5 orphan 0 tw 30 alloc 7 mem 1\nUDP: inuse 3 mem 2\n";

        assert_eq!(sockets(text, "TCP:"), Some(35));
        assert_eq!(sockets("TCP6: inuse 2\n", "TCP6:"), Some(2));
        assert_eq!(sockets("", "TCP:"), None);
        assert_eq!(range("32768\t60999\n"), Some(28_232));
        assert_eq!(range("nothing"), None);
    }

    #[test]
    fn a_second_at_the_limit_is_busy_and_one_below_it_is_not() {
        let busy = |limit, used| {
            let mut processor = Processor { limit, ..Processor::default() };
            add_interval(&mut processor, INTERVAL, used);
            processor.busy
        };
        let ms = |ms| Some(Duration::from_millis(ms));

        assert_eq!(busy(Some(0.5), ms(450)), INTERVAL);
        assert_eq!(busy(Some(0.5), ms(440)), Duration::ZERO);
        assert_eq!(busy(Some(2.0), ms(1_000)), Duration::ZERO);
        assert_eq!(busy(None, ms(9_000)), Duration::ZERO, "where the limit is not known");
        assert_eq!(busy(Some(1.0), None), Duration::ZERO, "where the system does not tell");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_has_every_figure() {
        let mut machine = Machine::watch(2);
        let open = fs::File::open("/dev/null").unwrap();

        machine.finish();

        assert!((0.01..=2.0).contains(&machine.processor.limit.unwrap()), "{:?}", machine.processor);
        assert!(machine.processor.used.is_some() && machine.processor.share().is_some());
        assert!(machine.descriptors.used.unwrap() >= 4, "{:?}", machine.descriptors);
        assert!(machine.descriptors.limit.unwrap() >= machine.descriptors.used.unwrap());
        drop(open);
    }
}
