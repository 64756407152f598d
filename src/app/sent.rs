//! Sent mails: a copy of each that went out, or may have, with the transcript of its delivery; and what can be done with
//! a copy. Whether a copy could be made says nothing about the mail.

use std::sync::Arc;

use super::dialog::{self, Dialog, Item, Menu, Picker, Shelf};
use super::drafting::{Contents, Want, moment};
use super::{App, Effect, Store, grouped};
use crate::connection::Protocol;
use crate::drafts::Saved;
use crate::mail::{Draft, header};
use crate::sent::{Letter, Listed, Name, Parcel, people, went_out};
use crate::smtp::{MailId, MailOutcome, MailReport, Transaction};
use crate::wire::{Segment, printable};

/// Mails that are watched at a time: one from the form, one that is resent.
const GOING: usize = 2;

/// Answers of the menu here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Open,
    Resend,
    Compare,
    Transcript,
    CopyPath,
    Delete,
    Back,
}

/// Mails on their way, and the list of copies.
#[derive(Debug)]
pub(super) struct Sent {
    /// Copies that are kept at most.
    most: Option<usize>,
    going: Vec<(MailId, Parcel)>,
    /// The server took the mail that is being kept.
    sure: bool,
    listed: Vec<Listed>,
    chosen: usize,
}

impl Sent {
    pub(super) fn new(most: Option<usize>) -> Self {
        Self { most, going: Vec::new(), sure: false, listed: Vec::new(), chosen: 0 }
    }

    pub(super) fn at(&self, index: usize) -> Option<&Listed> {
        self.listed.get(index)
    }
}

impl App {
    /// A mail is handed over to be sent.
    pub(super) fn goes_out(&mut self, mail: &Transaction, segments: &Arc<[Segment]>, message_id: &str, form: bool) {
        let form = form.then(|| Box::new(self.compose.saved()));
        let began = self.now.wall.timestamp();
        let (subject, to) = match &form {
            Some(form) => (form.draft.subject.clone(), form.draft.to.clone()),
            None => named_in(segments),
        };
        let server = self.account.smtp.as_ref().map(|server| {
            let protocol = if server.protocol == Protocol::Lmtp { "LMTP" } else { "SMTP" };
            format!("{protocol} {}:{}", server.host, server.port)
        });
        let letter = Letter {
            message_id: message_id.to_owned(),
            subject,
            to,
            envelope: crate::mail::Envelope { from: mail.from.clone(), to: mail.to.clone() },
            manner: mail.manner.clone(),
            began,
            server: server.unwrap_or_default(),
            octets: mail.size.unwrap_or_default(),
            form,
            ..Letter::default()
        };
        let parcel = Parcel {
            name: Name::new(began, self.random64().wrapping_add(mail.id.0)),
            letter,
            segments: Arc::clone(segments),
            first_entry: self.live().end_id(),
            most: self.sent.most.unwrap_or_default(),
        };
        if self.sent.going.len() >= GOING {
            self.sent.going.remove(0);
        }
        self.sent.going.push((mail.id, parcel));
    }

    /// A mail came to its end: what went out, or may have, is kept.
    pub(super) fn keep_sent(&mut self, report: &MailReport) {
        let Some(index) = self.sent.going.iter().position(|(id, _)| *id == report.id) else { return };
        let (_, mut parcel) = self.sent.going.remove(index);
        if !went_out(report.outcome) {
            return;
        }
        if let Some(form) = &parcel.letter.form {
            self.effects.push(Effect::Store(Store::People(people(&form.draft))));
        }
        if self.sent.most.is_some() {
            self.sent.sure = report.outcome != MailOutcome::Unknown;
            parcel.letter.close(report, self.now.wall.timestamp());
            self.effects.push(Effect::KeepSent(Box::new(parcel)));
        }
    }

    /// Whether the copy was made.
    pub(super) fn sent_kept(&mut self, kept: Result<bool, String>) {
        match kept {
            Ok(true) => {}
            Ok(false) => self.info("of a mail this large the header alone is kept (^X S)"),
            Err(error) if !self.sent.sure => self.warn(format!("a copy of the mail could not be kept: {error}")),
            Err(error) => self.warn(format!("sent, but the copy could not be kept: {error}")),
        }
    }

    pub(super) fn show_sent(&mut self, copies: Vec<Listed>) {
        let zone = self.now.wall.time_zone();
        let row = |copy: &Listed| {
            let letter = &copy.letter;
            let to = if letter.to.is_empty() { letter.envelope.to.join(", ") } else { letter.to.clone() };
            let texts = [&letter.outcome, &to, &letter.subject].map(|text| printable::text(text).into_owned());
            let [outcome, to, subject] = texts;
            vec![moment(letter.began, zone), outcome, to, subject]
        };
        self.dialog = Some(Dialog::Pick(Picker {
            shelf: Shelf::Sent,
            title: format!("Sent mails: {}", copies.len()),
            widths: &[16, 8, 30],
            headings: &["sent", "outcome", "to", "subject"],
            rows: copies.iter().map(row).collect(),
            selected: 0,
            foot: "Enter shows what can be done with it  Del deletes the copy  Esc back",
        }));
        self.sent.listed = copies;
    }

    /// What can be done with a copy.
    pub(super) fn sent_menu(&mut self, index: usize) {
        self.sent.chosen = index;
        let Some(copy) = self.sent.at(index) else { return };
        let choice = |key, text: &str, choice| Item::new(key, text, dialog::Choice::Sent(choice));
        let mut items = Vec::new();
        if copy.from_form {
            items.push(choice('o', "Open it in the form as a new mail", Choice::Open));
        }
        if !copy.letter.headers_only {
            items.push(choice('r', "Resend it as it is, with the same Message-ID", Choice::Resend));
            if self.mailbox.message.is_some() {
                items.push(choice('c', "Compare it with the message open in the mailbox", Choice::Compare));
            }
        }
        items.extend([
            choice('t', "View the transcript of its delivery", Choice::Transcript),
            choice('y', "Copy the path of its file", Choice::CopyPath),
            choice('d', "Delete the copy", Choice::Delete),
            choice('b', "Back to the list", Choice::Back),
        ]);
        let title = printable::text(&copy.letter.subject).into_owned();
        let title = if title.is_empty() { "(no subject)".to_owned() } else { title };
        self.dialog = Some(Dialog::Menu(Menu::new(title, told(&copy.letter), items)));
    }

    pub(super) fn sent_choice(&mut self, choice: Choice) {
        let Some(copy) = self.sent.at(self.sent.chosen) else { return };
        let read = |want| Effect::Store(Store::ReadSent(copy.name.clone(), want));
        match choice {
            Choice::Open => self.effects.push(read(Want::Form)),
            Choice::Resend if self.mail_is_under_way() => self.warn_of_going(),
            Choice::Resend if self.account.smtp.is_none() => {
                self.warn("no SMTP server is named yet: c connects, ^X b starts the sandbox");
            }
            Choice::Resend => self.effects.push(read(Want::Octets)),
            Choice::Transcript => self.effects.push(read(Want::Transcript)),
            Choice::CopyPath => self.effects.push(Effect::Copy(copy.eml.display().to_string())),
            Choice::Compare => self.compare_with_open(),
            Choice::Delete => self.ask_to_drop(Shelf::Sent, self.sent.chosen),
            Choice::Back => self.effects.push(Effect::Store(Store::Sent)),
        }
    }

    fn compare_with_open(&mut self) {
        let Some(copy) = self.sent.at(self.sent.chosen) else { return };
        let Some(message) = &self.mailbox.message else { return };
        if message.is_cut() {
            return self.warn("only the first part of that message is here: it cannot be compared");
        }
        let sent = Arc::from([Segment::File { path: copy.eml.clone() }]);
        let (number, arrived) = (message.number, Arc::clone(&message.raw));
        self.effects.push(Effect::Compare { number, sent, arrived });
        self.go_to(crate::layout::Pane::Mailbox);
    }

    /// Something of a copy was read.
    pub(super) fn sent_read(&mut self, name: &Name, contents: Contents) {
        match contents {
            Contents::Form(saved) => {
                let draft = Draft { message_id: None, date: None, ..saved.draft };
                let saved = Saved { draft, manner: saved.manner, ..Saved::default() };
                self.begin_from(saved, "a new mail like the one that was sent");
            }
            Contents::Octets(raw, envelope) if self.dialog.is_none() => {
                let copy = self.sent.listed.iter().find(|copy| copy.name == *name);
                let subject = copy.map(|copy| printable::text(&copy.letter.subject).into_owned()).unwrap_or_default();
                self.ask_whom_to_resend(format!("the mail \u{201c}{subject}\u{201d}"), raw, &envelope.to.join(", "));
            }
            Contents::Octets(..) => {}
            Contents::Transcript(text) => self.effects.push(Effect::Page(text)),
        }
    }
}

/// Subject and To of a mail that was not written in the form.
fn named_in(segments: &[Segment]) -> (String, String) {
    let Some(Segment::Bytes(first)) = segments.first() else { return Default::default() };
    let split = header::split(first);
    let value = |name: &str| {
        header::fields(split.head).find(|field| field.is(name)).map(|field| field.unfolded()).unwrap_or_default()
    };
    (crate::mail::Summary::from_headers(first).subject, value("To"))
}

/// What became of a mail, in a few lines.
fn told(letter: &Letter) -> Vec<String> {
    let text = |text: &str| printable::text(text).into_owned();
    let queued = letter.queue_id.as_ref().map(|id| format!(", queued as {}", text(id))).unwrap_or_default();
    let mut lines = vec![
        format!("{}{queued}; {} octets, over {}", text(&letter.outcome), grouped(letter.octets), text(&letter.server)),
        format!("Message-ID <{}>", text(&letter.message_id)),
    ];
    for recipient in letter.recipients.iter().take(5) {
        let reply = recipient.reply.as_deref().unwrap_or_default();
        lines.push(format!("{} {}: {}", text(&recipient.outcome), text(&recipient.address), text(reply)));
    }
    if letter.recipients.len() > 5 {
        lines.push(format!("and {} more recipients", letter.recipients.len() - 5));
    }
    if letter.headers_only {
        lines.push("The header alone is kept: the mail was too large.".to_owned());
    }
    lines
}
