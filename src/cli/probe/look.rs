//! One look at one line: greeting, capabilities in clear, TLS, capabilities inside, QUIT. Reports in, findings out.

use std::net::SocketAddr;
use std::time::Instant;

use jiff::Timestamp;

use crate::cli::session::Session;
use crate::cli::{Status, Trouble};
use crate::connection::{Failure, FailureKind, LinkEvent, Protection, Protocol, Report, Submission, Target, Verdict};
use crate::sasl::Mechanism;
use crate::wire::{Timings, TlsMode};
use crate::{pop3, smtp};

/// A certificate that ends in fewer days is worth a warning.
const SOON: i64 = 14;

/// What a server offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// Its capabilities, line by line; not sanitized.
    pub lines: Vec<String>,
    /// Ways to sign in; not sanitized.
    pub sign_in: Vec<String>,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Look {
    /// How long each stage took.
    pub timings: Timings,
    /// Who answered.
    pub peer: Option<SocketAddr>,
    /// The text of the greeting; not sanitized.
    pub greeting: Option<String>,
    /// What is offered in clear; `None` when nothing was asked there.
    pub clear: Option<Offers>,
    /// What is offered inside TLS.
    pub inside: Option<Offers>,
    /// What the handshake left.
    pub protection: Option<Protection>,
    /// What the server would not do, in words, and the status of that; not sanitized.
    pub refusal: Option<(String, Status)>,
    /// What ended the line before its time.
    pub failure: Option<Failure>,
    /// The greeting carried an APOP stamp.
    stamp: bool,
}

impl Look {
    /// Nothing is seen yet.
    pub fn new(now: Instant) -> Self {
        Self {
            timings: Timings::new(now),
            peer: None,
            greeting: None,
            clear: None,
            inside: None,
            protection: None,
            refusal: None,
            failure: None,
            stamp: false,
        }
    }

    /// Connects, looks and leaves.
    pub async fn at(session: &mut Session, target: &Target, hello: &str) -> Result<Self, Trouble> {
        let mut look = Self::new(Instant::now());
        session.connect(target.clone());
        for submission in plan(target, hello) {
            session.submit(submission);
        }
        session.quit();
        loop {
            let report = session.next().await?;
            if look.take(report, Instant::now()) {
                return Ok(look);
            }
        }
    }

    /// Takes a report; true when it was the last.
    pub fn take(&mut self, report: Report, now: Instant) -> bool {
        match report {
            Report::Link { event, .. } => return self.link(event, now),
            Report::Smtp { notice, .. } => self.smtp(notice, now),
            Report::Pop3 { notice, .. } => self.pop3(notice, now),
            Report::Record(_) | Report::Discovered(_) => {}
        }
        false
    }

    fn link(&mut self, event: LinkEvent, now: Instant) -> bool {
        match event {
            LinkEvent::Connected { peer, lapse, .. } => {
                self.peer = Some(peer);
                self.timings.connected(lapse, now);
            }
            LinkEvent::Tls(protection) => {
                self.protection = Some(*protection);
                self.timings.mark("tls", now);
            }
            LinkEvent::Closed(failure) => {
                match failure {
                    None => self.timings.mark("quit", now),
                    Some(_) => self.timings.end(now),
                }
                self.failure = failure;
                return true;
            }
            LinkEvent::NotConnected => return true,
            LinkEvent::Dialling { .. } | LinkEvent::BodyProgress { .. } => {}
        }
        false
    }

    fn smtp(&mut self, notice: smtp::Notice, now: Instant) {
        match notice {
            smtp::Notice::Greeting(reply) => {
                if reply.class() != smtp::Class::Ok {
                    self.refuse(format!("the greeting refuses us: {reply}"), Status::of_reply(&reply));
                }
                self.greeted(reply.to_string(), now);
            }
            smtp::Notice::Capabilities(found) => {
                let smtp::Capabilities { lines, auth, .. } = *found;
                self.offered(Offers { lines, sign_in: auth }, "helo", now);
            }
            smtp::Notice::Replied { verb: smtp::Verb::Helo | smtp::Verb::Lhlo, reply, .. }
                if reply.class() != smtp::Class::Ok =>
            {
                self.refuse(format!("the hello was refused: {reply}"), Status::of_reply(&reply));
            }
            smtp::Notice::Insecure(why) => self.refuse(why, Status::Tls),
            _ => {}
        }
    }

    fn pop3(&mut self, notice: pop3::Notice, now: Instant) {
        match notice {
            pop3::Notice::Greeting { response, stamp } => {
                if !response.is_ok() {
                    self.refuse(format!("the greeting refuses us: {response}"), Status::of_response(&response));
                }
                self.stamp = stamp.is_some();
                self.greeted(response.to_string(), now);
            }
            pop3::Notice::Capabilities(found) => {
                let pop3::Capabilities { lines, sasl, user, .. } = *found;
                let user = user.then(|| Mechanism::UserPass.name().to_owned());
                let apop = self.stamp.then(|| Mechanism::Apop.name().to_owned());
                let sign_in = sasl.into_iter().chain(user).chain(apop).collect();
                self.offered(Offers { lines, sign_in }, "capa", now);
            }
            pop3::Notice::Insecure(why) => self.refuse(why, Status::Tls),
            _ => {}
        }
    }

    fn greeted(&mut self, greeting: String, now: Instant) {
        self.greeting = Some(greeting);
        self.timings.mark("greeting", now);
    }

    fn offered(&mut self, offers: Offers, stage: &'static str, now: Instant) {
        if self.protection.is_some() {
            self.inside = Some(offers);
            self.timings.mark(if stage == "helo" { "helo_tls" } else { "capa_tls" }, now);
        } else {
            self.clear = Some(offers);
            self.timings.mark(stage, now);
        }
    }

    fn refuse(&mut self, why: String, status: Status) {
        self.refusal.get_or_insert((why, status));
    }

    /// The certificate was not believed, so the look ended there.
    pub fn is_unbelieved(&self) -> bool {
        self.protection.as_ref().is_some_and(|protection| !protection.is_trusted())
    }

    /// What this line is worth for the exit status.
    pub fn status(&self) -> Status {
        match (&self.refusal, &self.failure) {
            _ if self.is_unbelieved() => Status::Tls,
            (Some((_, status)), _) => *status,
            (None, Some(failure)) => Status::of_failure(failure),
            (None, None) => Status::Done,
        }
    }

    /// Why the certificate is not believed, in plain words; not sanitized.
    pub fn disbelief(&self) -> Option<String> {
        match &self.protection.as_ref()?.verdict {
            Verdict::Refused { why, .. } => Some(format!("the certificate is not believed: {why}")),
            _ => None,
        }
    }

    /// What else is missing or unsafe, in plain words; not sanitized.
    pub fn warnings(&self, mode: TlsMode, now: Timestamp) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(clear) = &self.clear {
            let open = revealing(&clear.sign_in);
            if !open.is_empty() {
                warnings.push(format!("offers {} without TLS: whoever listens can have the password", open.join(", ")));
            }
            if mode != TlsMode::None && self.protection.is_none() && self.failure.is_none() {
                warnings.push("offers no TLS: everything goes in clear text".to_owned());
            }
        }
        let days = self.protection.as_ref().and_then(|protection| protection.chain.first()?.days_left(now).into());
        match days {
            Some(days) if days < 0 => warnings.push(format!("the certificate ended {} ago", many_days(-days))),
            Some(days) if days < SOON => warnings.push(format!("the certificate ends in {}", many_days(days))),
            _ => {}
        }
        if self.protection.as_ref().is_some_and(|protection| protection.version == "TLS 1.2") {
            warnings.push("speaks TLS 1.2 at most, not 1.3".to_owned());
        }
        if self.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Truncated) {
            warnings.push("ends TLS without a goodbye".to_owned());
        }
        warnings
    }
}

fn many_days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// The mechanisms among these that give the secret away to whoever reads the line.
fn revealing(offered: &[String]) -> Vec<&str> {
    let gives_away = |name: &&str| name.parse::<Mechanism>().is_ok_and(Mechanism::reveals_the_secret);
    offered.iter().map(String::as_str).filter(gives_away).collect()
}

/// What is submitted at once; the engine takes one after the other.
fn plan(target: &Target, hello: &str) -> Vec<Submission> {
    let (mode, hello) = (target.tls.mode, hello.to_owned());
    match target.protocol {
        Protocol::Pop3 => vec![Submission::Pop3(pop3::Command::Secure(mode))],
        Protocol::Smtp | Protocol::Lmtp => vec![
            Submission::Smtp(smtp::Command::Hello(hello.clone()), None),
            Submission::Smtp(smtp::Command::Secure { mode, hello }, None),
        ],
    }
}

#[cfg(test)]
pub mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::protection::sample;
    use crate::wire::{Secured, Side};

    fn link(event: LinkEvent) -> Report {
        Report::Link { side: Side::Smtp, link: 1, event }
    }

    fn smtp(notice: smtp::Notice) -> Report {
        Report::Smtp { link: 1, notice }
    }

    fn pop3(notice: pop3::Notice) -> Report {
        Report::Pop3 { link: 1, notice }
    }

    fn reply(code: u16, text: &str) -> smtp::Reply {
        smtp::Reply { code, enhanced: None, lines: text.split('|').map(str::to_owned).collect() }
    }

    fn offers(text: &str) -> Report {
        smtp(smtp::Notice::Capabilities(Box::new(smtp::Capabilities::parse(&reply(250, text)))))
    }

    fn connected() -> Report {
        link(LinkEvent::Connected {
            peer: "192.0.2.1:25".parse().unwrap(),
            local: "192.0.2.2:5".parse().unwrap(),
            lapse: Duration::ZERO,
        })
    }

    fn look(reports: impl IntoIterator<Item = Report>) -> Look {
        let now = Instant::now();
        let mut look = Look::new(now);
        for report in reports {
            assert!(!look.take(report, now));
        }
        look
    }

    /// A server with STARTTLS that offers PLAIN only inside, and LOGIN in clear.
    pub fn starttls(verdict: Verdict) -> Look {
        let trusted = !matches!(verdict, Verdict::Refused { .. });
        let mut look = look([
            connected(),
            smtp(smtp::Notice::Greeting(reply(220, "mx.example\x1b[2J ESMTP"))),
            offers("mx.example|SIZE 1000|STARTTLS|AUTH LOGIN CRAM-MD5"),
            link(LinkEvent::Tls(Box::new(sample::protection(verdict)))),
        ]);
        if trusted {
            look.take(offers("mx.example|SIZE 1000|AUTH PLAIN SCRAM-SHA-256"), Instant::now());
            look.take(smtp(smtp::Notice::Secured(Secured::Already)), Instant::now());
        }
        let failure = (!trusted).then(|| Failure::tls("mx.example:25", "it is expired"));
        assert!(look.take(link(LinkEvent::Closed(failure)), Instant::now()));
        look
    }

    #[test]
    fn offers_in_clear_and_inside_tls_are_kept_apart() {
        let look = starttls(Verdict::Trusted("the system's roots".into()));
        assert_eq!(look.clear.as_ref().unwrap().sign_in, ["LOGIN", "CRAM-MD5"]);
        assert_eq!(look.inside.as_ref().unwrap().sign_in, ["PLAIN", "SCRAM-SHA-256"]);
        assert_eq!((look.status(), look.is_unbelieved()), (Status::Done, false));
        let stages = look.timings.json();
        for stage in ["connect", "greeting", "helo", "tls", "helo_tls", "quit", "total"] {
            assert!(stages[stage].is_number(), "{stages}");
        }
    }

    #[test]
    fn what_is_unsafe_is_said() {
        let warnings = |look: &Look, mode| look.warnings(mode, sample::now()).join("\n");
        let safe = starttls(Verdict::Trusted("the system's roots".into()));
        assert!(warnings(&safe, TlsMode::Auto).starts_with("offers LOGIN without TLS"));
        assert!(!warnings(&safe, TlsMode::Auto).contains("CRAM-MD5"), "it does not give the password away");
        let refused = starttls(sample::refused());
        assert!(refused.disbelief().is_some_and(|why| why.contains("not believed: it is expired")));
        assert_eq!(safe.disbelief(), None);
        let mut old = safe.clone();
        old.protection.as_mut().unwrap().version = "TLS 1.2".into();
        assert!(warnings(&old, TlsMode::Auto).contains("TLS 1.2 at most"));
        assert!(!warnings(&safe, TlsMode::Auto).contains("TLS 1.2"));
        assert_eq!((refused.status(), refused.is_unbelieved()), (Status::Tls, true));
        let bare = look([connected(), offers("mx.example|SIZE 1")]);
        assert!(warnings(&bare, TlsMode::Auto).contains("offers no TLS"));
        assert!(warnings(&bare, TlsMode::None).is_empty(), "nobody asked for it");
        let soon = "2026-12-15T12:00:00Z".parse().unwrap();
        assert!(safe.warnings(TlsMode::Auto, soon).join("\n").contains("ends in 7 days"));
        let last = "2026-12-21T12:00:00Z".parse().unwrap();
        assert!(safe.warnings(TlsMode::Auto, last).join("\n").contains("ends in 1 day"));
        let late = "2027-01-15T12:00:00Z".parse().unwrap();
        assert!(safe.warnings(TlsMode::Auto, late).join("\n").contains("ended 24 days ago"));
    }

    #[test]
    fn pop3_offers_sasl_user_and_apop() {
        let response = pop3::Response::parse(b"+OK ready <1.2@mail.example>").unwrap();
        let capabilities = pop3::Capabilities::parse(["USER", "SASL PLAIN", "STLS"].map(str::to_owned).into());
        let look = look([
            pop3(pop3::Notice::Greeting { response, stamp: Some("<1.2@mail.example>".into()) }),
            pop3(pop3::Notice::Capabilities(Box::new(capabilities))),
        ]);
        assert_eq!(look.clear.as_ref().unwrap().sign_in, ["PLAIN", "USER", "APOP"]);
        assert!(look.warnings(TlsMode::None, sample::now())[0].starts_with("offers PLAIN, USER without TLS"));
    }

    #[test]
    fn refusals_have_their_status() {
        let busy = look([smtp(smtp::Notice::Greeting(reply(421, "later")))]);
        assert_eq!(busy.status(), Status::Deferred);
        let gone = look([smtp(smtp::Notice::Greeting(reply(554, "no")))]);
        assert_eq!(gone.status(), Status::Refused);
        let insecure = look([pop3(pop3::Notice::Insecure("no STLS".into()))]);
        assert_eq!(insecure.status(), Status::Tls);
    }

    #[test]
    fn nothing_but_hello_and_tls_is_asked_for() {
        let smtp = Target::new(Protocol::Smtp, "h", 25);
        let asked = plan(&smtp, "me");
        assert!(matches!(
            &asked[..],
            [Submission::Smtp(smtp::Command::Hello(_), None), Submission::Smtp(smtp::Command::Secure { .. }, None)]
        ));
        let asked = plan(&Target::new(Protocol::Pop3, "h", 110), "me");
        assert!(matches!(&asked[..], [Submission::Pop3(pop3::Command::Secure(TlsMode::Auto))]));
    }
}
