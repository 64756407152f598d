//! From a host name to a line that stands: look it up, try every address in order.
//!
//! A [`Dial`] owns its whole state, so waiting for its next step may be given up and taken up again at any moment, and
//! dropping it stops everything.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;
use std::vec;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::{Instant, error::Elapsed, timeout};

use super::failure::{self, place};
use super::{Failure, FailureKind, Family, Target};
use crate::wire::printable;

/// One step of dialling.
#[derive(Debug)]
pub enum Step {
    /// Worth a line in the transcript.
    Note(String),
    /// Something did not work; others may yet.
    Trouble(String),
    /// The line stands.
    Connected(TcpStream),
    /// No address is left to try. Nothing follows.
    Failed(Failure),
}

type Work<T> = Pin<Box<dyn Future<Output = Result<io::Result<T>, Elapsed>> + Send>>;

/// A connection attempt under way.
pub struct Dial {
    target: Target,
    stage: Stage,
    /// Addresses that are left.
    addresses: vec::IntoIter<SocketAddr>,
    /// What became of those tried.
    troubles: Vec<FailureKind>,
}

enum Stage {
    Start,
    Resolving(Work<Vec<SocketAddr>>),
    Next,
    Trying { since: Instant, attempt: Work<TcpStream> },
    Over,
}

impl Dial {
    /// Nothing happens before the first [`Self::step`].
    pub fn new(target: Target) -> Self {
        Self { target, stage: Stage::Start, addresses: Vec::new().into_iter(), troubles: Vec::new() }
    }

    /// What is dialled.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Waits for the next step. Cancel-safe.
    pub async fn step(&mut self) -> Step {
        match &mut self.stage {
            Stage::Start => self.resolve(),
            Stage::Resolving(work) => {
                let found = work.await;
                self.resolved(found)
            }
            Stage::Next => self.try_next(),
            Stage::Trying { since, attempt } => {
                let (result, lapse) = (attempt.await, since.elapsed());
                self.tried(result, lapse)
            }
            Stage::Over => std::future::pending().await,
        }
    }

    /// Looking up may take as long as one attempt to connect.
    fn resolve(&mut self) -> Step {
        let host = self.host().to_owned();
        if is_never_a_host(&host) {
            return self.fail(FailureKind::UnknownHost, unknown(&host));
        }
        let port = self.target.port;
        if let Ok(address) = host.parse::<IpAddr>() {
            return self.literal(SocketAddr::new(address, port));
        }
        let note = format!("resolving {}", printable::text(&host));
        let work = async move { Ok(lookup_host((host, port)).await?.collect()) };
        self.stage = Stage::Resolving(Box::pin(timeout(self.target.timeouts.connect, work)));
        Step::Note(note)
    }

    /// Nothing is to be looked up.
    fn literal(&mut self, address: SocketAddr) -> Step {
        if !self.fits(address.ip()) {
            return self.fail(FailureKind::UnknownHost, format!("{} is no {} address", address.ip(), self.wanted()));
        }
        self.addresses = vec![address].into_iter();
        self.try_next()
    }

    fn resolved(&mut self, found: Result<io::Result<Vec<SocketAddr>>, Elapsed>) -> Step {
        let addresses = match found {
            Ok(Ok(addresses)) => addresses,
            Ok(Err(error)) if is_resolver_trouble(&error) => {
                return self
                    .fail(FailureKind::Resolver, format!("the name was not looked up: {}", lookup_words(&error)));
            }
            Ok(Err(_)) => return self.fail(FailureKind::UnknownHost, unknown(self.host())),
            Err(_) => return self.fail(FailureKind::Resolver, "the name service does not answer"),
        };
        let all = addresses.len();
        let fitting: Vec<_> = addresses.into_iter().filter(|address| self.fits(address.ip())).collect();
        if fitting.is_empty() {
            let what = format!("{} has no {} address", printable::text(self.host()), self.wanted());
            return self.fail(FailureKind::UnknownHost, what);
        }
        let shown: Vec<_> = fitting.iter().map(|address| address.ip().to_string()).collect();
        let passed_over = all - fitting.len();
        let note = match passed_over {
            0 => format!("found {}", shown.join(", ")),
            _ => format!("found {}; {passed_over} passed over: not {}", shown.join(", "), self.wanted()),
        };
        self.addresses = fitting.into_iter();
        self.stage = Stage::Next;
        Step::Note(note)
    }

    fn try_next(&mut self) -> Step {
        let Some(address) = self.addresses.next() else { return self.none_left() };
        let attempt = timeout(self.target.timeouts.connect, connect(address, self.target.source));
        self.stage = Stage::Trying { since: Instant::now(), attempt: Box::pin(attempt) };
        Step::Note(format!("trying {address}"))
    }

    fn tried(&mut self, result: Result<io::Result<TcpStream>, Elapsed>, lapse: Duration) -> Step {
        let trouble = match result {
            Ok(Ok(stream)) => {
                self.stage = Stage::Over;
                return Step::Connected(stream);
            }
            Ok(Err(error)) => trouble(&error),
            Err(_) => (FailureKind::ConnectTimeout, format!("no answer within {:.1} s", lapse.as_secs_f64())),
        };
        let (kind, words) = trouble;
        self.troubles.push(kind);
        self.stage = Stage::Next;
        Step::Trouble(words)
    }

    /// Of several troubles the one that came nearest to success is the failure.
    fn none_left(&mut self) -> Step {
        let ranks = [FailureKind::Refused, FailureKind::ConnectTimeout, FailureKind::Unreachable];
        let nearest = ranks.into_iter().find(|kind| self.troubles.contains(kind)).unwrap_or(FailureKind::Io);
        let all_alike = self.troubles.iter().all(|kind| *kind == nearest);
        let what = match nearest {
            FailureKind::Refused => "connection refused: nothing listens there",
            FailureKind::ConnectTimeout => "no answer to the connection attempt",
            FailureKind::Unreachable => "there is no route to the address",
            _ => "the connection could not be made",
        };
        let what = match self.troubles.len() {
            1 => what.to_owned(),
            count if all_alike => format!("{what} (all {count} addresses)"),
            count => format!("{what} ({count} addresses tried, each failed in its own way)"),
        };
        self.fail(nearest, what)
    }

    fn fail(&mut self, kind: FailureKind, what: impl Into<String>) -> Step {
        self.stage = Stage::Over;
        Step::Failed(Failure::new(kind, &place(self.host(), self.target.port), what))
    }

    fn host(&self) -> &str {
        let host = self.target.host.trim();
        host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host)
    }

    fn fits(&self, address: IpAddr) -> bool {
        let of_family = match self.target.family {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        };
        of_family && self.target.source.is_none_or(|source| source.is_ipv4() == address.is_ipv4())
    }

    /// The family that [`Self::fits`] lets pass, for people.
    fn wanted(&self) -> &'static str {
        match (self.target.family, self.target.source) {
            (Family::V4, Some(IpAddr::V6(_))) | (Family::V6, Some(IpAddr::V4(_))) => "matching",
            (Family::V4, _) | (Family::Any, Some(IpAddr::V4(_))) => "IPv4",
            (Family::V6, _) | (Family::Any, Some(IpAddr::V6(_))) => "IPv6",
            (Family::Any, None) => "usable",
        }
    }
}

async fn connect(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn unknown(host: &str) -> String {
    match host {
        "" => "no host was given".to_owned(),
        host => format!("the name {} has no address", printable::text(host)),
    }
}

/// Names that no resolver may be asked for: none at all, and those under `invalid` (RFC 6761 6.4).
fn is_never_a_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host.is_empty() || host == "invalid" || host.ends_with(".invalid")
}

/// Whether looking up failed, rather than said that there is no such name. The standard library hands over the words
/// of `gai_strerror` only.
fn is_resolver_trouble(error: &io::Error) -> bool {
    let words = error.to_string().to_ascii_lowercase();
    ["temporary failure", "try again", "non-recoverable", "system error", "memory"]
        .iter()
        .any(|sign| words.contains(sign))
}

fn lookup_words(error: &io::Error) -> String {
    let words = failure::in_words(error);
    words.rsplit(": ").next().unwrap_or_default().to_owned()
}

fn trouble(error: &io::Error) -> (FailureKind, String) {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => (FailureKind::Refused, "refused: nothing listens there".to_owned()),
        io::ErrorKind::TimedOut => (FailureKind::ConnectTimeout, "no answer".to_owned()),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            (FailureKind::Unreachable, format!("unreachable: {}", failure::in_words(error)))
        }
        io::ErrorKind::AddrNotAvailable => {
            (FailureKind::Io, "the address to connect from is none of this machine's, or has no free port".to_owned())
        }
        _ => (FailureKind::Io, format!("failed: {}", failure::in_words(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Protocol;
    use crate::wire::Timeouts;

    fn dial(host: &str, family: Family, source: Option<IpAddr>) -> Dial {
        let timeouts = Timeouts::default();
        Dial::new(Target { protocol: Protocol::Smtp, host: host.into(), port: 9, family, source, timeouts })
    }

    #[tokio::test]
    async fn names_that_cannot_be_hosts_are_unknown_without_asking_anybody() {
        for host in ["", " ", "invalid", "mail.INVALID", "mail.invalid."] {
            match dial(host, Family::Any, None).step().await {
                Step::Failed(failure) => assert_eq!(failure.kind, FailureKind::UnknownHost, "{host:?}"),
                step => panic!("{host:?}: {step:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_literal_address_is_tried_at_once() {
        for (host, note) in [
            ("127.0.0.1", "trying 127.0.0.1:9"),
            ("::1", "trying [::1]:9"),
            ("[::1]", "trying [::1]:9"),
            (" [2001:db8::1] ", "trying [2001:db8::1]:9"),
        ] {
            // Nothing is sent before the second step.
            let step = dial(host, Family::Any, None).step().await;
            assert!(matches!(&step, Step::Note(words) if words == note), "{step:?}");
        }
    }

    #[tokio::test]
    async fn family_and_source_decide_what_is_tried() {
        let v4 = Some(IpAddr::from([127, 0, 0, 1]));
        for (host, family, source, fits) in [
            ("127.0.0.1", Family::V4, None, true),
            ("127.0.0.1", Family::V6, None, false),
            ("::1", Family::V4, None, false),
            ("::1", Family::V6, None, true),
            ("::1", Family::Any, v4, false),
            ("127.0.0.1", Family::Any, v4, true),
            ("127.0.0.1", Family::V6, v4, false),
        ] {
            let step = dial(host, family, source).step().await;
            assert_eq!(matches!(step, Step::Note(_)), fits, "{host} {family:?} {source:?}: {step:?}");
        }
    }

    #[test]
    fn a_resolver_in_trouble_is_no_unknown_host() {
        for (words, trouble) in [
            ("failed to lookup address information: Temporary failure in name resolution", true),
            ("failed to lookup address information: Try again", true),
            ("failed to lookup address information: Name or service not known", false),
            ("failed to lookup address information: nodename nor servname provided, or not known", false),
            ("failed to lookup address information: No address associated with hostname", false),
        ] {
            assert_eq!(is_resolver_trouble(&io::Error::other(words)), trouble, "{words}");
        }
    }

    #[tokio::test]
    async fn when_an_address_refuses_the_next_one_is_tried_and_both_are_told() {
        // Bound and not listening: whoever dials it is refused, and nobody else can take the port meanwhile.
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let refusing = deaf.local_addr().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listening = listener.local_addr().unwrap();

        let mut dial = dial("mail.example", Family::Any, None);
        let mut steps = vec![dial.resolved(Ok(Ok(vec![refusing, listening])))];
        loop {
            match dial.step().await {
                Step::Connected(stream) => {
                    assert_eq!(stream.peer_addr().unwrap(), listening);
                    break;
                }
                step @ Step::Failed(_) => panic!("{steps:?}, then {step:?}"),
                step => steps.push(step),
            }
        }
        let told: Vec<String> = steps
            .into_iter()
            .map(|step| match step {
                Step::Note(words) => words,
                Step::Trouble(words) => format!("! {words}"),
                step => panic!("{step:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "found 127.0.0.1, 127.0.0.1".to_owned(),
                format!("trying {refusing}"),
                "! refused: nothing listens there".to_owned(),
                format!("trying {listening}"),
            ]
        );
    }

    #[tokio::test]
    async fn when_every_address_refuses_the_failure_says_how_many_there_were() {
        let deaf = TcpSocket::new_v4().unwrap();
        deaf.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let refusing = deaf.local_addr().unwrap();
        let mut dial = dial("mail.example", Family::Any, None);
        dial.resolved(Ok(Ok(vec![refusing, refusing])));
        let failure = loop {
            match dial.step().await {
                Step::Failed(failure) => break failure,
                Step::Connected(stream) => panic!("{stream:?}"),
                Step::Note(_) | Step::Trouble(_) => {}
            }
        };
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.what.contains("all 2 addresses"), "{}", failure.what);
    }

    #[test]
    fn of_several_troubles_the_nearest_to_success_is_told() {
        for (troubles, kind) in [
            (vec![FailureKind::Unreachable, FailureKind::Refused], FailureKind::Refused),
            (vec![FailureKind::Unreachable, FailureKind::ConnectTimeout], FailureKind::ConnectTimeout),
            (vec![FailureKind::Io, FailureKind::Unreachable], FailureKind::Unreachable),
            (vec![FailureKind::Io], FailureKind::Io),
        ] {
            let mut dial = dial("a.test", Family::Any, None);
            dial.troubles = troubles;
            match dial.none_left() {
                Step::Failed(failure) => assert_eq!(failure.kind, kind),
                step => panic!("{step:?}"),
            }
        }
    }
}
