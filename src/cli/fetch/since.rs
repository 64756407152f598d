//! `--since`: messages by their Date field, asked with TOP ahead (RFC 1939 7).

use std::collections::VecDeque;

use jiff::{Span, SpanFieldwise, Timestamp, Zoned, civil::DateTime};

use super::note;
use crate::cli::mailbox::access::Access;
use crate::cli::{Status, Trouble, args};
use crate::download::Wanted;
use crate::mail::summary::Summary;
use crate::pop3::{BodyKind, Line, Notice, Verb};

/// TOP commands handed over ahead.
const AHEAD: usize = 128;
/// Octets kept of one header.
const HEADER: usize = 256 * 1024;

/// A moment as it may be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Since {
    /// With a zone or an offset from UTC.
    At(Timestamp),
    /// A day or a time of day here.
    Local(DateTime),
    /// So long ago.
    Ago(SpanFieldwise),
}

/// Reads `2026-01-31`, `2026-01-31T12:00`, `2026-01-31T12:00Z`, `7d`, `2 weeks`.
pub fn parse(text: &str) -> Result<Since, String> {
    let at = text.parse().map(Since::At);
    let local = || text.parse().map(Since::Local);
    let ago = || text.parse::<Span>().map(|span| Since::Ago(span.abs().fieldwise()));
    at.or_else(|_| local())
        .or_else(|_| ago())
        .map_err(|_| "no date and no time span; write 2026-01-31, or 7d".to_owned())
}

impl Since {
    /// The moment, seen from now and from here.
    pub fn moment(&self) -> Result<Timestamp, Trouble> {
        let zone = args::local_zone();
        let moment = match self {
            Self::At(at) => Ok(*at),
            Self::Local(local) => local.to_zoned(zone).map(|zoned| zoned.timestamp()),
            Self::Ago(span) => {
                let now: Zoned = Timestamp::now().to_zoned(zone);
                now.checked_sub(span.0).map(|zoned| zoned.timestamp())
            }
        };
        moment.map_err(|error| Trouble::usage(format!("--since: {error}"), "give a date such as 2026-01-31, or 7d"))
    }
}

/// The first `limit` of the messages that are not older than `since`, or whose date cannot be read.
pub async fn sift(
    access: &mut Access,
    wanted: Vec<Wanted>,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Wanted>, Trouble> {
    let mut sieve = Sieve { since, ahead: VecDeque::new(), head: Vec::new(), taken: Vec::new(), unread: 0 };
    let mut wanted = wanted.into_iter();
    while sieve.taken.len() < limit {
        while sieve.ahead.len() < AHEAD
            && let Some(next) = wanted.next()
        {
            access.line(Line::top(next.number, 0));
            sieve.ahead.push_back(next);
        }
        if sieve.ahead.is_empty() {
            break;
        }
        sieve.take(access.next().await?)?;
    }
    if sieve.unread > 0 {
        note(&format!("the server gave no header of {} messages: they are taken, whatever their age", sieve.unread));
    }
    Ok(sieve.taken)
}

/// Headers on their way in.
struct Sieve {
    since: Timestamp,
    /// Asked for, oldest first.
    ahead: VecDeque<Wanted>,
    /// What came of the first of them.
    head: Vec<u8>,
    taken: Vec<Wanted>,
    /// Messages whose header was refused.
    unread: usize,
}

impl Sieve {
    fn take(&mut self, notice: Notice) -> Result<(), Trouble> {
        let first = self.ahead.front().map(|first| first.number);
        match notice {
            Notice::Body { kind: BodyKind::Top, number, bytes } if Some(number) == first => {
                let room = HEADER.saturating_sub(self.head.len()).min(bytes.len());
                self.head.extend_from_slice(&bytes[..room]);
            }
            Notice::BodyEnd { kind: BodyKind::Top, number, .. } if Some(number) == first => {
                let date = Summary::from_headers(&self.head).date;
                self.head.clear();
                self.judge(date.is_none_or(|date| date >= self.since));
            }
            Notice::Replied { verb: Verb::Top, number, response, .. } if number == first && !response.is_ok() => {
                self.unread += 1;
                self.judge(true);
            }
            Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Broken, why)),
            _ => {}
        }
        Ok(())
    }

    fn judge(&mut self, fits: bool) {
        let first = self.ahead.pop_front();
        self.taken.extend(first.filter(|_| fits));
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::pop3::Response;

    #[test]
    fn a_moment_may_be_written_in_several_ways() {
        for (text, since) in [
            ("2026-01-31T10:00:00Z", Since::At("2026-01-31T10:00:00Z".parse().unwrap())),
            ("2026-01-31", Since::Local(jiff::civil::date(2026, 1, 31).at(0, 0, 0, 0))),
            ("2026-01-31T12:30", Since::Local(jiff::civil::date(2026, 1, 31).at(12, 30, 0, 0))),
        ] {
            assert_eq!(parse(text), Ok(since), "{text}");
        }
        for (text, span) in [("7d", 7.days()), ("2 weeks", 2.weeks()), ("12h", 12.hours()), ("3 days ago", 3.days())] {
            assert_eq!(parse(text), Ok(Since::Ago(span.fieldwise())), "{text}");
        }
        for text in ["", "lunch", "2026-13-01", "7"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_counts_back_from_now() {
        let week = parse("1w").unwrap().moment().unwrap();
        let age = Timestamp::now().duration_since(week).as_hours();
        assert!((166..=170).contains(&age), "{age}");
    }

    #[test]
    fn old_messages_are_left_out_and_undated_ones_taken() {
        let wanted = |number| Wanted { number, octets: None, uid: None };
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let ahead = (1..=4).map(wanted).collect();
        let mut sieve = Sieve { since, ahead, head: Vec::new(), taken: Vec::new(), unread: 0 };
        let mut header = |number, text: &[u8]| {
            let kind = BodyKind::Top;
            sieve.take(Notice::Body { kind, number, bytes: text.to_vec() }).unwrap();
            sieve.take(Notice::BodyEnd { kind, number, octets: 0, complete: true }).unwrap();
        };
        header(1, b"Date: Fri, 31 Dec 2025 23:59:59 +0000\r\n\r\n");
        header(2, b"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\n");
        header(3, b"Subject: no date\r\n\r\n");
        let (verb, response) = (Verb::Top, Response::parse(b"-ERR no TOP").unwrap());
        sieve.take(Notice::Replied { verb, number: Some(4), line: String::new(), response }).unwrap();
        assert_eq!(sieve.taken.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(sieve.unread == 1 && sieve.ahead.is_empty());
    }
}
