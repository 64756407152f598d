//! From a host name to a line that stands: look it up, race its addresses, go through a proxy, try the next host.
//!
//! A [`Dial`] owns its whole state, so waiting for its next step may be given up and taken up again at any moment, and
//! dropping it stops everything.

mod attempt;
mod course;
mod exchangers;
mod race;

use std::time::Duration;

use tokio::net::TcpStream;

use self::course::{Course, Reached};
use super::host::Host;
use super::work::{Heard, Work};
use super::{Failure, FailureKind, Target};

pub(super) use self::exchangers::{ordered, shown};

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

/// A connection attempt under way.
pub struct Dial {
    target: Target,
    work: Work<Result<Reached, Failure>>,
    /// The host that was reached, in the end.
    host: String,
    lapse: Duration,
}

impl Dial {
    /// Nothing happens before the first [`Self::step`].
    pub fn new(target: Target) -> Self {
        let host = Host::read(&target.host).map_or_else(|_| target.host.clone(), |host| host.plain());
        let asked = target.clone();
        let work = Work::new(|log| Course::new(asked, log).run());
        Self { target, work, host, lapse: Duration::ZERO }
    }

    /// What is dialled.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The host at the other end, as its certificate has to name it: the target's in ASCII and without brackets, or,
    /// once the line stands, the mail exchanger that was reached.
    pub fn connected_host(&self) -> &str {
        &self.host
    }

    /// How long the attempt took that made the line stand, a proxy's part included.
    pub fn lapse(&self) -> Duration {
        self.lapse
    }

    /// Waits for the next step. Cancel-safe.
    pub async fn step(&mut self) -> Step {
        match self.work.step().await {
            Heard::Note(words) => Step::Note(words),
            Heard::Trouble(words) => Step::Trouble(words),
            Heard::Done(Ok(reached)) => {
                self.host = reached.host;
                self.lapse = reached.lapse;
                Step::Connected(reached.stream)
            }
            Heard::Done(Err(failure)) => Step::Failed(failure),
        }
    }
}

/// Of the troubles of several addresses the one that came nearest to success is told.
fn nearest(troubles: &[FailureKind]) -> (FailureKind, String) {
    let ranks = [FailureKind::Refused, FailureKind::ConnectTimeout, FailureKind::Unreachable];
    let nearest = ranks.into_iter().find(|kind| troubles.contains(kind)).unwrap_or(FailureKind::Io);
    let all_alike = troubles.iter().all(|kind| *kind == nearest);
    let what = match nearest {
        FailureKind::Refused => "connection refused: nothing listens there",
        FailureKind::ConnectTimeout => "no answer to the connection attempt",
        FailureKind::Unreachable => "there is no route to the address",
        _ => "the connection could not be made",
    };
    let what = match troubles.len() {
        1 => what.to_owned(),
        count if all_alike => format!("{what} (all {count} addresses)"),
        count => format!("{what} ({count} addresses tried, each failed in its own way)"),
    };
    (nearest, what)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::connection::names::Names;
    use crate::connection::{Family, Protocol};

    fn dial(host: &str, family: Family, source: Option<IpAddr>) -> Dial {
        Dial::new(Target { family, source, ..Target::new(Protocol::Smtp, host, 9) })
    }

    #[tokio::test]
    async fn names_that_cannot_be_hosts_are_unknown_without_asking_anybody() {
        for host in ["", " ", "invalid", "mail.INVALID", "mail.invalid.", "a b", "mail.a\u{5d0}b.example"] {
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
            (" [::ffff:127.0.0.1] ", "trying [::ffff:127.0.0.1]:9"),
        ] {
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
    fn of_several_troubles_the_nearest_to_success_is_told() {
        for (troubles, kind) in [
            (vec![FailureKind::Unreachable, FailureKind::Refused], FailureKind::Refused),
            (vec![FailureKind::Unreachable, FailureKind::ConnectTimeout], FailureKind::ConnectTimeout),
            (vec![FailureKind::Io, FailureKind::Unreachable], FailureKind::Unreachable),
            (vec![FailureKind::Io], FailureKind::Io),
        ] {
            assert_eq!(nearest(&troubles).0, kind, "{troubles:?}");
        }
    }

    #[tokio::test]
    async fn the_mail_host_that_was_reached_is_the_one_a_certificate_has_to_name() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let names = Names::default()
            .mx("example.test", 10, "gone.test")
            .mx("example.test", 20, "mail.test")
            .address("mail.test", "127.0.0.1")
            .serve()
            .await;
        let port = listener.local_addr().unwrap().port();
        let target = Target::new(Protocol::Smtp, "example.test", port);
        let mut dial = Dial::new(Target { mx: true, dns: Some(names.address), ..target });
        assert_eq!(dial.connected_host(), "example.test");
        loop {
            match dial.step().await {
                Step::Connected(stream) => break assert_eq!(stream.peer_addr().unwrap().port(), port),
                Step::Failed(failure) => panic!("{failure}"),
                Step::Note(_) | Step::Trouble(_) => {}
            }
        }
        assert_eq!(dial.connected_host(), "mail.test");
        assert!(dial.lapse() > Duration::ZERO);
    }

    #[test]
    fn the_host_of_a_certificate_is_in_ascii_and_without_ornaments() {
        for (host, plain) in [
            ("[::1]", "::1"),
            ("mail.example.org.", "mail.example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("mail.example", "mail.example"),
        ] {
            assert_eq!(dial(host, Family::Any, None).connected_host(), plain);
        }
    }
}
