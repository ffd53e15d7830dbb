//! The verdict on the figures of a run: they show the target, or the load generator itself.

mod reasons;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::summary::Report;

/// The validity of a run's figures as a measurement of the target.
///
/// | verdict | meaning |
/// |---|---|
/// | valid | there is no objection to the figures |
/// | suspect | there are objections; the [reasons](Report::reasons) list them with their figures |
/// | invalid | the figures show the load generator itself: it was stopped, or starved for long. Exit code 4 |
///
/// ```
/// use molotov::report::Verdict;
///
/// assert!(Verdict::Valid < Verdict::Suspect && Verdict::Suspect < Verdict::Invalid);
/// assert_eq!(Verdict::Suspect.as_str(), "suspect");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// There is no objection to the figures.
    Valid,
    /// There is an objection to the figures.
    Suspect,
    /// The figures show the load generator itself.
    Invalid,
}

impl Verdict {
    /// The word: `valid`, `suspect` or `invalid`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Suspect => "suspect",
            Self::Invalid => "invalid",
        }
    }
}

/// An objection to the figures of a run, or a note on them.
///
/// ```
/// # use molotov::Report;
/// # fn judge(report: &Report) {
/// use molotov::report::Verdict;
///
/// let grave = report.reasons().into_iter().filter(|reason| reason.verdict == Verdict::Invalid);
/// grave.for_each(|reason| eprintln!("{}", reason.text));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reason {
    /// The kind of the reason.
    pub kind: ReasonKind,
    /// The verdict of this reason alone; [`Verdict::Valid`] for a note.
    pub verdict: Verdict,
    /// In words, with its figures.
    pub text: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The objections to the numbers of a run. The names ([`ReasonKind::as_str`]) are stable.
        ///
        /// ```
        /// # use molotov::Report;
        /// # fn judge(report: &Report) {
        /// use molotov::report::ReasonKind;
        ///
        /// let is_debug = report.reasons().iter().any(|reason| reason.kind == ReasonKind::DebugBuild);
        /// # }
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ReasonKind { $($(#[$doc])* $variant,)* }

        impl ReasonKind {
            /// Every kind, gravest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, for instance `heartbeat`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// The threads of the load generator were woken late for a part of the time.
    Heartbeat = "heartbeat",
    /// A thread of the load generator once stood still for long.
    Stall = "stall",
    /// Arrivals were started late.
    StartLag = "start_lag",
    /// Arrivals were dropped: because the load generator was late, or, which is a note, because all users were busy.
    DroppedArrivals = "dropped_arrivals",
    /// The load generator used all of its processors.
    Processor = "processor",
    /// Hardly any file descriptors were left.
    Descriptors = "descriptors",
    /// Hardly any TCP ports were left.
    Ports = "ports",
    /// Requests failed because of a fault of this machine (`local.*`).
    LocalFaults = "local_faults",
    /// Listeners missed some events.
    DroppedEvents = "dropped_events",
    /// An output missed some records.
    DroppedRecords = "dropped_records",
    /// Shards of the run are missing in the report.
    MissingShards = "missing_shards",
    /// The load generator was built without optimisation.
    DebugBuild = "debug_build",
    /// There are too few samples for a requested percentile.
    FewSamples = "few_samples",
    /// The target is on the same machine. A note.
    SameMachine = "same_machine",
    /// The system does not report the load generator's use of processors. A note.
    Unknown = "unknown",
}

impl Report {
    /// Returns the verdict on the figures: that of the most severe of the [reasons](Report::reasons).
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// use molotov::report::Verdict;
    ///
    /// assert_eq!(report.verdict(), Verdict::Valid, "{:?}", report.reasons());
    /// # }
    /// ```
    pub fn verdict(&self) -> Verdict {
        self.reasons().iter().map(|reason| reason.verdict).max().unwrap_or(Verdict::Valid)
    }

    /// Returns the reasons for the [verdict](Report::verdict), most severe first, and notes on the figures.
    ///
    /// ```
    /// # use molotov::Report;
    /// # fn judge(report: &Report) {
    /// for reason in report.reasons() {
    ///     println!("{}: {}", reason.kind.as_str(), reason.text);
    /// }
    /// # }
    /// ```
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = reasons::collect(self);
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
        reasons
    }

    /// Returns `true` if the figures are invalid, and this was not explicitly allowed. Then no threshold can pass.
    pub(crate) fn is_rejected(&self) -> bool {
        !self.settings.allow_invalid && self.verdict() == Verdict::Invalid
    }
}
