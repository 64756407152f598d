//! `v`: from a row to the field or the message that it is about, and from there to the last exchange about it.

use super::super::App;
use super::super::compose::{Slot, Tab};
use super::super::dialog::Dialog;
use super::super::dialog::connect::Row;
use crate::layout::Pane;
use crate::smtp::path_of;
use crate::transcript::{Direction, Entry, EntryKind, Filter};
use crate::wire::Side;

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// A line of the connect form.
    Connection(Row),
    Sender,
    Recipient(String),
    /// A header of the mail, by name.
    Header(String),
    /// A line of the body, and its number, counted from 0.
    Body(String, usize),
    /// The mail in the form as a whole.
    Mail,
    /// A message of the POP3 session on this link.
    Message(u32, u32),
    Mailbox,
}

impl App {
    pub(super) fn go_to_source(&mut self) {
        match self.focus {
            Pane::Compose => self.go_to_exchange(Some(self.about_the_form())),
            Pane::Mailbox => self.go_to_exchange(self.about_the_message()),
            Pane::Transcript | Pane::Prompt => match self.source() {
                Ok(source) => self.go_after(source),
                Err(why) => self.warn(why),
            },
        }
    }

    /// What the row under the cursor is about; or that nothing is.
    fn source(&self) -> Result<Source, String> {
        let Some(cursor) = self.transcript.cursor() else { return Err("there is no row".to_owned()) };
        let store = &self.transcript.store;
        let Some(entry) = store.get(cursor.id) else { return Err("there is no row".to_owned()) };
        if entry.kind() == EntryKind::Body && entry.direction() == Direction::Sent {
            return Ok(of_mail_line(&entry, cursor.line));
        }
        let asked = entry.answers().and_then(|id| store.get(id)).unwrap_or(entry);
        of_command(&asked).ok_or_else(|| match asked.verb() {
            "" => "nothing in the form or the mailbox is about this row".to_owned(),
            verb => format!("nothing in the form or the mailbox is about {verb}"),
        })
    }

    fn go_after(&mut self, source: Source) {
        match source {
            Source::Connection(row) => {
                self.open_connect_form();
                if let Some(Dialog::Connect(form)) = &mut self.dialog {
                    form.go(row);
                }
            }
            Source::Message(link, number) => self.go_to_message(link, number),
            Source::Mailbox => self.focus_on(Pane::Mailbox),
            of_form => self.go_in_mail(of_form),
        }
    }

    fn go_in_mail(&mut self, source: Source) {
        if self.compose.shows_result() {
            self.toggle_result();
        }
        match source {
            Source::Sender => self.compose.go_to_sender(),
            Source::Header(name) => self.compose.go_to_field(&name),
            Source::Body(line, near) => self.compose.go_to_body(&line, near),
            Source::Recipient(address) => {
                if !self.compose.go_to_recipient(&address) {
                    let address = crate::wire::printable::text(&address).into_owned();
                    return self.warn(format!("{address} stands in no field of the form now"));
                }
            }
            _ => {
                self.compose.set_tab(Tab::Body);
                self.compose.go(Slot::Main);
            }
        }
        self.focus_on(Pane::Compose);
    }

    fn go_to_message(&mut self, link: u32, number: u32) {
        if link != self.links.pop3.number {
            return self.warn("that was another POP3 session: its numbers mean nothing in this one");
        }
        match self.mailbox.find(&number.to_string()) {
            Ok(index) => {
                let page = self.page(Pane::Mailbox);
                self.focus_on(Pane::Mailbox);
                self.mailbox.select(index, page);
                self.mailbox.focus_message = self.mailbox.message.as_ref().is_some_and(|open| open.number == number);
            }
            Err(why) => self.warn(why),
        }
    }

    /// Goes to the last row like that.
    fn go_to_exchange(&mut self, wanted: Option<Filter>) {
        let Some(wanted) = wanted else { return self.warn("no command is about this place") };
        let page = self.page(Pane::Transcript);
        self.focus_on(Pane::Transcript);
        let looked = self.transcript.find_last(wanted, page);
        self.tell_looked(looked);
    }

    /// The commands that the place in the form makes.
    fn about_the_form(&self) -> Filter {
        let form = &self.compose;
        let command = |verb: &str, argument: Option<&str>| Filter::commands_about(&[verb], argument);
        match form.at {
            Slot::From => command("MAIL", None),
            Slot::Main if form.tab == Tab::Envelope => command("MAIL", None),
            Slot::To | Slot::Cc | Slot::Bcc | Slot::EnvelopeTo => command("RCPT", form.address_here().as_deref()),
            _ => Filter::commands_about(&["DATA", "BDAT"], None),
        }
    }

    /// The commands about the message that is open or selected, in this session.
    fn about_the_message(&self) -> Option<Filter> {
        let number = self.current_message()?.to_string();
        let verbs = ["RETR", "TOP", "DELE", "LIST", "UIDL"];
        Some(Filter::commands_about(&verbs, Some(&number)).of_link(self.links.pop3.number))
    }
}

fn of_command(entry: &Entry<'_>) -> Option<Source> {
    let line = entry.lines().next().unwrap_or_default();
    if matches!(entry.kind(), EntryKind::Event | EntryKind::Error) || entry.verb() == "GREETING" {
        let tls = line.starts_with("TLS");
        return Some(Source::Connection(match (entry.side(), tls) {
            (Side::Smtp, false) => Row::SmtpHost,
            (Side::Smtp, true) => Row::SmtpTls,
            (Side::Pop3, false) => Row::Pop3Host,
            (Side::Pop3, true) => Row::Pop3Tls,
        }));
    }
    match (entry.side(), entry.verb()) {
        (Side::Smtp, "HELO" | "EHLO" | "LHLO") => Some(Source::Connection(Row::Hello)),
        (_, "AUTH" | "USER" | "PASS" | "APOP") => Some(Source::Connection(Row::User)),
        (Side::Smtp, "STARTTLS") => Some(Source::Connection(Row::SmtpTls)),
        (Side::Pop3, "STLS") => Some(Source::Connection(Row::Pop3Tls)),
        (Side::Smtp, "MAIL") => Some(Source::Sender),
        (Side::Smtp, "RCPT") => {
            Some(path_of(&line)).filter(|path| !path.is_empty()).map(|path| Source::Recipient(path.into()))
        }
        (Side::Smtp, "DATA" | "BDAT" | ".") => Some(Source::Mail),
        (Side::Pop3, "RETR" | "TOP" | "DELE" | "LIST" | "UIDL") => {
            let number = line.split_ascii_whitespace().nth(1).and_then(|word| word.parse().ok());
            Some(number.map_or(Source::Mailbox, |number| Source::Message(entry.link(), number)))
        }
        (Side::Pop3, "STAT" | "RSET") => Some(Source::Mailbox),
        _ => None,
    }
}

/// What a line of a mail that was sent came from; line 0 stands for all of it.
fn of_mail_line(entry: &Entry<'_>, line: usize) -> Source {
    if line == 0 {
        return Source::Mail;
    }
    let lines: Vec<String> = entry.lines().take(line).collect();
    if let Some(end) = lines.iter().position(String::is_empty) {
        let last = lines.last().cloned().unwrap_or_default();
        let undone = last.strip_prefix('.').filter(|_| entry.verb() != "BDAT").unwrap_or(&last);
        return Source::Body(undone.to_owned(), line.saturating_sub(end + 2));
    }
    let name = lines.iter().rev().find(|line| !line.starts_with([' ', '\t']));
    let name = name.and_then(|line| line.split_once(':')).map_or("", |(name, _)| name);
    Source::Header(name.trim().to_owned())
}
