//! Each SASL mechanism of the sandbox against the one of the program, over sockets and TLS.

use telepost::sandbox::{PASSWORD, Sandbox, TOKEN};
use telepost::sasl::exchange::{decode, encode};
use telepost::sasl::{Exchange, Mechanism, SecretKind, SignIn};
use telepost::wire::{Channel, Secret};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::client::{Line, VERSIONS};
use super::sandbox;

/// How a protocol wraps an exchange.
struct Wrapping {
    challenge: &'static str,
    accepted: &'static str,
    refused: &'static str,
}

const SMTP: Wrapping = Wrapping { challenge: "334 ", accepted: "235 2.7.0 ", refused: "535 5.7.8 " };
const POP3: Wrapping = Wrapping { challenge: "+ ", accepted: "+OK ", refused: "-ERR [AUTH] " };

fn sign_in(mechanism: Mechanism, right: bool) -> SignIn {
    let is_token = matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2);
    let secret = match (is_token, right) {
        (_, false) => "wrong",
        (true, _) => TOKEN,
        (false, _) => PASSWORD,
    };
    let mut sign_in = SignIn::with_password("ada", Secret::new(secret), "abcdefghijklmnopqrstuvwx");
    match mechanism {
        Mechanism::OAuthBearer | Mechanism::XOAuth2 => sign_in.kind = SecretKind::Token,
        Mechanism::External => sign_in.authorization = Some(if right { "ada" } else { "eve" }.to_owned()),
        _ => {}
    }
    sign_in.server = ("sandbox.test".to_owned(), 587);
    sign_in
}

/// Plays one exchange. Returns the server's last line, and what the client makes of a good one.
async fn play(
    line: &mut Line<TlsStream<TcpStream>>,
    wrapping: &Wrapping,
    mechanism: Mechanism,
    right: bool,
    initial: bool,
) -> (String, bool) {
    let channel = Channel {
        exporter: Some(line.binding("tls-exporter")),
        end_point: Some(line.binding("tls-server-end-point")),
        ..Channel::default()
    };
    let mut exchange = Exchange::new(mechanism, &sign_in(mechanism, right), Some(&channel), true).expect("it begins");
    let text = |octets: &[u8]| String::from_utf8(encode(octets).to_vec()).expect("base64 is ASCII");
    let mut said = format!("AUTH {mechanism}");
    if let Some(message) = initial.then(|| exchange.initial()).flatten() {
        said = format!("{said} {}", text(&message.octets));
    }
    loop {
        let heard = line.ask(&said).await;
        let Some(challenge) = heard.strip_prefix(wrapping.challenge) else {
            return (heard, exchange.finish().is_ok());
        };
        let challenge = decode(challenge.as_bytes()).unwrap_or_else(|| panic!("{heard}"));
        said = text(&exchange.answer(&challenge).expect("the challenge fits").answer.octets);
    }
}

async fn smtp(sandbox: &Sandbox) -> Line<TlsStream<TcpStream>> {
    let line = Line::connect(sandbox.smtps()).await;
    let mut line = line.encrypt(sandbox, VERSIONS[0], "sandbox.test").await.expect("the handshake works");
    line.hear().await;
    line.say("EHLO lab.test").await;
    line.hear_reply().await;
    line
}

async fn pop3(sandbox: &Sandbox) -> Line<TlsStream<TcpStream>> {
    let line = Line::connect(sandbox.pop3s()).await;
    let mut line = line.encrypt(sandbox, VERSIONS[1], "sandbox.test").await.expect("the handshake works");
    line.hear().await;
    line
}

#[tokio::test]
async fn every_mechanism_gets_in_with_the_right_secret_and_only_with_it() {
    let sandbox = sandbox().await;
    for mechanism in Mechanism::ALL.into_iter().filter(|mechanism| mechanism.is_sasl()) {
        for initial in [true, false] {
            for (wrapping, is_smtp) in [(SMTP, true), (POP3, false)] {
                if mechanism == Mechanism::Anonymous && !is_smtp {
                    continue;
                }
                let mut line = if is_smtp { smtp(&sandbox).await } else { pop3(&sandbox).await };
                let what = format!("{mechanism} on SMTP {is_smtp}, with initial response {initial}");
                if mechanism != Mechanism::Anonymous {
                    let (refused, _) = play(&mut line, &wrapping, mechanism, false, initial).await;
                    assert!(refused.starts_with(wrapping.refused), "{what}: {refused}");
                }
                let (accepted, proved) = play(&mut line, &wrapping, mechanism, true, initial).await;
                assert!(accepted.starts_with(wrapping.accepted), "{what}: {accepted}");
                assert!(proved, "{what}: the client believes the server");
                line.ask("QUIT").await;
            }
        }
    }
}
