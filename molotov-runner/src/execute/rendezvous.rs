//! A barrier of files: each shard writes a file whose name says that it is ready, and computes the common start from the
//! names of all of them.
//!
//! No shard leads, and nothing is locked or renamed: files only appear, so all shards that see all of them compute the
//! same time, on any file system that they share. The earliest file of a shard counts, so a shard that is started
//! again changes nothing. A shard that has computed the time writes it down; the least of those times holds, in case
//! that a late twin of a shard, with a slow clock, came between.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, io, thread};

use molotov_core::Shard;
use tokio::sync::oneshot;

use crate::plan::Rendezvous;

/// The time from the last shard's file to the start, in which all shards see it. Caches of network file systems may take
/// longer; docs/scale-out names the setting.
const MARGIN: u64 = 5;

/// The distance between two looks into the folder.
const POLL: Duration = Duration::from_millis(500);

/// The time before the start of the last look for an earlier one.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Waits on a thread of its own until all shards are ready, and sends the common start, or the reason why there is none.
/// The thread ends if nobody waits for it any more.
pub(super) fn meet(rendezvous: Rendezvous, shard: Shard) -> oneshot::Receiver<Result<SystemTime, String>> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let met = wait(&rendezvous, shard, || sender.is_closed());
        // Nobody may wait any more.
        let _ = sender.send(met);
    });
    receiver
}

fn wait(rendezvous: &Rendezvous, shard: Shard, is_over: impl Fn() -> bool) -> Result<SystemTime, String> {
    let folder = &rendezvous.folder;
    let cannot = |error: io::Error| format!("--rendezvous {}: {error}", folder.display());
    let nonce = RandomState::new().build_hasher().finish();
    let own = ready_name(shard, SystemTime::now(), nonce);
    fs::write(folder.join(own), "").map_err(cannot)?;
    let begin = Instant::now();
    let start = loop {
        let names = names(folder).map_err(cannot)?;
        if let Some(start) = decided(&names).or_else(|| computed(&names, shard.count)) {
            break start;
        }
        if begin.elapsed() >= rendezvous.timeout || is_over() {
            return Err(absent(folder, &names, shard.count, rendezvous.timeout));
        }
        thread::sleep(POLL);
    };
    fs::write(folder.join(format!("go-{start}")), "").map_err(cannot)?;
    let last_look = (UNIX_EPOCH + Duration::from_secs(start)) - LAST_LOOK;
    thread::sleep(last_look.duration_since(SystemTime::now()).unwrap_or_default());
    let names = names(folder).map_err(cannot)?;
    Ok(UNIX_EPOCH + Duration::from_secs(decided(&names).unwrap_or(start)))
}

/// The name of the file of a shard that is ready.
fn ready_name(shard: Shard, now: SystemTime, nonce: u64) -> String {
    let millis = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    format!("ready-{:04}-of-{:04}-{millis}-{:08x}", shard.index, shard.count, nonce as u32)
}

/// The shard and the time, in milliseconds since 1970, of a ready file.
fn ready(name: &str) -> Option<(Shard, u64)> {
    let mut parts = name.strip_prefix("ready-")?.split('-');
    let index = parts.next()?.parse().ok()?;
    let count = parts.nth(1)?.parse().ok()?;
    Some((Shard::new(index, count)?, parts.next()?.parse().ok()?))
}

/// The shards of another number that have been here, so that their run is another one.
pub(crate) fn other_count(folder: &Path, count: u32) -> Option<u32> {
    let names = names(folder).ok()?;
    names.iter().filter_map(|name| ready(name)).map(|(shard, _)| shard.count).find(|other| *other != count)
}

/// The common start, in seconds since 1970, if all shards are ready: a margin after the last of their first files.
fn computed(names: &[String], count: u32) -> Option<u64> {
    let mut first: BTreeMap<u32, u64> = BTreeMap::new();
    for (shard, millis) in
        names.iter().filter_map(|name| ready(name)).filter(|(shard, _)| shard.count == count)
    {
        let earliest = first.entry(shard.index).or_insert(millis);
        *earliest = millis.min(*earliest);
    }
    let last = first.values().max().filter(|_| first.len() == count as usize)?;
    Some(last.div_ceil(1_000) + MARGIN)
}

/// The least start that a shard has written down.
fn decided(names: &[String]) -> Option<u64> {
    names.iter().filter_map(|name| name.strip_prefix("go-")?.parse().ok()).min()
}

fn absent(folder: &Path, names: &[String], count: u32, timeout: Duration) -> String {
    /// The maximum number of listed shards.
    const LISTED: usize = 20;
    let there: Vec<u32> = names.iter().filter_map(|name| ready(name)).map(|(shard, _)| shard.index).collect();
    let absent: Vec<String> =
        (0..count).filter(|index| !there.contains(index)).map(|index| index.to_string()).collect();
    let listed = absent.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if absent.len() > LISTED { ", …" } else { "" };
    format!(
        "--rendezvous {}: {} of {count} shards were ready within {}; missing: {listed}{more}. Start them, or wait \
         longer (--rendezvous-timeout)",
        folder.display(),
        count as usize - absent.len(),
        humantime::format_duration(timeout)
    )
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

#[cfg(test)]
mod tests;
