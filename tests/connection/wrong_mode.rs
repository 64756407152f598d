//! Ports that speak another mode or another protocol than the one that was tried.

use std::time::Duration;

use telepost::connection::{FailureKind, Protocol, Remedy};
use telepost::wire::{TlsMode, Wait};

use crate::peer::Peer;
use crate::talk::{Talk, target};
use crate::tls::Server;

#[tokio::test]
async fn a_port_in_clear_is_known_by_what_it_says_to_a_tls_hello() {
    let require = Some(Remedy::Tls(TlsMode::Require));
    for (protocol, said, words, remedy) in [
        (Protocol::Smtp, "220 mail.example ESMTP\r\n", "speaks SMTP in clear, not TLS from the first octet", &require),
        (Protocol::Lmtp, "220 mail.example LMTP\r\n", "speaks LMTP in clear", &require),
        (Protocol::Pop3, "+OK ready\r\n", "speaks POP3 in clear", &require),
        (Protocol::Smtp, "+OK ready\r\n", "speaks POP3 in clear", &None),
        (Protocol::Smtp, "HTTP/1.1 400 Bad Request\r\n\r\n", "speaks HTTP in clear", &None),
        (Protocol::Pop3, "SSH-2.0-OpenSSH_9.2\r\n", "speaks SSH in clear", &None),
        (Protocol::Pop3, "* OK IMAP4rev1 ready\r\n", "speaks IMAP in clear", &None),
    ] {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(Server::new().target(protocol, TlsMode::Implicit, &peer)).await;
        let mut caller = peer.call().await;
        caller.say(said).await;
        let failure = talk.closed(protocol.side()).await.unwrap();
        assert_eq!(failure.kind, FailureKind::WrongMode, "{failure}");
        assert!(failure.what.contains(words), "{failure}");
        assert_eq!(&failure.remedy, remedy, "{failure}");
    }
}

#[tokio::test]
async fn a_silent_port_is_asked_once_whether_it_speaks_tls() {
    let server = Server::new();
    for (protocol, speaks_tls) in [(Protocol::Smtp, true), (Protocol::Pop3, true), (Protocol::Smtp, false)] {
        let peer = Peer::new().await;
        let mut to = target(protocol, &peer);
        to.timeouts.greeting = Duration::from_millis(100);
        let mut talk = Talk::connect(to).await;
        let _silent = peer.call().await;
        let probe = peer.call().await;
        if speaks_tls {
            // The probe goes as soon as it knows.
            let _ = probe.secure(&server.config()).await;
        } else {
            drop(probe);
        }
        let failure = talk.closed(protocol.side()).await.unwrap();
        if speaks_tls {
            assert_eq!(failure.kind, FailureKind::WrongMode, "{failure}");
            assert_eq!(failure.remedy, Some(Remedy::Tls(TlsMode::Implicit)));
            assert!(failure.what.contains("TLS from the first octet"), "{failure}");
        } else {
            assert_eq!(failure.kind, FailureKind::TimedOut(Wait::Greeting));
        }
        assert!(talk.notes().iter().any(|note| note.contains("asking whether the port speaks TLS")));
    }
}

#[tokio::test]
async fn an_answer_in_tls_or_of_another_service_is_told_as_that() {
    for (protocol, said, words, remedy) in [
        (Protocol::Smtp, &b"\x15\x03\x01\x00\x02\x02\x46"[..], "TLS from", Some(Remedy::Tls(TlsMode::Implicit))),
        (Protocol::Pop3, b"\x15\x03\x01\x00\x02\x02\x46", "TLS from", Some(Remedy::Tls(TlsMode::Implicit))),
        (Protocol::Smtp, b"+OK ready\r\n", "speaks POP3", None),
        (Protocol::Pop3, b"220 mail.example ESMTP\r\n", "speaks SMTP", None),
    ] {
        let peer = Peer::new().await;
        let mut talk = Talk::connect(target(protocol, &peer)).await;
        let mut caller = peer.call().await;
        caller.write(said).await;
        let failure = talk.closed(protocol.side()).await.unwrap();
        assert_eq!(failure.kind, FailureKind::WrongMode, "{failure}");
        assert!(failure.what.contains(words), "{failure}");
        assert_eq!(failure.remedy, remedy);
        assert_eq!(caller.rest().await, b"");
    }
}
