//! What arrived, in words and as an object: when, by which way, and what became of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::{Status, Trouble, print, print_json};
use crate::mail::compare::{self, BodyChange, HeaderChanges};
use crate::mail::{Comparison, Hop, Kind, header, hops};
use crate::wire::printable;

/// A message that arrived.
#[derive(Debug)]
pub struct Arrival {
    /// In its session.
    pub number: u32,
    /// As the server sent it.
    pub uidl: Option<String>,
    /// Since the program began to look.
    pub seconds: f64,
    /// Sessions it took.
    pub looks: u32,
    /// It was marked, and QUIT made it final.
    pub deleted: bool,
    /// How the line was protected and who signed in.
    pub facts: Value,
    route: Vec<Hop>,
    compared: Option<Compared>,
}

#[derive(Debug)]
struct Compared {
    whole: Comparison,
    headers: HeaderChanges,
    body: Option<BodyChange>,
}

impl Arrival {
    /// `mails`: as sent and as it arrived.
    pub fn new(number: u32, uidl: Option<String>, seconds: f64, head: &[u8], mails: Option<(&[u8], &[u8])>) -> Self {
        let compared = mails.map(|(sent, arrived)| Compared {
            whole: compare::compare(sent, arrived),
            headers: compare::headers::changes(sent, arrived),
            body: compare::body::change(header::split(sent).body, header::split(arrived).body),
        });
        let (facts, route) = (Value::Null, hops(head));
        Self { number, uidl, seconds, looks: 1, deleted: false, facts, route, compared }
    }

    /// Done, or that the body is another one.
    pub fn status(&self) -> Status {
        let same = self.compared.as_ref().is_none_or(|compared| compared.whole.body_same);
        if same { Status::Done } else { Status::Partial }
    }

    fn text(&self) -> String {
        let uidl = printable::text(self.uidl.as_deref().unwrap_or("-"));
        let mut text = format!("arrived after {:.1} s as message {} ({uidl})\n", self.seconds, self.number);
        for hop in &self.route {
            text.push_str(&station(hop));
        }
        if let Some(compared) = &self.compared {
            text.push_str(&shown(&compared.whole));
        }
        if self.deleted {
            text.push_str("deleted\n");
        }
        text
    }

    fn json(&self) -> Value {
        let status = self.status();
        let route: Vec<Value> = self.route.iter().map(hop_json).collect();
        let mut object = json!({
            "outcome": if status == Status::Done { "arrived" } else { "differs" },
            "exit": status.code(),
            "number": self.number,
            "uidl": self.uidl.as_deref().map(printable::text),
            "seconds": self.seconds,
            "looks": self.looks,
            "route": route,
            "comparison": self.compared.as_ref().map(compared_json),
            "deleted": self.deleted,
            "explanation": "",
            "advice": null,
        });
        for name in ["tls", "auth"] {
            object[name] = self.facts[name].clone();
        }
        object
    }
}

/// Prints it.
pub fn tell(arrival: &Arrival, as_json: bool) -> Result<(), Trouble> {
    if as_json { print_json(&arrival.json()) } else { print(&arrival.text()) }
}

fn station(hop: &Hop) -> String {
    let or = |text: &str| if text.is_empty() { "?".to_owned() } else { text.to_owned() };
    let mut line = format!("  {} -> {}", or(&hop.from), or(&hop.by));
    if !hop.with.is_empty() {
        let _ = write!(line, " with {}", hop.with);
    }
    if let Some(at) = hop.at {
        let _ = write!(line, ", {at}");
    }
    if let Some(delay) = hop.delay {
        let _ = write!(line, ", after {:.0} s", delay.as_secs_f64());
    }
    line + "\n"
}

/// The sentence, and below it the lines if there is more to see than a trace on top.
fn shown(comparison: &Comparison) -> String {
    let mut text = format!("{}\n", comparison.summary);
    for line in &comparison.lines {
        let mark = match line.kind {
            Kind::Same => ' ',
            Kind::Added => '+',
            Kind::Removed => '-',
        };
        let _ = writeln!(text, "{mark} {}", line.text);
    }
    text
}

fn hop_json(hop: &Hop) -> Value {
    json!({
        "from": hop.from,
        "by": hop.by,
        "with": hop.with,
        "id": hop.id,
        "at": hop.at.map(|at| at.to_string()),
        "delay_seconds": hop.delay.map(|delay| delay.as_secs_f64()),
    })
}

fn compared_json(compared: &Compared) -> Value {
    let headers = &compared.headers;
    json!({
        "summary": compared.whole.summary,
        "body_same": compared.whole.body_same,
        "headers": {
            "added": headers.added,
            "changed": headers.changed,
            "refolded": headers.refolded,
            "lost": headers.lost,
            "reordered": headers.reordered,
        },
        "body": compared.body.map(|body| json!({
            "line": body.line, "octet": body.octet, "kind": body.kind.word(), "explanation": body.to_string(),
        })),
    })
}
