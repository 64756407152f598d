//! Where the time of a mail went: the stages of its line and its own, one behind the other, and what a slow one hints at.
//!
//! Pure: it is told when a stage came to its end, and knows no clock.

use std::time::{Duration, Instant};

use super::Stage;
use crate::wire::Timings;

/// One stage as a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The stage's word in machine-readable output: `tls`, `rcpt`, `dot`.
    pub word: &'static str,
    /// Milliseconds.
    pub took: f64,
    /// Milliseconds from the start of the mail; of a stage of the line that stood already, from the line's.
    pub from: f64,
    /// It belongs to a line that stood before the mail, which did not wait for it.
    pub of_line: bool,
}

impl Bar {
    /// The stage as people call it.
    pub fn label(&self) -> &'static str {
        match self.word {
            "connect" => "TCP",
            "helo" => "EHLO",
            "tls" => "TLS",
            "auth" => "AUTH",
            "mail" => "MAIL",
            "rcpt" => "RCPT",
            "data" => "DATA",
            word => word,
        }
    }
}

/// The stages of a line, and of the mail that went over it last.
#[derive(Clone, Debug)]
pub struct Waterfall {
    line: Timings,
    mail: Option<Timings>,
    /// The mail was handed over when the line stood.
    stood: bool,
}

impl Waterfall {
    /// A line is being made from `now` on.
    pub fn new(now: Instant) -> Self {
        Self { line: Timings::new(now), mail: None, stood: false }
    }

    /// TCP stands, after an attempt that took `lapse`.
    pub fn connected(&mut self, lapse: Duration, now: Instant) {
        self.line.connected(lapse, now);
    }

    /// A mail is handed over; `stood`: to a line that was ready for it.
    pub fn handed_over(&mut self, stood: bool) {
        (self.mail, self.stood) = (None, stood);
    }

    /// The first command of the mail goes out.
    pub fn begins(&mut self, now: Instant) {
        self.mail = Some(Timings::new(now));
    }

    /// `stage` came to its end. The hello that is repeated inside TLS counts with TLS, which is marked again behind it.
    pub fn mark(&mut self, stage: Stage, now: Instant) {
        let word = stage.word();
        match (stage, &mut self.mail) {
            (Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Body | Stage::FinalDot, Some(mail)) => {
                mail.mark(word, now);
            }
            (Stage::Lookup | Stage::Connect | Stage::Greeting | Stage::Hello | Stage::Tls | Stage::Auth, None)
                if !self.line.has(word) || self.line.is_last(word) =>
            {
                self.line.mark(word, now);
            }
            _ => {}
        }
    }

    /// The mail came to its end, perhaps in the middle of a stage.
    pub fn ends(&mut self, now: Instant) {
        match &mut self.mail {
            Some(mail) => mail.end(now),
            None if !self.stood => self.line.end(now),
            None => {}
        }
    }

    /// All stages in order, the line's first.
    pub fn bars(&self) -> Vec<Bar> {
        let of_line = self.stood;
        let mut bars = stretched(&self.line, 0.0, of_line);
        let start = if of_line { 0.0 } else { self.line.stages().iter().map(|(_, took)| took).sum() };
        bars.extend(self.mail.iter().flat_map(|mail| stretched(mail, start, false)));
        bars
    }

    /// What the mail took, in milliseconds: with the making of its line, if it had to wait for that.
    pub fn total(&self) -> f64 {
        let line = if self.stood { 0.0 } else { self.line.total() };
        line + self.mail.as_ref().map_or(0.0, Timings::total)
    }
}

fn stretched(timings: &Timings, start: f64, of_line: bool) -> Vec<Bar> {
    let mut from = start;
    let bar = |&(word, took): &(&'static str, f64)| {
        let bar = Bar { word, took, from, of_line };
        from += took;
        bar
    };
    timings.stages().iter().map(bar).collect()
}

/// A stage that took longer than this many milliseconds, and what that is usually for.
const SLOW: &[(Stage, f64, &str)] = &[
    (
        Stage::Lookup,
        1_000.0,
        "the name server answers slowly, or the first one of the resolver's list is dead: --dns asks another one",
    ),
    (
        Stage::Connect,
        1_000.0,
        "a first packet was lost, or the route is long; a try at an address that is dead comes before it",
    ),
    (
        Stage::Greeting,
        5_000.0,
        "a greet delay on purpose (postscreen, a tarpit) against senders that do not wait, or the server looks up \
         the name of our address and its resolver is slow",
    ),
    (Stage::Hello, 2_000.0, "the server looks up the name given in EHLO, or is overloaded"),
    (Stage::Tls, 1_000.0, "a server short of processor time, a very large key, or a check of revocation"),
    (
        Stage::Auth,
        2_000.0,
        "the delay that follows failed sign-ins, or a slow directory behind the server (LDAP, PAM, a database)",
    ),
    (Stage::Mail, 2_000.0, "the server checks the sender's domain (SPF, MX) and its resolver is slow"),
    (
        Stage::Rcpt,
        2_000.0,
        "callout verification: the server asks the next one whether the recipient exists, or a policy service or \
         block list is slow",
    ),
    (Stage::Data, 2_000.0, "a policy check before the body: the server holds its 354 back"),
    (
        Stage::FinalDot,
        5_000.0,
        "a content filter or milter reads the whole mail before the answer (virus, spam, DKIM), or the queue's disk \
         is slow",
    ),
];

/// Delayed acknowledgements are held back this long, in milliseconds (Linux: 40).
const DELAYED_ACK: std::ops::Range<f64> = 38.0..46.0;
/// Another stage must have been faster than this, or it is the way that is long.
const FAST: f64 = 15.0;

/// What slow stages hint at: the stage's label and plain words, the slowest first.
pub fn hints(bars: &[Bar]) -> Vec<(&'static str, String)> {
    let slow = |bar: &&Bar| SLOW.iter().any(|(stage, limit, _)| stage.word() == bar.word && bar.took > *limit);
    let mut found: Vec<&Bar> = bars.iter().filter(slow).collect();
    found.sort_by(|one, other| other.took.total_cmp(&one.took));
    let words = |bar: &Bar| {
        let (_, _, words) = SLOW.iter().find(|(stage, ..)| stage.word() == bar.word)?;
        Some((bar.label(), format!("{:.1} s: {words}", bar.took / 1e3)))
    };
    found.into_iter().filter_map(words).chain(delayed_ack(bars)).collect()
}

/// Waits of just 40 ms, where others show that the way is short.
fn delayed_ack(bars: &[Bar]) -> Option<(&'static str, String)> {
    let spoken = |bar: &&Bar| !matches!(bar.word, "lookup" | "tls" | "auth");
    let held = bars.iter().filter(spoken).find(|bar| DELAYED_ACK.contains(&bar.took))?;
    let short = bars.iter().filter(spoken).any(|bar| bar.word != "body" && bar.took < FAST);
    let words = "40 ms: looks like a delayed acknowledgement, one side waits for more before it sends a small packet \
                 (Nagle's algorithm without TCP_NODELAY)";
    short.then(|| (held.label(), words.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    fn shown(waterfall: &Waterfall) -> Vec<(&'static str, f64, f64, bool)> {
        waterfall.bars().iter().map(|bar| (bar.label(), bar.from, bar.took, bar.of_line)).collect()
    }

    fn marked(waterfall: &mut Waterfall, start: Instant, marks: &[(Stage, u64)]) {
        for (stage, ms) in marks {
            waterfall.mark(*stage, at(start, *ms));
        }
    }

    #[test]
    fn a_mail_that_waited_for_its_line_has_all_stages_and_the_hello_inside_tls_counts_with_it() {
        let start = Instant::now();
        let mut waterfall = Waterfall::new(start);
        waterfall.handed_over(false);
        waterfall.connected(Duration::from_millis(3), at(start, 10));
        let line = [(Stage::Greeting, 15), (Stage::Hello, 16), (Stage::Tls, 20), (Stage::Hello, 22), (Stage::Tls, 22)];
        marked(&mut waterfall, start, &line);
        marked(&mut waterfall, start, &[(Stage::Auth, 30)]);
        waterfall.begins(at(start, 31));
        marked(&mut waterfall, start, &[(Stage::Mail, 32), (Stage::Rcpt, 33), (Stage::Rcpt, 36), (Stage::Data, 37)]);
        marked(&mut waterfall, start, &[(Stage::Body, 38), (Stage::FinalDot, 48)]);
        waterfall.ends(at(start, 48));
        let expected = [
            ("lookup", 0.0, 7.0, false),
            ("TCP", 7.0, 3.0, false),
            ("greeting", 10.0, 5.0, false),
            ("EHLO", 15.0, 1.0, false),
            ("TLS", 16.0, 6.0, false),
            ("AUTH", 22.0, 8.0, false),
            ("MAIL", 30.0, 1.0, false),
            ("RCPT", 31.0, 4.0, false),
            ("DATA", 35.0, 1.0, false),
            ("body", 36.0, 1.0, false),
            ("dot", 37.0, 10.0, false),
        ];
        assert_eq!(shown(&waterfall), expected);
        assert!((waterfall.total() - 47.0).abs() < 1e-6, "the pause before MAIL is nobody's: {}", waterfall.total());
    }

    #[test]
    fn over_a_line_that_stood_the_mail_has_its_own_stages_only() {
        let start = Instant::now();
        let mut waterfall = Waterfall::new(start);
        waterfall.connected(Duration::from_millis(2), at(start, 2));
        marked(&mut waterfall, start, &[(Stage::Tls, 6), (Stage::Greeting, 9), (Stage::Hello, 10)]);
        for begin in [5_000, 9_000] {
            waterfall.handed_over(true);
            waterfall.begins(at(start, begin));
            waterfall.mark(Stage::Mail, at(start, begin + 4));
            waterfall.ends(at(start, begin + 5));
            let names: Vec<_> = shown(&waterfall).iter().map(|(name, .., of_line)| (*name, *of_line)).collect();
            let line = ["lookup", "TCP", "TLS", "greeting", "EHLO"].map(|name| (name, true));
            assert_eq!(names, [line.as_slice(), &[("MAIL", false)]].concat(), "TLS came before the greeting");
            assert_eq!(shown(&waterfall)[5], ("MAIL", 0.0, 4.0, false));
            assert!((waterfall.total() - 5.0).abs() < 1e-6);
        }
    }

    #[test]
    fn a_line_that_ends_early_has_the_stages_that_were_reached() {
        let start = Instant::now();
        let mut waterfall = Waterfall::new(start);
        waterfall.handed_over(false);
        waterfall.connected(Duration::ZERO, at(start, 1));
        waterfall.ends(at(start, 31));
        assert_eq!(shown(&waterfall).len(), 2);
        assert!((waterfall.total() - 31.0).abs() < 1e-6);
    }

    /// Stages with their milliseconds, and the labels and first words of what is told.
    type SlowCase = (&'static [(Stage, f64)], &'static [(&'static str, &'static str)]);

    #[test]
    fn slow_stages_are_told_the_slowest_first_and_quick_ones_not() {
        let cases: [SlowCase; 8] = [
            (&[(Stage::Lookup, 999.0), (Stage::Connect, 2.0), (Stage::Greeting, 4_999.0)], &[]),
            (&[(Stage::Lookup, 1_500.0)], &[("lookup", "1.5 s: the name server")]),
            (&[(Stage::Connect, 1_001.0)], &[("TCP", "1.0 s: a first packet")]),
            (
                &[(Stage::Greeting, 6_000.0), (Stage::Rcpt, 9_000.0)],
                &[("RCPT", "9.0 s: callout"), ("greeting", "6.0 s: a greet delay")],
            ),
            (&[(Stage::Tls, 1_200.0)], &[("TLS", "1.2 s: a server short")]),
            (&[(Stage::Auth, 2_500.0)], &[("AUTH", "2.5 s: the delay that follows failed")]),
            (&[(Stage::FinalDot, 5_500.0)], &[("dot", "5.5 s: a content filter or milter")]),
            (&[(Stage::Greeting, 1.0), (Stage::FinalDot, 41.0)], &[("dot", "40 ms: looks like a delayed")]),
        ];
        for (stages, expected) in cases {
            let bar = |(stage, took): &(Stage, f64)| Bar { word: stage.word(), took: *took, from: 0.0, of_line: false };
            let found = hints(&stages.iter().map(bar).collect::<Vec<_>>());
            assert_eq!(found.len(), expected.len(), "{stages:?}: {found:?}");
            for ((label, words), (stage, start)) in found.iter().zip(expected) {
                assert!(label == stage && words.starts_with(start), "{words}");
            }
        }
    }

    #[test]
    fn a_long_way_is_no_delayed_acknowledgement() {
        let all_slow = [Stage::Greeting, Stage::Hello, Stage::Mail, Stage::FinalDot];
        let bars = all_slow.map(|stage| Bar { word: stage.word(), took: 42.0, from: 0.0, of_line: false });
        assert_eq!(hints(&bars), []);
    }
}
