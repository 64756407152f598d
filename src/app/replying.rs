//! Reply, forward, resend: from the message into the compose form or onto the wire.
//!
//! The mail that an answer starts from is made beside the loop ([`Effect::Draft`]). What stands unsent in the form is put
//! aside only when the person says so, and comes back.

use std::sync::Arc;

use super::asking::Asking;
use super::dialog::{self, Dialog, Item, Menu};
use super::mailbox::Message;
use super::secrets::Task;
use super::{App, Effect, grouped};
use crate::connection::{Body, Request, Submission};
use crate::layout::Pane;
use crate::mail::build::resent;
use crate::mail::reply::Answer;
use crate::mail::{AddressList, Draft, Fault, Field, Summary, header, message_id};
use crate::smtp::{self, BodyKind, MailId, MailOutcome, MailReport, Pace, Stage, Transaction};
use crate::wire::Segment;

/// Answers of the menus here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The mail in the form stays; the answer is not begun.
    KeepForm,
    /// The mail in the form is put aside for the answer.
    PutAside,
    /// Resend octet for octet.
    AsItIs,
    /// Resend with Resent- fields in front.
    WithFields,
    /// Do not resend.
    No,
}

/// What typed answers here are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Who gets the message that is resent.
    ResendTo,
}

/// What shall be done with a message once it is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Answer(Answer),
    Resend,
}

/// A message that is resent.
#[derive(Debug)]
struct Resend {
    /// Such as `message 3`.
    name: String,
    raw: Arc<Vec<u8>>,
    /// Who gets it; empty until it was asked.
    to: AddressList,
    /// How was asked.
    asked: bool,
    /// With Resent- fields.
    fields: bool,
}

/// What is under way here.
#[derive(Debug, Default)]
pub(super) struct Replying {
    wanted: Option<(u32, Want)>,
    /// An answer that is ready, while the form is asked about.
    made: Option<(Answer, Box<Draft>)>,
    resend: Option<Resend>,
    sending: Option<(MailId, String)>,
}

impl Replying {
    /// A resent message is on its way.
    pub(super) fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// The line is gone. Returns whether a resent message was on its way.
    pub(super) fn line_closed(&mut self) -> bool {
        self.sending.take().is_some()
    }
}

impl App {
    pub(super) fn reply(&mut self, all: bool) {
        self.want(Want::Answer(if all { Answer::ReplyAll } else { Answer::Reply }));
    }

    pub(super) fn forward(&mut self) {
        self.want(Want::Answer(Answer::Forward));
    }

    pub(super) fn ask_resend(&mut self) {
        self.want(Want::Resend);
    }

    /// Does it with the open message, or opens the selected one first.
    fn want(&mut self, want: Want) {
        let Some(number) = self.current_message() else { return };
        if self.mailbox.message.as_ref().is_some_and(|message| message.number == number) {
            self.go_on_with(want);
            return;
        }
        self.replying.wanted = Some((number, want));
        self.open_message();
        if self.mailbox.is_on_its_way(number) {
            self.info(format!("message {number} is fetched first"));
        }
    }

    /// What follows here from anything that changed.
    pub(super) fn reply_on(&mut self) {
        if let Some((number, want)) = self.replying.wanted {
            if self.mailbox.message.as_ref().is_some_and(|message| message.number == number) {
                self.replying.wanted = None;
                self.go_on_with(want);
            } else if self.dialog.is_none() && !self.mailbox.is_on_its_way(number) {
                // It was refused, or the session is over.
                self.replying.wanted = None;
            }
        }
        self.ask_how_to_resend();
    }

    fn go_on_with(&mut self, want: Want) {
        let Some(message) = &self.mailbox.message else { return };
        let (number, raw, cut) = (message.number, Arc::clone(&message.raw), Message::is_cut(message));
        if cut && !matches!(want, Want::Answer(Answer::Reply | Answer::ReplyAll)) {
            self.error(format!(
                "message {number} is too large to be kept whole: only its first part is here, and that is not sent on"
            ));
            return;
        }
        match want {
            Want::Answer(_) if self.form_is_going() => {
                self.warn("a mail is on its way from the form: wait for its end, or ^C stops it");
            }
            Want::Answer(answer) => {
                self.effects.push(Effect::Draft { raw, answer, own: self.own_addresses() });
            }
            Want::Resend if self.mail_is_under_way() => {
                self.warn("a mail is on its way: wait for its end, or ^C stops it");
            }
            Want::Resend => {
                self.ask_whom_to_resend(format!("message {number}"), raw, "");
            }
        }
    }

    /// Asks who gets a message once more.
    pub(super) fn ask_whom_to_resend(&mut self, name: String, raw: Arc<Vec<u8>>, to: &str) {
        self.dialog = Some(Dialog::question(
            dialog::Purpose::Reply(Purpose::ResendTo),
            &format!("Resend {name} to"),
            "addresses, with commas between them; its own To and Cc get nothing",
            to,
        ));
        self.replying.resend = Some(Resend { name, raw, to: AddressList::default(), asked: false, fields: false });
    }

    /// The addresses of the person: those of From, and the user, at their domain if it has none.
    fn own_addresses(&self) -> Vec<String> {
        let from = AddressList::salvage(&self.account.from);
        let mut own: Vec<String> = from.mailboxes().map(|mailbox| mailbox.address.clone()).collect();
        let domain = own.first().and_then(|address| address.rsplit_once('@')).map(|(_, domain)| domain.to_owned());
        for user in self.account.user.iter().chain(&self.account.smtp_user) {
            match &domain {
                _ if user.contains('@') => own.push(user.clone()),
                Some(domain) => own.push(format!("{user}@{domain}")),
                None => {}
            }
        }
        own
    }

    /// The start of an answer is made.
    pub(super) fn drafted(&mut self, answer: Answer, draft: Box<Draft>) {
        self.replying.made = Some((answer, draft));
        if !self.compose.unsent {
            self.begin_answer();
            return;
        }
        if self.dialog.is_some() {
            // It came up while the answer was made.
            self.ask(Asking::PutAside);
        } else {
            self.dialog = self.put_aside_menu().map(Dialog::Menu);
        }
    }

    /// Whether to put the mail in the form aside, while an answer waits for that.
    pub(super) fn put_aside_menu(&self) -> Option<Menu> {
        let (answer, _) = self.replying.made.as_ref()?;
        let what = if *answer == Answer::Forward { "forward" } else { "reply" };
        Some(Menu::new(
            "The mail in the form is not sent",
            vec![format!("Put aside, it is saved and comes back when the {what} is sent or given up (^X N).")],
            vec![
                Item::new('n', "Stay with it", dialog::Choice::Reply(Choice::KeepForm)),
                Item::new('y', format!("Put it aside and begin the {what}"), dialog::Choice::Reply(Choice::PutAside)),
            ],
        ))
    }

    /// Puts the answer that was made into the form.
    fn begin_answer(&mut self) {
        if self.form_is_going() {
            self.warn("a mail is on its way from the form: wait for its end, or ^C stops it");
            return;
        }
        self.put_away();
        let Some((answer, draft)) = self.replying.made.take() else { return };
        self.compose.clear(&self.account);
        self.compose.answer(*draft, answer, &self.account);
        self.go_to(Pane::Compose);
        self.save_draft();
        self.info(match answer {
            Answer::Forward => "who shall get it? F5 sends it",
            Answer::Reply | Answer::ReplyAll => "write below the quoted text; F5 sends it",
        });
    }

    pub(super) fn reply_choice(&mut self, choice: Choice) {
        match choice {
            Choice::KeepForm => self.replying.made = None,
            Choice::PutAside => self.begin_answer(),
            Choice::AsItIs | Choice::WithFields => {
                if let Some(resend) = &mut self.replying.resend {
                    resend.fields = choice == Choice::WithFields;
                    self.with_secret(Task::Resend);
                }
            }
            Choice::No => self.replying.resend = None,
        }
    }

    pub(super) fn reply_answered(&mut self, purpose: Purpose, text: &str) -> Result<(), String> {
        let Purpose::ResendTo = purpose;
        let to = AddressList::parse(Field::To, text).map_err(|faults| first(&faults))?;
        if to.mailboxes().next().is_none() {
            return Err("who shall get it?".to_owned());
        }
        if let Some(resend) = &mut self.replying.resend {
            resend.to = to;
        }
        Ok(())
    }

    fn ask_how_to_resend(&mut self) {
        let due = |resend: &Resend| !resend.asked && !resend.to.is_empty();
        if self.dialog.is_some() || !self.replying.resend.as_ref().is_some_and(due) {
            return;
        }
        let sender = self.resender();
        let Some(resend) = &mut self.replying.resend else { return };
        resend.asked = true;
        let octets = grouped(resend.raw.len() as u64);
        let to = crate::wire::printable::text(&resend.to.to_string()).into_owned();
        let from = sender.map_or_else(|| "nobody".to_owned(), |sender| format!("<{sender}>"));
        self.dialog = Some(Dialog::Menu(Menu::new(
            format!("Resend {}?", resend.name),
            vec![format!("{octets} octets, to {to}; bounces go to {from}.")],
            vec![
                Item::new('o', "As it is, octet for octet", dialog::Choice::Reply(Choice::AsItIs)),
                Item::new('r', "With Resent- fields in front", dialog::Choice::Reply(Choice::WithFields)),
                Item::new('n', "Do not send it", dialog::Choice::Reply(Choice::No)),
            ],
        )));
    }

    /// Who resends: the first address of From, else the user if that is an address.
    fn resender(&self) -> Option<String> {
        let from = AddressList::salvage(&self.account.from);
        let first = from.mailboxes().next().map(|mailbox| mailbox.address.clone());
        let users = self.account.smtp_user.iter().chain(&self.account.user);
        first.or_else(|| users.flat_map(|user| AddressList::salvage(user).0).map(|entry| entry.to_string()).next())
    }

    /// Queues the message behind what the line still needs.
    pub(super) fn resend_with_secret(&mut self) {
        let Some(resend) = self.replying.resend.take() else { return };
        let (octets, from) = match self.resent_octets(&resend) {
            Ok(ready) => ready,
            Err(why) => return self.error(format!("not resent: {why}")),
        };
        if !self.prepare_smtp() {
            return;
        }
        let id = self.new_mail_id();
        let mail = transaction(id, self.compose.pace, from, &resend.to, &octets);
        let octets: Arc<[u8]> = Arc::from(octets);
        let message_id = Summary::from_headers(&octets).message_id;
        self.goes_out(&mail, &Arc::from([Segment::Bytes(Arc::clone(&octets))]), &message_id, false);
        let body = Body::Bytes(octets);
        self.request(Request::Submit(Submission::Smtp(smtp::Command::Mail(mail), Some(body))));
        self.replying.sending = Some((id, resend.name));
        self.show_what_goes_out();
    }

    /// What goes out, and the sender of the envelope.
    fn resent_octets(&self, resend: &Resend) -> Result<(Vec<u8>, String), String> {
        let sender = self.resender().ok_or("no sender is known: F2 names the From address of the account")?;
        if !resend.fields {
            return Ok((resend.raw.to_vec(), sender));
        }
        let split = header::split(&resend.raw);
        if split.head.is_empty() {
            return Err("the message has no header to put fields in front of; it can go as it is".to_owned());
        }
        let from = if self.account.from.trim().is_empty() { &sender } else { &self.account.from };
        let id = message_id(&self.now.wall, self.random64(), &self.host);
        let fields = resent(from, &resend.to.to_string(), &self.now.wall, &id).map_err(|faults| first(&faults))?;
        Ok(([fields.as_slice(), resend.raw.as_slice()].concat(), sender))
    }

    /// Whether the report is that of a resent message; then it is told.
    pub(super) fn resent_done(&mut self, report: &MailReport) -> bool {
        let Some((_, name)) = self.replying.sending.take_if(|(id, _)| *id == report.id) else { return false };
        let reply = report.reply.as_ref().map(|reply| format!("{} {}", reply.code, reply.text())).unwrap_or_default();
        let why = report.why.clone().unwrap_or(reply);
        let queued = report.queue_id.as_ref().map_or_else(String::new, |id| format!(" as {id}"));
        match report.outcome {
            // What became of TLS or the sign-in was said.
            _ if matches!(report.stage, Stage::Tls | Stage::Auth) => {}
            MailOutcome::Sent => self.info(format!("{name} is resent: accepted{queued}")),
            MailOutcome::Partial => {
                self.warn(format!("{name} is resent to some only: the transcript shows who was refused"));
            }
            MailOutcome::Unknown => {
                self.warn(format!("{name}: unknown whether it was accepted, the line went away after the final dot"));
            }
            _ => self.error(format!("{name} is not resent: {why}")),
        }
        self.mailbox.stale |= matches!(report.outcome, MailOutcome::Sent | MailOutcome::Partial);
        self.explain_report(report);
        true
    }

    /// A mail goes out, from the form or resent.
    pub(super) fn mail_is_under_way(&self) -> bool {
        self.form_is_going() || self.replying.is_sending()
    }
}

fn transaction(id: MailId, pace: Pace, from: String, to: &AddressList, octets: &[u8]) -> Transaction {
    let split = header::split(octets);
    let to: Vec<String> = to.mailboxes().map(|mailbox| mailbox.address.clone()).collect();
    let utf8 = !split.head.is_ascii() || !from.is_ascii() || to.iter().any(|path| !path.is_ascii());
    let body = if split.body.is_ascii() { BodyKind::SevenBit } else { BodyKind::EightBit };
    Transaction { size: Some(octets.len() as u64), body, utf8, pace, ..Transaction::new(id, from, to) }
}

fn first(faults: &[Fault]) -> String {
    faults.first().map_or_else(String::new, ToString::to_string)
}
