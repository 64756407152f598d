//! Links over pipes in memory, on a clock that stands until everybody waits for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;

use super::*;
use crate::connection::conversation::Sign;
use crate::connection::tls::samples;
use crate::connection::{FailureKind, Protocol, Recording, Trust};
use crate::pop3;
use crate::smtp::{self, BodyOf};
use crate::wire::{Chunk, ChunkKind, Engine, Output, Side, Timeouts, Wait};

/// An engine without a protocol: it writes what is submitted, takes what comes, and closes when asked to.
#[derive(Debug, Default)]
struct Pipe {
    outputs: std::collections::VecDeque<Output<()>>,
    received: usize,
}

/// What the pipe can be asked for.
enum Ask {
    Write(Vec<u8>),
    Close,
}

impl Engine for Pipe {
    type Command = Ask;
    type Notice = ();

    fn submit(&mut self, ask: Ask, _: Instant) {
        self.outputs.push_back(match ask {
            Ask::Write(bytes) => Output::Transmit(Chunk::new(bytes, ChunkKind::Body)),
            Ask::Close => Output::Close,
        });
    }
    fn receive(&mut self, bytes: &[u8], _: Instant) {
        self.received += bytes.len();
        self.outputs.push_back(Output::Received(Chunk::new(bytes, ChunkKind::Body)));
    }
    fn body(&mut self, _: &[u8], _: bool, _: Instant) {}
    fn body_failed(&mut self, _: Instant) {}
    fn tls_started(&mut self, _: crate::wire::Channel, _: Instant) {}
    fn eof(&mut self, _: Instant) {}
    fn timeout(&mut self, _: Instant) {}
    fn deadline(&self) -> Option<Instant> {
        None
    }
    fn pending(&self) -> &[u8] {
        &[]
    }
    fn poll(&mut self) -> Option<Output<()>> {
        self.outputs.pop_front()
    }
}

impl Conversation for Pipe {
    const SIDE: Side = Side::Smtp;

    fn open(_: &Target, _: Instant) -> Self {
        Self::default()
    }
    fn quit() -> Ask {
        Ask::Close
    }
    fn needs(_: &Ask) -> Option<BodyOf> {
        None
    }
    fn body_of(&self) -> Option<BodyOf> {
        None
    }
    fn typed_bodies(&self) -> usize {
        0
    }
    fn is_idle(&self) -> bool {
        true
    }
    fn give_up(&mut self, _: Instant) {}
    fn sign((): &()) -> Sign {
        Sign::Other
    }
    fn unsent(_: Ask, _: &str) -> Option<()> {
        None
    }
    fn report(link: u32, (): ()) -> Report {
        Report::Link { side: Side::Smtp, link, event: LinkEvent::NotConnected }
    }
}

/// A link that stands, and its reports.
struct Desk<E: Conversation> {
    link: Link<E>,
    outbox: Outbox,
    reports: mpsc::Receiver<Report>,
}

impl<E: Conversation> Desk<E> {
    /// `size`: octets that fit the pipe each way.
    fn new(protocol: Protocol, size: usize) -> (Self, DuplexStream) {
        Self::to(target(protocol), size)
    }

    fn to(target: Target, size: usize) -> (Self, DuplexStream) {
        let (ours, theirs) = duplex(size);
        let (sender, reports) = mpsc::channel(1 << 16);
        let mut outbox = Outbox::new(sender, Recording::Full);
        let mut link = Link::dial(target, 1, now(), &mut outbox);
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        link.stand(Stream::Memory(ours), here, here, &mut outbox);
        (Self { link, outbox, reports }, theirs)
    }

    async fn turn(&mut self) {
        let wake = self.link.wait(true).await;
        self.link.handle(wake, &mut self.outbox);
        self.outbox.flush();
    }

    /// A turn, unless `task` is done with nothing left to happen here.
    async fn turn_or<T>(&mut self, task: &tokio::task::JoinHandle<T>) {
        let done = async {
            while !task.is_finished() {
                tokio::task::yield_now().await;
            }
        };
        let wake = tokio::select! {
            wake = self.link.wait(true) => Some(wake),
            () = done => None,
        };
        if let Some(wake) = wake {
            self.link.handle(wake, &mut self.outbox);
            self.outbox.flush();
        }
    }

    /// Lets the link live to its end. Why it ended.
    async fn closed(&mut self) -> Option<Failure> {
        while !self.link.is_over() {
            self.turn().await;
        }
        loop {
            let report = self.reports.recv().await.expect("the end of a link is reported");
            if let Report::Link { event: LinkEvent::Closed(failure), .. } = report {
                return failure;
            }
        }
    }

    /// Lets the link live until it stands.
    async fn stands(&mut self) {
        while !matches!(self.link.stage, Stage::Live(_)) {
            assert!(!self.link.is_over());
            self.turn().await;
        }
    }

    fn live(&mut self) -> &mut Live<E> {
        match &mut self.link.stage {
            Stage::Live(live) => live,
            _ => panic!("the link does not stand"),
        }
    }
}

fn target(protocol: Protocol) -> Target {
    let timeouts = Timeouts::default();
    Target { timeouts, ..Target::new(protocol, "memory", 25) }
}

fn noop() -> smtp::Command {
    smtp::Command::Line(smtp::Line::bare(smtp::Verb::Noop))
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_greeting_is_left_when_its_time_is_up() {
    let (mut smtp, _theirs) = Desk::<smtp::Session>::new(Protocol::Smtp, 100);
    let start = now();
    let failure = smtp.closed().await.unwrap();
    assert_eq!(failure.kind, FailureKind::TimedOut(Wait::Greeting));
    assert_eq!(now() - start, Timeouts::default().greeting);
    let (mut pop3, _theirs) = Desk::<pop3::Session>::new(Protocol::Pop3, 100);
    assert_eq!(pop3.closed().await.unwrap().kind, FailureKind::TimedOut(Wait::Greeting));
}

#[tokio::test(start_paused = true)]
async fn a_dribble_does_not_make_the_time_longer() {
    let (mut desk, mut theirs) = Desk::<smtp::Session>::new(Protocol::Smtp, 100);
    let start = now();
    let dribble = async {
        theirs.write_all(b"220 ").await.unwrap();
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            theirs.write_all(b"x").await.unwrap();
        }
    };
    let failure = tokio::select! {
        failure = desk.closed() => failure,
        () = dribble => None,
    };
    assert_eq!(failure.unwrap().kind, FailureKind::TimedOut(Wait::Greeting));
    assert_eq!(now() - start, Timeouts::default().greeting);
}

#[tokio::test(start_paused = true)]
async fn a_reply_has_its_time_and_an_idle_link_no_timer() {
    let (mut desk, mut theirs) = Desk::<smtp::Session>::new(Protocol::Smtp, 100);
    theirs.write_all(b"220 hi\r\n").await.unwrap();
    desk.turn().await;
    assert_eq!(desk.live().clock(true), None, "nothing is under way");
    let start = now();
    desk.link.submit(noop(), None, &mut desk.outbox);
    let failure = desk.closed().await.unwrap();
    assert_eq!(failure.kind, FailureKind::TimedOut(Wait::Reply));
    assert_eq!(now() - start, Timeouts::default().reply);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_we_did_not_read_is_not_late() {
    let (mut desk, mut theirs) = Desk::<smtp::Session>::new(Protocol::Smtp, 100);
    desk.link.submit(noop(), None, &mut desk.outbox);
    theirs.write_all(b"220 hi\r\n").await.unwrap();
    let ten_minutes = Duration::from_mins(10);
    let waited = tokio::time::timeout(ten_minutes, desk.link.wait(false)).await;
    assert!(waited.is_err(), "without room for reports there is nothing to wait for: {waited:?}");
    desk.turn().await;
    assert!(!desk.link.is_over());
    let sent = tokio::time::timeout(ten_minutes, async {
        desk.turn().await;
        let mut line = [0; 6];
        theirs.read_exact(&mut line).await.unwrap();
        line
    });
    assert_eq!(&sent.await.unwrap(), b"NOOP\r\n");
}

#[tokio::test]
async fn ten_mebibytes_each_way_at_once_do_not_block_each_other() {
    const SIZE: usize = 10 * 1024 * 1024;
    let (mut desk, mut theirs) = Desk::<Pipe>::new(Protocol::Smtp, 4096);
    desk.link.submit(Ask::Write(vec![b'u'; SIZE]), None, &mut desk.outbox);
    // A peer that reads nothing before it has written everything.
    let peer = tokio::spawn(async move {
        theirs.write_all(&vec![b'd'; SIZE]).await.unwrap();
        let mut taken = vec![0; SIZE];
        theirs.read_exact(&mut taken).await.unwrap();
        theirs
    });
    while desk.live().engine().received < SIZE || !desk.live().is_written() {
        desk.turn().await;
    }
    drop(peer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_before_the_close_leaves_and_the_wait_for_it_has_an_end() {
    let (mut desk, mut theirs) = Desk::<Pipe>::new(Protocol::Smtp, 10);
    desk.link.submit(Ask::Write(vec![b'x'; 1000]), None, &mut desk.outbox);
    desk.link.submit(Ask::Close, None, &mut desk.outbox);
    let reading = async {
        let mut taken = Vec::new();
        theirs.read_to_end(&mut taken).await.unwrap();
        drop(theirs);
        taken.len()
    };
    assert_eq!(tokio::join!(desk.closed(), reading), (None, 1000));

    let (mut desk, _theirs) = Desk::<Pipe>::new(Protocol::Smtp, 10);
    let start = now();
    desk.link.submit(Ask::Write(vec![b'x'; 1000]), None, &mut desk.outbox);
    desk.link.submit(Ask::Close, None, &mut desk.outbox);
    desk.closed().await;
    assert_eq!(now() - start, Duration::from_secs(2));
}

#[tokio::test]
async fn commands_given_while_dialling_wait_for_the_line() {
    let (ours, mut theirs) = duplex(1000);
    let (sender, _reports) = mpsc::channel(1000);
    let mut outbox = Outbox::new(sender, Recording::Full);
    let mut link = Link::<Pipe>::dial(target(Protocol::Smtp), 1, now(), &mut outbox);
    for part in [&b"one "[..], b"two"] {
        link.submit(Ask::Write(part.to_vec()), None, &mut outbox);
    }
    link.disconnect(&mut outbox);
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    link.stand(Stream::Memory(ours), here, here, &mut outbox);
    let mut taken = Vec::new();
    let end = async {
        while !link.is_over() {
            let wake = link.wait(true).await;
            link.handle(wake, &mut outbox);
        }
    };
    let reading = async {
        theirs.read_to_end(&mut taken).await.unwrap();
        drop(theirs);
    };
    tokio::join!(reading, end);
    assert_eq!(taken, b"one two");
}

/// TLS from the first octet, with anybody.
fn encrypted(protocol: Protocol) -> Target {
    let mut target = target(protocol).with_tls(TlsMode::Implicit);
    target.tls.trust = Trust::Anybody;
    target
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_its_time_from_its_start_to_its_end_whatever_dribbles() {
    let (mut desk, mut theirs) = Desk::<smtp::Session>::to(encrypted(Protocol::Smtp), 100_000);
    let start = now();
    let dribble = async {
        // The start of a record of 16 KiB with a ServerHello.
        theirs.write_all(&[0x16, 3, 3, 0x40, 0, 2]).await.unwrap();
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            theirs.write_all(&[0]).await.unwrap();
        }
    };
    let failure = tokio::select! {
        failure = desk.closed() => failure,
        () = dribble => None,
    };
    assert_eq!(failure.unwrap().kind, FailureKind::TimedOut(Wait::Handshake));
    let took = now() - start;
    assert!(took >= Timeouts::default().handshake && took < Timeouts::default().handshake + Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_greeting_starts_when_the_handshake_is_done() {
    let (mut desk, theirs) = Desk::<smtp::Session>::to(encrypted(Protocol::Smtp), 100_000);
    let server = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        accept(theirs).await
    });
    desk.stands().await;
    let start = now();
    let _server = server.await.unwrap();
    assert_eq!(desk.closed().await.unwrap().kind, FailureKind::TimedOut(Wait::Greeting));
    assert_eq!(now() - start, Timeouts::default().greeting);
}

async fn accept(theirs: DuplexStream) -> tokio_rustls::server::TlsStream<DuplexStream> {
    let sample = samples::leaf("memory").self_signed();
    let key = PrivateKeyDer::from_pem_slice(sample.key_pem.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_no_client_auth().with_single_cert(vec![sample.der.into()], key).unwrap();
    tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(theirs).await.unwrap()
}

#[tokio::test]
async fn ten_mebibytes_each_way_at_once_do_not_block_each_other_inside_tls() {
    const SIZE: usize = 10 * 1024 * 1024;
    let (mut desk, theirs) = Desk::<Pipe>::to(encrypted(Protocol::Smtp), 4096);
    desk.link.submit(Ask::Write(vec![b'u'; SIZE]), None, &mut desk.outbox);
    let peer = tokio::spawn(async move {
        let (mut reading, mut writing) = tokio::io::split(accept(theirs).await);
        let sending = tokio::spawn(async move {
            writing.write_all(&vec![b'd'; SIZE]).await.unwrap();
            writing.flush().await.unwrap();
            writing
        });
        let mut taken = vec![0; SIZE];
        reading.read_exact(&mut taken).await.unwrap();
        (reading, sending.await.unwrap())
    });
    let going = async {
        desk.stands().await;
        while desk.live().engine().received < SIZE || !desk.live().is_written() || !peer.is_finished() {
            desk.turn_or(&peer).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), going).await.expect("something written never left");
    drop(peer.await.unwrap());
}
