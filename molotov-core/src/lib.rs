//! The actions of a user of the service, and the observations of them.
//!
//! The vocabulary of a load test: [`Scenario`] and its fixtures in a [`Suite`], the [`Session`] with which a
//! virtual user sends requests to the service, and the [`Record`]s of the results. This crate has no command
//! line, terminal, schedule or exit code; those are in `molotov-runner`. Depend on `molotov`, which
//! re-exports both.

mod arg;
mod base64;
mod bom;
mod call;
mod data;
mod duration;
mod error;
mod event;
mod failure;
mod fixture;
mod future;
mod http;
pub mod listeners;
#[doc(hidden)]
pub mod lock;
mod mask;
mod metrics;
#[doc(hidden)]
pub mod millis;
mod or_fail;
mod origin;
mod parse_error;
mod pick;
mod rate;
mod recorder;
mod redact;
mod registry;

mod returned;
mod rng;
mod run;
mod run_handle;
mod sample;
mod scenario;
mod secret;
mod seed;
mod session;
mod shard;
mod states;
mod suite;
mod think;
mod timer;
mod trace;
mod vars;

pub use self::arg::{Arg, Context, Dependency, Probe, ProbeArg, ProbeOther, Scope, argument};
pub use self::data::{Data, Exhausted, Feed, Feeder, IntoFeed, Row, Rows, Turn};
/// ```
/// use std::time::Duration;
///
/// use molotov_core::parse_duration;
///
/// assert_eq!(parse_duration("1m30s").unwrap(), Duration::from_secs(90));
/// assert_eq!(parse_duration("1.5 S").unwrap(), Duration::from_millis(1_500));
/// assert!(parse_duration("1M").unwrap_err().to_string().contains("1m is a minute, 30d are a month"));
/// ```
pub use self::duration::parse_duration;
pub use self::duration::{NoDuration, rate_seconds};
pub use self::error::{Error, Result};
pub use self::event::{Event, EventQueue};
pub use self::failure::FailureKind;
pub use self::fixture::{FixtureBuilder, GlobalSetup, Hook, Picker, Setup};
pub use self::future::BoxFuture;
pub use self::http::{Client, ClientBuilder, ConnectionPolicy, Resolve, Target, Timeouts};
pub use self::listeners::Listener;
pub use self::metrics::{CompressedLatencies, Estimate, Latencies, LatencySummary, SparseLatencies};
pub use self::or_fail::{Cause, OrFail};
pub use self::origin::Origin;
pub use self::parse_error::ParseError;
pub use self::pick::Deck;
pub use self::rate::Rate;
pub use self::recorder::{Recorder, Requests};
pub use self::registry::{Entry, Registration, registered};
pub use self::returned::{
    IntoResult, Raised, RaisedBoxed, RaisedChain, RaisedOther, RaisedText, ResultState, Returned,
    into_result, into_state,
};
pub use self::rng::{Rng, SampleInt, SampleRange};
pub use self::run::{Iteration, Run, UserId};
pub use self::run_handle::RunHandle;
pub use self::sample::{
    Connected, FailureNote, IdleFault, IdleFaultKind, IterationNote, Outcome, Record, Sample, Series,
    SeriesId, SeriesKind, Value,
};
pub use self::scenario::{Scenario, ScenarioBuilder};
pub use self::secret::Secret;
pub use self::session::{
    BodyStream, Counter, Expect, Gauge, Multipart, Part, Request, Response, Session, Trend,
};
pub use self::shard::Shard;
pub use self::states::{Shared, States};
pub use self::suite::{Problem, Suite};
pub use self::think::ThinkTime;
pub use self::trace::{Exchange, Logged, Message, Paused, Trace, TraceBody, TraceSink};
pub use self::vars::Vars;

#[doc(hidden)]
pub use self::bom::without_mark;
#[doc(hidden)]
pub use self::mask::urls as without_url_secrets;
#[doc(hidden)]
pub use self::timer::Timer;
#[doc(hidden)]
pub use inventory;
