//! A lesson that is on. It moves on by what happens and never back; what happens out of turn counts for the step behind,
//! and what goes wrong is told.

use std::sync::Arc;

use jiff::Timestamp;

use super::format::{Lesson, Step};
use super::happened::{Happened, Reply};
use super::progress::{Done, Progress};
use super::watcher;
use super::words::{Words, fill, short};
use crate::transcript::Class;

/// Rows kept to prove a step; those in the middle of more are left out.
const ROWS: usize = 16;
/// Most characters of a row.
const ROW: usize = 160;
/// Wrong turns kept of a step.
const WRONGS: usize = 8;

/// A line ended too early.
const LOST: &str = "The line is closed. {key:prompt}, {key:next-command} opens another. Say HELO, and again what this mail had so far; \
                    then go on here.";

/// What is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A step is done: what was seen.
    Done(String),
    /// A wrong turn, and what to do.
    Wrong(String),
    /// Another step begins; its conditions have to be made.
    Begins,
    /// It was the last step.
    Finished,
}

/// A lesson that is on.
#[derive(Debug)]
pub struct Course {
    lesson: Arc<Lesson>,
    at: usize,
    /// What of [`Step::until`] was seen, of the present step and the next.
    met: [Vec<bool>; 2],
    hints: usize,
    wrong: Vec<String>,
    /// The lesson said itself what is wrong with the command that waits for its reply.
    told_of_command: bool,
    rows: Vec<String>,
    progress: Progress,
}

impl Course {
    /// Begins it, or goes on where `before` stopped: at the last step that needs no line from an earlier one.
    pub fn new(lesson: Arc<Lesson>, before: Option<Progress>, server: &str, now: Timestamp) -> Self {
        let before = before.filter(|before| before.finished.is_none() && before.at < lesson.steps.len());
        let mut progress = before.unwrap_or_default();
        let reached = progress.at.min(lesson.steps.len().saturating_sub(1));
        let at = (0..=reached).rev().find(|step| *step == 0 || lesson.steps[*step].fresh).unwrap_or(0);
        progress.done.truncate(at);
        progress.title.clone_from(&lesson.title);
        server.clone_into(&mut progress.server);
        progress.steps = lesson.steps.len();
        progress.begun.get_or_insert(now);
        progress.at = at;
        let mut course = Self {
            lesson,
            at,
            met: Default::default(),
            hints: 0,
            wrong: Vec::new(),
            told_of_command: false,
            rows: Vec::new(),
            progress,
        };
        course.met = [course.unmet(at), course.unmet(at + 1)];
        course
    }

    fn unmet(&self, step: usize) -> Vec<bool> {
        self.lesson.steps.get(step).map_or_else(Vec::new, |step| vec![false; step.until.len()])
    }

    /// The lesson.
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The step it is at, from 0; the number of steps when it is done.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The step it is at; `None` when it is done.
    pub fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.at)
    }

    /// What is to be kept of it.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Faults of the sandbox that the present step wants, its own and the lesson's.
    pub fn faults(&self) -> Vec<String> {
        let mut wanted = self.lesson.faults.clone();
        wanted.extend(self.step().into_iter().flat_map(|step| step.faults.iter().cloned()));
        wanted
    }

    /// The next hint, plainer each time; the last one again when there are no more.
    pub fn hint(&mut self, words: &dyn Words) -> Option<String> {
        let step = self.lesson.steps.get(self.at)?;
        let hint = match step.hints.get(self.hints) {
            Some(hint) => fill(hint, words),
            None => step.keys_in_words(words),
        };
        self.hints = (self.hints + 1).min(step.hints.len() + 1);
        Some(hint)
    }

    /// Something happened.
    pub fn event(&mut self, happened: &Happened, words: &dyn Words, now: Timestamp) -> Vec<Told> {
        let lesson = Arc::clone(&self.lesson);
        let Some(step) = lesson.steps.get(self.at) else { return Vec::new() };
        self.note(happened);
        let fill_in = |text: &str| fill(text, words);
        if self.meets(happened, &fill_in) {
            return self.move_on(happened, words, now);
        }
        let wrong = step.wrong.iter().find(|wrong| wrong.when.fits(happened, &fill_in));
        let told_before = match happened {
            Happened::Command { .. } => {
                self.told_of_command = wrong.is_some();
                false
            }
            Happened::Reply(_) => std::mem::take(&mut self.told_of_command),
            _ => false,
        };
        let told = match wrong {
            Some(wrong) => Some(fill(&wrong.say, &with_event(happened, words))),
            // A step that begins without a line may still see the end of an old one.
            None if matches!(happened, Happened::Closed(..)) && !step.fresh => Some(fill(LOST, words)),
            None if told_before => None,
            None => happened.refusal().map(|reply| refused(reply, happened, words)),
        };
        told.into_iter().map(|told| self.went_wrong(told)).collect()
    }

    /// Leaves the present step out.
    pub fn skip(&mut self, why: &str, now: Timestamp) -> Vec<Told> {
        if self.step().is_none() {
            return Vec::new();
        }
        self.finish_step(Some(why.to_owned()), now);
        vec![Told::Done(format!("Left out: {why}.")), self.begins(now)]
    }

    fn went_wrong(&mut self, told: String) -> Told {
        if self.wrong.len() < WRONGS && self.wrong.last() != Some(&told) {
            self.wrong.push(told.clone());
        }
        Told::Wrong(told)
    }

    /// Counts it for the present step, else for the next one, if that can be done as things are.
    fn meets(&mut self, happened: &Happened, fill: &dyn Fn(&str) -> String) -> bool {
        let lesson = Arc::clone(&self.lesson);
        for (ahead, met) in self.met.iter_mut().enumerate() {
            let Some(step) = lesson.steps.get(self.at + ahead) else { break };
            if ahead > 0 && (step.fresh || !step.faults.is_empty()) {
                break;
            }
            let unmet = step.until.iter().zip(met.iter_mut()).filter(|(_, met)| !**met);
            if let Some((_, met)) = unmet.into_iter().find(|(pattern, _)| pattern.fits(happened, fill)) {
                *met = true;
                return true;
            }
        }
        false
    }

    /// Goes over the steps of which all was seen.
    fn move_on(&mut self, happened: &Happened, words: &dyn Words, now: Timestamp) -> Vec<Told> {
        let mut told = Vec::new();
        while let Some(step) = self.lesson.steps.get(self.at) {
            if self.met[0].is_empty() || self.met[0].contains(&false) {
                break;
            }
            told.push(Told::Done(fill(&step.done, &with_event(happened, words))));
            self.finish_step(None, now);
            told.push(self.begins(now));
        }
        told
    }

    fn finish_step(&mut self, skipped: Option<String>, now: Timestamp) {
        let say = self.step().map(|step| step.say.clone()).unwrap_or_default();
        self.progress.done.push(Done {
            say,
            when: Some(now),
            hints: std::mem::take(&mut self.hints),
            wrong: std::mem::take(&mut self.wrong),
            rows: std::mem::take(&mut self.rows),
            skipped,
        });
        self.at += 1;
        self.progress.at = self.at;
        self.met = [std::mem::take(&mut self.met[1]), self.unmet(self.at + 1)];
    }

    fn begins(&mut self, now: Timestamp) -> Told {
        if self.step().is_some() {
            return Told::Begins;
        }
        self.progress.finished = Some(now);
        Told::Finished
    }

    /// Keeps a row for the sheet: the first ones and the last ones of many.
    fn note(&mut self, happened: &Happened) {
        let Some(row) = happened.row() else { return };
        if self.rows.len() == ROWS {
            self.rows.remove(ROWS / 2);
        }
        self.rows.push(row.chars().take(ROW).collect());
    }
}

/// The account's words and those of an event.
fn with_event<'a>(happened: &'a Happened, words: &'a dyn Words) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| match (happened, name) {
        (Happened::Reply(reply), "code") => {
            let status = || reply.text.split(' ').next().unwrap_or_default().to_owned();
            Some(reply.code.map_or_else(status, |code| code.to_string()))
        }
        (Happened::Reply(reply), "text") => Some(short(&reply.text)),
        (Happened::Reply(reply), "verb") => Some(verb(reply).to_owned()),
        (Happened::Reply(reply), "queue_id") => {
            Some(watcher::queue_id(reply).unwrap_or_else(|| "(it told none)".to_owned()))
        }
        (Happened::Command { line, .. }, "text") => Some(short(line)),
        (Happened::Command { verb, .. }, "verb") => Some(verb.clone()),
        (Happened::Line { text, .. }, "text") => Some(short(text)),
        (_, "code" | "text" | "verb" | "queue_id") => Some("-".to_owned()),
        _ => words.word(name),
    }
}

fn verb(reply: &Reply) -> &str {
    match reply.verb.as_str() {
        "" => "that line",
        "." => "the mail",
        "GREETING" => "the connection",
        verb => verb,
    }
}

/// A refusal that the lesson says nothing about.
fn refused(reply: &Reply, happened: &Happened, words: &dyn Words) -> String {
    let text = match (reply.code, reply.class) {
        (Some(500 | 502), _) => {
            "{code}: the server does not know that command. Look at the spelling, then send it again."
        }
        (Some(501 | 555), _) => {
            "{code}: {verb} is known, what stands behind it is not understood. Mend it, send it again."
        }
        (Some(503), _) => "503: {verb} is not due yet. Do what the step says first; nothing is broken.",
        (Some(530), _) => "530: the server wants TLS or a sign-in before {verb}.",
        (Some(421), _) => "421: the server closes the line. Connect again ({key:prompt}, {key:next-command}).",
        (_, Some(Class::Temp)) => "{code}: not now. The server may take {verb} later: {text}",
        (_, Some(Class::Err)) => "-ERR: the server refused {verb}. The session goes on; try the step again.",
        _ => "{code}: the server refused {verb}. The session goes on; try the step again.",
    };
    fill(text, &with_event(happened, words))
}

#[cfg(test)]
mod tests;
