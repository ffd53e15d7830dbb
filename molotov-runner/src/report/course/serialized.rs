//! A course in JSON: a text for each column, because an array would take a line for each of its numbers.

use std::time::Duration;

use molotov_core::millis;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Course, CoursePart, CoursePoint, MAX_POINTS};

#[derive(Serialize)]
struct Columns {
    #[serde(rename = "length_ms", with = "millis")]
    length: Duration,
    count: String,
    failed: String,
    p50_ms: String,
    p99_ms: String,
    histograms: String,
}

/// The columns that are read back; the others are derived from them.
#[derive(Deserialize)]
struct ExactColumns {
    #[serde(rename = "length_ms", with = "millis")]
    length: Duration,
    failed: String,
    histograms: String,
}

impl Serialize for Course {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let points = self.points();
        let histograms: Vec<_> = self.parts.iter().map(|part| part.latencies.to_string()).collect();
        let columns = Columns {
            length: Duration::from_secs(self.unit),
            count: column(&points, |point| point.count.to_string()),
            failed: column(&points, |point| point.failed.to_string()),
            p50_ms: column(&points, |point| milliseconds(point.p50)),
            p99_ms: column(&points, |point| milliseconds(point.p99)),
            histograms: histograms.join(";"),
        };
        columns.serialize(serializer)
    }
}

fn column(points: &[CoursePoint], cell: fn(&CoursePoint) -> String) -> String {
    points.iter().map(cell).collect::<Vec<_>>().join(" ")
}

fn milliseconds(time: Option<Duration>) -> String {
    time.map_or_else(|| "-".into(), |time| (time.as_micros() as f64 / 1e3).to_string())
}

impl<'de> Deserialize<'de> for Course {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(&ExactColumns::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn read(columns: &ExactColumns) -> Result<Course, &'static str> {
    let unit = columns.length.as_secs();
    if !unit.is_power_of_two() || columns.length.subsec_nanos() > 0 {
        return Err("the points of a course are no power of two of seconds");
    }
    let failed: Vec<&str> = columns.failed.split_terminator(' ').collect();
    // Without points the text is empty, and without latencies too.
    let histograms = columns.histograms.split(';').take(failed.len());
    if failed.len() > MAX_POINTS || columns.histograms.split(';').count() != failed.len().max(1) {
        return Err("a course has too many points, or not as many in each column");
    }
    let parts = failed.iter().zip(histograms).map(|(failed, latencies)| {
        let failed = failed.parse().map_err(|_| "`failed` of a course is no number")?;
        Ok(CoursePart { failed, latencies: latencies.parse()? })
    });
    Ok(Course { unit, parts: parts.collect::<Result<_, &str>>()? })
}
