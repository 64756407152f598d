//! Reads a lesson file (TOML). All that is wrong is collected, each mistake with its line and column; a lesson comes out
//! only when nothing is.

mod fields;
mod pattern;

use std::collections::HashSet;

use self::fields::{Fields, Trouble};
use super::format::{Lesson, Needs, Press, Step, Wrong};
use crate::config::Mistake;

/// Most octets of a lesson file.
pub const FILE: usize = 256 * 1024;
/// Most steps.
const STEPS: usize = 60;

/// A lesson, and where its steps stand in the file.
#[derive(Debug)]
pub struct Read {
    /// The lesson.
    pub lesson: Lesson,
    /// The line of each step, from 1.
    pub lines: Vec<usize>,
}

/// Reads the text of a lesson file.
pub fn parse(text: &str) -> Result<Read, Vec<Mistake>> {
    let mut trouble = Trouble::new(text);
    if text.len() > FILE {
        trouble.add(0, format!("the file is longer than {FILE} octets"));
        return Err(trouble.located());
    }
    let Some(mut fields) = Fields::root(text, &mut trouble) else { return Err(trouble.located()) };
    let id = fields.line("id", &mut trouble);
    if let Some((at, id)) = &id
        && !is_id(id)
    {
        trouble.add(*at, "id is made of small letters, digits and -, at most 40");
    }
    let title = fields.line("title", &mut trouble);
    let goal = fields.line("goal", &mut trouble);
    let part = fields.optional_line("for", &mut trouble);
    let needs = needs(&mut fields, &mut trouble);
    let faults = fields.lines("faults", &mut trouble);
    let (steps, lines) = steps(&mut fields, &mut trouble);
    fields.finish(&mut trouble);
    let text = |found: Option<(usize, String)>| found.map(|(_, text)| text).unwrap_or_default();
    let lesson = Lesson {
        id: text(id),
        title: text(title),
        goal: text(goal),
        part: part.map_or_else(|| "own".to_owned(), |(_, part)| part),
        needs,
        faults,
        steps,
    };
    if trouble.is_empty() { Ok(Read { lesson, lines }) } else { Err(trouble.located()) }
}

/// Whether it can be the name of a lesson.
fn is_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&id.len()) && id.bytes().all(fits)
}

fn needs(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> Needs {
    let mut needs = Needs::default();
    for (at, need) in fields.lines_at("needs", trouble) {
        match need.as_str() {
            "smtp" => needs.smtp = true,
            "pop3" => needs.pop3 = true,
            "sandbox" => needs.sandbox = true,
            _ => trouble.add(at, format!("{need:?} is nothing to need; there are smtp, pop3, sandbox")),
        }
    }
    needs
}

fn steps(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> (Vec<Step>, Vec<usize>) {
    let tables = fields.tables("step", trouble);
    if tables.is_empty() {
        trouble.add(0, "there is no [[step]]");
    }
    if let Some(over) = tables.get(STEPS) {
        trouble.add(over.at, format!("a lesson has at most {STEPS} steps"));
    }
    let mut seen = HashSet::new();
    let mut read = |mut fields: Fields<'_>| {
        let line = trouble.line(fields.at);
        let step = step(&mut fields, trouble);
        if !step.say.is_empty() && !seen.insert(step.say.clone()) {
            trouble.add(fields.at, "another step says the same");
        }
        fields.finish(trouble);
        (step, line)
    };
    tables.into_iter().map(&mut read).unzip()
}

fn step(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> Step {
    let at = fields.at;
    let step = Step {
        say: fields.text("say", trouble),
        why: fields.text("why", trouble),
        hints: fields.texts("hints", trouble),
        keys: fields.lines("keys", trouble).into_iter().map(press).collect(),
        until: pattern::list(fields, "until", trouble).into_iter().map(|(pattern, _)| pattern).collect(),
        wrong: wrong(fields, trouble),
        done: fields.text("done", trouble),
        faults: fields.lines("faults", trouble),
        fresh: fields.flag("fresh", trouble),
        prompt: fields.optional_line("prompt", trouble).and_then(|(at, word)| pattern::side(at, &word, trouble)),
    };
    if step.until.is_empty() {
        trouble.add(at, "the step has no until: it is never done, and no step behind it can be reached");
    }
    if step.hints.is_empty() {
        trouble.add(at, "the step has no hints");
    }
    if step.keys.is_empty() {
        trouble.add(at, "the step has no keys: the last hint gives the very keys");
    }
    step
}

fn wrong(fields: &mut Fields<'_>, trouble: &mut Trouble<'_>) -> Vec<Wrong> {
    let read = pattern::list(fields, "wrong", trouble);
    read.into_iter().map(|(when, say)| Wrong { when, say: say.unwrap_or_default() }).collect()
}

/// `'text'` in single quotes is typed, everything else are names of keys.
fn press(text: String) -> Press {
    match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(typed) => Press::Text(typed.to_owned()),
        None => Press::Keys(text),
    }
}

#[cfg(test)]
mod tests;
