//! A step goes out, on the way that everything goes; and several of them, each after the answer to the one before.

use super::{App, Awaited, Choice};
use crate::app::dialog::{self, Dialog, Item, Menu};
use crate::app::secrets::Task;
use crate::connection::{Request, Submission};
use crate::sasl::Mechanism;
use crate::steps::{self, Key, Row};
use crate::wire::{Side, printable};
use crate::{pop3, smtp};

/// Steps that go out by themselves.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The last one; `None`: all that are left.
    until: Option<Key>,
    /// What went out in this run: nothing goes twice by itself.
    sent: Vec<Key>,
    /// How the last one went.
    pub(super) ended: Option<Outcome>,
}

/// How a step went.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) key: Key,
    /// A sign-in, put in or not.
    pub(super) signs_in: bool,
    pub(super) good: bool,
    /// A refusal was foretold.
    pub(super) foretold: bool,
}

/// The code of an answer, or what stands for one: what went out and was not answered is never told as not sent.
fn in_short(answer: &steps::Answer) -> &str {
    match (answer.code.as_str(), answer.class) {
        ("", "UNKNOWN") => "not known",
        ("", _) => "not sent",
        (code, _) => code,
    }
}

impl Run {
    /// This one did not go out after all.
    pub(super) fn takes_back(&mut self, key: &Key) {
        self.sent.retain(|sent| sent != key);
    }
}

impl App {
    /// Enter: sends the next step, when the cursor is on it.
    pub(in crate::app) fn send_step(&mut self) {
        let Some(side) = self.stepping.side else { return };
        let view = self.step_view(side);
        if view.next.is_some_and(|next| view.cursor != Some(next)) {
            self.talk_mut(side).cursor = None;
            self.info("the cursor is back on the next step: Enter sends it; h runs to the one under the cursor");
            return;
        }
        self.send_next(side);
    }

    /// Sends the next step of a side. `false`: nothing went out.
    pub(in crate::app) fn send_next(&mut self, side: Side) -> bool {
        if let Some(awaited) = &self.talk(side).awaiting {
            let line = printable::text(&awaited.line).into_owned();
            self.warn(format!("the answer to {line} is still awaited"));
            return false;
        }
        if let Some(waiting) = &self.links.of(side).waiting {
            let what = waiting.what.clone();
            self.warn(format!("wait: the server owes an answer ({what})"));
            return false;
        }
        let Some(row) = self.next_row(side) else {
            self.info(if self.course(side).waits { "the server speaks first" } else { "nothing comes next here" });
            return false;
        };
        let rows = self.talk(side).plan.rows(&self.course(side));
        let foretold =
            self.warnings(side, &rows).into_iter().zip(&rows).any(|(it, one)| one.key == row.key && it.is_some());
        self.prompt.side = side;
        self.talk_mut(side).cursor = None;
        if side == Side::Smtp && self.ask_before_step(&row) {
            return false;
        }
        self.put_out(side, &row, foretold)
    }

    fn put_out(&mut self, side: Side, row: &Row, foretold: bool) -> bool {
        let kind = row.of.as_ref().unwrap_or(&row.key);
        match kind {
            Key::Connect => self.step_connect(side, row),
            Key::SignIn if !row.own => {
                self.await_step(side, row, foretold);
                self.step_signs_in(side, row)
            }
            Key::Pass if !row.own => self.step_pass(row),
            Key::Body => {
                self.await_step(side, row, foretold);
                self.step_body()
            }
            _ => {
                self.await_step(side, row, foretold);
                let line = row.words.expose().to_owned();
                self.line_typed(&line);
                // What cannot be sent as it is stands in the prompt again.
                if self.prompt.input.value() == line {
                    self.give_up_step(side);
                    self.go_to_prompt();
                    return false;
                }
                true
            }
        }
    }

    fn await_step(&mut self, side: Side, row: &Row, foretold: bool) {
        let line = row.words.shown(side);
        let key = row.key.clone();
        let talk = self.talk_mut(side);
        talk.log.sent(Some(row.of.clone().unwrap_or_else(|| key.clone())), line.clone());
        talk.plan.sent(&key);
        talk.awaiting = Some(Awaited { of: row.of.clone(), key, line, foretold });
    }

    /// What was to go out did not.
    pub(super) fn give_up_step(&mut self, side: Side) {
        let talk = self.talk_mut(side);
        talk.awaiting = None;
        talk.run = None;
        if talk.log.iter().last().is_some_and(|done| done.answer.is_none()) {
            talk.log.answered(steps::Answer { code: String::new(), class: "NOT SENT", good: false }, None);
        }
    }

    fn step_connect(&mut self, side: Side, row: &Row) -> bool {
        let begun = self.connect_bare(side);
        if begun {
            self.show_what_goes_out();
            let line = row.words.shown(side);
            self.talk_mut(side).awaiting = Some(Awaited { key: Key::Connect, of: None, line, foretold: false });
        }
        begun
    }

    /// AUTH: the account's sign-in by the mechanism of the step, or one that is asked for.
    fn step_signs_in(&mut self, side: Side, row: &Row) -> bool {
        let line = row.words.expose().to_owned();
        if self.account.user_of(side).is_none() {
            self.line_typed(&line);
        } else if side == Side::Smtp {
            self.with_secret(Task::SignIn);
        } else {
            self.sign_in(side);
        }
        true
    }

    /// The mechanism of the AUTH step that is being sent.
    pub(in crate::app) fn step_mechanism(&self, side: Side) -> Option<Mechanism> {
        let awaited = self.talk(side).awaiting.as_ref().filter(|awaited| *awaited.purpose() == Key::SignIn)?;
        awaited.line.split_ascii_whitespace().nth(1)?.parse().ok()
    }

    /// A sign-in that nobody goes on with is no longer awaited.
    pub(super) fn forget_abandoned(&mut self, side: Side) {
        let signs_in = self.talk(side).awaiting.as_ref().is_some_and(|awaited| *awaited.purpose() == Key::SignIn);
        let asked = self.links.of(side).sign_in_asked || self.dialog.is_some() || self.is_asked_for_secret();
        if !signs_in || asked || self.links.of(side).waiting.is_some() {
            return;
        }
        let answer = self.talk(side).log.iter().last().and_then(|done| done.answer.as_ref());
        match answer.map(|answer| (answer.good, answer.class)) {
            None => self.give_up_step(side),
            // Typed by hand it goes on in the prompt.
            Some((true, "MORE")) => self.talk_mut(side).awaiting = None,
            Some((good, _)) => self.talk_mut(side).signed_in(good),
        }
    }

    fn step_pass(&mut self, row: &Row) -> bool {
        if self.account.password.is_none() {
            self.go_to_prompt();
            self.prompt.input = crate::app::edit::field(row.words.expose());
            self.info("type the password behind PASS; it is hidden");
            self.talk_mut(Side::Pop3).run = None;
            return false;
        }
        if self.links.pop3.protection.is_some() || self.account.allow_plain_auth {
            self.send_pass();
            return true;
        }
        let text = vec!["This line is NOT encrypted: anyone on its way can read the password.".to_owned()];
        let items = vec![
            Item::new('n', "No, send nothing", dialog::Choice::Stay),
            Item::new('y', "Send PASS in clear all the same", dialog::Choice::Step(Choice::PassInClear)),
        ];
        self.talk_mut(Side::Pop3).run = None;
        self.dialog = Some(Dialog::Menu(Menu::new("Password over a line without TLS?", text, items)));
        false
    }

    /// PASS with the account's password.
    pub(super) fn send_pass(&mut self) {
        let due = self.next_row(Side::Pop3).filter(|row| row.key == Key::Pass && !row.own);
        let (Some(row), Some(password)) = (due, self.account.password.clone()) else { return };
        match pop3::Line::pass(&password) {
            Ok(line) => {
                self.await_step(Side::Pop3, &row, false);
                let shown = line.shown();
                if let Some(awaited) = &mut self.talk_mut(Side::Pop3).awaiting {
                    awaited.line = shown;
                }
                self.request(Request::Submit(Submission::Pop3(pop3::Command::Line(line))));
                self.show_what_goes_out();
            }
            Err(error) => self.error(error.to_string()),
        }
    }

    /// Sends the steps up to the one under the cursor.
    pub(super) fn run_to_here(&mut self) {
        let Some(side) = self.stepping.side else { return };
        let view = self.step_view(side);
        let key = view.cursor.and_then(|at| view.lines.get(at)).and_then(|line| line.row.as_ref());
        match key.filter(|row| !row.left_out).map(|row| row.key.clone()) {
            Some(key) => self.run_steps(Some(key)),
            None => self.warn("go to a step that is left first (Up, Down): the steps run to it"),
        }
    }

    /// Sends what is left, up to a step.
    pub(super) fn run_steps(&mut self, until: Option<Key>) {
        let Some(side) = self.stepping.side else { return };
        if self.next_row(side).is_none() {
            self.info("no step is left");
            return;
        }
        self.talk_mut(side).cursor = None;
        self.talk_mut(side).run = Some(Run { until, ..Run::default() });
        self.run_on(side);
    }

    /// Steps go out by themselves.
    pub(in crate::app) fn steps_run(&self) -> bool {
        self.stepping.talks.iter().any(|talk| talk.run.is_some())
    }

    /// ^C: stops a run. `false`: there is none.
    pub(in crate::app) fn stop_steps(&mut self) -> bool {
        let stopped = self.stepping.talks.iter_mut().filter_map(|talk| talk.run.take()).count() > 0;
        if stopped {
            self.warn("stopped: no further step goes out by itself; what was sent is sent");
        }
        stopped
    }

    /// The next step of a run, once the one before it was answered.
    pub(super) fn run_on(&mut self, side: Side) {
        let talk = self.talk(side);
        let (true, None) = (talk.run.is_some(), &talk.awaiting) else { return };
        if self.links.of(side).waiting.is_some() || self.dialog.is_some() || self.is_unsettled(side) {
            return;
        }
        let Some(mut run) = self.talk_mut(side).run.take() else { return };
        if let Some(why) = run.ended.take().and_then(|outcome| self.stops(side, &outcome)) {
            if !why.is_empty() {
                self.warn(why);
            }
            return;
        }
        if run.until.as_ref().is_some_and(|until| run.sent.contains(until)) {
            return;
        }
        let course = self.course(side);
        if course.waits {
            self.talk_mut(side).run = Some(run);
            return;
        }
        let rows = self.talk(side).plan.rows(&course);
        let Some(next) = rows.iter().find(|row| !row.left_out) else {
            self.tell_last_step(side, &run);
            return;
        };
        if let Some(why) = self.goes_astray(side, &run, &rows, next) {
            self.warn(format!("stopped: {why}"));
            return;
        }
        run.sent.push(next.key.clone());
        self.talk_mut(side).run = Some(run);
        if !self.send_next(side) {
            self.talk_mut(side).run = None;
        }
    }

    /// Why the next step is not what whoever began the run had in mind.
    fn goes_astray(&self, side: Side, run: &Run, rows: &[Row], next: &Row) -> Option<String> {
        if run.until.as_ref().is_some_and(|until| !rows.iter().any(|row| row.key == *until)) {
            return Some("the step to run to is not called for any more".to_owned());
        }
        if !self.links.of(side).is_up() && next.key == Key::Connect && !run.sent.is_empty() {
            return Some("the line is gone".to_owned());
        }
        let again = run.sent.contains(&next.key);
        again.then(|| format!("{} would go out once more", printable::text(&next.words.shown(side))))
    }

    /// Nothing is left; where a mail went out in the run, what became of it is what matters.
    fn tell_last_step(&mut self, side: Side, run: &Run) {
        let mailed = side == Side::Smtp && run.sent.contains(&Key::Body);
        match self.fate_of_mail().filter(|_| mailed) {
            Some((fate, true)) => self.info(format!("that was the last step; the mail: {fate}")),
            Some((fate, false)) => self.warn(format!("that was the last step; the mail: {fate}")),
            None => self.info("that was the last step"),
        }
    }

    /// A step was accepted, and what that changed is not told yet: the state comes behind the reply.
    fn is_unsettled(&self, side: Side) -> bool {
        let outcome = self.talk(side).run.as_ref().and_then(|run| run.ended.as_ref()).filter(|outcome| outcome.good);
        let Some(Outcome { key, .. }) = outcome else { return false };
        let in_mail = matches!(self.links.smtp_state, smtp::State::Mail | smtp::State::Rcpt);
        let next = self.talk(side).plan.rows(&self.course(side)).into_iter().find(|row| !row.left_out);
        next.is_some_and(|next| next.key == *key) || *key == Key::Reset && in_mail
    }

    /// Whether a refusal makes the rest senseless, in words; without any where they were said.
    fn stops(&self, side: Side, outcome: &Outcome) -> Option<String> {
        if outcome.good || outcome.foretold {
            return None;
        }
        let left = self.next_row(side).map(|row| row.key);
        let lost = matches!(left, None | Some(Key::Reset | Key::Quit));
        let goes_on = match outcome.key {
            Key::Rcpt(_) | Key::Hello(..) => !lost,
            // What follows a sign-in that was put in needs it as much.
            Key::Added(_) => !outcome.signs_in,
            Key::Capa(_) | Key::Uidl => true,
            // Whatever the server said to it, it was the last.
            Key::Quit => return None,
            // What became of the mail is told.
            Key::Body => return Some(String::new()),
            _ => false,
        };
        let done = self.talk(side).log.iter().last();
        let (line, code) = done
            .map_or(("the step", ""), |done| (done.line.as_str(), done.answer.as_ref().map_or("no answer", in_short)));
        let line = printable::text(line);
        (!goes_on).then(|| match left {
            Some(Key::Reset | Key::Quit) => format!("stopped at {line} ({code}): what was left makes no sense now"),
            _ => format!("stopped at {line} ({code}); Enter or a goes on from here"),
        })
    }
}
