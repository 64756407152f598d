//! The report as one object.

use serde_json::{Map, Value, json};

use crate::cli::run::compare::{Difference, pairs};
use crate::cli::run::played::{Outcome, Played};
use crate::cli::{Trouble, protection};
use crate::script::{Row, Verdict};
use crate::wire::printable;

/// Of what was played. `differences` is there where two plays were compared.
pub fn of(outcome: &Outcome) -> Value {
    let status = outcome.status();
    let failed = outcome.plays.iter().find(|play| play.report.failed().is_some());
    let mut object = json!({
        "outcome": failed.map_or("held", Played::outcome),
        "exit": status.code(),
        "script": text(&outcome.script),
        "plays": outcome.plays.iter().map(play).collect::<Vec<_>>(),
        "explanation": failed.map(|play| text(&play.words())),
    });
    if let [one, other] = outcome.plays.as_slice() {
        object["differences"] = differences(one, other);
    }
    if let Some(recording) = &outcome.recording {
        object["recording"] = crate::sessions::report::json(recording);
    }
    object
}

/// Of a run that came to nothing.
pub fn of_trouble(trouble: &Trouble) -> Value {
    let mut object = Map::new();
    object.insert("outcome".into(), "failed".into());
    object.insert("exit".into(), trouble.status.code().into());
    object.insert("explanation".into(), text(&trouble.what.replace('\n', "; ")).into());
    object.insert("advice".into(), trouble.advice.as_deref().map(text).into());
    if let Some(Value::Object(more)) = &trouble.line {
        object.extend(more.clone());
    }
    object.into()
}

fn play(play: &Played) -> Value {
    let failed = play.report.failed();
    json!({
        "servers": text(&play.servers),
        "outcome": play.outcome(),
        "exit": play.status().code(),
        "milliseconds": milliseconds(play.lapse),
        "tls": play.protection.as_ref().map(|line| protection::json(line, jiff::Timestamp::now())),
        "failed": failed.map(|failed| json!({ "line": failed.line, "why": text(&failed.why) })),
        "rows": play.report.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Row) -> Value {
    let said = row.reply.as_ref();
    json!({
        "line": row.line,
        "side": row.side.map(crate::wire::Side::name),
        "statement": text(&row.what),
        "code": said.map(|said| text(&said.code)),
        "enhanced": said.and_then(|said| said.enhanced.as_deref()).map(text),
        "text": said.map(|said| said.text.split('\n').map(text).collect::<Vec<_>>()),
        "milliseconds": row.lapse.map(milliseconds),
        "verdict": match row.verdict {
            Verdict::Done => "done",
            Verdict::Held => "held",
            Verdict::Failed => "failed",
        },
        "note": (!row.note.is_empty()).then(|| text(&row.note)),
    })
}

fn differences(one: &Played, other: &Played) -> Value {
    let pairs = pairs(&one.report.rows, &other.report.rows);
    let found = pairs.iter().filter_map(|pair| {
        let marks: Vec<&str> = pair.differences().into_iter().map(Difference::word).collect();
        let any = pair.any().filter(|_| !marks.is_empty())?;
        let statement = text(&any.what);
        Some(json!({
            "line": any.line,
            "statement": statement,
            "in": marks,
            "first": pair.one.map(row),
            "second": pair.other.map(row),
        }))
    });
    found.collect()
}

fn milliseconds(lapse: std::time::Duration) -> u64 {
    u64::try_from(lapse.as_millis()).unwrap_or(u64::MAX)
}

fn text(text: &str) -> String {
    printable::text(text).into_owned()
}
