//! Finding the servers of a mail address by SRV records (RFC 6186, RFC 8314 5.1).
//!
//! Each question and its answer is a record of link 0. Only what the domain itself says is a service; the MX, asked for
//! when it says nothing, is told and no more: where mail is taken for a domain, its users need not hand in theirs.

use std::time::Instant;

use futures_util::StreamExt;
use futures_util::future::select_all;
use futures_util::stream::FuturesOrdered;

use super::dial::{ordered, shown};
use super::host::Host;
use super::outbox::Outbox;
use super::recorder::Recorder;
use super::request::{Discovery, Service};
use super::resolve::{Place, Resolver, Unanswered};
use super::work::{Heard, Log, Work};
use super::{Failure, FailureKind, Protocol, Report};
use crate::wire::{Side, Timeouts, TlsMode, printable};

/// Services of one domain that are believed.
const MOST: usize = 20;

/// The services that a domain may offer, the better one of each protocol first.
const OFFERS: [Offer; 4] = [
    Offer { label: "_submissions._tcp", protocol: Protocol::Smtp, tls: TlsMode::Implicit },
    Offer { label: "_submission._tcp", protocol: Protocol::Smtp, tls: TlsMode::Require },
    Offer { label: "_pop3s._tcp", protocol: Protocol::Pop3, tls: TlsMode::Implicit },
    Offer { label: "_pop3._tcp", protocol: Protocol::Pop3, tls: TlsMode::Require },
];

#[derive(Clone, Copy)]
struct Offer {
    label: &'static str,
    protocol: Protocol,
    tls: TlsMode,
}

type Found = Result<Vec<Service>, Failure>;

/// The searches under way.
pub struct Searches {
    running: Vec<Work<Found>>,
    recorder: Recorder,
}

/// What was heard of which search.
#[derive(Debug)]
pub struct Wake {
    index: usize,
    heard: Heard<Found>,
}

impl Searches {
    /// `started`: the zero of [`crate::transcript::Record::at`].
    pub fn new(started: Instant) -> Self {
        Self { running: Vec::new(), recorder: Recorder::new(Side::Smtp, 0, started) }
    }

    /// Starts one more.
    pub fn start(&mut self, discovery: Discovery) {
        self.running.push(Work::new(|log| search(discovery, log)));
    }

    /// Waits for one thing of any of them. Cancel-safe.
    pub async fn wait(&mut self) -> Wake {
        if self.running.is_empty() {
            return std::future::pending().await;
        }
        let steps = self.running.iter_mut().map(|work| Box::pin(work.step()));
        let (heard, index, _) = select_all(steps).await;
        Wake { index, heard }
    }

    /// Does what follows from what was waited for, before the next one is started or waited for.
    pub fn handle(&mut self, wake: Wake, outbox: &mut Outbox) {
        let now = tokio::time::Instant::now().into_std();
        match wake.heard {
            Heard::Note(words) => self.recorder.event(words, now, outbox),
            Heard::Trouble(words) => self.recorder.error(words, now, outbox),
            Heard::Done(found) => {
                self.running.swap_remove(wake.index);
                outbox.push(Report::Discovered(found));
            }
        }
    }
}

async fn search(discovery: Discovery, log: Log) -> Found {
    let domain = domain(&discovery.address).map_err(|why| {
        let at = printable::text(discovery.address.trim());
        Failure::new(FailureKind::UnknownHost, &at, why)
    })?;
    let limit = Timeouts::default().connect;
    Search { resolver: Resolver::new(discovery.dns, limit), domain, log }.run().await
}

/// The domain that is asked about, in ASCII. Why there is none, sanitized.
fn domain(address: &str) -> Result<String, String> {
    let address = address.trim();
    let shown = printable::text(address);
    let domain = match address.rsplit_once('@') {
        Some(("", _) | (_, "")) => return Err(format!("{shown} is no mail address")),
        Some((_, domain)) => domain,
        None if address.is_empty() => return Err("no mail address was given".to_owned()),
        None => address,
    };
    let host = Host::read(domain)?;
    match &host {
        Host::Address(_) => Err(format!("{shown} names an address, and only a domain says where its servers are")),
        Host::Name(name) if !is_domain(name) => Err(format!("{} is no domain", printable::text(domain))),
        Host::Name(_) => Ok(host.plain()),
    }
}

fn is_domain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

/// One search.
struct Search {
    resolver: Resolver,
    domain: String,
    log: Log,
}

/// What the SRV records said.
#[derive(Default)]
struct Answers {
    /// With the order among those of one protocol.
    services: Vec<(Place, Service)>,
    /// Services that the domain says it does not offer.
    declined: usize,
    /// Why a question has no answer.
    trouble: Option<String>,
}

impl Search {
    async fn run(self) -> Found {
        self.log.note(format!("looking for the servers of {}", self.domain));
        let mut answers = Answers::default();
        // All are asked at once and told in their order.
        let mut asking: FuturesOrdered<_> = OFFERS
            .into_iter()
            .map(|offer| {
                let name = format!("{}.{}", offer.label, self.domain);
                let resolver = &self.resolver;
                async move {
                    let found = resolver.places(&name).await;
                    (offer, name, found)
                }
            })
            .collect();
        while let Some((offer, name, found)) = asking.next().await {
            self.answered(offer, &name, found, &mut answers);
        }
        if answers.services.is_empty() { Err(self.nothing(answers).await) } else { Ok(best_first(answers.services)) }
    }

    fn answered(&self, offer: Offer, name: &str, found: Result<Vec<Place>, Unanswered>, answers: &mut Answers) {
        let places = match found {
            Ok(places) => places,
            Err(Unanswered::NoSuchName | Unanswered::NoRecord) => return self.log.note(format!("SRV {name}: none")),
            Err(Unanswered::Trouble(words)) => {
                self.log.trouble(format!("SRV {name}: {words}"));
                answers.trouble.get_or_insert(words);
                return;
            }
        };
        for (index, place) in in_order(places).into_iter().enumerate() {
            if index == MOST {
                return self.log.note(format!("SRV {name}: more than {MOST}, the rest is left out"));
            }
            self.place(offer, name, place, answers);
        }
    }

    /// One record is told, and believed when a connection could be made of it.
    fn place(&self, offer: Offer, name: &str, place: Place, answers: &mut Answers) {
        if place.host.is_empty() {
            answers.declined += 1;
            return self.log.note(format!("SRV {name}: not offered, says the domain"));
        }
        let Place { priority, weight, port, .. } = place;
        let host = printable::text(&place.host);
        self.log.note(format!("SRV {name}: {priority} {weight} {port} {host}"));
        if port == 0 || !is_domain(&place.host) {
            return self.log.trouble(format!("SRV {name}: {host} with port {port} is no place to connect to"));
        }
        let service = Service {
            protocol: offer.protocol,
            host: place.host.clone(),
            port,
            tls: offer.tls,
            source: format!("SRV {name}"),
        };
        answers.services.push((place, service));
    }

    /// Why nothing was found, and what is known all the same.
    async fn nothing(&self, answers: Answers) -> Failure {
        let (domain, fail) = (&self.domain, |kind, what| Failure::new(kind, &self.domain, what));
        if let Some(words) = answers.trouble {
            return fail(FailureKind::Resolver, format!("the servers of {domain} were not found: {words}"));
        }
        let said = match answers.declined {
            0 => format!("{domain} does not say where its servers are (no SRV records)"),
            _ => format!("{domain} says that it offers no such service (SRV)"),
        };
        let advice = "Ask the provider for host and port; the name often starts with smtp, pop or mail".to_owned();
        let what = match self.exchangers().await {
            Ok(hosts) if hosts.is_empty() => format!("{domain} takes no mail: it says so itself with a null MX"),
            Ok(hosts) => format!("{said}; mail for it goes to {}", hosts.join(", ")),
            Err(Unanswered::NoSuchName) => format!("the domain {domain} does not exist"),
            Err(Unanswered::NoRecord) => format!("{said}, and it has no MX either"),
            Err(Unanswered::Trouble(words)) => return fail(FailureKind::Resolver, format!("{said}; {words}")),
        };
        Failure { advice, ..fail(FailureKind::UnknownHost, what) }
    }

    /// The first few hosts that take the domain's mail, the preferred one first, sanitized.
    async fn exchangers(&self) -> Result<Vec<String>, Unanswered> {
        let found = self.resolver.exchangers(&self.domain).await;
        if let Err(Unanswered::Trouble(words)) = &found {
            self.log.trouble(format!("MX of {}: {words}", self.domain));
        }
        let records = ordered(found?, &mut rand::rng());
        for record in &records {
            self.log.note(format!("MX {} of {}", shown(record), self.domain));
        }
        Ok(records.iter().take(3).map(|record| printable::text(&record.host).into_owned()).collect())
    }
}

/// By priority, then by weight.
fn in_order(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|place| (place.priority, std::cmp::Reverse(place.weight)));
    places
}

/// SMTP before POP3. Of one protocol the lowest priority wins, whatever the service it stands under; among equals TLS
/// from the first octet (RFC 8314 3), then the weight.
fn best_first(mut services: Vec<(Place, Service)>) -> Vec<Service> {
    services.sort_by_key(|(place, service)| {
        let (later, plain_start) = (service.protocol == Protocol::Pop3, service.tls != TlsMode::Implicit);
        (later, place.priority, plain_start, std::cmp::Reverse(place.weight))
    });
    services.into_iter().map(|(_, service)| service).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_an_address_is_asked_about() {
        for (address, asked) in [
            ("ada@example.org", Ok("example.org")),
            (" example.org ", Ok("example.org")),
            ("\"a@b\"@example.org.", Ok("example.org")),
            ("ada@bücher.example", Ok("xn--bcher-kva.example")),
            ("", Err("no mail address was given")),
            ("ada@", Err("ada@ is no mail address")),
            ("@example.org", Err("@example.org is no mail address")),
            ("ada@[192.0.2.1]", Err("ada@[192.0.2.1] names an address, and only a domain says where its servers are")),
            ("ada@exa mple.org", Err("exa mple.org is no host name")),
            ("ada@example.org>", Err("example.org> is no domain")),
            ("ada@x.invalid", Err("the name x.invalid has no address")),
            ("ada@a\x1b[31m", Err("a␛[31m is no host name")),
        ] {
            let expected = asked.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(domain(address), expected, "{address:?}");
        }
    }

    fn found(protocol: Protocol, tls: TlsMode, priority: u16, weight: u16, host: &str) -> (Place, Service) {
        let place = Place { priority, weight, port: 1, host: host.to_owned() };
        (place, Service { protocol, host: host.to_owned(), port: 1, tls, source: String::new() })
    }

    #[test]
    fn the_best_of_each_protocol_comes_first() {
        let (smtp, pop3) = (Protocol::Smtp, Protocol::Pop3);
        let (implicit, require) = (TlsMode::Implicit, TlsMode::Require);
        let services = vec![
            found(pop3, implicit, 0, 0, "f"),
            found(smtp, require, 1, 9, "c"),
            found(smtp, implicit, 1, 5, "b"),
            found(smtp, implicit, 2, 0, "d"),
            found(smtp, implicit, 1, 7, "a"),
            found(smtp, require, 3, 0, "e"),
        ];
        let hosts: Vec<_> = best_first(services).into_iter().map(|service| service.host).collect();
        assert_eq!(hosts.concat(), "abcdef");
        let flood = (0..100).map(|_| found(smtp, implicit, 0, 0, "x")).collect();
        assert_eq!(best_first(flood).len(), MOST);
    }
}
