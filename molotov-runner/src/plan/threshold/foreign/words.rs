//! The words of other tools.

/// The meaning of another tool's word, in our terms.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This metric, of latencies.
    Latency(&'static str),
    /// Latencies of this phase of a request.
    Phase(&'static str),
    /// Latencies, without a definite metric.
    SomeLatency,
    /// The share of failures.
    Failures,
    /// The share of successes.
    Successes,
    /// The share of checks that passed.
    Checks,
    /// A count or a rate of events, in our words.
    Count(&'static str),
}

/// Words of k6, Gatling, JMeter, Taurus, Artillery, Locust, Goose, oha, vegeta and wrk, in lower case and without the
/// separators between their parts.
const WORDS: &[(&[&str], Meaning)] = &[
    (
        &[
            "avg",
            "average",
            "mean",
            "avgrt",
            "avgresponsetime",
            "averageresponsetime",
            "meanresponsetime",
            "averageline",
        ],
        Meaning::Latency("mean"),
    ),
    (&["med", "median", "medianresponsetime", "percentile1", "medrt"], Meaning::Latency("p50")),
    (&["percentile2"], Meaning::Latency("p75")),
    (&["percentile3"], Meaning::Latency("p95")),
    (&["percentile4"], Meaning::Latency("p99")),
    (&["min", "minresponsetime", "minrt", "fastest"], Meaning::Latency("min")),
    (&["max", "maxresponsetime", "maxrt", "slowest"], Meaning::Latency("max")),
    (
        &[
            "httpreqduration",
            "iterationduration",
            "grpcreqduration",
            "groupduration",
            "latency",
            "latencies",
            "responsetime",
            "responsetimes",
            "httpresponsetime",
            "duration",
            "elapsed",
            "rt",
            "lt",
            "sessionlength",
            "vusersessionlength",
        ],
        Meaning::SomeLatency,
    ),
    (&["httpreqwaiting", "ttfb", "timetofirstbyte"], Meaning::Phase("waiting")),
    (&["httpreqreceiving"], Meaning::Phase("receiving")),
    (
        &[
            "httpreqfailed",
            "errorrate",
            "errrate",
            "maxerrorrate",
            "error",
            "err",
            "errorpercent",
            "failrate",
            "failurerate",
            "failratio",
            "failureratio",
            "fail",
            "fails",
            "failed",
            "failure",
            "failures",
            "failedrequests",
            "ko",
            "kopercent",
            "vusersfailed",
            "rc5xx",
        ],
        Meaning::Failures,
    ),
    (
        &[
            "success",
            "succ",
            "successrate",
            "successratio",
            "successfulrequests",
            "successes",
            "ok",
            "passrate",
        ],
        Meaning::Successes,
    ),
    (&["checks", "check"], Meaning::Checks),
    (
        &[
            "httpreqs",
            "rps",
            "qps",
            "tps",
            "throughput",
            "requestspersec",
            "requestspersecond",
            "reqs",
            "currentrps",
            "totalrps",
            "hits",
            "httprequestrate",
            "allrequests",
            "requestrate",
            "transactionspersec",
        ],
        Meaning::Count("requests"),
    ),
    (&["iterations", "iters", "vuserscompleted"], Meaning::Count("iterations")),
    (&["droppediterations", "vusersskipped"], Meaning::Count("dropped")),
];

/// Words that name an aggregation instead of a metric: of k6 and of Gatling.
pub(super) const METHODS: [&str; 11] = [
    "rate",
    "count",
    "value",
    "percent",
    "global",
    "forall",
    "details",
    "http",
    "plugins",
    "aggregate",
    "percentile",
];

/// The meaning of a word, if it has one.
pub(super) fn meaning(word: &str) -> Option<Meaning> {
    WORDS.iter().find(|(words, _)| words.contains(&word)).map(|(_, meaning)| *meaning)
}
