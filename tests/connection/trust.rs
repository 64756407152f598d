//! Whom to believe: certificates that are refused, and those that are not.

use rustls::version::TLS13;
use sha2::{Digest, Sha256};
use telepost::connection::{Authority, Failure, FailureKind, LinkEvent, Protocol, Remedy, Report, Trust, Verdict};
use telepost::smtp::{MailOutcome, Notice};
use telepost::transcript::Direction;
use telepost::wire::{Side, TlsMode};

use crate::peer::Peer;
use crate::samples::{Issuer, Sample, leaf};
use crate::talk::{Talk, body, mail, pop3_line, text};
use crate::tls::{NAME, Server, config, up_to_tls};

/// Shows `sample` to a client with `trust` and a mail to send, which must refuse it.
async fn refused(sample: &Sample, trust: Trust, mode: TlsMode) -> (Talk, Failure) {
    let peer = Peer::new().await;
    let mut to = Server::new().target(Protocol::Smtp, mode, &peer);
    to.tls.trust = trust;
    let (mut talk, caller) = up_to_tls(to, &peer).await;
    talk.submit(mail(1, body(b"x"))).await;
    let shaken = caller.secure(&config(sample, &[&TLS13])).await;
    assert!(shaken.is_err(), "the server is told that its certificate is refused");
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
    assert_eq!(talk.mail_done(1).outcome, MailOutcome::Failed);
    let sent = text(&talk.wire(Direction::Sent));
    assert!(!sent.contains("MAIL") && !sent.contains("AUTH"), "{sent}");
    assert!(talk.notes().contains(&failure.what), "{:?}", talk.notes());
    let order: Vec<_> = talk.seen.iter().filter(|report| is_end_of_tls(report)).collect();
    assert!(matches!(order[..], [Report::Link { event: LinkEvent::Tls(_), .. }, _]), "{order:?}");
    (talk, failure)
}

fn is_end_of_tls(report: &Report) -> bool {
    matches!(report, Report::Link { event: LinkEvent::Tls(_) | LinkEvent::Closed(_), .. })
}

fn sum(sample: &Sample) -> [u8; 32] {
    Sha256::digest(&sample.der).into()
}

#[tokio::test]
async fn a_certificate_of_the_wrong_issuer_name_or_date_is_refused_with_its_reason() {
    let server = Server::new();
    for (sample, words) in [
        (leaf(NAME).self_signed(), "self-signed"),
        (leaf("other.example").signed(&server.issuer), "is for other.example, not for mail.example"),
        (leaf(NAME).valid(2001, 2002).signed(&server.issuer), "expired on 2002-01-01"),
        (leaf(NAME).valid(3001, 3002).signed(&server.issuer), "not valid before 3001-01-01"),
        (leaf(NAME).signed(&Issuer::new("Somebody Else")), "leads to Somebody Else"),
    ] {
        for mode in [TlsMode::Implicit, TlsMode::Require] {
            let (talk, failure) = refused(&sample, server.trust(), mode).await;
            assert!(failure.what.contains(words), "{failure}");
            assert_eq!(failure.remedy, Some(Remedy::Trust(sum(&sample))));
            let shown = talk.protection().unwrap();
            assert!(!shown.is_trusted());
            assert_eq!((shown.version.as_str(), shown.chain[0].sha256), ("TLS 1.3", sum(&sample)));
            assert!(shown.suite.starts_with("TLS_") && !shown.group.is_empty(), "{shown:?}");
        }
    }
}

#[tokio::test]
async fn pop3_refuses_as_well_and_sends_no_user() {
    let server = Server::new();
    let peer = Peer::new().await;
    let mut talk = Talk::connect(server.target(Protocol::Pop3, TlsMode::Require, &peer)).await;
    let mut caller = peer.call().await;
    caller.say("+OK ready\r\n").await;
    talk.submit(pop3_line("STLS")).await;
    talk.submit(pop3_line("USER ada")).await;
    caller.expect("STLS").await;
    caller.say("+OK go\r\n").await;
    assert!(caller.secure(&config(&leaf(NAME).self_signed(), &[&TLS13])).await.is_err());
    let failure = talk.closed(Side::Pop3).await.unwrap();
    assert!(failure.what.contains("self-signed"), "{failure}");
    assert_eq!(talk.wire(Direction::Sent), b"STLS\r\n");
}

/// Shows `sample` to a client with `trust`, which must go on.
async fn accepted(sample: &Sample, trust: Trust) -> Talk {
    let peer = Peer::new().await;
    let mut to = Server::new().target(Protocol::Smtp, TlsMode::Implicit, &peer);
    to.tls.trust = trust;
    let mut talk = Talk::connect(to).await;
    let mut caller = peer.call().await.secure(&config(sample, &[&TLS13])).await.unwrap();
    caller.say("220 sandbox.test\r\n").await;
    talk.until(|report| matches!(report, Report::Smtp { notice: Notice::Greeting(_), .. })).await;
    talk
}

#[tokio::test]
async fn a_pinned_certificate_is_believed_whatever_it_says_and_no_other() {
    let sample = leaf("other.example").valid(2001, 2002).self_signed();
    let talk = accepted(&sample, Trust::Pin(sum(&sample))).await;
    assert_eq!(talk.protection().unwrap().verdict, Verdict::Pinned);
    let other = leaf(NAME).self_signed();
    for mode in [TlsMode::Implicit, TlsMode::Require] {
        let (_, failure) = refused(&other, Trust::Pin(sum(&sample)), mode).await;
        assert!(failure.what.contains("not the pinned one"), "{failure}");
        assert_eq!(failure.remedy, None, "one key must not undo a pin");
    }
}

#[tokio::test]
async fn without_verification_it_is_said_what_would_be_wrong() {
    let talk = accepted(&leaf(NAME).self_signed(), Trust::Anybody).await;
    let shown = talk.protection().unwrap();
    assert!(matches!(&shown.verdict, Verdict::Unchecked(Some(why)) if !why.is_empty()), "{shown:?}");
    assert!(talk.notes().iter().any(|note| note.starts_with("not verified: --insecure")), "{:?}", talk.notes());
}

#[tokio::test]
async fn roots_of_ones_own_come_from_a_file_or_from_memory() {
    let server = Server::new();
    let talk = accepted(&server.sample, server.trust()).await;
    assert_eq!(talk.protection().unwrap().verdict, Verdict::Trusted("the sandbox".into()));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), server.issuer.pem()).unwrap();
    let talk = accepted(&server.sample, Trust::Roots(vec![Authority::File(file.path().to_owned())])).await;
    let name = file.path().display().to_string();
    assert_eq!(talk.protection().unwrap().verdict, Verdict::Trusted(name));
}
