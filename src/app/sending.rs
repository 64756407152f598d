//! From the form to the wire: checks and the transaction. What became of it is told in [`super::results`].

use super::App;
use super::assembly::Assembled;
use crate::connection::{Body, Request, Submission};
use crate::layout::Pane;
use crate::mail::{Built, Envelope, Fault, Lint};
use crate::smtp::{self, BodyKind, MailId, Transaction};
use crate::wire::Side;

impl App {
    /// F5: sends what the form holds.
    pub(super) fn send(&mut self) {
        if let Some(why) = self.steps_forbid_send() {
            self.warn(why);
            return;
        }
        if self.mail_is_under_way() {
            self.warn("a mail is on its way: wait for its end, or ^C stops it");
            return;
        }
        self.retrying.end();
        if !self.ask_before_again() {
            self.send_now();
        }
    }

    pub(super) fn send_now(&mut self) {
        self.signing.resend = false;
        self.compose.checking.pressed = Some(self.now.instant);
        self.send_what_is_seen();
        // Nobody is asked for a password only to hear that the mail cannot go.
        if let Err(faults) = self.assemble() {
            self.cannot_send(faults);
        }
    }

    pub(super) fn cannot_send(&mut self, faults: Vec<Fault>) {
        self.focus = Pane::Compose;
        self.retrying.end();
        let first = faults.first().map_or_else(String::new, ToString::to_string);
        self.error(format!("not sent: {first}"));
        self.compose.show_faults(faults);
    }

    /// Builds the mail and queues it, behind what its line still needs.
    pub(super) fn send_with_secret(&mut self) {
        let Some(assembled) = self.compose.assembled.take() else { return self.send_now() };
        let Assembled { built, envelope } = *assembled;
        if self.replace_insecure(Side::Smtp) {
            self.signing.resend = true;
            return;
        }
        self.compose.fix_identity(built.message_id.clone(), self.now.wall.clone());
        self.begin(built, envelope);
    }

    /// Hands the mail over, which is noted on disk as under way.
    pub(super) fn submit_mail(&mut self, built: Built, envelope: Envelope) {
        let Some((built, envelope)) = self.step_submits(built, envelope) else { return };
        if !self.prepare_smtp() {
            self.compose.standing.perhaps_sent = self.compose.standing.earlier;
            return self.save_draft();
        }
        self.time_mail();
        let envelope = self.retrying.envelope(envelope);
        let id = self.new_mail_id();
        let mut mail = Transaction {
            pace: self.compose.pace,
            manner: self.compose.manner.clone(),
            ..transaction(id, &built, envelope)
        };
        mail.manner.flaws.line_ends |= built.raw_line_ends;
        self.goes_out(&mail, &built.segments, &built.message_id, true);
        self.loop_check.goes(id, &built.message_id, &built.segments, self.now.instant);
        let body = Body::Segments(built.segments);
        self.request(Request::Submit(Submission::Smtp(smtp::Command::Mail(mail), Some(body))));
        self.compose.sending = Some((id, self.now.instant));
        self.compose.carried = self.compose.faults_on_purpose();
        self.compose.result = None;
        self.show_what_goes_out();
    }

    /// Connects if need be, and submits what the line still needs before a mail. `false`: there is no line.
    pub(super) fn prepare_smtp(&mut self) -> bool {
        if !self.links.smtp.is_up() && !self.connect(Side::Smtp) {
            return false;
        }
        if self.links.smtp_state == smtp::State::Greeted {
            let hello = smtp::Command::Hello(self.account.hello.clone());
            self.request(Request::Submit(Submission::Smtp(hello, None)));
        }
        self.complete_line();
        self.prompt.side = Side::Smtp;
        true
    }

    pub(super) fn new_mail_id(&mut self) -> MailId {
        let id = MailId(self.next_mail);
        self.next_mail += 1;
        id
    }

    pub(super) fn random64(&self) -> u64 {
        (self.now.random & u128::from(u64::MAX)) as u64
    }

    /// Text from $EDITOR.
    pub(super) fn edited(&mut self, text: &str) {
        if text.trim_end_matches('\n') != self.compose.body_text().trim_end_matches('\n') {
            self.compose.set_body(text, self.now.instant);
        }
    }
}

/// A lint in one line.
pub(super) fn warning(lint: &Lint) -> String {
    format!("{}: {}", lint.what, lint.advice)
}

pub(super) fn transaction(id: MailId, built: &Built, envelope: Envelope) -> Transaction {
    let body = if built.eight_bit { BodyKind::EightBit } else { BodyKind::SevenBit };
    let (size, utf8) = (Some(built.octets), built.utf8);
    let mut mail = Transaction { size, body, utf8, ..Transaction::new(id, envelope.from, envelope.to) };
    mail.manner.flaws.line_ends = built.raw_line_ends;
    mail
}
