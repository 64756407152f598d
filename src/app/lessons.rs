//! Lessons: the list of them, which one is on, at which step, and what is said about it above the panes.
//!
//! What a lesson is, and when a step is done, is [`crate::lesson`]'s; here what happens is handed to it, and what it tells
//! is done: notes, faults of the sandbox, progress to be kept.

mod begin;
mod underway;
mod words;

use std::sync::Arc;

use super::dialog::{Card, Dialog, Item, Menu, Picker, Purpose as Asked, Shelf, menu};
use super::effect::Content;
use super::{App, Effect, dialog};
use crate::keymap::Action;
use crate::lesson::progress::Standing;
use crate::lesson::shelf::Shelved;
use crate::lesson::{Book, Lesson, Progress, sheet};
use crate::wire::printable;
pub(crate) use underway::{About, Guide, Note};
use underway::{Finished, On};

/// What is asked of the lessons and their progress on disk.
#[derive(Clone, Debug)]
pub enum Ask {
    /// All lessons, and how far each is.
    List,
    /// Keep how far the lesson with this id is.
    Keep(String, Box<Progress>),
}

/// What came of it.
#[derive(Debug)]
pub enum Told {
    /// The lessons, and how far each is.
    Listed(Vec<Shelved>, Box<Book>),
    /// The person named a lesson at the start: its id, or the file of one.
    Wanted(String),
    /// Something could not be read or kept, and why.
    Trouble(String),
}

/// An answer to a menu of the lessons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Leave the lesson; it can be gone on with later.
    Leave,
    /// Show the list.
    List,
    /// Begin the lesson at this place of the list, or go on with it.
    Begin(usize),
    /// Begin it anew.
    Again(usize),
    /// Do it on the sandbox.
    OnSandbox(usize),
    /// Do it on the servers there are.
    Here(usize),
    /// Write the result sheet.
    Sheet,
}

/// A question about lessons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Where the result sheet goes.
    Sheet,
}

/// What waits for the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum After {
    List,
    Sheet,
    Begin(String),
}

/// The lessons, and the one that is on.
#[derive(Debug, Default)]
pub(crate) struct Lessons {
    shelf: Vec<Shelved>,
    book: Book,
    after: Option<After>,
    /// Begins as soon as the sandbox runs.
    waiting: Option<usize>,
    on: Option<On>,
    /// Just finished, to be told as soon as nothing lies on top.
    finished: Option<Finished>,
    /// What the sandbox was asked to do wrong.
    faults: Vec<String>,
    /// Answers about faults that are still to come.
    awaited: usize,
}

impl Lessons {
    fn lesson(&self, index: usize) -> Option<Arc<Lesson>> {
        self.shelf.get(index)?.lesson.as_ref().ok().cloned()
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.shelf.iter().position(|shelved| shelved.lesson.as_ref().is_ok_and(|lesson| lesson.id == id))
    }
}

impl App {
    pub(super) fn act_on_lessons(&mut self, action: Action) {
        match action {
            Action::LessonHint => self.lesson_hint(),
            Action::LessonSheet => self.list_lessons(After::Sheet),
            _ => self.list_lessons(After::List),
        }
    }

    pub(super) fn lessons_unavailable(&self, action: Action) -> Option<&'static str> {
        (action == Action::LessonHint && self.lessons.on.is_none()).then_some("no lesson is on: ^X G lists them")
    }

    fn list_lessons(&mut self, after: After) {
        self.lessons.after = Some(after);
        self.effects.push(Effect::Lessons(Ask::List));
    }

    pub(super) fn lessons_told(&mut self, told: Told) {
        match told {
            Told::Trouble(why) => self.error(why),
            Told::Wanted(name) => self.list_lessons(After::Begin(name)),
            Told::Listed(shelf, book) => {
                self.lessons.shelf = shelf;
                self.lessons.book = *book;
                self.keep_present();
                match self.lessons.after.take() {
                    Some(After::List) => self.show_lessons(),
                    Some(After::Sheet) => self.ask_sheet(),
                    Some(After::Begin(name)) => self.begin_named(&name),
                    None => {}
                }
            }
        }
    }

    fn show_lessons(&mut self) {
        let present = self.lessons.on.as_ref().map(|on| on.lesson().id.clone());
        let rows = self.lessons.shelf.iter().map(|shelved| row(shelved, &self.lessons.book, present.as_deref()));
        let rows: Vec<Vec<String>> = rows.collect();
        let new = |shelved: &Shelved| {
            let done = |lesson: &Arc<Lesson>| self.lessons.book.standing(&lesson.id) == Standing::Done;
            shelved.lesson.as_ref().is_ok_and(|lesson| !done(lesson))
        };
        let on = present.and_then(|id| self.lessons.position(&id));
        let selected = on.or_else(|| self.lessons.shelf.iter().position(new)).unwrap_or(0);
        self.dialog = Some(Dialog::Pick(Picker {
            shelf: Shelf::Lessons,
            title: "Lessons".to_owned(),
            widths: &[8, 30, 16],
            headings: &["Part", "Lesson", "State", "At its end"],
            rows,
            selected,
            foot: "Enter begins a lesson or goes on with it; ^X g r writes the result sheet",
        }));
    }

    pub(super) fn lesson_picked(&mut self, index: usize) {
        self.dialog = None;
        let Some(shelved) = self.lessons.shelf.get(index) else { return };
        match &shelved.lesson {
            Err(why) => {
                let lines =
                    vec![printable::text(&shelved.file).into_owned(), String::new(), printable::text(why).into_owned()];
                self.dialog = Some(Dialog::Card(Card::new("This lesson cannot be read", lines)));
            }
            Ok(lesson) if self.lessons.on.as_ref().is_some_and(|on| on.lesson().id == lesson.id) => {
                let title = printable::text(&lesson.title).into_owned();
                let items = vec![
                    Item::new('g', "Go on", dialog::Choice::Stay),
                    Item::new('l', "Leave it; it can be gone on with later", dialog::Choice::Lesson(Choice::Leave)),
                    Item::new('a', "Begin it anew", dialog::Choice::Lesson(Choice::Again(index))),
                ];
                self.dialog = Some(Dialog::Menu(Menu::new(title, Vec::new(), items)));
            }
            Ok(_) => self.begin_lesson(index),
        }
    }

    pub(super) fn lesson_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Leave => {
                self.leave_lesson();
                self.info("the lesson is left; ^X G goes on with it");
            }
            Choice::List => self.list_lessons(After::List),
            Choice::Begin(index) => self.begin_lesson(index),
            Choice::Again(index) => {
                self.leave_lesson();
                if let Some(lesson) = self.lessons.lesson(index) {
                    self.lessons.book.lessons.remove(&lesson.id);
                }
                self.begin_lesson(index);
            }
            Choice::OnSandbox(index) => {
                self.lessons.waiting = Some(index);
                self.effects.push(Effect::StartSandbox);
            }
            Choice::Here(index) => self.start_lesson(index),
            Choice::Sheet => self.list_lessons(After::Sheet),
        }
    }

    fn ask_sheet(&mut self) {
        let name = format!("lessons-{}.md", self.now.wall.strftime("%Y-%m-%d"));
        let hint = "A new file; nothing that is there is written over.";
        self.dialog = Some(Dialog::question(Asked::Lesson(Purpose::Sheet), "Write the result sheet to", hint, &name));
    }

    pub(super) fn lesson_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        match purpose {
            Purpose::Sheet if text.trim().is_empty() => Err("a file name is needed".to_owned()),
            Purpose::Sheet => {
                let content = Content::Bytes(self.lesson_sheet().into_bytes());
                self.effects.push(Effect::Write { path: text.trim().into(), content });
                Ok(())
            }
        }
    }

    fn lesson_sheet(&self) -> String {
        let lessons = self.lessons.shelf.iter().filter_map(|shelved| shelved.lesson.as_ref().ok());
        let ids: Vec<&str> = lessons.map(|lesson| lesson.id.as_str()).collect();
        sheet::markdown(&self.lessons.book, &ids, &self.now.wall, &|text| self.in_words(text))
    }

    /// The finished lesson is told of, and the next one offered, as soon as nothing else lies on top.
    fn tell_finished(&mut self) {
        if self.dialog.is_some() {
            return;
        }
        let Some(finished) = self.lessons.finished.take() else { return };
        let next = self.lessons.position(&finished.id).and_then(|here| {
            (here + 1..self.lessons.shelf.len()).find_map(|index| Some((index, self.lessons.lesson(index)?)))
        });
        let mut items = Vec::new();
        if let Some((index, lesson)) = next {
            let text = format!("Next lesson: {}", printable::text(&lesson.title));
            items.push(Item::new('n', text, dialog::Choice::Lesson(Choice::Begin(index))));
        }
        items.push(Item::new('c', "Close this, and look around", dialog::Choice::Stay));
        items.push(Item::new('l', "All lessons", dialog::Choice::Lesson(Choice::List)));
        items.push(Item::new('r', "Write the result sheet", dialog::Choice::Lesson(Choice::Sheet)));
        let ready = Some(self.now.instant + super::TYPING_PAUSE);
        let menu = Menu::new(format!("Done: {}", finished.title), finished.text, items);
        self.dialog = Some(Dialog::Menu(menu::Menu { ready, ..menu }));
    }
}

/// A row of the list, sanitized.
fn row(shelved: &Shelved, book: &Book, present: Option<&str>) -> Vec<String> {
    let safe = |text: &str| printable::text(text).into_owned();
    match &shelved.lesson {
        Ok(lesson) => {
            let on = present == Some(lesson.id.as_str());
            let standing = format!("{}{}", if on { "* " } else { "" }, book.standing(&lesson.id));
            vec![safe(&lesson.part), safe(&lesson.title), standing, safe(&lesson.goal)]
        }
        Err(why) => {
            let name = shelved.file.rsplit('/').next().unwrap_or_default();
            vec!["own".to_owned(), safe(name), "cannot be read".to_owned(), safe(why)]
        }
    }
}
