//! The filter of the list: terms that all must fit. What it does not fit is hidden, and nothing else happens to it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, Zoned};

use super::Mailbox;

/// What one may write, for the question.
pub(crate) const HELP: &str = "words from:ada subject:x size>1M size<10k since:2026-11-01 since:7d since:today before:… is:new is:marked is:attachment uid:x";

/// A flag that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    New,
    Marked,
    Selected,
    Attachment,
    Damaged,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    /// In from or subject.
    Word(String),
    From(String),
    Subject(String),
    Larger(u64),
    Smaller(u64),
    Since(Timestamp),
    Before(Timestamp),
    Is(Flag),
    Uid(String),
}

/// The terms, and what they were made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) text: String,
    terms: Vec<Term>,
}

/// Text as it is compared: without regard to letter case.
pub(crate) fn folded(text: &str) -> String {
    text.to_lowercase()
}

impl Filter {
    /// Reads terms; `None` when there are none. An error says at which character.
    pub(crate) fn parse(text: &str, now: &Zoned) -> Result<Option<Self>, String> {
        let terms: Vec<Term> = words(text)?
            .into_iter()
            .map(|(at, word)| term(&word, now).map_err(|why| format!("at {}: {why}", at + 1)))
            .collect::<Result<_, _>>()?;
        Ok((!terms.is_empty()).then(|| Self { text: text.trim().to_owned(), terms }))
    }

    /// It asks for what only headers tell.
    pub(crate) fn needs_headers(&self) -> bool {
        self.terms.iter().any(Term::needs_headers)
    }
}

impl Term {
    fn needs_headers(&self) -> bool {
        match self {
            Self::Word(_) | Self::From(_) | Self::Subject(_) | Self::Since(_) | Self::Before(_) => true,
            Self::Is(flag) => matches!(flag, Flag::Attachment | Flag::Damaged),
            Self::Larger(_) | Self::Smaller(_) | Self::Uid(_) => false,
        }
    }
}

impl Mailbox {
    /// Whether the filter shows a message.
    pub(crate) fn passes(&self, number: u32) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.terms.iter().all(|term| self.fits(number, term)))
    }

    /// Whether headers could make the filter show a message: what is known already does not speak against it.
    pub(crate) fn may_pass(&self, number: u32) -> bool {
        let fits = |term: &Term| term.needs_headers() || self.fits(number, term);
        self.filter.as_ref().is_none_or(|filter| filter.terms.iter().all(fits))
    }

    fn fits(&self, number: u32, term: &Term) -> bool {
        let summary = || self.summary(number);
        match term {
            Term::Word(word) => {
                summary().is_some_and(|it| folded(&it.from).contains(word) || folded(&it.subject).contains(word))
            }
            Term::From(word) => summary().is_some_and(|it| folded(&it.from).contains(word)),
            Term::Subject(word) => summary().is_some_and(|it| folded(&it.subject).contains(word)),
            Term::Larger(octets) => self.rows.size(number).is_some_and(|size| size > *octets),
            Term::Smaller(octets) => self.rows.size(number).is_some_and(|size| size < *octets),
            Term::Since(moment) => summary().and_then(|it| it.date).is_some_and(|date| date >= *moment),
            Term::Before(moment) => summary().and_then(|it| it.date).is_some_and(|date| date < *moment),
            Term::Is(Flag::New) => self.new.has(number),
            Term::Is(Flag::Marked) => self.marked.has(number),
            Term::Is(Flag::Selected) => self.chosen.has(number),
            Term::Is(Flag::Attachment) => summary().is_some_and(|it| it.attachment),
            Term::Is(Flag::Damaged) => summary().is_some_and(|it| it.damaged),
            Term::Uid(part) => self.rows.uid(number).is_some_and(|uid| uid.contains(part)),
        }
    }
}

/// Words with their place, in characters; quotation marks keep spaces.
fn words(text: &str) -> Result<Vec<(usize, String)>, String> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let (mut quote, mut inside) = (None, false);
    for (at, character) in text.chars().enumerate() {
        match character {
            '"' => quote = if quote.is_some() { None } else { Some(at) },
            space if space.is_whitespace() && quote.is_none() => {
                inside = false;
                continue;
            }
            _ => {}
        }
        if !std::mem::replace(&mut inside, true) {
            words.push((at, String::new()));
        }
        if let Some((_, word)) = words.last_mut().filter(|_| character != '"') {
            word.push(character);
        }
    }
    match quote {
        Some(at) => Err(format!("at {}: the quotation mark has no partner", at + 1)),
        None => Ok(words.into_iter().filter(|(_, word)| !word.is_empty()).collect()),
    }
}

fn term(word: &str, now: &Zoned) -> Result<Term, String> {
    for (sign, make) in [('>', Term::Larger as fn(u64) -> Term), ('<', Term::Smaller)] {
        if let Some(number) = word.strip_prefix("size").and_then(|rest| rest.strip_prefix(sign)) {
            return octets(number).map(make);
        }
    }
    let Some((name, value)) = word.split_once(':') else { return Ok(Term::Word(folded(word))) };
    if value.is_empty() && ["from", "subject", "since", "before", "is", "uid", "size"].contains(&name) {
        return Err(format!("{name}: needs something behind it"));
    }
    match name {
        "from" => Ok(Term::From(folded(value))),
        "subject" => Ok(Term::Subject(folded(value))),
        "since" => moment(value, now).map(Term::Since),
        "before" => moment(value, now).map(Term::Before),
        "is" => flag(value).map(Term::Is),
        "uid" => Ok(Term::Uid(value.to_owned())),
        "size" => Err("write size>1M or size<10k".to_owned()),
        "to" => Err("to: is not in the list's headers; from:, subject: and words are".to_owned()),
        _ => Ok(Term::Word(folded(word))),
    }
}

/// `10k`, `1M`, `2G`, in steps of 1,024.
fn octets(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size: write 500, 10k, 1M or 2G");
    let (digits, shift) = match text.char_indices().last().ok_or_else(wrong)? {
        (at, 'k' | 'K') => (&text[..at], 10),
        (at, 'm' | 'M') => (&text[..at], 20),
        (at, 'g' | 'G') => (&text[..at], 30),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << shift).ok_or_else(wrong)
}

fn flag(text: &str) -> Result<Flag, String> {
    match text {
        "new" => Ok(Flag::New),
        "marked" | "deleted" => Ok(Flag::Marked),
        "selected" => Ok(Flag::Selected),
        "attachment" => Ok(Flag::Attachment),
        "damaged" => Ok(Flag::Damaged),
        _ => Err(format!("is:{text} is not known: new, marked, selected, attachment, damaged are")),
    }
}

/// A day, which begins at midnight here, or so many hours, days or weeks ago.
fn moment(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let wrong = || format!("{text:?} is no date: write 2026-11-01, today, yesterday, 12h, 7d or 2w");
    let days_ago = ["today", "yesterday"].iter().position(|word| text.eq_ignore_ascii_case(word));
    if let Some(days) = days_ago.and_then(|days| i64::try_from(days).ok()) {
        let day = now.date().checked_sub(days.days()).map_err(|_| wrong())?;
        return day.to_zoned(now.time_zone().clone()).map(|midnight| midnight.timestamp()).map_err(|_| wrong());
    }
    if let Ok(date) = text.parse::<Date>() {
        return date.to_zoned(now.time_zone().clone()).map(|midnight| midnight.timestamp()).map_err(|_| wrong());
    }
    let (at, unit) = text.char_indices().last().ok_or_else(wrong)?;
    let number: i64 = text[..at].parse::<u16>().map_err(|_| wrong())?.into();
    let span = match unit {
        'h' => number.hours(),
        'd' => number.days(),
        'w' => number.weeks(),
        _ => return Err(wrong()),
    };
    now.checked_sub(span).map(|then| then.timestamp()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{headers, open};
    use super::*;
    use crate::pop3::{Notice, Scan};

    fn now() -> Zoned {
        "2026-11-22T11:42:07+00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn each_term_shows_what_it_names() {
        let mut mailbox = open(3);
        let scans = [(1, 500), (2, 20_000), (3, 2 << 20)].map(|(number, octets)| Scan { number, octets });
        mailbox.notice(Notice::Scans(scans.to_vec()));
        headers(&mut mailbox, 1, "From: Ada L <a@x>\r\nSubject: Cats\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n");
        headers(&mut mailbox, 2, "From: Bob <b@x>\r\nSubject: ada\r\nDate: Sun, 01 Nov 2026 00:00:00 +0000\r\n");
        mailbox.notice(Notice::Marked(2));
        mailbox.chosen.put(3, true);
        for (text, fits) in [
            ("ada", &[1, 2][..]),
            ("from:ADA", &[1]),
            ("subject:ada", &[2]),
            ("from:\"ada l\"", &[1]),
            ("size>1M", &[3]),
            ("size<10k", &[1]),
            ("size>499 size<501", &[1]),
            ("since:2026-11-01", &[1, 2]),
            ("since:2h", &[1]),
            ("since:7d", &[1]),
            ("since:today", &[1]),
            ("before:Yesterday", &[2]),
            ("before:1w", &[2]),
            ("is:marked", &[2]),
            ("is:selected", &[3]),
            ("is:new", &[]),
            ("ada is:marked", &[2]),
            ("12:30", &[]),
        ] {
            mailbox.filter = Filter::parse(text, &now()).unwrap();
            let shown: Vec<u32> = (1..=3).filter(|number| mailbox.passes(*number)).collect();
            assert_eq!(shown, fits, "{text}");
        }
    }

    #[test]
    fn nothing_written_is_no_filter() {
        assert_eq!(Filter::parse("  \"\" ", &now()), Ok(None));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, at, why) in [
            ("ada size>x", 5, "no size"),
            ("size>", 1, "no size"),
            ("size>18446744073709551615k", 1, "no size"),
            ("  since:tomorrow", 3, "no date"),
            ("since:-1d", 1, "no date"),
            ("is:", 1, "needs something"),
            ("ä is:blue", 3, "not known"),
            ("from:\"ada", 6, "no partner"),
            ("to:bob", 1, "not in the list's headers"),
            ("since:d", 1, "no date"),
        ] {
            let error = Filter::parse(text, &now()).unwrap_err();
            assert!(error.starts_with(&format!("at {at}: ")) && error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn only_terms_on_headers_need_headers() {
        for (text, needs) in [("size>1", false), ("is:new uid:x", false), ("is:attachment", true), ("size>1 x", true)] {
            assert_eq!(Filter::parse(text, &now()).unwrap().unwrap().needs_headers(), needs, "{text}");
        }
    }
}
