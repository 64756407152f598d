//! Step mode: the commands of a send or of a visit to a mailbox, to be sent one by one. What comes next is the room
//! `steps`' to say, from what this file tells it; ghost text and `next-command` ask the same.
//!
//! | file | duty |
//! |---|---|
//! | `hearing` | what the servers said, into log and facts |
//! | `sending` | a step goes out; runs of several |
//! | `mail` | the mail of the form as steps send it, and its end |
//! | `asking` | what is asked before a mail goes out |
//! | `editing` | lines changed, steps left out and repeated |
//! | `rows` | what is on screen of it |

mod asking;
mod editing;
mod hearing;
mod mail;
mod rows;
mod sending;

use std::time::Duration;

use super::App;
use super::prompt::Suggestion;
use crate::connection::Protocol;
use crate::keymap::Action;
use crate::layout::Pane;
use crate::sasl::{SecretKind, SignIn};
use crate::smtp::{MailOutcome, State};
use crate::steps::{Course, Key, Log, Plan, Row, pop3, smtp};
use crate::wire::{Secret, Side};
pub(crate) use rows::{Mark, StepLine, View};

/// An answer to a menu of step mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The mail may go again, though it may have come already.
    Again,
    /// The mail may go as it is.
    AsItIs,
    /// The mail goes back into the form first.
    ToForm,
    /// PASS may go over a line without TLS.
    PassInClear,
}

/// Step mode, while it is on, and what the steps follow from, which is gathered always.
#[derive(Debug, Default)]
pub(crate) struct Stepping {
    /// Of which conversation the steps are shown; `None`: it is off.
    pub(crate) side: Option<Side>,
    talks: [Talk; 2],
    smtp: smtp::Heard,
    pop3: pop3::Heard,
    mail: mail::Mail,
    changing: Option<(Side, Key)>,
    /// The run that goes on behind the answer to a question.
    held: Option<sending::Run>,
}

/// One conversation.
#[derive(Debug, Default)]
struct Talk {
    plan: Plan,
    log: Log,
    /// The step whose answer is awaited.
    awaiting: Option<Awaited>,
    run: Option<sending::Run>,
    /// The row under the cursor; `None`: the next step.
    cursor: Option<usize>,
    /// Of the answer that came last.
    lapse: Option<Duration>,
}

/// A step that was sent.
#[derive(Clone, Debug)]
struct Awaited {
    key: Key,
    /// What it repeats.
    of: Option<Key>,
    /// As it will be told of.
    line: String,
    /// A refusal was foretold.
    foretold: bool,
}

impl Awaited {
    /// What it is for; one that was put in is for what it repeats.
    fn purpose(&self) -> &Key {
        self.of.as_ref().unwrap_or(&self.key)
    }
}

impl App {
    pub(super) fn act_on_steps(&mut self, action: Action) {
        match action {
            Action::StepMode => self.toggle_steps(),
            Action::StepHere => self.run_to_here(),
            Action::StepAll => self.run_steps(None),
            Action::StepChange => self.change_step(),
            Action::StepSkip => self.skip_step(),
            Action::StepRepeat => self.repeat_step(),
            _ => {}
        }
    }

    pub(super) fn steps_unavailable(&self, action: Action) -> Option<&'static str> {
        let Some(side) = self.stepping.side else { return Some("step mode is off: F7 begins it") };
        let runs = self.talk(side).run.is_some();
        match action {
            Action::StepHere | Action::StepAll if runs => Some("the steps are running: ^C stops them"),
            _ => None,
        }
    }

    pub(super) fn step_choice(&mut self, choice: Choice) {
        match choice {
            Choice::Again | Choice::AsItIs => self.step_agreed(choice),
            Choice::ToForm => self.toggle_steps(),
            Choice::PassInClear => self.send_pass(),
        }
    }

    fn toggle_steps(&mut self) {
        self.stepping.changing = None;
        if self.stepping.side.take().is_some() {
            for talk in &mut self.stepping.talks {
                talk.run = None;
            }
            self.info("step mode is off; the conversation stays as it is");
            return;
        }
        let side = self.prompt.side;
        self.stepping.side = Some(side);
        self.talk_mut(side).cursor = None;
        self.focus_on(pane_of(side));
    }

    /// What follows from any change: the steps that are left, anew.
    pub(super) fn steps_on(&mut self) {
        let shown = self.stepping.side.filter(|side| *side != self.prompt.side);
        if let Some(before) = shown {
            // Whoever was among the steps stays among them.
            if self.focus == pane_of(before) {
                self.focus_on(pane_of(self.prompt.side));
            }
            self.stepping.side = Some(self.prompt.side);
        }
        self.step_mail_on();
        for side in [Side::Smtp, Side::Pop3] {
            self.forget_abandoned(side);
            self.run_on(side);
        }
    }

    fn talk(&self, side: Side) -> &Talk {
        &self.stepping.talks[side as usize]
    }

    fn talk_mut(&mut self, side: Side) -> &mut Talk {
        &mut self.stepping.talks[side as usize]
    }

    /// Step mode is on.
    pub(in crate::app) fn is_stepping(&self) -> bool {
        self.stepping.side.is_some()
    }

    /// The steps of this side stand in the place of that pane.
    pub(crate) fn shows_steps(&self, pane: Pane) -> bool {
        self.stepping.side.is_some_and(|side| pane_of(side) == pane)
    }

    /// The steps have the keys.
    pub(crate) fn steps_focused(&self) -> bool {
        self.shows_steps(self.focus)
    }

    /// The steps that are left of a conversation.
    fn course(&self, side: Side) -> Course {
        match side {
            Side::Smtp => self.smtp_course(),
            Side::Pop3 => self.pop3_course(),
        }
    }

    fn smtp_course(&self) -> Course {
        let target = self.account.smtp.as_ref();
        let who = self.who(Side::Smtp);
        let delivered = self.compose.edits == self.sent_edits
            && (self.compose.result.as_ref())
                .is_some_and(|report| matches!(report.outcome, MailOutcome::Sent | MailOutcome::Partial));
        smtp::course(&smtp::Situation {
            up: self.links.smtp.is_up(),
            server: &self.server_of(Side::Smtp),
            state: self.links.smtp_state,
            lmtp: target.is_some_and(|target| target.protocol == Protocol::Lmtp),
            hello: &self.account.hello,
            capabilities: &self.links.smtp_capabilities,
            encrypted: self.links.smtp.protection.is_some(),
            tls: target.map(|target| target.tls.mode).unwrap_or_default(),
            sign_in: who.as_ref(),
            mail: self.stepping.mail.transaction(),
            fresh: !delivered,
            body_typed: !self.typed_mail.is_empty(),
            heard: &self.stepping.smtp,
        })
    }

    fn pop3_course(&self) -> Course {
        let who = self.who(Side::Pop3);
        pop3::course(&pop3::Situation {
            up: self.links.pop3.is_up(),
            server: &self.server_of(Side::Pop3),
            state: self.links.pop3_state,
            capabilities: self.links.pop3_capabilities.as_ref(),
            encrypted: self.links.pop3.protection.is_some(),
            tls: self.account.pop3.as_ref().map(|target| target.tls.mode).unwrap_or_default(),
            sign_in: who.as_ref(),
            named: self.named,
            selected: self.mailbox.selected_row().map(|row| row.number),
            heard: &self.stepping.pop3,
        })
    }

    fn server_of(&self, side: Side) -> String {
        let target = self.account.target(side);
        target.map_or_else(|| "a server (F2 names it)".to_owned(), |target| format!("{}:{}", target.host, target.port))
    }

    /// Who signs in on a side, for the choice of the mechanism: the secret is not needed for that.
    fn who(&self, side: Side) -> Option<SignIn> {
        let user = self.account.user_of(side)?;
        let kind = match (self.account.needs_no_secret(), self.account.token) {
            (true, _) => SecretKind::None,
            (false, true) => SecretKind::Token,
            (false, false) => SecretKind::Password,
        };
        let (mechanism, allow_plain) = (self.account.mechanism, self.account.allow_plain_auth);
        Some(SignIn { kind, mechanism, allow_plain, ..SignIn::with_password(user, Secret::new(""), "") })
    }

    /// The first step that is not left out, when it may go out now.
    fn next_row(&self, side: Side) -> Option<Row> {
        let course = self.course(side);
        let row = self.talk(side).plan.rows(&course).into_iter().find(|row| !row.left_out)?;
        (!course.waits).then_some(row)
    }

    /// Sends the proper command that was put into the prompt: as the step that it is, where it is one of the steps'.
    pub(super) fn send_proper(&mut self, line: &str) {
        let side = self.prompt.side;
        let is_step = |row: &Row| row.key != Key::Body && row.words.expose() == line;
        if self.next_row(side).as_ref().is_some_and(is_step) {
            self.send_next(side);
        } else {
            self.line_typed(line);
        }
    }

    /// The command that comes next on the prompt's side, and why.
    pub(super) fn proper_next(&self) -> Option<Suggestion> {
        let side = self.prompt.side;
        if side == Side::Smtp && self.own_mail_is_accepted() {
            let why = "your mail was accepted: QUIT ends the conversation, MAIL FROM begins another mail";
            return Some(Suggestion { line: "QUIT".to_owned(), why });
        }
        let row = self.next_row(side).filter(|row| row.key != Key::Connect)?;
        if row.key == Key::Body {
            // Whoever types has a mail of their own in mind.
            return Some(Suggestion { line: ".".to_owned(), why: "a line with a single dot ends the mail" });
        }
        let line = row.words.expose().to_owned();
        (row.words.shown(side).trim_end() == line.trim_end()).then_some(Suggestion { line, why: row.why })
    }
}

impl App {
    /// The last mail on this line was one typed by hand, and was accepted: whoever types does not mean the form's mail.
    fn own_mail_is_accepted(&self) -> bool {
        let of_form = self.compose.result.as_ref();
        let of_form = of_form.is_some_and(|it| matches!(it.outcome, MailOutcome::Sent | MailOutcome::Partial));
        let ready = self.links.smtp_state == State::Ready;
        ready && self.stepping.smtp.delivered && !of_form && !self.shows_steps(Pane::Compose)
    }
}

/// Where the steps of a side stand.
fn pane_of(side: Side) -> Pane {
    match side {
        Side::Smtp => Pane::Compose,
        Side::Pop3 => Pane::Mailbox,
    }
}
