//! Words of other tools, and the right ones.

use super::*;
use crate::plan::Threshold;

#[test]
fn words_of_other_tools_lead_to_the_nearest_right_ones() {
    for (text, right) in [
        // k6
        ("p(95)<500", "p95 < 500ms"),
        ("p(99.9)<1.5", "p99.9 < 1.5ms"),
        ("p(95) <= 500", "p95 <= 500ms"),
        ("http_req_duration: p(99.9)<1.5", "p99.9 < 1.5ms"),
        ("http_req_duration: ['p(95)<500']", "p95 < 500ms"),
        ("'p(95)<500'", "p95 < 500ms"),
        ("http_req_duration{status:200}: max<100", "max < 100ms"),
        ("avg<200", "mean < 200ms"),
        ("med<100", "p50 < 100ms"),
        ("rate<0.01", "errors < 1%"),
        ("rate<0.07", "errors < 7%"),
        ("http_req_duration < 500", "p95 < 500ms"),
        ("http_req_waiting: p(99)<200", "waiting.p99 < 200ms"),
        ("http_req_waiting: ['avg<50']", "waiting.mean < 50ms"),
        ("http_req_waiting < 1s", "waiting.p95 < 1s"),
        ("http_req_receiving: med<=20", "receiving.p50 <= 20ms"),
        ("http_req_receiving: max<100", "receiving.max < 100ms"),
        ("ttfb < 300", "waiting.p95 < 300ms"),
        ("http_req_failed: rate<0.01", "errors < 1%"),
        ("http_req_failed:rate<=0.001", "errors <= 0.1%"),
        ("http_req_failed: rate<0", "errors <= 0%"),
        ("http_reqs: rate>100", "requests > 100/s"),
        ("http_reqs: count>1000", "requests > 1000"),
        ("checks: rate>0.9", "passed{check=NAME} > 90%"),
        ("count>1000", "iterations > 1000"),
        ("dropped_iterations: count<5", "dropped < 5"),
        ("iteration_duration: p(95)<2000", "p95 < 2000ms"),
        // Gatling
        ("global.responseTime.max.lt(100)", "max < 100ms"),
        ("global().responseTime().percentile3().lt(800)", "p95 < 800ms"),
        ("global().responseTime().percentile(99.9).lt(800)", "p99.9 < 800ms"),
        ("global().successfulRequests().percent().gt(95)", "errors < 5%"),
        ("global().failedRequests().percent().lte(5)", "errors <= 5%"),
        ("global().requestsPerSec().gt(50)", "requests > 50/s"),
        // JMeter, Taurus
        ("90% Line < 500", "p90 < 500ms"),
        ("Error % < 1", "errors < 1%"),
        ("Average < 200", "mean < 200ms"),
        ("Throughput > 50", "requests > 50/s"),
        ("avg-rt<150ms", "mean < 150ms"),
        ("p90-rt<250ms", "p90 < 250ms"),
        ("fail<50%", "errors < 50%"),
        ("succ>99%", "errors < 1%"),
        // Artillery
        ("maxErrorRate: 1", "errors <= 1%"),
        ("p95: 500", "p95 <= 500ms"),
        ("http.response_time.p99 < 250", "p99 < 250ms"),
        // Locust, Goose, vegeta, oha, wrk
        ("fail_ratio < 0.01", "errors < 1%"),
        ("avg_response_time < 200", "mean < 200ms"),
        ("current_rps > 50", "requests > 50/s"),
        ("95th < 300ms", "p95 < 300ms"),
        ("success >= 0.999", "errors <= 0.1%"),
        ("latency < 300", "p95 < 300ms"),
        ("error_rate < 1%", "errors < 1%"),
        ("rps > 100", "requests > 100/s"),
        ("percentile_95 < 300", "p95 < 300ms"),
    ] {
        assert_eq!(nearest(text).as_deref(), Some(right), "{text}");
    }
}

#[test]
fn unknown_words_have_no_suggestion() {
    for text in
        ["quality < 1s", "eror < 1%", "p99", "", "p(500)<5", "p(95)", "fast < 5", "< 5", "http_req_duration"]
    {
        assert_eq!(nearest(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".*", likely in "[a-z_]{0,9}[:.(]? ?p?\\(?[0-9.%]{0,5}\\)?[<>=]{0,2}[0-9.]{0,6}[%ms]{0,2}") {
        drop((nearest(&text), nearest(&likely)));
    }
}

#[test]
fn labels_of_other_tools_stay_selectors() {
    for (text, right) in [
        ("http_req_duration{scenario:slow}: p(99)<200", "p99{scenario=slow} < 200ms"),
        ("http_req_duration{ scenario : \"slow\" }: p(99)<200", "p99{scenario=slow} < 200ms"),
        ("http_req_duration{scenario:Slow_1,status:200}: p(99)<200", "p99{scenario=Slow_1} < 200ms"),
        ("http_req_duration{status:200,scenario:slow}: p(99)<200", "p99{scenario=slow} < 200ms"),
        ("http_req_waiting{name:GET /items}: p(95)<200", "waiting.p95{route=GET /items} < 200ms"),
        ("http_req_failed{scenario:slow}: rate<0.01", "errors{scenario=slow} < 1%"),
        ("http_req_duration{name:GET /items}: med<200", "p50{route=GET /items} < 200ms"),
        ("http_req_duration{name:/items/{id}}: max<200", "max{route=\"/items/{id}\"} < 200ms"),
        ("checks{check:is 200}: rate>0.9", "passed{check=is 200} > 90%"),
        ("checks{tag:read}: rate>0.9", "passed{check=NAME} > 90%"),
        ("http_reqs{scenario:slow}: rate>100", "requests > 100/s"),
        ("iteration_duration{tag:read}: p(95)<2000", "p95{tag=read} < 2000ms"),
        ("http_req_duration{group:::login}: p(95)<2000", "p95 < 2000ms"),
    ] {
        assert_eq!(nearest(text).as_deref(), Some(right), "{text}");
    }
}

#[test]
fn labels_without_a_word_of_ours_are_named() {
    for (text, said) in [
        ("http_req_duration{status:200}: p(99)<200", "`p99 < 200ms`; nothing is selected by `status` here\n"),
        (
            "http_req_duration{scenario:a,status:200}: p(99)<200",
            "`p99{scenario=a} < 200ms`; nothing is selected by `status` here\n",
        ),
        (
            "http_reqs{scenario:slow}: rate>100",
            "`requests > 100/s`; nothing is selected by `scenario` here\n",
        ),
        ("http_req_duration{scenario:slow}: p(99)<200", "write `p99{scenario=slow} < 200ms`\n"),
    ] {
        let mistake = Threshold::parse_all(text).unwrap_err().to_string();
        assert!(mistake.contains(said), "{mistake}");
    }
}
