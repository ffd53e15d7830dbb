//! The first line of a results file: the run and its plan.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::lines::SCHEMA;
use crate::hostname::hostname;
use crate::report::Shard;
use crate::serialized::moment;

/// The run of a results file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename = "run")]
pub(crate) struct RunLine {
    pub(crate) schema: u32,
    pub(crate) molotov: String,
    /// A random number, so that no run is merged twice.
    pub(crate) id: String,
    #[serde(with = "moment")]
    pub(crate) started_at: SystemTime,
    /// The name of the program.
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) scenarios: Vec<PlannedScenario>,
    pub(crate) thresholds: Vec<String>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) labels: BTreeMap<String, String>,
    /// This process's share of a run that is split between several processes; not used yet.
    pub(crate) shard: Option<Shard>,
    /// The merged runs, in a merged file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) merged: Vec<String>,
}

/// A declared scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlannedScenario {
    pub(crate) name: String,
    pub(crate) weight: u32,
    pub(crate) tags: Vec<String>,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
}

/// The machine and the program, for comparisons: runs with different ones are not comparable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    pub(crate) os: String,
    pub(crate) arch: String,
    /// The name of the processor; null if the system does not report it.
    pub(crate) cpu: Option<String>,
    pub(crate) cores: Option<usize>,
    /// The version of the kernel; null if the system does not report it.
    pub(crate) kernel: Option<String>,
    pub(crate) build: String,
    /// A hash of the plan: load, scenarios and thresholds, without the seed.
    pub(crate) plan: String,
}

impl RunLine {
    /// Creates the first line of a new file.
    pub(crate) fn new(id: u64, scenarios: Vec<PlannedScenario>, thresholds: Vec<String>, plan: &str) -> Self {
        Self {
            schema: SCHEMA,
            molotov: env!("CARGO_PKG_VERSION").to_owned(),
            id: format!("{id:016x}"),
            started_at: SystemTime::UNIX_EPOCH,
            name: program_name(),
            host: hostname(),
            fingerprint: Fingerprint::of_this_machine(&format!("{scenarios:?} {thresholds:?} {plan}")),
            scenarios,
            thresholds,
            labels: BTreeMap::new(),
            shard: None,
            merged: Vec::new(),
        }
    }
}

fn program_name() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(|path| path.file_stem());
    name.map_or_else(|| "molotov".into(), |name| name.to_string_lossy().into_owned())
}

impl Fingerprint {
    fn of_this_machine(plan: &str) -> Self {
        Self {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cpu: processor(),
            cores: std::thread::available_parallelism().ok().map(usize::from),
            kernel: first_line("/proc/sys/kernel/osrelease"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" }.to_owned(),
            plan: format!("{:016x}", hash(plan)),
        }
    }
}

fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}

fn first_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().next().map(str::to_owned)
}

/// FNV-1a of 64 bits, which is stable across processes and versions.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
