//! Reaching a server: names, address races, mail exchangers, proxies, and finding servers. All on loopback, with a name
//! server and proxies of our own.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

#[path = "reach/gate.rs"]
mod gate;
#[path = "reach/names.rs"]
mod names;
#[expect(dead_code, reason = "one that calls is all that is needed")]
#[path = "connection/peer.rs"]
mod peer;
#[expect(dead_code, reason = "notes and ends are all that is needed")]
#[path = "connection/talk.rs"]
mod talk;

use std::net::SocketAddr;
use std::time::Duration;

use gate::{Gate, socks5_reply};
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RecordType};
use names::{NameServer, Names};
use peer::Peer;
use talk::{Talk, target_at, text};
use telepost::connection::{
    Discovery, Failure, FailureKind, Family, LinkEvent, Protocol, Proxy, Report, Request, Service, Target,
};
use telepost::transcript::Direction;
use telepost::wire::{Side, TlsMode};
use tokio::io::AsyncWriteExt;

/// `host` on `port`, looked up by `names`.
fn target(host: &str, port: u16, names: &NameServer) -> Target {
    Target { host: host.into(), dns: Some(names.address), ..target_at(Protocol::Smtp, port) }
}

fn mx(domain: &str, port: u16, names: &NameServer) -> Target {
    Target { mx: true, ..target(domain, port, names) }
}

/// The notes up to the line that stands.
async fn connected(target: Target) -> (Talk, Vec<String>) {
    let mut talk = Talk::connect(target).await;
    let stands = |report: &Report| match report {
        Report::Link { event: LinkEvent::Connected { .. }, .. } => true,
        Report::Link { event: LinkEvent::Closed(failure), .. } => panic!("{failure:?}"),
        _ => false,
    };
    talk.until(stands).await;
    let notes = talk.notes();
    (talk, notes)
}

/// The notes up to the failure, and the failure.
async fn failed(target: Target) -> (Vec<String>, Failure) {
    let mut talk = Talk::connect(target).await;
    let failure = talk.closed(Side::Smtp).await.expect("there is no line");
    (talk.notes(), failure)
}

fn has(notes: &[String], words: &str) -> bool {
    notes.iter().any(|note| note.contains(words))
}

/// Where each of `words` stands in the notes: in this order.
fn in_order(notes: &[String], words: &[&str]) {
    let mut rest = notes.iter();
    for words in words {
        assert!(rest.any(|note| note.contains(words)), "{words:?} is missing, or out of order: {notes:#?}");
    }
}

#[tokio::test]
async fn a_given_name_server_is_asked_and_both_families_are_told() {
    let names = Names::default().address("both.test", "127.0.0.1").address("both.test", "::1").serve().await;
    let peer = Peer::new().await;
    let (_talk, notes) = connected(target("both.test", peer.port, &names)).await;
    // Nobody listens at ::1, or there is no IPv6 at all: IPv4 has its turn.
    let port = peer.port;
    let resolving = format!("resolving both.test at {}", names.address);
    let (first, second) = (format!("trying [::1]:{port}"), format!("trying 127.0.0.1:{port}"));
    in_order(
        &notes,
        &[
            &resolving,
            "found ::1, 127.0.0.1",
            &first,
            &second,
            &format!("127.0.0.1:{port} answered first in"),
            "connected in",
        ],
    );
}

#[tokio::test]
async fn the_family_asked_for_is_the_only_one_tried() {
    let names = Names::default()
        .address("both.test", "127.0.0.1")
        .address("both.test", "::1")
        .address("four.test", "127.0.0.1")
        .serve()
        .await;
    let peer = Peer::new().await;
    let only = |host, family| Target { family, ..target(host, peer.port, &names) };
    let (_talk, notes) = connected(only("both.test", Family::V4)).await;
    assert!(has(&notes, "found 127.0.0.1; 1 passed over: not IPv4") && !has(&notes, "trying [::1]"), "{notes:?}");
    let (_, failure) = failed(only("four.test", Family::V6)).await;
    assert_eq!((failure.kind, failure.what.as_str()), (FailureKind::UnknownHost, "four.test has no IPv6 address"));
}

#[tokio::test]
async fn no_such_name_no_address_a_failing_server_and_a_silent_one_are_told_apart() {
    let names =
        Names::default().mx("mailonly.test", 10, "mx.test").failing("broken.test").silent("silent.test").serve().await;
    let server = names.address;
    for (host, kind, what) in [
        ("nowhere.test", FailureKind::UnknownHost, "the name nowhere.test does not exist".to_owned()),
        ("mailonly.test", FailureKind::UnknownHost, "the name mailonly.test has no address".to_owned()),
        ("broken.test", FailureKind::Resolver, format!("the name server {server} answers: server failure")),
        ("silent.test", FailureKind::Resolver, format!("the name server {server} does not answer")),
    ] {
        for mx in [false, true] {
            let mut to = Target { mx, ..target(host, 25, &names) };
            if host == "silent.test" {
                to.timeouts.connect = Duration::from_millis(300);
            }
            if mx && host == "mailonly.test" {
                continue;
            }
            let (_, failure) = failed(to).await;
            assert_eq!((&failure.kind, &failure.what), (&kind, &what), "{host}, mx: {mx}");
        }
    }
}

#[tokio::test]
async fn when_one_family_is_not_answered_the_other_one_is_used_and_that_is_told() {
    let names = Names::default().address("half.test", "127.0.0.1").failing_for("half.test", RecordType::AAAA);
    let names = names.serve().await;
    let peer = Peer::new().await;
    let (_talk, notes) = connected(target("half.test", peer.port, &names)).await;
    in_order(&notes, &["no IPv6 address: the name server", "found 127.0.0.1", "connected in"]);
}

#[tokio::test]
async fn an_answer_too_long_for_udp_comes_by_tcp_and_aliases_are_followed() {
    let names = Names::default()
        .alias("alias.test", "long.test")
        .address("long.test", "127.0.0.1")
        .truncated("alias.test")
        .serve()
        .await;
    let peer = Peer::new().await;
    let (_talk, notes) = connected(target("alias.test", peer.port, &names)).await;
    assert!(has(&notes, "found 127.0.0.1"), "{notes:?}");
}

#[tokio::test]
async fn an_international_name_is_looked_up_and_shown_in_both_forms() {
    let names = Names::default().address("xn--bcher-kva.test", "127.0.0.1").serve().await;
    let peer = Peer::new().await;
    let (_talk, notes) = connected(target("bücher.test", peer.port, &names)).await;
    in_order(&notes, &["bücher.test is xn--bcher-kva.test in ASCII", "resolving xn--bcher-kva.test"]);
    let (_, failure) = failed(target("mail.a\u{5d0}b.test", peer.port, &names)).await;
    assert_eq!(failure.kind, FailureKind::UnknownHost);
    assert!(failure.what.contains("IDNA"), "{failure}");
}

/// 127.0.0.2 is there without being set up.
#[cfg(target_os = "linux")]
mod several_addresses {
    use super::*;

    #[tokio::test]
    async fn an_address_that_refuses_makes_room_for_the_next_one() {
        let names = Names::default().address("two.test", "127.0.0.2").address("two.test", "127.0.0.1").serve().await;
        let peer = Peer::new().await;
        let port = peer.port;
        let (mut talk, notes) = connected(target("two.test", port, &names)).await;
        in_order(
            &notes,
            &[
                &format!("trying 127.0.0.2:{port}"),
                &format!("127.0.0.2:{port}: refused"),
                &format!("trying 127.0.0.1:{port}"),
                &format!("127.0.0.1:{port} answered first"),
            ],
        );
        peer.call().await.say("220 here\r\n").await;
        talk.until(|report| matches!(report, Report::Record(record) if record.bytes == b"220 here\r\n")).await;
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_is_overtaken() {
        let deaf = peer::Deaf::new().await;
        let _listener = tokio::net::TcpListener::bind(("127.0.0.2", deaf.port)).await.unwrap();
        let names = Names::default().address("two.test", "127.0.0.1").address("two.test", "127.0.0.2").serve().await;
        let (_talk, notes) = connected(target("two.test", deaf.port, &names)).await;
        let port = deaf.port;
        in_order(&notes, &[&format!("trying 127.0.0.1:{port}"), &format!("127.0.0.2:{port} answered first")]);
        assert!(!has(&notes, &format!("127.0.0.1:{port}: ")), "the silent one is dropped without a word: {notes:?}");
    }

    #[tokio::test]
    async fn when_all_refuse_the_failure_says_how_many_there_were() {
        let peer = Peer::new().await;
        let names = Names::default().address("two.test", "127.0.0.2").address("two.test", "127.0.0.3").serve().await;
        let (notes, failure) = failed(target("two.test", peer.port, &names)).await;
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.what.contains("all 2 addresses"), "{failure}");
        assert_eq!(notes.iter().filter(|note| note.contains(": refused")).count(), 2, "{notes:?}");
    }

    #[tokio::test]
    async fn a_source_address_is_used_for_every_attempt() {
        let names = Names::default().address("two.test", "127.0.0.2").address("two.test", "127.0.0.1").serve().await;
        let peer = Peer::new().await;
        let to = Target { source: Some([127, 0, 0, 9].into()), ..target("two.test", peer.port, &names) };
        let (_talk, notes) = connected(to).await;
        assert!(notes.last().is_some_and(|note| note.contains("from 127.0.0.9:")), "{notes:?}");
    }

    #[tokio::test]
    async fn mail_hosts_are_tried_by_preference_until_one_answers() {
        let names = Names::default()
            .mx("example.test", 30, "last.test")
            .mx("example.test", 10, "gone.test")
            .mx("example.test", 20, "deaf.test")
            .mx("example.test", 25, "good.test")
            .address("deaf.test", "127.0.0.2")
            .address("good.test", "127.0.0.1")
            .address("last.test", "127.0.0.3")
            .serve()
            .await;
        let peer = Peer::new().await;
        let (_talk, notes) = connected(mx("example.test", peer.port, &names)).await;
        in_order(
            &notes,
            &[
                "MX of example.test: 10 gone.test, 20 deaf.test, 25 good.test, 30 last.test",
                "mail host 1 of 4: gone.test",
                "the name gone.test does not exist",
                "mail host 2 of 4: deaf.test",
                "refused",
                "mail host 3 of 4: good.test",
                "connected in",
            ],
        );
        assert!(!has(&notes, "mail host 4"), "{notes:?}");
    }

    #[tokio::test]
    async fn when_no_mail_host_is_reached_the_nearest_is_the_failure() {
        let names = Names::default()
            .mx("example.test", 10, "gone.test")
            .mx("example.test", 20, "deaf.test")
            .address("deaf.test", "127.0.0.2")
            .serve()
            .await;
        let peer = Peer::new().await;
        let (_, failure) = failed(mx("example.test", peer.port, &names)).await;
        assert_eq!(failure.kind, FailureKind::Refused);
        assert_eq!(failure.at, format!("deaf.test:{}", peer.port));
        assert!(failure.what.starts_with("none of the 2 mail hosts could be reached"), "{failure}");
    }
}

#[tokio::test]
async fn a_domain_without_mx_takes_its_mail_itself() {
    let names = Names::default().address("small.test", "127.0.0.1").serve().await;
    let peer = Peer::new().await;
    let (_talk, notes) = connected(mx("small.test", peer.port, &names)).await;
    in_order(&notes, &["small.test has no MX", "found 127.0.0.1", "connected in"]);
}

#[tokio::test]
async fn a_null_mx_takes_no_mail_though_the_domain_has_an_address() {
    let names = Names::default().mx("never.test", 0, ".").address("never.test", "127.0.0.1").serve().await;
    let peer = Peer::new().await;
    let (_, failure) = failed(mx("never.test", peer.port, &names)).await;
    assert_eq!(failure.kind, FailureKind::UnknownHost);
    assert!(failure.what.contains("takes no mail"), "{failure}");
}

#[tokio::test]
async fn an_address_has_no_mx() {
    let names = Names::default().serve().await;
    let peer = Peer::new().await;
    let (_talk, notes) = connected(mx("127.0.0.1", peer.port, &names)).await;
    assert!(!has(&notes, "MX"), "{notes:?}");
}

fn socks5(gate: &Gate) -> Proxy {
    Proxy::Socks5 { host: "127.0.0.1".into(), port: gate.port }
}

fn http(gate: &Gate) -> Proxy {
    Proxy::Http { host: "127.0.0.1".into(), port: gate.port }
}

/// A target whose name only the proxy knows.
fn behind(proxy: Proxy) -> Target {
    Target { proxy: Some(proxy), host: "mail.example".into(), ..target_at(Protocol::Smtp, 2525) }
}

async fn greeting(talk: &mut Talk) -> String {
    talk.until(|report| matches!(report, Report::Record(record) if record.direction == Direction::Received)).await;
    text(&talk.wire(Direction::Received))
}

#[tokio::test]
async fn socks5_resolves_the_name_and_the_greeting_behind_its_reply_is_kept() {
    let gate = Gate::new().await;
    let mut talk = Talk::connect(behind(socks5(&gate))).await;
    let (mut stream, name, port) = gate.socks5().await;
    assert_eq!((name.as_str(), port), ("mail.example", 2525));
    stream.write_all(&socks5_reply(0, "220 hello\r\n")).await.unwrap();
    assert_eq!(greeting(&mut talk).await, "220 hello\r\n");
    let notes = talk.notes();
    let through = format!("through the SOCKS5 proxy 127.0.0.1:{}", gate.port);
    in_order(&notes, &[&through, "trying 127.0.0.1", "asking the proxy for mail.example:2525", "connected in"]);
}

#[tokio::test]
async fn http_connect_keeps_the_greeting_behind_its_reply() {
    let gate = Gate::new().await;
    let mut talk = Talk::connect(behind(http(&gate))).await;
    let (mut stream, request) = gate.http().await;
    assert_eq!(request, "CONNECT mail.example:2525 HTTP/1.1\r\nHost: mail.example:2525\r\n\r\n");
    stream.write_all(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n220 hello\r\n").await.unwrap();
    assert_eq!(greeting(&mut talk).await, "220 hello\r\n");
    let through = format!("through the HTTP proxy 127.0.0.1:{}", gate.port);
    in_order(&talk.notes(), &[&through, "connected in"]);
}

#[tokio::test]
async fn an_ipv6_address_goes_to_an_http_proxy_in_brackets() {
    let gate = Gate::new().await;
    let _talk = Talk::connect(Target { host: "2001:db8::1".into(), ..behind(http(&gate)) }).await;
    let (_, request) = gate.http().await;
    assert!(request.starts_with("CONNECT [2001:db8::1]:2525 HTTP/1.1\r\n"), "{request}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_told_in_words() {
    for (reply, words) in [
        (socks5_reply(5, ""), "answers: the server refused the connection"),
        (socks5_reply(2, ""), "its rules do not allow this connection"),
        (b"HTTP/1.1".to_vec(), "does not speak SOCKS5"),
    ] {
        let gate = Gate::new().await;
        let mut talk = Talk::connect(behind(socks5(&gate))).await;
        let (mut stream, ..) = gate.socks5().await;
        stream.write_all(&reply).await.unwrap();
        let failure = talk.closed(Side::Smtp).await.unwrap();
        assert_eq!(failure.kind, FailureKind::Proxy);
        assert!(failure.what.contains(words) && failure.what.contains("mail.example:2525"), "{failure}");
        assert_eq!(failure.at, format!("127.0.0.1:{}", gate.port));
    }
    let gate = Gate::new().await;
    let mut talk = Talk::connect(behind(http(&gate))).await;
    let (mut stream, _) = gate.http().await;
    stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await.unwrap();
    let failure = talk.closed(Side::Smtp).await.unwrap();
    assert_eq!(failure.kind, FailureKind::Proxy);
    assert!(failure.what.contains("answers 403 Forbidden"), "{failure}");
}

#[tokio::test]
async fn a_proxy_that_says_nothing_or_is_not_there_is_the_proxy_s_failure() {
    let gate = Gate::new().await;
    let mut to = behind(http(&gate));
    to.timeouts.connect = Duration::from_millis(800);
    let (_, failure) = failed(to.clone()).await;
    assert_eq!(failure.kind, FailureKind::Proxy);
    assert!(failure.what.contains("gave no line within 0.8 s"), "{failure}");
    drop(gate);
    let (_, failure) = failed(to).await;
    assert_eq!(failure.kind, FailureKind::Proxy);
    assert!(failure.what.contains("is not reached: connection refused"), "{failure}");
}

#[tokio::test]
async fn mail_hosts_are_looked_up_here_and_given_to_the_proxy_one_by_one() {
    let names =
        Names::default().mx("example.test", 10, "first.test").mx("example.test", 20, "second.test").serve().await;
    let gate = Gate::new().await;
    let to = Target { proxy: Some(socks5(&gate)), ..mx("example.test", 25, &names) };
    let mut talk = Talk::connect(to).await;
    let (mut stream, name, _) = gate.socks5().await;
    assert_eq!(name, "first.test");
    stream.write_all(&socks5_reply(4, "")).await.unwrap();
    let (mut stream, name, _) = gate.socks5().await;
    assert_eq!(name, "second.test");
    stream.write_all(&socks5_reply(0, "220 hello\r\n")).await.unwrap();
    assert_eq!(greeting(&mut talk).await, "220 hello\r\n");
    in_order(
        &talk.notes(),
        &["mail host 1 of 2: first.test", "the host is unreachable", "mail host 2 of 2: second.test"],
    );
}

/// What is found for `address`, and the rows.
async fn discover(address: &str, dns: SocketAddr) -> (Vec<String>, Result<Vec<Service>, Failure>) {
    let mut talk = Talk::new();
    talk.ask(Request::Discover(Discovery { address: address.into(), dns: Some(dns) })).await;
    let Report::Discovered(found) = talk.until(|report| matches!(report, Report::Discovered(_))).await else {
        unreachable!()
    };
    assert!(talk.records().all(|record| record.link == 0 && record.side == Side::Smtp));
    (talk.notes(), found)
}

#[tokio::test]
async fn services_are_found_best_first_and_every_answer_is_a_row() {
    let names = Names::default()
        .srv("_submissions._tcp.example.test", 10, 1, 465, "backup.example.test")
        .srv("_submissions._tcp.example.test", 0, 1, 465, "mail.example.test")
        .srv("_submissions._tcp.example.test", 0, 9, 1465, "big.example.test")
        .srv("_submission._tcp.example.test", 0, 1, 587, "mail.example.test")
        .srv("_pop3._tcp.example.test", 0, 0, 0, ".")
        .srv("_pop3s._tcp.example.test", 0, 1, 995, "pop.example.test")
        .serve()
        .await;
    let (rows, found) = discover("ada@example.test", names.address).await;
    in_order(
        &rows,
        &[
            "SRV _submissions._tcp.example.test: 0 9 1465 big.example.test",
            "SRV _submissions._tcp.example.test: 0 1 465 mail.example.test",
            "SRV _submissions._tcp.example.test: 10 1 465 backup.example.test",
            "SRV _submission._tcp.example.test: 0 1 587 mail.example.test",
            "SRV _pop3s._tcp.example.test: 0 1 995 pop.example.test",
            "SRV _pop3._tcp.example.test: not offered",
        ],
    );
    let found: Vec<_> = found
        .unwrap()
        .into_iter()
        .map(|service| (service.protocol, service.tls, service.port, service.host, service.source))
        .collect();
    let service = |protocol, tls, port, host: &str, label| {
        (protocol, tls, port, format!("{host}.example.test"), format!("SRV {label}._tcp.example.test"))
    };
    let (smtp, pop3) = (Protocol::Smtp, Protocol::Pop3);
    let expected = [
        service(smtp, TlsMode::Implicit, 1465, "big", "_submissions"),
        service(smtp, TlsMode::Implicit, 465, "mail", "_submissions"),
        service(smtp, TlsMode::Require, 587, "mail", "_submission"),
        service(smtp, TlsMode::Implicit, 465, "backup", "_submissions"),
        service(pop3, TlsMode::Implicit, 995, "pop", "_pop3s"),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn without_srv_the_mx_is_told_and_nothing_is_guessed() {
    let names = Names::default()
        .mx("example.test", 20, "mx2.big.test")
        .mx("example.test", 10, "mx1.big.test")
        .mx("null.test", 0, ".")
        .address("bare.test", "127.0.0.1")
        .srv("_submission._tcp.no.test", 0, 0, 0, ".")
        .mx("no.test", 10, "mx.no.test")
        .failing("_pop3._tcp.broken.test")
        .serve()
        .await;
    let (rows, found) = discover("example.test", names.address).await;
    in_order(&rows, &["SRV _submissions._tcp.example.test: none", "MX 10 mx1.big.test", "MX 20 mx2.big.test"]);
    let failure = found.unwrap_err();
    assert_eq!((&failure.kind, failure.at.as_str()), (&FailureKind::UnknownHost, "example.test"));
    assert!(failure.what.contains("mx1.big.test"), "{failure}");
    for (domain, kind, words) in [
        ("null.test", FailureKind::UnknownHost, "takes no mail"),
        ("bare.test", FailureKind::UnknownHost, "no MX either"),
        ("nowhere.test", FailureKind::UnknownHost, "does not exist"),
        ("no.test", FailureKind::UnknownHost, "offers no such service"),
        ("broken.test", FailureKind::Resolver, "server failure"),
        ("ada@", FailureKind::UnknownHost, "no mail address"),
    ] {
        let failure = discover(domain, names.address).await.1.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.what.contains(words), "{failure}");
    }
}

#[tokio::test]
async fn hostile_answers_are_sanitized_and_cut() {
    let evil = Name::from_labels([&b"a\x1b[31m\r\n"[..], b"test"]).unwrap();
    let mut names = Names::default().srv_at("_pop3._tcp.evil.test", SRV::new(0, 0, 110, evil)).srv(
        "_pop3s._tcp.evil.test",
        0,
        0,
        0,
        "zero.test",
    );
    for number in 0..40 {
        names = names.srv("_submissions._tcp.evil.test", number, 0, 465, &format!("h{number}.test"));
    }
    let names = names.serve().await;
    let (rows, found) = discover("ada@evil.test", names.address).await;
    let found = found.unwrap();
    assert_eq!(found.len(), 20);
    assert!(found.iter().all(|service| service.protocol == Protocol::Smtp));
    assert!(has(&rows, "more than 20"), "{rows:?}");
    assert!(rows.iter().all(|row| !row.chars().any(char::is_control)), "{rows:?}");
}

#[tokio::test]
async fn searches_run_beside_each_other_and_beside_the_links() {
    let names = Names::default()
        .silent("_submissions._tcp.slow.test")
        .srv("_pop3s._tcp.quick.test", 0, 1, 995, "pop.quick.test")
        .serve()
        .await;
    let peer = Peer::new().await;
    let mut talk = Talk::new();
    for domain in ["slow.test", "quick.test"] {
        talk.ask(Request::Discover(Discovery { address: domain.into(), dns: Some(names.address) })).await;
    }
    talk.ask(Request::Connect(Box::new(target_at(Protocol::Smtp, peer.port)))).await;
    peer.call().await.say("220 here\r\n").await;
    talk.until(|report| matches!(report, Report::Record(record) if record.bytes == b"220 here\r\n")).await;
    // The slow one is still waiting for its answer.
    if !talk.seen.iter().any(|report| matches!(report, Report::Discovered(_))) {
        talk.until(|report| matches!(report, Report::Discovered(_))).await;
    }
    let found: Vec<_> = talk.seen.iter().filter(|report| matches!(report, Report::Discovered(_))).collect();
    assert!(matches!(found[..], [Report::Discovered(Ok(services))] if services[0].host == "pop.quick.test"));
    // With the task the search ends, and with it the reports.
    drop(talk.handle.requests);
    let ending = async { while talk.handle.reports.recv().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), ending).await.expect("the slow search is dropped");
}
