//! The first line of a results file: the run and its plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use molotov_core::Shard;
use serde::{Deserialize, Serialize};

use super::lines::SCHEMA;
use crate::hash::fnv;
use crate::hostname::hostname;
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
    /// This process's part of a run that is split between several.
    pub(crate) shard: Option<Shard>,
    /// The name of the run, the same in all its parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) run: Option<String>,
    /// The number of earlier starts of this part, as its engine counts them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) attempt: u32,
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
            run: None,
            attempt: 0,
            merged: Vec::new(),
        }
    }

    /// The name of its file in a folder of several runs: `nightly-42/0007-a0-3f9c2b1d.jsonl`. The random number in it
    /// keeps two starts of one shard apart.
    pub(crate) fn file_name(&self) -> PathBuf {
        let shard = self.shard.unwrap_or(Shard::WHOLE);
        let nonce = self.id.get(..8).unwrap_or(&self.id);
        let name = format!("{:04}-a{}-{nonce}.jsonl", shard.index, self.attempt);
        self.run.iter().map(PathBuf::from).chain([PathBuf::from(name)]).collect()
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
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
            plan: format!("{:016x}", fnv(plan)),
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
