//! The mails that lie in the mailboxes of a fresh sandbox. The files are whole messages of their own; on loading
//! their dates become recent, the domain becomes the sandbox's, and line ends become CRLF.

use std::net::{IpAddr, Ipv4Addr};

use jiff::{SignedDuration, Timestamp};

use super::Site;
use super::clock::date;
use super::store::{Body, Mail, Protocol, Recipient};

/// The domain that the files are written for.
const DOMAIN: &str = "sandbox.test";

struct Sample {
    from: &'static str,
    to: &'static [&'static str],
    /// Minutes before the start.
    age: i64,
    text: &'static str,
}

/// Oldest first, as they would have come.
const SAMPLES: [Sample; 5] = [
    Sample { from: "bob", to: &["ada"], age: 2_900, text: include_str!("../../assets/sandbox/lunch.eml") },
    Sample { from: "ada", to: &["bob"], age: 1_500, text: include_str!("../../assets/sandbox/poster.eml") },
    Sample { from: "bob", to: &["ada"], age: 310, text: include_str!("../../assets/sandbox/greetings.eml") },
    Sample { from: "postmaster", to: &["ada", "bob"], age: 45, text: include_str!("../../assets/sandbox/report.eml") },
    Sample { from: "postmaster", to: &["ada", "bob"], age: 1, text: include_str!("../../assets/sandbox/welcome.eml") },
];

/// Puts the samples into the mailboxes, dated back from `now`. A store too small for them gets as many as fit.
pub fn deliver(site: &Site, now: Timestamp) {
    for sample in &SAMPLES {
        let at = now.saturating_sub(SignedDuration::from_mins(sample.age)).unwrap_or(now);
        let domain = site.accounts.domain();
        let mail = Mail {
            from: format!("{}@{domain}", sample.from),
            to: sample.to.iter().filter_map(|name| recipient(site, name)).collect(),
            helo: domain.to_owned(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            protocol: Protocol::ESMTP,
            body: body(sample.text, &date(at), domain),
            asked: Vec::new(),
            envid: None,
            hold_until: None,
        };
        if site.store.put(mail, at).is_err() {
            return;
        }
    }
}

fn recipient(site: &Site, name: &str) -> Option<Recipient> {
    let mailbox = site.accounts.mailbox(name)?;
    let address = site.accounts.users()[mailbox].address.clone();
    Some(Recipient::new(mailbox, address.clone(), address))
}

fn body(text: &str, date: &str, domain: &str) -> Body {
    let mut octets = Vec::with_capacity(text.len() + text.len() / 16);
    let mut in_header = true;
    for line in text.lines() {
        in_header &= !line.is_empty();
        if in_header && line.starts_with("Date: ") {
            octets.extend_from_slice(format!("Date: {date}").as_bytes());
        } else {
            octets.extend_from_slice(line.replace(DOMAIN, domain).as_bytes());
        }
        octets.extend_from_slice(b"\r\n");
    }
    Body::new(octets, true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;
    use crate::sandbox::{Letter, Options};

    fn letters(options: &Options) -> Vec<Arc<Letter>> {
        let site = Site::new(options).unwrap();
        [site.store.letters(0), site.store.letters(1)].concat()
    }

    fn fixed() -> Options {
        Options { clock: Some("2026-11-22T11:42:07Z".parse().unwrap()), ..Options::default() }
    }

    #[test]
    fn every_sample_is_a_whole_mail_with_a_recent_date() {
        let letters = letters(&fixed());
        assert_eq!(letters.len(), 7);
        for letter in &letters {
            let octets = letter.to_vec();
            assert!(!crate::wire::stuffing::has_bare_line_end(&octets));
            assert!(octets.split(|byte| *byte == b'\n').all(|line| line.len() <= 78 || line.starts_with(b"Subject")));
            let mail = MessageParser::new().parse(&octets).unwrap();
            for part in &mail.parts {
                assert!(!part.is_encoding_problem, "{:?}", mail.subject());
            }
            let date = mail.date().unwrap().to_rfc3339();
            assert!(date.starts_with("2026-11-2"), "{date}");
            assert!(mail.subject().is_some() && mail.message_id().is_some() && mail.from().is_some());
        }
    }

    #[test]
    fn each_kind_of_mail_is_there() {
        let letters = letters(&fixed());
        let find = |subject: &str| {
            let is = |letter: &&Arc<Letter>| {
                let octets = letter.to_vec();
                MessageParser::new().parse(&octets).unwrap().subject().is_some_and(|s| s.contains(subject))
            };
            letters.iter().find(is).unwrap_or_else(|| panic!("no '{subject}'")).to_vec()
        };
        let welcome = find("Welcome");
        let welcome = MessageParser::new().parse(&welcome).unwrap();
        assert!(welcome.body_text(0).unwrap().contains("greylist@sandbox.test"));
        let lunch = find("Lunch");
        let lunch = MessageParser::new().parse(&lunch).unwrap();
        assert_eq!(lunch.content_type().unwrap().subtype(), Some("alternative"));
        assert!(lunch.body_html(0).unwrap().contains("<b>lunch on Thursday</b>"));
        let report = find("report");
        let report = MessageParser::new().parse(&report).unwrap();
        let pdf = report.attachment(0).unwrap();
        assert_eq!(pdf.attachment_name(), Some("report.pdf"));
        assert!(pdf.contents().starts_with(b"%PDF-1.4") && pdf.contents().ends_with(b"%%EOF\n"));
        let greetings = find("Gr\u{fc}\u{df}e aus K\u{f6}ln");
        assert!(greetings.windows(7).any(|window| window == b"\r\n.\r\n. "), "a line with a single dot");
        let greetings = MessageParser::new().parse(&greetings).unwrap();
        assert!(greetings.body_text(0).unwrap().contains("\u{1f44d}"));
        let poster = find("poster");
        let poster = MessageParser::new().parse(&poster).unwrap();
        assert!(poster.content_type().unwrap().subtype() == Some("html"));
    }

    #[test]
    fn a_clock_that_stands_still_gives_the_same_octets() {
        let uids =
            |letters: &[Arc<Letter>]| letters.iter().map(|l| (l.uid().to_owned(), l.to_vec())).collect::<Vec<_>>();
        assert_eq!(uids(&letters(&fixed())), uids(&letters(&fixed())));
    }

    #[test]
    fn the_domain_follows_the_name_and_samples_can_be_left_out() {
        let elsewhere = letters(&Options { name: "mail.example".to_owned(), ..fixed() });
        for letter in &elsewhere {
            let text = String::from_utf8(letter.to_vec()).unwrap();
            assert!(text.contains("@mail.example") && !text.contains(DOMAIN));
        }
        assert!(letters(&Options { samples: false, ..fixed() }).is_empty());
    }
}
