//! What is told of many mails beside the outcome: counts, speed, percentiles of every stage, the first failures.

use std::fmt::Write;
use std::time::Duration;

use indicatif::DecimalBytes;
use serde_json::{Map, Value, json};

use super::Summary;
use crate::batch::Histogram;
use crate::smtp::MailOutcome;
use crate::wire::printable;

/// Percentiles that are told, and their names.
const PERCENTILES: [(&str, u64); 4] = [("p50", 50), ("p90", 90), ("p99", 99), ("max", 100)];

impl Summary {
    /// Mails a second that went to anybody.
    fn rate(&self) -> f64 {
        self.mails.tally.accepted() as f64 / self.elapsed.as_secs_f64().max(1e-6)
    }

    /// One line of counts and speed.
    pub fn counts(&self) -> String {
        let tally = &self.mails.tally;
        let mut line = format!("sent {} of {} mails", tally.accepted(), self.count);
        let others: Vec<String> = tally
            .outcomes()
            .filter(|(outcome, _)| *outcome != MailOutcome::Sent)
            .map(|(outcome, count)| format!("{count} {}", outcome.word()))
            .collect();
        if !others.is_empty() {
            write!(line, " ({})", others.join(", ")).expect("writing to a String cannot fail");
        }
        let (octets, seconds) = (DecimalBytes(tally.octets()), self.elapsed.as_secs_f64());
        write!(line, ", {octets} in {seconds:.2} s, {:.1} mails/s", self.rate()).expect("as above");
        line
    }

    /// A table of times, one stage a line.
    pub fn times(&self) -> String {
        let mut table = format!("{:<9}{}\n", "ms", PERCENTILES.map(|(name, _)| format!("{name:>10}")).concat());
        for (lap, histogram) in self.mails.tally.laps() {
            let row = figures(histogram).map(|ms| format!("{ms:>10.2}")).concat();
            writeln!(table, "{:<9}{row}", lap.word()).expect("writing to a String cannot fail");
        }
        table
    }

    /// The first failures, one a line; not sanitized.
    pub(super) fn failure_lines(&self) -> Vec<String> {
        let failures = self.mails.tally.failures().iter();
        failures.map(|failed| format!("mail {}, {}: {}", failed.index + 1, failed.address, failed.reply)).collect()
    }

    /// What the object of many mails has beside that of one.
    pub(super) fn json_of_many(&self) -> Map<String, Value> {
        let tally = &self.mails.tally;
        let mut mails: Map<String, Value> =
            tally.outcomes().map(|(outcome, count)| (outcome.word().to_owned(), json!(count))).collect();
        mails.entry("sent").or_insert(json!(0));
        let stages: Map<String, Value> =
            tally.laps().map(|(lap, found)| (lap.word().to_owned(), stage(found))).collect();
        let failures: Vec<Value> = tally
            .failures()
            .iter()
            .map(|failed| {
                let (address, reply) = (printable::text(&failed.address), printable::text(&failed.reply));
                json!({"index": failed.index + 1, "address": address, "reply": reply})
            })
            .collect();
        let fields = [
            ("mails", Value::Object(mails)),
            ("unsent", json!(self.count - tally.done())),
            ("octets", json!(tally.octets())),
            ("seconds", json!(rounded(self.elapsed.as_secs_f64()))),
            ("rate", json!(rounded(self.rate()))),
            ("stages", Value::Object(stages)),
            ("failures", Value::Array(failures)),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn stage(histogram: &Histogram) -> Value {
    let mut figures: Map<String, Value> = PERCENTILES
        .into_iter()
        .zip(figures(histogram))
        .map(|((name, _), ms)| (name.to_owned(), json!(rounded(ms))))
        .collect();
    figures.insert("count".to_owned(), json!(histogram.count()));
    Value::Object(figures)
}

/// Milliseconds, as [`PERCENTILES`].
fn figures(histogram: &Histogram) -> [f64; PERCENTILES.len()] {
    let ms = |took: Duration| took.as_secs_f64() * 1e3;
    PERCENTILES.map(|(_, percent)| ms(if percent == 100 { histogram.max() } else { histogram.percentile(percent) }))
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
