//! Lines changed, steps left out and taken in, steps repeated.

use super::App;
use crate::steps::{Key, Row, Words};
use crate::wire::secret::is_masked;
use crate::wire::{Side, printable};

impl App {
    /// The step under the cursor, while it is still to be sent.
    fn chosen_row(&self, side: Side) -> Option<Row> {
        let view = self.step_view(side);
        view.cursor.and_then(|at| view.lines.into_iter().nth(at)).and_then(|line| line.row)
    }

    /// The line goes to the prompt, to be changed there.
    pub(super) fn change_step(&mut self) {
        let Some(side) = self.stepping.side else { return };
        let Some(row) = self.chosen_row(side) else {
            self.warn("that was sent: r puts it in once more, and then m changes it");
            return;
        };
        match row.of.as_ref().unwrap_or(&row.key) {
            Key::Connect => return self.warn("F2 names another server"),
            Key::Body => return self.warn("the mail is changed in the form: F7 leads back to it"),
            _ => {}
        }
        self.stepping.changing = Some((side, row.key));
        self.prompt.input = crate::app::edit::field(row.words.expose());
        self.go_to_prompt();
        self.info("Enter puts the line back into the plan, and sends nothing; Esc gives up");
    }

    /// A line was typed that is meant for the plan. `false`: it is meant for the server.
    pub(in crate::app) fn step_changed(&mut self, line: &str) -> bool {
        let Some((side, key)) = self.stepping.changing.take() else { return false };
        if self.stepping.side.is_none() {
            return false;
        }
        let course = self.course(side);
        let proper = course.steps.iter().find(|step| step.key == key).is_some_and(|step| step.line == line);
        let plan = &mut self.talk_mut(side).plan;
        if proper {
            plan.restore(&key);
        } else {
            plan.change_to(key.clone(), Words::new(line));
        }
        self.back_to_steps(side);
        self.status.dismiss();
        self.tell_foretold(side, &key);
        true
    }

    /// Esc: the line stays as it was. `false`: none is being changed.
    pub(in crate::app) fn give_up_change(&mut self) -> bool {
        let Some((side, _)) = self.stepping.changing.take() else { return false };
        self.prompt.input.reset();
        self.back_to_steps(side);
        self.info("the step stays as it was");
        true
    }

    fn back_to_steps(&mut self, side: Side) {
        self.focus_on(super::pane_of(side));
    }

    /// What the server will say to the step as it is now, if not what it should.
    fn tell_foretold(&mut self, side: Side, key: &Key) {
        let rows = self.talk(side).plan.rows(&self.course(side));
        let found = rows.iter().position(|row| row.key == *key);
        if let Some(warning) = found.and_then(|at| self.warnings(side, &rows).into_iter().nth(at)?) {
            self.warn(format!("{warning}; it can be sent all the same"));
        }
    }

    pub(super) fn skip_step(&mut self) {
        let Some(side) = self.stepping.side else { return };
        let Some(row) = self.chosen_row(side) else {
            self.warn("that was sent: only what is still to come can be left out");
            return;
        };
        if row.key == Key::Connect {
            self.warn("nothing goes without a line");
            return;
        }
        let before = self.first_warning(side);
        let at = self.step_view(side).cursor;
        self.talk_mut(side).plan.skip(&row);
        self.talk_mut(side).cursor = at.filter(|_| !matches!(row.key, Key::Added(_)));
        let after = self.first_warning(side).filter(|after| before.as_ref() != Some(after));
        let line = printable::text(&row.words.shown(side)).trim_end().to_owned();
        match after {
            _ if row.left_out => self.info(format!("{line} is taken in")),
            Some((there, warning)) => self.warn(format!("{line} is left out; {there}: {warning}")),
            None => self.info(format!("{line} is left out; s takes it in again")),
        }
    }

    /// The first step that will be refused, and the words for it.
    fn first_warning(&self, side: Side) -> Option<(String, String)> {
        let rows = self.talk(side).plan.rows(&self.course(side));
        let warnings = self.warnings(side, &rows);
        let (row, warning) = rows.iter().zip(warnings).find_map(|(row, warning)| Some((row, warning?)))?;
        Some((printable::text(&row.words.shown(side)).into_owned(), warning))
    }

    pub(super) fn repeat_step(&mut self) {
        let Some(side) = self.stepping.side else { return };
        let view = self.step_view(side);
        let Some(line) = view.cursor.and_then(|at| view.lines.get(at)) else { return };
        let (behind, of, words) = match (&line.row, &line.done) {
            (Some(row), _) => {
                (Some(row.key.clone()), Some(row.of.clone().unwrap_or_else(|| row.key.clone())), row.words.clone())
            }
            (None, Some(done)) => (None, done.key.clone(), Words::new(done.line.as_str())),
            (None, None) => return,
        };
        let own = line.row.as_ref().is_some_and(|row| row.own);
        match &of {
            Some(Key::Connect) => return self.warn("a line is opened once; F2 opens another"),
            Some(Key::Body) => return self.warn("the text goes once behind each 354; a mail again begins with MAIL"),
            Some(Key::Pass) if line.row.is_none() => return self.warn("name the user first: PASS follows by itself"),
            None if is_masked(words.expose().as_bytes()) => {
                return self.warn("that line holds a secret that is not kept: type it again");
            }
            _ => {}
        }
        // Sent as the step it repeats only where that does more than to send its line.
        let of = of.filter(|key| !own && matches!(key, Key::SignIn | Key::Rcpt(_)));
        let shown = printable::text(&words.shown(side)).into_owned();
        let key = self.talk_mut(side).plan.add(behind.as_ref(), of, words);
        let view = self.step_view(side);
        let at = view.lines.iter().position(|line| line.row.as_ref().is_some_and(|row| row.key == key));
        self.talk_mut(side).cursor = at;
        self.info(format!("{shown} goes out once more; m changes it, s takes it away"));
        self.tell_foretold(side, &key);
    }
}
