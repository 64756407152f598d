//! TLS, sign-ins and faults of the sandbox over real sockets.

use std::time::Duration;

use rustls::{CertificateError, Error, SupportedProtocolVersion};
use telepost::sandbox::{Fault, Limits, Options, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::PATIENCE;
use super::client::{Line, VERSIONS};

async fn faulty(faults: &[Fault]) -> Sandbox {
    let options = Options { samples: false, faults: faults.to_vec(), ..Options::default() };
    Sandbox::start(options).await.expect("free ports on loopback")
}

/// A line to SMTP on which STARTTLS was accepted.
async fn ready(sandbox: &Sandbox) -> Line<TcpStream> {
    let mut line = Line::connect(sandbox.smtp()).await;
    line.hear().await;
    assert!(line.ask("STARTTLS").await.starts_with("220 "));
    line
}

async fn encrypted(sandbox: &Sandbox) -> Line<TlsStream<TcpStream>> {
    ready(sandbox).await.encrypt(sandbox, VERSIONS[0], "sandbox.test").await.expect("the handshake works")
}

async fn pop3_encrypted(sandbox: &Sandbox, version: &'static SupportedProtocolVersion) -> Line<TlsStream<TcpStream>> {
    let mut line = Line::connect(sandbox.pop3()).await;
    line.hear().await;
    assert!(line.ask("STLS").await.starts_with("+OK "));
    line.encrypt(sandbox, version, "127.0.0.1").await.expect("the handshake works")
}

#[tokio::test]
async fn what_is_pipelined_in_clear_is_thrown_away_on_smtp() {
    let sandbox = faulty(&[]).await;
    for version in VERSIONS {
        let mut line = Line::connect(sandbox.smtp()).await;
        line.hear().await;
        // One write, so that all of it is read before the handshake.
        line.say("EHLO eve.test\r\nSTARTTLS\r\nMAIL FROM:<eve@example.org>\r\nVRFY bob@sandbox.test").await;
        let announced = line.hear_reply().await;
        assert!(announced.contains(&"250-STARTTLS".to_owned()), "{announced:?}");
        assert!(line.hear().await.starts_with("220 "));
        let mut line = line.encrypt(&sandbox, version, "sandbox.test").await.expect("the handshake works");
        assert_eq!(line.ask("NOOP").await, "250 2.0.0 OK", "nothing was left to answer");
        assert!(line.ask("RCPT TO:<bob@sandbox.test>").await.starts_with("503 5.5.1 Say HELO or EHLO first"));
        line.say("EHLO lab.test").await;
        let announced = line.hear_reply().await;
        assert!(!announced.contains(&"250-STARTTLS".to_owned()), "{announced:?}");
        assert!(
            announced.iter().any(|line| line.starts_with("250-AUTH ") && line.contains(" PLAIN ")),
            "{announced:?}"
        );
    }
}

#[tokio::test]
async fn what_is_pipelined_in_clear_is_thrown_away_on_pop3() {
    let sandbox = faulty(&[]).await;
    for version in VERSIONS {
        let mut line = Line::connect(sandbox.pop3()).await;
        line.hear().await;
        line.say("USER bob\r\nSTLS\r\nPASS opensesame\r\nSTAT").await;
        assert!(line.hear().await.starts_with("+OK now PASS"));
        assert!(line.hear().await.starts_with("+OK begin TLS"));
        let mut line = line.encrypt(&sandbox, version, "localhost").await.expect("the handshake works");
        assert!(line.ask("STAT").await.starts_with("-ERR log in first"), "the first answer is to the first command");
        line.say("CAPA").await;
        let announced = line.hear_listing().await;
        assert!(!announced.contains(&"STLS".to_owned()), "{announced:?}");
        assert!(line.ask("PASS opensesame").await.starts_with("-ERR USER comes first"));
    }
}

#[tokio::test]
async fn the_other_ports_speak_tls_from_the_first_octet() {
    let sandbox = faulty(&[]).await;
    for (address, greeting) in [(sandbox.smtps(), "220 sandbox.test "), (sandbox.pop3s(), "+OK telepost sandbox ")] {
        for (version, name) in VERSIONS.into_iter().zip(["sandbox.test", "127.0.0.1"]) {
            let line = Line::connect(address).await;
            let mut line = line.encrypt(&sandbox, version, name).await.expect("the handshake works");
            assert!(line.hear().await.starts_with(greeting));
            line.say("QUIT").await;
            let mut rest = Vec::new();
            line.stream.read_to_end(&mut rest).await.expect("close_notify comes before the end");
        }
    }
}

#[tokio::test]
async fn scram_plus_is_tied_to_its_own_line() {
    let sandbox = faulty(&[]).await;
    for version in VERSIONS {
        for name in ["tls-exporter", "tls-server-end-point"] {
            let mut line = pop3_encrypted(&sandbox, version).await;
            let bound = line.binding(name);
            let refused = line.scram_plus("+ ", "wrong", name, &bound).await;
            assert!(refused.starts_with("-ERR [AUTH] "), "{name} {version:?}: {refused}");
            let refused = line.scram_plus("+ ", "opensesame", name, &[7; 32]).await;
            assert!(refused.starts_with("-ERR [AUTH] "), "{name} {version:?}: {refused}");
            let accepted = line.scram_plus("+ ", "opensesame", name, &bound).await;
            assert_eq!(accepted, "+OK 0 messages (0 octets)", "{name} {version:?}");
            line.ask("QUIT").await;
        }
    }
    let mut line = encrypted(&sandbox).await;
    line.say("EHLO lab.test").await;
    line.hear_reply().await;
    let bound = line.binding("tls-exporter");
    assert_eq!(line.scram_plus("334 ", "opensesame", "tls-exporter", &bound).await, "235 2.7.0 Signed in as ada");
}

/// What a client says to the certificate.
async fn refusal(fault: Fault) -> CertificateError {
    let sandbox = faulty(&[fault]).await;
    let shaken = ready(&sandbox).await.encrypt(&sandbox, VERSIONS[0], "localhost").await;
    let error = shaken.err().expect("the certificate is bad").downcast::<Error>().expect("an error of TLS");
    let Error::InvalidCertificate(why) = error else { panic!("{error}") };
    why
}

#[tokio::test]
async fn bad_certificates_are_bad_in_the_way_that_was_asked_for() {
    let expired = refusal(Fault::CertExpired).await;
    assert!(matches!(expired, CertificateError::ExpiredContext { .. }), "{expired:?}");
    let host = refusal(Fault::CertWrongHost).await;
    assert!(matches!(host, CertificateError::NotValidForNameContext { .. }), "{host:?}");
    assert_eq!(refusal(Fault::CertSelfSigned).await, CertificateError::UnknownIssuer);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_never_answered_and_one_that_never_begins_is_ended() {
    let sandbox = faulty(&[Fault::TlsStall]).await;
    for mut line in [ready(&sandbox).await, Line::connect(sandbox.smtps()).await] {
        line.stream.write_all(b"\x16\x03\x01\x00\x02\x01\x00").await.unwrap();
        let answer = tokio::time::timeout(Duration::from_millis(100), line.stream.read_u8()).await;
        assert!(answer.is_err(), "{answer:?}");
    }
    let limits = Limits { handshake: Duration::from_millis(50), ..Limits::default() };
    let sandbox = Sandbox::start(Options { limits, ..Options::default() }).await.unwrap();
    for mut line in [ready(&sandbox).await, Line::connect(sandbox.smtps()).await] {
        let end = tokio::time::timeout(PATIENCE, line.stream.read_to_end(&mut Vec::new())).await;
        end.expect("the line is closed").ok();
    }
}

#[tokio::test]
async fn octets_in_clear_come_right_behind_the_go_ahead() {
    let sandbox = faulty(&[Fault::TlsInject]).await;
    assert_eq!(ready(&sandbox).await.hear().await, "250 injected in clear");
    let mut line = Line::connect(sandbox.pop3()).await;
    line.hear().await;
    assert!(line.ask("STLS").await.starts_with("+OK begin"));
    assert_eq!(line.hear().await, "+OK injected in clear");
    let mut line = line.encrypt(&sandbox, VERSIONS[0], "localhost").await.expect("who reads past it gets through");
    assert!(line.ask("NOOP").await.starts_with("-ERR "));
}

#[tokio::test]
async fn a_cut_line_ends_without_close_notify() {
    let sandbox = faulty(&[Fault::TlsTruncate]).await;
    let mut smtp = encrypted(&sandbox).await;
    smtp.say("EHLO lab.test").await;
    assert_eq!(smtp.hear_reply().await.last().unwrap(), "250 HELP");
    let mut pop3 = pop3_encrypted(&sandbox, VERSIONS[1]).await;
    pop3.say("CAPA").await;
    pop3.hear_listing().await;
    for mut line in [smtp, pop3] {
        let end = tokio::time::timeout(PATIENCE, line.stream.read_u8()).await.expect("the line is closed");
        // A clean end would be one without the words about close_notify.
        let error = end.unwrap_err();
        assert!(error.to_string().contains("close_notify"), "{error}");
    }
}

#[tokio::test]
async fn a_plain_client_on_a_tls_port_is_sent_away() {
    let sandbox = faulty(&[]).await;
    let mut line = Line::connect(sandbox.smtps()).await;
    line.stream.write_all(b"EHLO lab.test\r\n").await.unwrap();
    let mut said = Vec::new();
    let end = tokio::time::timeout(PATIENCE, line.stream.read_to_end(&mut said)).await;
    end.expect("the line is closed").ok();
    assert!(!said.starts_with(b"220"), "{}", said.escape_ascii());
}
