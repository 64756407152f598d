//! The lesson that is on: what is noticed of the conversation and the screen, and what the strip above the panes says.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::App;
use super::super::link::Phase;
use crate::layout::Pane;
use crate::lesson::format::{Press, Step};
use crate::lesson::happened::{By, Happened, Place};
use crate::lesson::{Course, Lesson, Progress, Told, Watcher};
use crate::transcript::Transcript;
use crate::wire::{Side, printable};

/// What was said last about a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The step before is done.
    Done(String),
    /// A wrong turn.
    Wrong(String),
    /// A hint.
    Hint(String),
}

impl Note {
    /// The word before it, and its text.
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Done(text) => ("Done", text),
            Self::Wrong(text) => ("Not yet", text),
            Self::Hint(text) => ("Hint", text),
        }
    }
}

/// What the strip above the panes says, sanitized.
pub(crate) struct Guide {
    pub(crate) title: String,
    pub(crate) place: String,
    pub(crate) keys: String,
    pub(crate) say: String,
    pub(crate) why: String,
    pub(crate) note: Option<Note>,
    /// What is pressed and typed in this step, as it stands in `say`.
    pub(crate) presses: Vec<String>,
}

/// What a row of the strip is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// What is to be done now.
    Say,
    /// What was said last.
    Note,
    /// Why it is done.
    Why,
}

impl Guide {
    /// The rows under the title: what to do first, then what was said last, then why. Only what is to be done keeps
    /// its line ends: a command may stand on a line of its own.
    pub(crate) fn rows(&self, width: usize) -> Vec<(About, String)> {
        let mut texts: Vec<(About, String)> = self.say.lines().map(|line| (About::Say, line.to_owned())).collect();
        if let Some(note) = &self.note {
            let (word, text) = note.parts();
            texts.push((About::Note, format!("{word}: {}", text.replace('\n', " "))));
        }
        texts.push((About::Why, format!("Why: {}", self.why.replace('\n', " "))));
        let broken = |(about, text): (About, String)| {
            super::super::mailbox::message::wrap(&text, width.max(1)).into_iter().map(move |row| (about, row))
        };
        texts.into_iter().flat_map(broken).collect()
    }
}

/// A lesson that was just finished.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) text: Vec<String>,
}

impl Finished {
    /// What was done in it. `words` replaces placeholders.
    pub(super) fn of(on: &On, words: impl Fn(&str) -> String) -> Self {
        let (lesson, progress) = (on.course.lesson(), on.course.progress());
        let hints: usize = progress.done.iter().map(|done| done.hints).sum();
        let wrong: usize = progress.done.iter().map(|done| done.wrong.len()).sum();
        let mut text = vec![printable::text(&words(&lesson.goal)).into_owned(), String::new()];
        if let Some(Note::Done(last)) = &on.note {
            text.insert(0, last.replace('\n', " "));
        }
        let skipped = progress.done.iter().filter(|done| done.skipped.is_some()).count();
        text.push(format!("{} steps, {hints} hints, {wrong} wrong turns mended", progress.done.len() - skipped));
        if skipped > 0 {
            text.push(format!("{skipped} left out: this server cannot make those mistakes"));
        }
        let title = printable::text(&lesson.title).into_owned();
        Self { id: lesson.id.clone(), title, text }
    }
}

/// What was seen last of one line.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// Its number; those up to [`On::old`] belong to no step.
    number: u32,
    up: bool,
    tls: bool,
    /// QUIT was sent over it.
    quit: bool,
}

/// The lesson that is on.
#[derive(Debug)]
pub(super) struct On {
    course: Course,
    watcher: Watcher,
    note: Option<Note>,
    lines: [Line; 2],
    /// Numbers of the last lines that belong to no step.
    old: [u32; 2],
    opened: Option<u32>,
    marked: usize,
    focus: Option<Pane>,
}

const SIDES: [Side; 2] = [Side::Smtp, Side::Pop3];

impl On {
    pub(super) fn new(
        lesson: Arc<Lesson>,
        before: Option<Progress>,
        server: &str,
        transcript: &Transcript,
        now: Timestamp,
    ) -> Self {
        let reached = before.as_ref().filter(|before| before.finished.is_none()).map_or(0, |before| before.at);
        let course = Course::new(lesson, before, server, now);
        let again = format!("you were at step {}. Its line is gone, so the lesson goes on from here.", reached + 1);
        let note = (reached > course.at()).then_some(Note::Hint(again));
        Self {
            course,
            watcher: Watcher::behind(transcript),
            note,
            lines: [Line::default(); 2],
            old: [0; 2],
            opened: None,
            marked: 0,
            focus: None,
        }
    }

    pub(super) fn lesson(&self) -> &Lesson {
        self.course.lesson()
    }

    pub(super) fn progress(&self) -> &Progress {
        self.course.progress()
    }

    pub(super) fn step(&self) -> Option<&Step> {
        self.course.step()
    }

    pub(super) fn faults(&self) -> Vec<String> {
        self.course.faults()
    }

    pub(super) fn skip(&mut self, why: &str, now: Timestamp) -> Vec<Told> {
        self.course.skip(why, now)
    }

    /// A step begins: where the person looks counts for it too.
    pub(super) fn begins(&mut self) {
        self.focus = None;
    }

    /// The lines there are belong to no step.
    pub(super) fn forget_lines(&mut self, numbers: [u32; 2]) {
        self.old = numbers;
        self.lines = [Line::default(); 2];
    }

    /// Remembers what is to be said.
    pub(super) fn notes(&mut self, told: Vec<Told>) {
        for told in told {
            match told {
                Told::Done(text) => self.note = Some(Note::Done(text)),
                Told::Wrong(text) => self.note = Some(Note::Wrong(text)),
                Told::Begins | Told::Finished => {}
            }
        }
    }

    /// What happened since the last look.
    fn look(&mut self, app: &App) -> Vec<Happened> {
        let typing = app.focus == Pane::Prompt;
        let by = |side| if typing && !(side == Side::Smtp && app.mail_is_under_way()) { By::Hand } else { By::Form };
        let mut happened = self.watcher.look(app.live(), by);
        for event in &happened {
            if let Happened::Command { side, verb, .. } = event {
                self.lines[*side as usize].quit |= verb == "QUIT";
            }
        }
        for side in SIDES {
            self.look_at_line(app, side, &mut happened);
        }
        self.look_at_panes(app, &mut happened);
        happened
    }

    fn look_at_line(&mut self, app: &App, side: Side, happened: &mut Vec<Happened>) {
        let link = app.links.of(side);
        let (line, old) = (&mut self.lines[side as usize], self.old[side as usize]);
        let up = link.phase == Phase::Open && link.number > old;
        if line.up && (!up || link.number != line.number) {
            happened.push(Happened::Closed(side, line.quit && link.phase == Phase::Ended));
            *line = Line::default();
        }
        if up && !line.up {
            *line = Line { number: link.number, up: true, ..Line::default() };
            happened.push(Happened::Connected(side));
        }
        if up && link.protection.is_some() && !line.tls {
            line.tls = true;
            happened.push(Happened::Tls(side));
        }
    }

    fn look_at_panes(&mut self, app: &App, happened: &mut Vec<Happened>) {
        let opened = app.mailbox.message.as_ref().map(|message| message.number);
        if opened != self.opened {
            self.opened = opened;
            happened.extend(opened.map(|_| Happened::Opened));
        }
        let marked = app.mailbox.marked_count();
        if marked != self.marked {
            self.marked = marked;
            happened.push(Happened::Marked(marked));
        }
        if self.focus != Some(app.focus) {
            self.focus = Some(app.focus);
            happened.push(Happened::Looks(match app.focus {
                Pane::Compose => Place::Form,
                Pane::Transcript => Place::Transcript,
                Pane::Mailbox => Place::Mailbox,
                Pane::Prompt => Place::Prompt,
            }));
        }
    }
}

impl App {
    /// What follows from any change: whether the step is done.
    pub(in crate::app) fn lessons_on(&mut self) {
        self.lesson_waits_on();
        if let Some(mut on) = self.lessons.on.take() {
            let now = self.now.wall.timestamp();
            let mut told = Vec::new();
            for happened in on.look(self) {
                told.extend(on.course.event(&happened, &|name: &str| self.lesson_word(name), now));
            }
            self.lessons.on = Some(on);
            if !told.is_empty() {
                self.lesson_tells(told);
            }
        }
        if self.lessons.finished.is_some() {
            self.tell_finished();
        }
    }

    pub(super) fn lesson_hint(&mut self) {
        let Some(mut on) = self.lessons.on.take() else { return };
        let hint = on.course.hint(&|name: &str| self.lesson_word(name));
        on.note = hint.map(Note::Hint).or(on.note);
        self.lessons.on = Some(on);
    }

    /// What is pressed and typed in the present step.
    fn lesson_presses(&self) -> Vec<String> {
        let step = self.lessons.on.as_ref().and_then(On::step);
        let presses = step.map(|step| step.presses(&|name: &str| self.lesson_word(name))).unwrap_or_default();
        presses
            .into_iter()
            .map(|press| match press {
                Press::Keys(text) | Press::Text(text) => text,
            })
            .collect()
    }

    /// Whether the lesson that is on has nothing against a command: the step wants it, or nothing typed at all.
    pub(in crate::app) fn lesson_agrees(&self, line: &str) -> bool {
        let step = self.lessons.on.as_ref().and_then(On::step);
        let Some(step) = step.filter(|step| step.keys.iter().any(|press| matches!(press, Press::Text(_)))) else {
            return true;
        };
        let plain = |text: &str| text.replace(['<', '>', ' '], "").to_ascii_lowercase();
        let wanted = step.presses(&|name: &str| self.lesson_word(name));
        wanted.iter().any(|press| matches!(press, Press::Text(text) if plain(text) == plain(line)))
    }

    /// Rows of the screen that the lesson wants above the panes: all that is to be said, within bounds; where there is
    /// plenty of room, always as many, so that the panes stay where they are.
    pub(in crate::app) fn lesson_rows(&self) -> u16 {
        let (width, height) = self.size;
        let Some(guide) = self.guide() else { return 0 };
        let (least, most) = match height {
            36.. => return 7,
            22.. => (5, 7),
            _ => (3, 5),
        };
        let rows = guide.rows(usize::from(width).saturating_sub(2)).len() + 1;
        u16::try_from(rows).unwrap_or(most).clamp(least, most)
    }

    /// What the strip above the panes says; `None`: no lesson is on.
    pub(crate) fn guide(&self) -> Option<Guide> {
        let on = self.lessons.on.as_ref()?;
        let step = on.step()?;
        let safe = |text: &str| text.lines().map(printable::text).collect::<Vec<_>>().join("\n");
        let shown = |text: &str| safe(&self.in_words(text));
        let key = |action| self.lesson_word(action).unwrap_or_default();
        let lesson = on.lesson();
        let number = self.lessons.position(&lesson.id).map_or_else(String::new, |index| format!(" {}", index + 1));
        Some(Guide {
            title: format!("Lesson{number} {}", safe(&lesson.title)),
            place: format!("step {}/{}", on.course.at() + 1, lesson.steps.len()),
            keys: format!("{} hint  {} lessons", key("key:lesson-hint"), key("key:lessons")),
            say: shown(&step.say),
            why: shown(&step.why),
            presses: self.lesson_presses().into_iter().map(|press| safe(&press)).collect(),
            note: on.note.as_ref().map(|note| match note {
                Note::Done(text) => Note::Done(safe(text)),
                Note::Wrong(text) => Note::Wrong(safe(text)),
                Note::Hint(text) => Note::Hint(safe(text)),
            }),
        })
    }
}
