//! How a lesson begins, and on which servers; how one is left.

use super::super::dialog::{self, Dialog, Item, Menu};
use super::super::{App, Effect};
use super::underway::{Finished, On};
use super::{Ask, Choice};
use crate::app::account::Example;
use crate::app::faults::FaultRow;
use crate::lesson::{Lesson, Told};
use crate::wire::printable;

impl App {
    /// A lesson that was named at the start: an id, or the file of one.
    pub(super) fn begin_named(&mut self, name: &str) {
        let by_file = || self.lessons.shelf.iter().position(|shelved| shelved.file == name);
        if let Some(index) = self.lessons.position(name).or_else(by_file) {
            self.lesson_picked(index);
        } else {
            self.error(format!("there is no lesson {}", printable::text(name)));
            self.show_lessons();
        }
    }

    /// Begins a lesson, or goes on with it; asks on which servers if those there are, are not the sandbox.
    pub(super) fn begin_lesson(&mut self, index: usize) {
        let Some(lesson) = self.lessons.lesson(index) else { return };
        if self.account.is_practice() {
            self.start_lesson(index);
        } else if self.account.smtp.is_none() && self.account.pop3.is_none() {
            self.lesson_choice(Choice::OnSandbox(index));
        } else {
            self.ask_where(index, &lesson);
        }
    }

    fn ask_where(&mut self, index: usize, lesson: &Lesson) {
        let missing =
            (lesson.needs.smtp && self.account.smtp.is_none()) || (lesson.needs.pop3 && self.account.pop3.is_none());
        let text = match (lesson.needs.sandbox, missing) {
            (true, _) => "This lesson needs a server that makes mistakes on purpose.",
            (_, true) => "This lesson needs a server that is not named here.",
            _ => "On a server of your own real mail is sent, to yourself, and real mail may be deleted.",
        };
        let mut items = vec![Item::new(
            's',
            "The sandbox   a mail server in this program; nothing leaves it",
            dialog::Choice::Lesson(Choice::OnSandbox(index)),
        )];
        if !lesson.needs.sandbox && !missing {
            let name = printable::text(&self.account.name).into_owned();
            let here = if name.is_empty() { "The servers you are using".to_owned() } else { name };
            items.push(Item::new('t', here, dialog::Choice::Lesson(Choice::Here(index))));
        }
        items.push(Item::new('n', "Not now", dialog::Choice::Stay));
        let title = format!("{}: on which server?", printable::text(&lesson.title));
        self.dialog = Some(Dialog::Menu(Menu::new(title, vec![text.to_owned()], items)));
    }

    /// The sandbox runs: the lesson that waited for it begins.
    pub(super) fn lesson_waits_on(&mut self) {
        if self.lessons.waiting.is_some()
            && self.account.is_practice()
            && let Some(index) = self.lessons.waiting.take()
        {
            self.start_lesson(index);
        }
    }

    pub(super) fn start_lesson(&mut self, index: usize) {
        let Some(lesson) = self.lessons.lesson(index) else { return };
        self.leave_lesson();
        let before = self.lessons.book.lessons.get(&lesson.id).cloned();
        let on = On::new(lesson, before, &self.account.name, self.live(), self.now.wall.timestamp());
        self.lessons.on = Some(on);
        self.lessons.finished = None;
        self.fill_form_for_lesson();
        self.step_begins();
    }

    /// On servers of one's own the form has no example: a mail to oneself takes its place.
    fn fill_form_for_lesson(&mut self) {
        let Some(on) = self.lessons.on.as_ref().filter(|on| on.lesson().needs.smtp) else { return };
        if self.account.is_practice() || self.account.from.is_empty() {
            return;
        }
        let subject = on.lesson().title.clone();
        let body = "A mail to myself, from a lesson of telepost.\n".to_owned();
        self.compose.fill_for_practice(&Example { to: self.own_address(), subject, body });
    }

    /// It can be gone on with later. The sandbox does everything right again.
    pub(super) fn leave_lesson(&mut self) {
        self.keep_present();
        self.lessons.on = None;
        self.want_faults(Vec::new());
    }

    /// How far the present lesson is goes into the book, and to disk.
    pub(super) fn keep_present(&mut self) {
        let Some(on) = &self.lessons.on else { return };
        let (id, progress) = (on.lesson().id.clone(), on.progress().clone());
        if self.lessons.book.lessons.get(&id) != Some(&progress) {
            self.lessons.book.lessons.insert(id.clone(), progress.clone());
            self.effects.push(Effect::Lessons(Ask::Keep(id, Box::new(progress))));
        }
    }

    /// Makes what a step needs: no old line, the right server at the prompt, the faults. One that needs faults of
    /// the sandbox is left out elsewhere.
    fn step_begins(&mut self) {
        self.keep_present();
        let Some(on) = &mut self.lessons.on else { return };
        let Some(step) = on.step().cloned() else { return };
        on.begins();
        let wanted = on.faults();
        if step.fresh {
            on.forget_lines([self.links.smtp.number, self.links.pop3.number]);
            self.leave_servers();
        }
        if let Some(side) = step.prompt {
            self.prompt.side = side;
        }
        if self.account.is_practice() {
            self.want_faults(wanted);
        } else if !wanted.is_empty() {
            self.pass_over_step("only the sandbox makes that mistake on purpose");
        }
    }

    fn pass_over_step(&mut self, why: &str) {
        let now = self.now.wall.timestamp();
        let Some(on) = &mut self.lessons.on else { return };
        let told = on.skip(why, now);
        self.lesson_tells(told);
    }

    fn want_faults(&mut self, wanted: Vec<String>) {
        if self.lessons.faults != wanted {
            self.lessons.faults.clone_from(&wanted);
            self.lessons.awaited += 1;
            self.effects.push(Effect::Faults(Some(wanted)));
        }
    }

    /// What the sandbox does wrong now. What a lesson asked for is not to be shown as a list; the rest is handed back.
    pub(in crate::app) fn lesson_faults(
        &mut self,
        faults: Result<Vec<FaultRow>, String>,
    ) -> Option<Result<Vec<FaultRow>, String>> {
        if self.lessons.awaited == 0 {
            return Some(faults);
        }
        self.lessons.awaited -= 1;
        if self.lessons.awaited == 0 && !self.lessons.faults.is_empty() {
            let on = |name: &String| {
                faults.as_ref().is_ok_and(|rows| rows.iter().any(|row| row.on && row.name == name.as_str()))
            };
            if !self.lessons.faults.iter().all(on) {
                self.pass_over_step("this server cannot make that mistake on purpose");
            }
        }
        None
    }

    /// Does what a lesson tells.
    pub(super) fn lesson_tells(&mut self, told: Vec<Told>) {
        let begins = told.contains(&Told::Begins);
        let finished = told.contains(&Told::Finished);
        if let Some(on) = &mut self.lessons.on {
            on.notes(told);
        }
        if finished {
            let done = self.lessons.on.as_ref().map(|on| Finished::of(on, |text| self.in_words(text)));
            self.leave_lesson();
            self.lessons.finished = done;
        } else if begins {
            self.step_begins();
        }
    }
}
