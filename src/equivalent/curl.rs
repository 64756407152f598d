//! curl, with its smtp and pop3 schemes.

use super::command::Command;
use super::{Line, Mail, Sending, ascii, authority, fields, file, left_out, scheme, written_out};
use crate::connection::{Authority, Family, Protocol, Proxy, Trust};
use crate::sasl::Mechanism;
use crate::wire::TlsMode;

pub(super) fn send(line: &Line, sending: &Sending) -> String {
    let target = line.target;
    let mut command = Command::new(&["curl"]);
    if target.protocol == Protocol::Lmtp {
        command.note("curl speaks no LMTP: this says EHLO, and an LMTP server refuses it");
    }
    let hello = path_segment(line.hello);
    let scheme = if target.protocol == Protocol::Lmtp { "smtp" } else { scheme(target) };
    command.option("--url", format!("{scheme}://{}/{hello}", authority(target)));
    connection(line, &mut command);
    command.option("--mail-from", &sending.envelope.from);
    for to in &sending.envelope.to {
        command.option("--mail-rcpt", to);
    }
    if sending.envelope.to.len() > 1 {
        command.word("--mail-rcpt-allowfails");
    }
    content(sending.mail, &mut command);
    left_out("curl", sending.manner, false, &mut command);
    command.text()
}

pub(super) fn read(line: &Line, message: Option<u32>) -> String {
    let mut command = Command::new(&["curl"]);
    let number = message.map(|number| number.to_string()).unwrap_or_default();
    command.option("--url", format!("{}://{}/{number}", scheme(line.target), authority(line.target)));
    connection(line, &mut command);
    command.text()
}

fn connection(line: &Line, command: &mut Command) {
    let target = line.target;
    match target.family {
        Family::Any => {}
        Family::V4 => drop(command.word("-4")),
        Family::V6 => drop(command.word("-6")),
    }
    command.maybe("--interface", target.source.map(|source| source.to_string()));
    command.maybe("--proxy", target.proxy.as_ref().map(proxy));
    if target.mx {
        command.note("the host is a mail domain: curl connects to it itself, not to its MX");
    }
    tls(line, command);
    let Some(user) = line.user else { return };
    if user.contains(':') {
        command.note("curl takes what follows the first colon of the user name for the password");
    }
    // Without a password it asks.
    command.option("--user", user);
    match line.mechanism {
        Some(Mechanism::UserPass) => drop(command.option("--login-options", "AUTH=+LOGIN")),
        Some(Mechanism::Apop) => drop(command.option("--login-options", "AUTH=+APOP")),
        Some(mechanism) => drop(command.option("--login-options", format!("AUTH={}", mechanism.name()))),
        None => {}
    }
}

fn tls(line: &Line, command: &mut Command) {
    let tls = &line.target.tls;
    match tls.mode {
        TlsMode::None => return,
        TlsMode::Auto => drop(command.word("--ssl")),
        TlsMode::Require => drop(command.word("--ssl-reqd")),
        TlsMode::Implicit => {}
    }
    match &tls.trust {
        Trust::Roots(own) => {
            for authority in own {
                match authority {
                    Authority::File(path) => command.option("--cacert", path.to_string_lossy()),
                    Authority::Pem { name, .. } => {
                        command.note(format!("trusts {name} besides: put its certificate into a file, --cacert FILE"))
                    }
                };
            }
        }
        Trust::Pin(_) => {
            command.note("curl pins public keys, not certificates: nothing is verified").word("--insecure");
        }
        Trust::Anybody => drop(command.word("--insecure")),
    }
    if tls.name.is_some() {
        command.note("curl has no other name for the certificate than the host of the URL");
    }
    if let Some(identity) = &tls.identity {
        command.option("--cert", identity.certificate.to_string_lossy());
        command.option("--key", identity.key.to_string_lossy());
    }
}

/// The proxy looks the server's name up.
fn proxy(proxy: &Proxy) -> String {
    match proxy {
        Proxy::Socks5 { host, port } => format!("socks5h://{host}:{port}"),
        Proxy::Http { host, port } => format!("http://{host}:{port}"),
    }
}

fn content(mail: Mail, command: &mut Command) {
    let here = written_out(mail).filter(|draft| ascii(draft) && draft.attachments.is_empty());
    let Some(draft) = here else {
        let name = file(mail, command);
        command.option("--upload-file", name);
        return;
    };
    // A here-document has line feeds; curl doubles dots at line starts itself.
    command.word("--crlf").option("--upload-file", "-");
    let header: Vec<String> = fields(draft).iter().map(|(name, value)| format!("{name}: {value}")).collect();
    command.note("curl adds no Date and no Message-ID").input(format!("{}\n\n{}\n", header.join("\n"), draft.body));
}

/// The name for EHLO stands in the path of the URL.
fn path_segment(text: &str) -> String {
    let mut segment = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~[]:".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    segment
}

/// A hexadecimal digit.
fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0').to_ascii_uppercase()
}
