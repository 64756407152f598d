//! swaks, the Swiss Army Knife for SMTP.

use super::command::Command;
use super::{Line, Mail, Sending, ascii, fields, file, left_out, written_out};
use crate::connection::{Authority, Family, Protocol, Trust};
use crate::mail::{Content, Draft};
use crate::smtp::{Halt, Leave, Stage};
use crate::wire::TlsMode;

pub(super) fn send(line: &Line, sending: &Sending) -> String {
    let target = line.target;
    let mut command = Command::new(&["swaks"]);
    command.option("--server", &target.host).option("--port", target.port.to_string());
    match target.family {
        Family::Any => {}
        Family::V4 => drop(command.word("-4")),
        Family::V6 => drop(command.word("-6")),
    }
    command.maybe("--local-interface", target.source.map(|source| source.to_string()));
    if target.protocol == Protocol::Lmtp {
        command.option("--protocol", "LMTP");
    }
    tls(line, &mut command);
    command.option("--ehlo", line.hello);
    if let Some(user) = line.user {
        // Without a value it takes any; without --auth-password it asks.
        match line.mechanism {
            Some(mechanism) => command.option("--auth", mechanism.name()),
            None => command.word("--auth"),
        };
        command.option("--auth-user", user);
    }
    let envelope = sending.envelope;
    // An empty value is asked for; this is its word for the null sender.
    command.option("--from", if envelope.from.is_empty() { "<>" } else { &envelope.from });
    command.option("--to", envelope.to.join(","));
    content(sending.mail, &mut command);
    let halted = sending.manner.halt.and_then(stop);
    if let Some((option, stage)) = halted {
        command.option(option, stage);
    }
    if target.proxy.is_some() {
        command.note("swaks has no option for a proxy on the way");
    }
    if target.mx {
        command.note("the host is a mail domain: swaks connects to it itself, not to its MX");
    }
    left_out("swaks", sending.manner, halted.is_some(), &mut command);
    command.text()
}

fn tls(line: &Line, command: &mut Command) {
    let tls = &line.target.tls;
    match tls.mode {
        TlsMode::None => return,
        TlsMode::Auto => command.word("--tls-optional-strict"),
        TlsMode::Require => command.word("--tls"),
        TlsMode::Implicit => command.word("--tls-on-connect"),
    };
    match &tls.trust {
        Trust::Roots(own) => {
            command.word("--tls-verify");
            for authority in own {
                match authority {
                    Authority::File(path) => command.option("--tls-ca-path", path.to_string_lossy()),
                    Authority::Pem { name, .. } => command
                        .note(format!("trusts {name} besides: put its certificate into a file, --tls-ca-path FILE")),
                };
            }
        }
        Trust::Pin(_) => drop(command.note("swaks has no pin for a certificate: nothing is verified")),
        Trust::Anybody => {}
    }
    command.maybe("--tls-sni", tls.name.as_deref());
    if let Some(identity) = &tls.identity {
        command.option("--tls-cert", identity.certificate.to_string_lossy());
        command.option("--tls-key", identity.key.to_string_lossy());
    }
}

fn content(mail: Mail, command: &mut Command) {
    let Some(draft) = written_out(mail).filter(|draft| ascii(draft)) else {
        let name = file(mail, command);
        command.option("--data", format!("@{name}"));
        return;
    };
    for (name, value) in fields(draft) {
        command.option("--header", format!("{name}: {value}"));
    }
    // What begins with @ names a file, and a lone - standard input.
    let body = match draft.body.as_str() {
        "" => "\n".to_owned(),
        "-" => "-\n".to_owned(),
        body if body.starts_with('@') => format!("@{body}"),
        body => body.to_owned(),
    };
    command.option("--body", body);
    attachments(draft, command);
    if draft.body.contains("\\n") || draft.body.contains('%') {
        command.note("swaks replaces \\n and words such as %DATE% in the text");
    }
}

fn attachments(draft: &Draft, command: &mut Command) {
    for attachment in &draft.attachments {
        let Content::Path(path) = &attachment.content else { continue };
        command.option("--attach-type", &attachment.content_type);
        command.option("--attach-name", &attachment.name);
        command.option("--attach", format!("@{}", path.to_string_lossy()));
    }
}

/// The option that ends it after this stage, if there is one.
fn stop(halt: Halt) -> Option<(&'static str, &'static str)> {
    let option = match halt.how {
        Leave::Quit => "--quit-after",
        Leave::Drop => "--drop-after",
    };
    let stage = match (halt.after, halt.how) {
        (Stage::Greeting, _) => "BANNER",
        (Stage::Hello, _) => "FIRST-HELO",
        (Stage::Tls, _) => "TLS",
        (Stage::Auth, _) => "AUTH",
        (Stage::Mail, _) => "MAIL",
        (Stage::Rcpt, _) => "RCPT",
        (Stage::Data, Leave::Drop) => "DATA",
        (Stage::FinalDot, Leave::Drop) => return Some(("--drop-after-send", "DOT")),
        _ => return None,
    };
    Some((option, stage))
}
