//! `openssl s_client`, and the lines to type into it.

use super::command::Command;
use super::{Line, Sending, authority, file, left_out};
use crate::connection::{Authority, Family, Protocol, Proxy, Target, Trust};
use crate::sasl::Mechanism;
use crate::wire::TlsMode;

pub(super) fn send(line: &Line, sending: &Sending) -> String {
    let mut command = client(line.target);
    left_out("openssl", sending.manner, true, &mut command);
    let hello = if line.target.protocol == Protocol::Lmtp { "LHLO" } else { "EHLO" };
    command.below("then type:").below(format!("  {hello} {}", line.hello));
    if let Some(user) = line.user {
        sign_in(user, line.mechanism, &mut command);
    }
    command.below(format!("  MAIL FROM:<{}>", sending.envelope.from));
    for to in &sending.envelope.to {
        command.below(format!("  RCPT TO:<{to}>"));
    }
    command.below("  DATA");
    let mut unsaid = Command::new(&[]);
    let name = file(sending.mail, &mut unsaid);
    command.below(format!("  (the mail, as in {name}; a line that begins with a dot gets a second one)"));
    command.below("  .").below("  QUIT").text()
}

pub(super) fn read(line: &Line, message: Option<u32>) -> String {
    let mut command = client(line.target);
    command.below("then type:");
    if let Some(user) = line.user {
        command.below(format!("  USER {user}")).below("  PASS <password>");
    }
    match message {
        Some(number) => command.below(format!("  RETR {number}")),
        None => command.below("  STAT").below("  LIST"),
    };
    command.below("  QUIT").text()
}

/// The command that opens the line. It takes its letters Q and R for itself unless it is quiet.
fn client(target: &Target) -> Command {
    let place = authority(target);
    if target.tls.mode == TlsMode::None {
        let mut command = Command::new(&["telnet"]);
        command.note("openssl s_client always encrypts, and this line is in clear: telnet does it");
        command.word(&target.host).word(target.port.to_string());
        return command;
    }
    let mut command = Command::new(&["openssl", "s_client", "-quiet", "-crlf"]);
    match target.family {
        Family::Any => {}
        Family::V4 => drop(command.word("-4")),
        Family::V6 => drop(command.word("-6")),
    }
    if target.tls.mode != TlsMode::Implicit {
        let protocol = match target.protocol {
            Protocol::Smtp => "smtp",
            Protocol::Lmtp => "lmtp",
            Protocol::Pop3 => "pop3",
        };
        command.option("-starttls", protocol);
    }
    command.option("-connect", place);
    if target.tls.mode == TlsMode::Auto {
        command.note("where STARTTLS is not offered this fails, instead of going on in clear");
    }
    match &target.proxy {
        Some(Proxy::Http { host, port }) => drop(command.option("-proxy", format!("{host}:{port}"))),
        Some(Proxy::Socks5 { .. }) => drop(command.note("openssl s_client knows no SOCKS proxy")),
        None => {}
    }
    if target.mx {
        command.note("the host is a mail domain: openssl connects to it itself, not to its MX");
    }
    trust(target, &mut command);
    command
}

fn trust(target: &Target, command: &mut Command) {
    let name = target.tls.name.as_deref().unwrap_or(&target.host);
    let is_address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    if !is_address {
        command.option("-servername", name);
    }
    match &target.tls.trust {
        Trust::Roots(own) => {
            command.word("-verify_return_error");
            let (check, name) =
                if is_address { ("-verify_ip", name.trim_matches(['[', ']'])) } else { ("-verify_hostname", name) };
            command.option(check, name);
            for authority in own {
                match authority {
                    Authority::File(path) => command.option("-CAfile", path.to_string_lossy()),
                    Authority::Pem { name, .. } => {
                        command.note(format!("trusts {name} besides: put its certificate into a file, -CAfile FILE"))
                    }
                };
            }
        }
        Trust::Pin(_) => drop(command.note("openssl s_client has no pin for a certificate: it is shown, not verified")),
        Trust::Anybody => {}
    }
    if let Some(identity) = &target.tls.identity {
        command.option("-cert", identity.certificate.to_string_lossy());
        command.option("-key", identity.key.to_string_lossy());
    }
}

fn sign_in(user: &str, mechanism: Option<Mechanism>, command: &mut Command) {
    match mechanism {
        None | Some(Mechanism::Plain) => {
            command.below(format!("  AUTH PLAIN <base64 of NUL, {user}, NUL, password>"));
        }
        Some(Mechanism::Login) => {
            command.below("  AUTH LOGIN").below(format!("  <base64 of {user}>")).below("  <base64 of the password>");
        }
        Some(other) => {
            command.below(format!("  AUTH {} (its answers are to be computed; not by hand)", other.name()));
        }
    }
}
