//! This program's own subcommands.

use super::command::Command;
use super::{Line, Sending, authority, fields, file, left_out, scheme, written_out};
use crate::connection::{Authority, Family, Proxy, Trust};
use crate::mail::{Content, Draft, Envelope};
use crate::smtp::{Leave, Stage};
use crate::wire::TlsMode;

pub(super) fn send(line: &Line, sending: &Sending) -> String {
    let mut command = Command::new(&["telepost", "send"]);
    server(line, &mut command);
    command.option("--helo", line.hello);
    if line.target.mx {
        command.word("--mx");
    }
    if let Some(draft) = written_out(sending.mail) {
        written(draft, sending.envelope, &mut command);
    } else {
        let name = file(sending.mail, &mut command);
        command.option("--raw", name);
        envelope(sending.envelope, &mut command);
    }
    let stop = sending.manner.halt.filter(|halt| halt.how == Leave::Quit && halt.after <= Stage::Rcpt);
    let stop = stop.filter(|halt| halt.after > Stage::Lookup);
    command.maybe("--stop-after", stop.map(|halt| halt.after.word()));
    left_out("telepost", sending.manner, stop.is_some(), &mut command);
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

fn written(draft: &Draft, sent: &Envelope, command: &mut Command) {
    for (option, value) in [("--from", &draft.from), ("--to", &draft.to), ("--cc", &draft.cc), ("--bcc", &draft.bcc)] {
        command.maybe(option, Some(value).filter(|value| !value.is_empty()));
    }
    command.option("--subject", &draft.subject).option("--body", &draft.body);
    let more = |(name, _): &(&str, &str)| !["From", "To", "Cc", "Subject"].contains(name);
    for (name, value) in fields(draft).into_iter().filter(more) {
        command.option("--header", format!("{name}: {value}"));
    }
    for attachment in &draft.attachments {
        if let Content::Path(path) = &attachment.content {
            command.option("--attach", path.to_string_lossy());
        }
    }
    let plain = Draft { envelope: None, ..draft.clone() };
    if plain.envelope().ok().as_ref() != Some(sent) {
        envelope(sent, command);
    }
}

fn envelope(envelope: &Envelope, command: &mut Command) {
    command.option("--envelope-from", &envelope.from);
    for to in &envelope.to {
        command.option("--envelope-to", to);
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
    if let Some(user) = line.user {
        command.option("--user", user);
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
