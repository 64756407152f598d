//! Lines inside TLS: how they begin, what goes through them, how they end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use telepost::connection::{
    Authority, FailureKind, Identity, Protocol, Report, Request, Submission, Target, Trust, Verdict,
};
use telepost::pop3;
use telepost::smtp::{MailOutcome, Notice};
use telepost::transcript::Direction;
use telepost::wire::{Side, TlsMode, Wait};

use crate::peer::{Caller, Peer};
use crate::samples::{Issuer, Sample, leaf};
use crate::talk::{Talk, body, mail, pop3_line, smtp_line, target};
use crate::{greet, hello, message_piece, sign_in, up_to_354};

/// The name that the certificates here are for.
pub const NAME: &str = "mail.example";

/// A server's side: a certificate, and who issued it.
pub struct Server {
    pub issuer: Issuer,
    pub sample: Sample,
}

impl Server {
    pub fn new() -> Self {
        let issuer = Issuer::new("Example CA");
        let sample = leaf(NAME).signed(&issuer);
        Self { issuer, sample }
    }

    pub fn config(&self) -> Arc<ServerConfig> {
        config(&self.sample, &[&TLS12, &TLS13])
    }

    /// Trusts the issuer alone beside the system's roots.
    pub fn trust(&self) -> Trust {
        Trust::Roots(vec![Authority::Pem { pem: self.issuer.pem(), name: "the sandbox".into() }])
    }

    pub fn target(&self, protocol: Protocol, mode: TlsMode, peer: &Peer) -> Target {
        let mut to = target(protocol, peer).with_tls(mode);
        to.tls.name = Some(NAME.into());
        to.tls.trust = self.trust();
        to
    }
}

pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

pub fn config(sample: &Sample, versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![sample.der.clone().into()], key(sample)).unwrap())
}

fn key(sample: &Sample) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(sample.key_pem.as_bytes()).unwrap()
}

/// Calls an SMTP server, up to where the handshake is due.
pub async fn up_to_tls(to: Target, peer: &Peer) -> (Talk, Caller) {
    let mode = to.tls.mode;
    let mut talk = Talk::connect(to).await;
    if mode == TlsMode::Implicit {
        return (talk, peer.call().await);
    }
    let mut caller = greet(peer).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(smtp_line("STARTTLS")).await;
    caller.expect("STARTTLS").await;
    caller.say("220 go\r\n").await;
    (talk, caller)
}

/// Up to where commands go inside TLS.
async fn secured(to: Target, peer: &Peer, config: &Arc<ServerConfig>) -> (Talk, Caller) {
    let implicit = to.tls.mode == TlsMode::Implicit;
    let (talk, caller) = up_to_tls(to, peer).await;
    let mut caller = caller.secure(config).await.unwrap();
    if implicit {
        caller.say("220 sandbox.test ESMTP\r\n").await;
    }
    (talk, caller)
}

const STARTS: [TlsMode; 2] = [TlsMode::Implicit, TlsMode::Require];

#[tokio::test]
async fn a_mail_goes_through_either_version_from_the_first_octet_or_later() {
    let server = Server::new();
    for (version, name) in [(&TLS12, "TLS 1.2"), (&TLS13, "TLS 1.3")] {
        for mode in STARTS {
            let peer = Peer::new().await;
            let config = config(&server.sample, &[version]);
            let to = server.target(Protocol::Smtp, mode, &peer);
            let (mut talk, mut caller) = secured(to, &peer, &config).await;
            hello(&mut talk, &mut caller).await;
            talk.submit(mail(1, body(b"secret words"))).await;
            up_to_354(&mut caller).await;
            assert_eq!(caller.body().await, b"secret words\r\n.\r\n");
            caller.say("250 ok\r\n").await;
            talk.ask(Request::Disconnect(Side::Smtp)).await;
            caller.expect("QUIT").await;
            caller.say("221 bye\r\n").await;
            assert!(caller.ends_properly().await);
            caller.close().await;
            assert_eq!(talk.closed(Side::Smtp).await, None);
            assert_eq!(talk.mail_done(1).outcome, MailOutcome::Sent);
            shows_its_protection(&talk, name);
        }
    }
}

fn shows_its_protection(talk: &Talk, version: &str) {
    let shown = talk.protection().unwrap();
    assert_eq!((shown.version.as_str(), shown.name.as_str()), (version, NAME));
    assert!(shown.suite.starts_with("TLS_") && !shown.group.is_empty(), "{shown:?}");
    assert_eq!((shown.sni.as_deref(), shown.alpn.as_deref()), (Some(NAME), None));
    assert_eq!(shown.verdict, Verdict::Trusted("the sandbox".into()));
    assert_eq!((shown.chain[0].names[0].as_str(), shown.chain[0].issuer.as_str()), (NAME, "CN=Example CA"));
    assert!(!shown.client_certificate && !shown.keys_logged && shown.lapse > Duration::ZERO);
    let row = talk.notes().into_iter().find(|note| note.starts_with(version)).unwrap();
    assert!(row.contains("certificate for mail.example by Example CA, "), "{row}");
    assert!(row.ends_with("trusted by the sandbox"), "{row}");
    let said: Vec<_> = talk.records().filter(|record| record.direction == Direction::Sent).collect();
    assert!(said.iter().filter(|record| record.bytes.starts_with(b"STARTTLS")).all(|record| !record.tls));
    assert!(said.iter().filter(|record| record.bytes.starts_with(b"MAIL")).all(|record| record.tls));
    let clear = talk.records().filter(|record| record.bytes.starts_with(b"connected in"));
    assert!(clear.map(|record| record.tls).eq([false]));
}

#[tokio::test]
async fn an_address_needs_no_name() {
    let issuer = Issuer::new("Example CA");
    let server = Server { sample: leaf("127.0.0.1").signed(&issuer), issuer };
    let peer = Peer::new().await;
    let mut to = server.target(Protocol::Smtp, TlsMode::Implicit, &peer);
    to.tls.name = None;
    let (mut talk, _caller) = secured(to, &peer, &server.config()).await;
    talk.until(|report| matches!(report, Report::Smtp { notice: Notice::Greeting(_), .. })).await;
    let shown = talk.protection().unwrap();
    assert_eq!((shown.name.as_str(), shown.sni.as_deref()), ("127.0.0.1", None));
}

#[tokio::test]
async fn octets_behind_the_go_ahead_are_fatal_and_nothing_more_is_sent() {
    for go_ahead in ["220 go\r\n250 injected\r\n", "220 go\r\n250-AUTH"] {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(Server::new().target(Protocol::Smtp, TlsMode::Require, &peer)).await;
        let mut caller = greet(&peer).await;
        hello(&mut talk, &mut caller).await;
        talk.submit(smtp_line("STARTTLS")).await;
        talk.submit(smtp_line("NOOP")).await;
        caller.expect("STARTTLS").await;
        caller.say(go_ahead).await;
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_eq!(failure.kind, FailureKind::Protocol, "{failure}");
        assert!(failure.what.contains("injected"), "{failure}");
        assert_eq!(caller.rest().await, b"", "no handshake either");
        assert!(talk.protection().is_none());
    }
    let peer = Peer::new().await;
    let mut talk = Talk::connect(Server::new().target(Protocol::Pop3, TlsMode::Require, &peer)).await;
    let mut caller = peer.call().await;
    caller.say("+OK ready\r\n").await;
    talk.submit(pop3_line("STLS")).await;
    caller.expect("STLS").await;
    caller.say("+OK go\r\n+OK inj").await;
    let failure = talk.closed(Side::Pop3).await.unwrap();
    assert!(failure.what.contains("injected"), "{failure}");
    assert_eq!(caller.rest().await, b"");
}

#[tokio::test]
async fn a_handshake_that_stalls_has_an_end() {
    for mode in STARTS {
        let peer = Peer::new().await;
        let mut to = Server::new().target(Protocol::Smtp, mode, &peer);
        to.timeouts.handshake = Duration::from_millis(300);
        let (mut talk, mut caller) = up_to_tls(to, &peer).await;
        talk.submit(mail(1, body(b"x"))).await;
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_eq!(failure.kind, FailureKind::TimedOut(Wait::Handshake), "{failure}");
        assert!(failure.what.contains("TLS handshake"), "{failure}");
        assert_eq!(talk.mail_done(1).outcome, MailOutcome::Failed);
        let hello = caller.rest().await;
        assert!(hello.starts_with(&[0x16, 3]) && !hello.windows(4).any(|octets| octets == b"MAIL"));
    }
}

#[tokio::test]
async fn garbage_and_clear_text_in_place_of_a_handshake_are_named() {
    for (said, words) in [("\0\u{1}\u{2}\u{3}\u{4}\u{5}garbage", "no TLS"), ("250 hello again\r\n", "goes on in clear")]
    {
        let peer = Peer::new().await;
        let to = Server::new().target(Protocol::Smtp, TlsMode::Require, &peer);
        let (mut talk, mut caller) = up_to_tls(to, &peer).await;
        caller.read_some().await;
        caller.say(said).await;
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_eq!((failure.kind.clone(), failure.remedy.clone()), (FailureKind::Tls, None));
        assert!(failure.what.contains(words), "{failure}");
    }
}

#[tokio::test]
async fn a_line_that_ends_in_the_middle_of_a_handshake_is_told_as_that() {
    for mode in STARTS {
        for reset in [false, true] {
            let peer = Peer::new().await;
            let (mut talk, mut caller) = up_to_tls(Server::new().target(Protocol::Smtp, mode, &peer), &peer).await;
            caller.read_some().await;
            if reset {
                caller.reset();
            } else {
                caller.close().await;
            }
            let failure = talk.closed(Side::Smtp).await.unwrap();
            assert_eq!(failure.kind, FailureKind::Tls);
            assert!(failure.what.contains("in the middle of the TLS handshake"), "{failure}");
        }
    }
}

#[tokio::test]
async fn a_handshake_is_stopped_at_once() {
    for mode in STARTS {
        for abort in [true, false] {
            let peer = Peer::new().await;
            let (mut talk, mut caller) = up_to_tls(Server::new().target(Protocol::Smtp, mode, &peer), &peer).await;
            caller.read_some().await;
            let asked = Instant::now();
            talk.ask(if abort { Request::Abort(Side::Smtp) } else { Request::Drop(Side::Smtp) }).await;
            let failure = talk.closed(Side::Smtp).await;
            assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
            assert_eq!(failure.map(|failure| failure.kind), abort.then_some(FailureKind::Aborted));
            caller.rest().await;
        }
    }
}

#[tokio::test]
async fn commands_given_during_the_handshake_go_out_inside() {
    let server = Server::new();
    let peer = Peer::new().await;
    let to = server.target(Protocol::Smtp, TlsMode::Require, &peer);
    let (mut talk, caller) = up_to_tls(to, &peer).await;
    talk.submit(smtp_line("NOOP")).await;
    talk.ask(Request::Disconnect(Side::Smtp)).await;
    let mut caller = caller.secure(&server.config()).await.unwrap();
    for verb in ["NOOP", "QUIT"] {
        caller.expect(verb).await;
        caller.say("250 ok\r\n").await;
    }
}

/// A POP3 line inside TLS, signed in.
async fn signed_in(server: &Server, peer: &Peer) -> (Talk, Caller) {
    let mut talk = Talk::connect(server.target(Protocol::Pop3, TlsMode::Implicit, peer)).await;
    let mut caller = peer.call().await.secure(&server.config()).await.unwrap();
    sign_in(&mut talk, &mut caller).await;
    caller.say("+OK\r\n").await;
    (talk, caller)
}

#[tokio::test]
async fn an_end_without_the_goodbye_of_tls_cuts_what_is_under_way() {
    let server = Server::new();
    for (goodbye, kind) in [(false, FailureKind::Truncated), (true, FailureKind::ClosedEarly)] {
        let peer = Peer::new().await;
        let (mut talk, mut caller) = signed_in(&server, &peer).await;
        talk.submit(pop3_line("RETR 1")).await;
        caller.expect("RETR 1").await;
        caller.say("+OK\r\nSubject: x\r\n\r\nhalf of it\r\n").await;
        if goodbye {
            caller.close().await;
        } else {
            drop(caller);
        }
        let failure = talk.closed(Side::Pop3).await.unwrap();
        assert_eq!(failure.kind, kind, "{failure}");
        let complete = |report: &Report| {
            matches!(report, Report::Pop3 { notice: pop3::Notice::BodyEnd { complete: true, .. }, .. })
        };
        assert!(!talk.seen.iter().any(complete));
    }
}

#[tokio::test]
async fn an_end_without_the_goodbye_of_tls_is_nothing_after_the_answer_to_quit() {
    let server = Server::new();
    let peer = Peer::new().await;
    let (mut talk, mut caller) = signed_in(&server, &peer).await;
    talk.ask(Request::Disconnect(Side::Pop3)).await;
    caller.expect("QUIT").await;
    caller.say("+OK bye\r\n").await;
    drop(caller);
    assert_eq!(talk.closed(Side::Pop3).await, None);
}

#[tokio::test]
async fn a_record_that_was_altered_is_told_as_that() {
    let server = Server::new();
    let peer = Peer::new().await;
    let (mut talk, caller) = signed_in(&server, &peer).await;
    let _tcp = caller.send_bad_record().await;
    let failure = talk.closed(Side::Pop3).await.unwrap();
    assert_eq!(failure.kind, FailureKind::Tls);
    assert!(failure.what.contains("bad record"), "{failure}");
}

#[tokio::test]
async fn a_line_that_is_dropped_says_goodbye_inside_tls() {
    let server = Server::new();
    let peer = Peer::new().await;
    let (mut talk, mut caller) = signed_in(&server, &peer).await;
    talk.submit(pop3_line("NOOP")).await;
    caller.expect("NOOP").await;
    talk.ask(Request::Drop(Side::Pop3)).await;
    talk.closed(Side::Pop3).await;
    assert!(caller.ends_properly().await);
}

#[tokio::test]
async fn ten_mebibytes_go_each_way_inside() {
    const LINES: usize = 640 * 1024;
    let server = Server::new();
    let peer = Peer::new().await;
    let to = server.target(Protocol::Smtp, TlsMode::Require, &peer);
    let (mut talk, mut caller) = secured(to, &peer, &server.config()).await;
    hello(&mut talk, &mut caller).await;
    talk.submit(mail(1, body(&b"0123456789abcd\r\n".repeat(LINES)))).await;
    up_to_354(&mut caller).await;
    let serving = tokio::spawn(async move {
        let length = caller.body().await.len();
        caller.say("250 ok\r\n").await;
        (caller, length)
    });
    talk.until_mail_done(1).await;
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Sent);
    let (_caller, length) = serving.await.unwrap();
    assert_eq!(length, 16 * LINES + 3);

    let peer = Peer::new().await;
    let (mut talk, mut caller) = signed_in(&server, &peer).await;
    talk.submit(pop3_line("RETR 1")).await;
    caller.expect("RETR 1").await;
    let message = b"0123456789abcd\r\n".repeat(LINES);
    let sent = message.clone();
    let serving = tokio::spawn(async move {
        caller.write(&[&b"+OK\r\n"[..], &sent, b".\r\n"].concat()).await;
        caller
    });
    talk.until(|report| matches!(report, Report::Pop3 { notice: pop3::Notice::BodyEnd { .. }, .. })).await;
    let received: Vec<u8> = talk.seen.iter().filter_map(message_piece).flatten().copied().collect();
    assert!(received == message);
    drop(serving.await.unwrap());
}

#[tokio::test]
async fn a_second_starttls_inside_tls_is_refused_here() {
    let server = Server::new();
    let peer = Peer::new().await;
    let to = server.target(Protocol::Smtp, TlsMode::Require, &peer);
    let (mut talk, mut caller) = secured(to, &peer, &server.config()).await;
    talk.submit(smtp_line("STARTTLS")).await;
    caller.expect("STARTTLS").await;
    caller.say("220 again\r\n").await;
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert!(failure.what.contains("encrypted already"), "{failure}");
}

/// Wants a certificate of ours by `issuer`.
fn wanting(server: &Server, version: &'static SupportedProtocolVersion) -> Arc<ServerConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(server.issuer.pem().as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[version]).unwrap();
    let chain = vec![server.sample.der.clone().into()];
    Arc::new(builder.with_client_cert_verifier(verifier).with_single_cert(chain, key(&server.sample)).unwrap())
}

#[tokio::test]
async fn a_server_that_wants_a_certificate_gets_ours_or_is_told_of() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let ours = leaf("ada").signed(&server.issuer);
    let identity = Identity { certificate: folder.path().join("c.pem"), key: folder.path().join("k.pem") };
    std::fs::write(&identity.certificate, &ours.pem).unwrap();
    std::fs::write(&identity.key, &ours.key_pem).unwrap();
    for version in [&TLS12, &TLS13] {
        let peer = Peer::new().await;
        let mut to = server.target(Protocol::Smtp, TlsMode::Implicit, &peer);
        to.tls.identity = Some(identity.clone());
        let (mut talk, _caller) = secured(to.clone(), &peer, &wanting(&server, version)).await;
        talk.until(|report| matches!(report, Report::Smtp { notice: Notice::Greeting(_), .. })).await;
        assert!(talk.protection().unwrap().client_certificate);
        to.tls.identity = None;
        let mut talk = Talk::connect(to).await;
        assert!(peer.call().await.secure(&wanting(&server, version)).await.is_err());
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
        assert!(failure.what.contains("wants a certificate from us"), "{failure}");
        assert!(failure.advice.contains("client certificate"), "{}", failure.advice);
    }
}

#[tokio::test]
async fn keys_are_written_when_asked_for_and_said() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.log");
    let peer = Peer::new().await;
    let mut to = server.target(Protocol::Smtp, TlsMode::Implicit, &peer);
    to.tls.key_log = Some(file.clone());
    let (mut talk, _caller) = secured(to, &peer, &server.config()).await;
    let notes = talk.until_note("session keys are written to").await;
    assert!(notes.last().unwrap().ends_with("keys.log"), "{notes:?}");
    talk.until(|report| matches!(report, Report::Smtp { notice: Notice::Greeting(_), .. })).await;
    assert!(talk.protection().unwrap().keys_logged);
    let keys = std::fs::read_to_string(&file).unwrap();
    assert!(keys.lines().any(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 ")), "{keys}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_told_before_anything_is_connected() {
    let server = Server::new();
    let peer = Peer::new().await;
    let absent = std::path::PathBuf::from("no-such-folder/ca.pem");
    let mut to = server.target(Protocol::Smtp, TlsMode::Require, &peer);
    to.tls.trust = Trust::Roots(vec![Authority::File(absent.clone())]);
    let mut logged = server.target(Protocol::Smtp, TlsMode::Require, &peer);
    logged.tls.key_log = Some(absent);
    for to in [to, logged] {
        let mut talk = Talk::connect(to).await;
        talk.submit(Submission::Smtp(telepost::smtp::Command::Hello("me.test".into()), None)).await;
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_eq!(failure.kind, FailureKind::Tls);
        assert!(failure.what.contains("no-such-folder/ca.pem"), "{failure}");
        assert!(!talk.notes().iter().any(|note| note.starts_with("trying")), "{:?}", talk.notes());
    }
}
