//! Looks a lesson over: what is well formed and still wrong. Names of faults and actions are the caller's to tell.

use super::format::{Lesson, Pattern, Press, Step};
use super::words::{OF_ACCOUNT, OF_EVENT, fill, placeholders};
use crate::wire::Side;

/// Columns of the smallest screen that a line of a lesson has.
pub const COLUMNS: usize = 78;
/// Lines that a text may have.
const LINES: usize = 2;

/// Names that a lesson may use.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// Faults of the sandbox.
    pub faults: &'k [&'k str],
    /// Actions of the key map.
    pub actions: &'k [&'k str],
}

/// All that is wrong; each with the step it is in, from 0, or `None` for the lesson as a whole.
pub fn faults(lesson: &Lesson, known: &Known<'_>) -> Vec<(Option<usize>, String)> {
    let mut found: Vec<(Option<usize>, String)> =
        unknown_faults(&lesson.faults, known).map(|fault| (None, fault)).collect();
    for text in [&lesson.title, &lesson.goal] {
        found.extend(text_faults("title or goal", text, 1, known, false).into_iter().map(|fault| (None, fault)));
    }
    for (index, step) in lesson.steps.iter().enumerate() {
        let of_step = unknown_faults(&step.faults, known)
            .chain(texts(step, known))
            .chain(step_keys(step, known))
            .chain(out_of_reach(lesson, step));
        found.extend(of_step.map(|fault| (Some(index), fault)));
    }
    found
}

fn unknown_faults<'f>(names: &'f [String], known: &'f Known<'_>) -> impl Iterator<Item = String> + 'f {
    let unknown = names.iter().filter(|name| !known.faults.contains(&name.as_str()));
    unknown.map(|name| format!("the sandbox has no fault {name:?}; there are {}", known.faults.join(", ")))
}

fn texts<'s>(step: &'s Step, known: &'s Known<'_>) -> impl Iterator<Item = String> + 's {
    let own = [("say", &step.say, false), ("why", &step.why, false), ("done", &step.done, true)];
    let hints = step.hints.iter().map(|hint| ("hints", hint, false));
    let wrong = step.wrong.iter().map(|wrong| ("wrong", &wrong.say, true));
    own.into_iter().chain(hints).chain(wrong).flat_map(|(key, text, seen)| text_faults(key, text, LINES, known, seen))
}

/// What is wrong with a text. `seen`: it is told of an event, whose words it may use.
fn text_faults(key: &str, text: &str, lines: usize, known: &Known<'_>, seen: bool) -> Vec<String> {
    let mut found = unknown_words(key, text, known, seen);
    let sample = fill(text, &sample);
    if sample.lines().count() > lines {
        found.push(format!("{key} has more than {lines} lines"));
    }
    for line in sample.lines() {
        let columns = unicode_width::UnicodeWidthStr::width(line);
        if columns > COLUMNS {
            found.push(format!("a line of {key} has {columns} columns, more than {COLUMNS}: {line:?}"));
        }
    }
    found
}

fn unknown_words(key: &str, text: &str, known: &Known<'_>, seen: bool) -> Vec<String> {
    let is_known = |name: &str| match name.strip_prefix("key:") {
        Some(action) => known.actions.contains(&action),
        None => {
            OF_ACCOUNT.iter().any(|(word, _)| *word == name) || (seen && OF_EVENT.iter().any(|(word, _)| *word == name))
        }
    };
    let unknown = placeholders(text).filter(|(_, name)| !is_known(name));
    unknown.map(|(_, name)| format!("{key} uses {{{name}}}, which nothing stands for")).collect()
}

/// A value for each placeholder, as long as they get.
fn sample(name: &str) -> Option<String> {
    let value = OF_ACCOUNT.iter().chain(&OF_EVENT).find(|(word, _)| *word == name).map(|(_, value)| *value);
    value.or_else(|| name.starts_with("key:").then_some("^X d d")).map(str::to_owned)
}

fn step_keys<'s>(step: &'s Step, known: &'s Known<'_>) -> impl Iterator<Item = String> + 's {
    step.keys.iter().flat_map(|press| match press {
        Press::Keys(text) | Press::Text(text) => unknown_words("keys", text, known, false),
    })
}

/// What no event can bring about with the servers that the lesson needs.
fn out_of_reach<'s>(lesson: &'s Lesson, step: &'s Step) -> impl Iterator<Item = String> + 's {
    let missing = |pattern: &Pattern| match pattern.about() {
        Some(Side::Smtp) if !lesson.needs.smtp => Some("smtp"),
        Some(Side::Pop3) if !lesson.needs.pop3 => Some("pop3"),
        _ => None,
    };
    step.until.iter().filter_map(missing).map(|side| {
        format!("the step waits for {side}, which the lesson does not need: no step behind it can be reached")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::read::parse;

    const KNOWN: Known<'_> = Known { faults: &["greylist"], actions: &["send", "prompt"] };

    fn told(from: &str, to: &str) -> Vec<String> {
        let text = include_str!("check/sample.toml");
        let changed = text.replacen(from, to, 1);
        assert!(from.is_empty() || changed != text, "{from}");
        let lesson = parse(&changed).unwrap().lesson;
        faults(&lesson, &KNOWN).into_iter().map(|(_, fault)| fault).collect()
    }

    #[test]
    fn a_sound_lesson_has_no_faults() {
        assert_eq!(told("", ""), [""; 0]);
    }

    #[test]
    fn each_fault_is_found() {
        for (from, to, fault) in [
            ("faults = [\"greylist\"]", "faults = [\"greylist\", \"rain\"]", "no fault \"rain\""),
            ("{key:prompt}", "{key:dance}", "{key:dance}"),
            ("say = \"Say", "say = \"{code} Say", "say uses {code}"),
            ("done = \"", "done = \"{moon}", "done uses {moon}"),
            ("why = \"", "why = \"one\\ntwo\\nthree ", "more than 2 lines"),
            (
                "hints = [\"",
                "hints = [\"0123456789012345678901234567890123456789012345678901234567890123456789 ",
                "columns",
            ),
            ("reply = \"NOOP\"", "reply = \"RETR\"", "waits for pop3"),
            ("needs = [\"smtp\"]", "needs = [\"pop3\"]", "waits for smtp"),
        ] {
            let found = told(from, to);
            assert!(found.iter().any(|found| found.contains(fault)), "{fault}: {found:?}");
        }
    }
}
