//! Reads what an event looks like: one key says which kind it is, the others narrow it down.

use super::fields::{Fields, Trouble};
use crate::lesson::format::{Kind, Pattern};
use crate::lesson::happened::{By, Place};
use crate::smtp::EnhancedCode;
use crate::transcript::Class;
use crate::wire::Side;

const CLASSES: [(Class, &str); 5] =
    [(Class::Ok, "ok"), (Class::More, "more"), (Class::Temp, "temp"), (Class::Perm, "perm"), (Class::Err, "err")];

const HAPPENINGS: [(Kind, &str); 8] = [
    (Kind::Connected, "connected"),
    (Kind::Tls, "tls"),
    (Kind::SignedIn, "signed-in"),
    (Kind::Closed, "closed"),
    (Kind::Gone, "gone"),
    (Kind::Opened, "opened"),
    (Kind::Marked, "marked"),
    (Kind::Dot, "dot"),
];

/// The patterns of a list of tables. Those under `wrong` have a `say` of their own.
pub fn list(fields: &mut Fields<'_>, key: &'static str, trouble: &mut Trouble<'_>) -> Vec<(Pattern, Option<String>)> {
    let mut read = Vec::new();
    for mut table in fields.tables(key, trouble) {
        let say = (key == "wrong").then(|| table.text("say", trouble));
        let pattern = pattern(&mut table, trouble);
        table.finish(trouble);
        read.extend(pattern.map(|pattern| (pattern, say)));
    }
    read
}

fn pattern(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> Option<Pattern> {
    let mut pattern = kind(fields, trouble);
    let narrowed = Pattern {
        side: fields.optional_line("on", trouble).and_then(|(at, word)| side(at, &word, trouble)),
        codes: fields.numbers("code", trouble),
        class: word(fields, "class", &CLASSES, trouble),
        enhanced: enhanced(fields, trouble),
        text: fields.optional_line("text", trouble).map(|(_, text)| text),
        asked: fields.optional_line("asked", trouble).map(|(_, text)| text),
        by: word(fields, "by", &[(Some(By::Hand), "hand"), (Some(By::Form), "form"), (None, "any")], trouble).flatten(),
        least: fields.numbers("least", trouble).first().copied().unwrap_or(0).into(),
        ..Pattern::default()
    };
    if let Some(found) = &mut pattern {
        let (kind, verbs, place) = (found.kind, std::mem::take(&mut found.verbs), found.place);
        let text = narrowed.text.clone().or_else(|| found.text.take());
        *found = Pattern { kind, verbs, text, place, ..narrowed };
    } else {
        trouble.add(fields.at, "it says not what happens: one of sent, reply, line, happens, looks");
    }
    pattern
}

/// The one key that says what kind of event it is.
fn kind(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> Option<Pattern> {
    let sent = verbs(fields, "sent", trouble).map(|verbs| Pattern { kind: Kind::Sent, verbs, ..Pattern::default() });
    let reply = verbs(fields, "reply", trouble).map(|verbs| Pattern { kind: Kind::Reply, verbs, ..Pattern::default() });
    let line = fields.lines("line", trouble).pop().map(|text| {
        let text = Some(text).filter(|text| !text.is_empty());
        Pattern { kind: Kind::Line, text, ..Pattern::default() }
    });
    let happens = word(fields, "happens", &HAPPENINGS, trouble).map(|kind| Pattern { kind, ..Pattern::default() });
    let looks = word(fields, "looks", &Place::ALL, trouble).map(|place| Pattern {
        kind: Kind::Looks,
        place: Some(place),
        ..Pattern::default()
    });
    let mut kinds = [sent, reply, line, happens, looks].into_iter().flatten();
    let kind = kinds.next();
    if kinds.next().is_some() {
        trouble.add(fields.at, "it says twice what happens: only one of sent, reply, line, happens, looks");
    }
    kind
}

/// The verbs of a key, upper case; `any` for all of them.
fn verbs(fields: &mut Fields<'_>, key: &'static str, trouble: &mut Trouble<'_>) -> Option<Vec<String>> {
    let words = fields.lines_at(key, trouble);
    if words.is_empty() {
        return None;
    }
    let known = |word: &str| word == "." || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
    for (at, word) in &words {
        if !known(word) || word.len() > 8 {
            trouble.add(*at, format!("{word:?} is no verb; write MAIL, \".\" for a mail, GREETING, or any"));
        }
    }
    Some(words.into_iter().map(|(_, word)| word.to_ascii_uppercase()).filter(|word| word != "ANY").collect())
}

fn enhanced(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> Option<String> {
    let (at, code) = fields.optional_line("enhanced", trouble)?;
    if code.parse::<EnhancedCode>().is_err() {
        trouble.add(at, "enhanced is a code such as 5.7.1");
    }
    Some(code)
}

/// The side that a word names.
pub fn side(at: usize, word: &str, trouble: &mut Trouble<'_>) -> Option<Side> {
    let side = Side::named(word);
    if side.is_none() {
        trouble.add(at, format!("{word:?} is no server; there are smtp, pop3"));
    }
    side
}

fn word<T: Copy>(
    fields: &mut Fields<'_>,
    key: &'static str,
    words: &[(T, &str)],
    trouble: &mut Trouble<'_>,
) -> Option<T> {
    let (at, found) = fields.optional_line(key, trouble)?;
    let value = words.iter().find(|(_, word)| *word == found).map(|(value, _)| *value);
    if value.is_none() {
        let known: Vec<&str> = words.iter().map(|(_, word)| *word).collect();
        trouble.add(at, format!("{key} is one of {}", known.join(", ")));
    }
    value
}
