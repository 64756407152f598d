//! The same conversation as a command line of another tool, or of this one. Pure text: nothing is run, and no secret is
//! ever in it, as it ends up in shell histories and tickets.
//!
//! What the other tool cannot do is said in a comment above the command rather than left out in silence.

mod asked;
mod command;
mod curl;
mod openssl;
mod own;
mod swaks;

use crate::connection::{Protocol, Target};
use crate::mail::{Content, Draft, Envelope, Format};
use crate::sasl::Mechanism;
use crate::smtp::{Leave, Manner, Transfer};
use crate::wire::{Side, TlsMode};
use command::Command;

/// The tools whose commands are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Swiss Army Knife for SMTP.
    Swaks,
    /// curl.
    Curl,
    /// openssl `s_client`, and what is typed into it.
    Openssl,
    /// This program.
    Telepost,
}

impl Tool {
    /// Those that speak what is spoken on a side.
    pub fn of(side: Side) -> &'static [Self] {
        match side {
            Side::Smtp => &[Self::Swaks, Self::Curl, Self::Openssl, Self::Telepost],
            Side::Pop3 => &[Self::Curl, Self::Openssl, Self::Telepost],
        }
    }

    /// Its name as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Swaks => "swaks",
            Self::Curl => "curl",
            Self::Openssl => "openssl",
            Self::Telepost => "telepost",
        }
    }

    /// The tool with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::of(Side::Smtp).iter().copied().find(|tool| tool.name() == name)
    }
}

/// The line: where to, and who signs in. It has no room for a secret.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Where to, and how.
    pub target: &'a Target,
    /// Who signs in; `None`: nobody.
    pub user: Option<&'a str>,
    /// This mechanism and no other.
    pub mechanism: Option<Mechanism>,
    /// A password may go over a line without TLS.
    pub allow_plain_auth: bool,
    /// Name for EHLO, LHLO or HELO.
    pub hello: &'a str,
}

/// A mail that is sent.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    /// MAIL FROM and RCPT TO.
    pub envelope: &'a Envelope,
    /// What follows DATA.
    pub mail: Mail<'a>,
    /// What is asked of the server, and what is done wrong on purpose.
    pub manner: &'a Manner,
}

/// Where the octets of the mail are.
#[derive(Clone, Copy, Debug)]
pub enum Mail<'a> {
    /// In the form.
    Draft(&'a Draft),
    /// In this file, whole.
    File(&'a str),
}

/// The name for a mail that has to be put into a file first.
const FILE: &str = "mail.eml";

/// The command that sends the mail, with comments above it where they differ; ends without a line end.
pub fn smtp(tool: Tool, line: &Line, sending: &Sending) -> String {
    match tool {
        Tool::Swaks => swaks::send(line, sending),
        Tool::Curl => curl::send(line, sending),
        Tool::Openssl => openssl::send(line, sending),
        Tool::Telepost => own::send(line, sending),
    }
}

/// The command that lists the maildrop, or fetches the message with that number. `None`: the tool speaks no POP3.
pub fn pop3(tool: Tool, line: &Line, message: Option<u32>) -> Option<String> {
    match tool {
        Tool::Swaks => None,
        Tool::Curl => Some(curl::read(line, message)),
        Tool::Openssl => Some(openssl::read(line, message)),
        Tool::Telepost => Some(own::read(line, message)),
    }
}

/// `host:port`, IPv6 in brackets.
fn authority(target: &Target) -> String {
    if target.host.contains(':') && !target.host.starts_with('[') {
        format!("[{}]:{}", target.host, target.port)
    } else {
        format!("{}:{}", target.host, target.port)
    }
}

/// `smtp`, `smtps`, `lmtp`, `pop3` or `pop3s`.
fn scheme(target: &Target) -> &'static str {
    match (target.protocol, target.tls.mode) {
        (Protocol::Smtp, TlsMode::Implicit) => "smtps",
        (Protocol::Smtp, _) => "smtp",
        (Protocol::Lmtp, _) => "lmtp",
        (Protocol::Pop3, TlsMode::Implicit) => "pop3s",
        (Protocol::Pop3, _) => "pop3",
    }
}

/// Whether the text can stand in a command line and be what it is: nothing in it acts on a terminal it is pasted into.
fn is_tame(text: &str) -> bool {
    !text.chars().any(|sign| sign.is_control() && !matches!(sign, '\n' | '\t'))
}

/// The draft, if a command line can hold it: text as it is, with attachments from files.
fn written_out(mail: Mail<'_>) -> Option<&Draft> {
    let Mail::Draft(draft) = mail else { return None };
    let from_files = draft.attachments.iter().all(|one| matches!(&one.content, Content::Path(path) if path_of(path)));
    let plain = draft.format == Format::Plain && draft.flaws.is_empty() && draft.dkim.is_none();
    (one_line(draft) && is_tame(&draft.body) && from_files && plain).then_some(draft)
}

/// Whether each field that is no text fits into one line and acts on nothing.
fn one_line(draft: &Draft) -> bool {
    let texts = [&draft.from, &draft.to, &draft.cc, &draft.reply_to, &draft.subject];
    let headers = draft.headers.iter().flat_map(|(name, value)| [name, value]);
    texts.into_iter().chain(headers).all(|text| is_tame(text) && !text.contains('\n'))
}

/// The same, of a draft that is plain ASCII: for tools that encode nothing.
fn ascii(draft: &Draft) -> bool {
    let texts = [&draft.from, &draft.to, &draft.cc, &draft.reply_to, &draft.subject, &draft.body];
    texts.into_iter().all(|text| text.is_ascii())
        && draft.headers.iter().all(|(name, value)| name.is_ascii() && value.is_ascii())
}

fn path_of(path: &std::path::Path) -> bool {
    path.to_str().is_some_and(is_tame)
}

/// The name of the file that holds the mail, and what to say of it.
fn file<'a>(mail: Mail<'a>, command: &mut Command) -> &'a str {
    match mail {
        Mail::File(name) => name,
        Mail::Draft(_) => {
            command.note(format!("{FILE}: the mail as it goes out, to be put into that file first"));
            FILE
        }
    }
}

/// Header fields of a draft in the order in which they are sent.
fn fields(draft: &Draft) -> Vec<(&str, &str)> {
    let fields = [
        ("From", &draft.from),
        ("To", &draft.to),
        ("Cc", &draft.cc),
        ("Reply-To", &draft.reply_to),
        ("Subject", &draft.subject),
    ];
    let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let filled = filled.map(|(name, value)| (name, value.as_str()));
    filled.chain(draft.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))).collect()
}

/// Says what the mail asks for that `tool` has no option for. `halts`: it can be told where to stop.
fn left_out(tool: &str, manner: &Manner, halts: bool, command: &mut Command) {
    let requests = &manner.requests;
    let dsn = &requests.dsn;
    let flaws = manner.flaws;
    let halt = manner.halt.filter(|_| !halts);
    let asked = [
        (dsn.notify.is_some(), "NOTIFY (DSN)"),
        (dsn.ret.is_some(), "RET (DSN)"),
        (dsn.envid.is_some(), "ENVID (DSN)"),
        (dsn.orcpt, "ORCPT (DSN)"),
        (requests.deliver_by.is_some(), "BY (DELIVERBY)"),
        (requests.hold.is_some(), "HOLDFOR or HOLDUNTIL (FUTURERELEASE)"),
        (requests.require_tls, "REQUIRETLS"),
        (manner.transfer == Transfer::Bdat, "BDAT"),
        (flaws.unstuffed || flaws.line_ends || flaws.unannounced || flaws.oversize, "the faults on purpose"),
        (halt.is_some_and(|halt| halt.how == Leave::Quit), "the early QUIT"),
        (halt.is_some_and(|halt| halt.how == Leave::Drop), "the drop of the line"),
    ];
    for (_, what) in asked.into_iter().filter(|(asked, _)| *asked) {
        command.note(format!("not in this {tool} command: {what}"));
    }
}

#[cfg(test)]
mod tests;
