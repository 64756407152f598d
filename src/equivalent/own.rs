//! This program's own subcommands.

use super::asked;
use super::command::Command;
use super::{Line, Mail, Sending, authority, file, is_tame, one_line, path_of, scheme};
use crate::connection::{Authority, Family, Proxy, Trust};
use crate::mail::{Attachment, Content, Draft, Envelope, Format};
use crate::wire::TlsMode;

pub(super) fn send(line: &Line, sending: &Sending) -> String {
    let mut command = Command::new(&["telepost", "send"]);
    server(line, &mut command);
    value(&mut command, "--helo", line.hello);
    if line.target.mx {
        command.word("--mx");
    }
    if let Some(draft) = written_out(sending.mail) {
        written(draft, sending.envelope, &mut command);
    } else {
        let name = file(sending.mail, &mut command);
        value(&mut command, "--raw", name);
        envelope(sending.envelope, &mut command);
    }
    asked::of(sending.manner, &mut command);
    command.text()
}

pub(super) fn read(line: &Line, message: Option<u32>) -> String {
    let mut command = match message {
        Some(_) => Command::new(&["telepost", "mailbox", "show"]),
        None => Command::new(&["telepost", "mailbox", "list"]),
    };
    server(line, &mut command);
    if let Some(number) = message {
        command.word(number.to_string()).word("--raw");
    }
    command.text()
}

/// An option and its value, in one word where the value could be taken for an option.
pub(super) fn value(command: &mut Command, name: &str, value: impl AsRef<str>) {
    let value = value.as_ref();
    if value.starts_with('-') {
        command.word(format!("{name}={value}"));
    } else {
        command.option(name, value);
    }
}

/// The draft, if options can say all of it.
fn written_out(mail: Mail<'_>) -> Option<&Draft> {
    let Mail::Draft(draft) = mail else { return None };
    let key =
        draft.dkim.as_ref().is_none_or(|key| path_of(&key.file) && is_tame(&key.domain) && is_tame(&key.selector));
    let beside = |one: &Attachment| one.inline;
    // Options put what is shown with the text behind all else.
    let in_order = draft.attachments.is_sorted_by_key(beside);
    let named = |one: &Attachment| match &one.content {
        Content::Path(path) => {
            path_of(path) && Attachment { inline: one.inline, ..Attachment::from_path(path) } == *one
        }
        Content::Bytes(_) => false,
    };
    // --header takes no blanks around a value.
    let bare = |text: &String| text.trim() == text;
    let headers = draft.headers.iter().all(|(name, value)| bare(name) && bare(value));
    let whole = headers && one_line(draft) && is_tame(&draft.bcc) && !draft.bcc.contains('\n');
    (whole && is_tame(&draft.body) && key && in_order && draft.attachments.iter().all(named)).then_some(draft)
}

fn written(draft: &Draft, sent: &Envelope, command: &mut Command) {
    let lists = [
        ("--from", &draft.from),
        ("--to", &draft.to),
        ("--cc", &draft.cc),
        ("--bcc", &draft.bcc),
        ("--reply-to", &draft.reply_to),
    ];
    for (option, text) in lists.into_iter().filter(|(_, text)| !text.is_empty()) {
        value(command, option, text);
    }
    value(command, "--subject", &draft.subject);
    value(command, "--body", &draft.body);
    for (name, text) in &draft.headers {
        value(command, "--header", format!("{name}: {text}"));
    }
    for (on, option) in [(draft.format == Format::Markdown, "--markdown"), (draft.eight_bit, "--eight-bit")] {
        if on {
            command.word(option);
        }
    }
    for attachment in &draft.attachments {
        if let Content::Path(path) = &attachment.content {
            value(command, if attachment.inline { "--inline" } else { "--attach" }, path.to_string_lossy());
        }
    }
    for flaw in &draft.flaws {
        value(command, "--fault", flaw.id());
    }
    if let Some(key) = &draft.dkim {
        value(command, "--dkim-key", key.file.to_string_lossy());
        value(command, "--dkim-domain", &key.domain);
        value(command, "--dkim-selector", &key.selector);
    }
    let plain = Draft { envelope: None, ..draft.clone() };
    if plain.envelope().ok().as_ref() != Some(sent) {
        envelope(sent, command);
    }
}

fn envelope(envelope: &Envelope, command: &mut Command) {
    value(command, "--envelope-from", &envelope.from);
    for to in &envelope.to {
        value(command, "--envelope-to", to);
    }
}

/// The URL and all about the line. The password is asked for, or comes by --password-file or --password-command.
fn server(line: &Line, command: &mut Command) {
    let target = line.target;
    command.word(format!("{}://{}", scheme(target), authority(target)));
    match target.family {
        Family::Any => {}
        Family::V4 => drop(command.word("-4")),
        Family::V6 => drop(command.word("-6")),
    }
    command.maybe("--source", target.source.map(|source| source.to_string()));
    command.maybe("--proxy", target.proxy.as_ref().map(proxy));
    command.maybe("--dns", target.dns.map(|server| server.to_string()));
    tls(line, command);
    if let Some(header) = target.proxy_header {
        value(command, "--proxy-header", header.to_string());
    }
    if let Some(user) = line.user {
        value(command, "--user", user);
        command.maybe("--auth", line.mechanism.map(crate::sasl::Mechanism::name));
        if line.allow_plain_auth {
            command.word("--allow-plain-auth");
        }
    }
}

fn tls(line: &Line, command: &mut Command) {
    let tls = &line.target.tls;
    if !matches!(tls.mode, TlsMode::Implicit | TlsMode::Auto) || scheme(line.target) == "lmtp" {
        command.option("--tls", tls.mode.word());
    }
    match &tls.trust {
        Trust::Roots(own) => {
            for authority in own {
                match authority {
                    Authority::File(path) => command.option("--ca", path.to_string_lossy()),
                    Authority::Pem { name, .. } => {
                        command.note(format!("trusts {name} besides: put its certificate into a file, --ca FILE"))
                    }
                };
            }
        }
        Trust::Pin(pin) => {
            let digits: Vec<String> = pin.iter().map(|byte| format!("{byte:02x}")).collect();
            command.option("--pin", format!("sha256:{}", digits.concat()));
        }
        Trust::Anybody => drop(command.word("--insecure")),
    }
    command.maybe("--tls-name", tls.name.as_deref());
    if let Some(identity) = &tls.identity {
        command.option("--cert", identity.certificate.to_string_lossy());
        command.option("--key", identity.key.to_string_lossy());
    }
}

fn proxy(proxy: &Proxy) -> String {
    match proxy {
        Proxy::Socks5 { host, port } => format!("socks5://{host}:{port}"),
        Proxy::Http { host, port } => format!("http://{host}:{port}"),
    }
}
