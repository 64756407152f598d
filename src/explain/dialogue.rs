//! A pasted dialogue: which replies stand in it, and what each of them answers.
//!
//! Lines of telnet, of swaks and of our own exports, of `C:` and `S:`, of curl and openssl are known; and replies that a
//! log or a bounce quotes in a line of its own words. Bodies of mails are passed over. Nothing is judged but the form.

use std::collections::VecDeque;

use super::asked::likely_verb;
use super::{Card, Question, SECOND_MAIL, SIGNED_IN, command, reply};
use crate::wire::Side;

/// The most replies that are kept of one dialogue.
const MOST: usize = 1_000;
/// The most octets that are kept of one reply.
const LONGEST: usize = 8_000;

/// A reply of a dialogue, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The protocol, by the form of the reply.
    pub side: Side,
    /// What it answers, as in [`Question`].
    pub verb: String,
    /// Where the conversation stood, if that matters.
    pub state: Option<&'static str>,
    /// Its lines joined by blanks, the code in front only; **not sanitized**.
    pub said: String,
}

impl Heard {
    /// What it means.
    pub fn card(&self) -> Option<Card> {
        let question = match self.side {
            Side::Smtp => Question::smtp_line(&self.verb, &self.said),
            Side::Pop3 => Question::pop3_line(&self.verb, &self.said),
        }?;
        reply(&match self.state {
            Some(state) => question.in_state(state),
            None => question,
        })
    }
}

/// The replies of a pasted text, in order; at most a thousand.
pub fn dialogue(text: &str) -> Vec<Heard> {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.line(line);
    }
    reader.end_reply();
    reader.heard
}

#[derive(Debug, PartialEq, Eq)]
enum Said<'a> {
    Sent(&'a str),
    Received(&'a str),
    Unmarked(&'a str),
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two make up a state")]
struct Reader {
    heard: Vec<Heard>,
    /// Commands that have no answer yet.
    pending: VecDeque<String>,
    /// The command answered last.
    last: Option<String>,
    /// A reply whose last line has not come.
    open: Option<String>,
    /// The text of a mail is being sent, or the lines of a POP3 answer come.
    in_body: bool,
    in_sign_in: bool,
    accepted: bool,
    signed_in: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        match direction(line) {
            Said::Sent(line) => self.sent(line.trim_end()),
            Said::Received(line) => self.received(line),
            Said::Unmarked(line) => self.unmarked(line.trim()),
        }
    }

    fn unmarked(&mut self, line: &str) {
        if self.in_body && line != "." {
            // Text of a mail may look like anything, but not like the reply to its own end.
            return;
        }
        if is_reply(line) {
            self.received(line);
        } else if line == "." || is_command(line) || self.in_sign_in {
            self.sent(line);
        } else if let Some((verb, quoted)) = quoted(line) {
            self.keep(verb.to_owned(), quoted);
        }
    }

    fn sent(&mut self, line: &str) {
        if line.starts_with(FOLDED) {
            return self.sent(".");
        }
        if line.is_empty() || (self.in_body && line != ".") {
            return;
        }
        self.end_reply();
        self.in_body = false;
        if self.in_sign_in {
            self.in_sign_in = false;
            self.pending.push_back("AUTH".to_owned());
            return;
        }
        let verb: String = line.split([' ', ':']).next().unwrap_or_default().chars().take(16).collect();
        self.pending.push_back(verb.to_ascii_uppercase());
    }

    fn received(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(open) = &mut self.open {
            if line.get(..3) == open.get(..3) {
                let more = line.get(4..).unwrap_or_default();
                if open.len() + more.len() < LONGEST {
                    open.extend([" ", more]);
                }
                if line.as_bytes().get(3) != Some(&b'-') {
                    self.end_reply();
                }
                return;
            }
            self.end_reply();
        }
        if !is_reply(line) {
            self.in_body &= !line.starts_with(FOLDED);
            return;
        }
        self.open = Some(line[..line.floor_char_boundary(LONGEST)].to_owned());
        if line.as_bytes().get(3) != Some(&b'-') || line.starts_with(['+', '-']) {
            self.end_reply();
        }
    }

    fn end_reply(&mut self) {
        let Some(said) = self.open.take() else { return };
        let greeting = self.last.is_none() && self.pending.is_empty();
        let verb = match self.pending.pop_front() {
            Some(verb) => verb,
            None if greeting && said.starts_with(['2', '+', '4', '5', '-']) => first_verb(&said),
            None => self.last.clone().unwrap_or_else(|| likely_verb(&said).to_owned()),
        };
        self.keep(verb, &said);
    }

    fn keep(&mut self, verb: String, said: &str) {
        let side = if said.starts_with(['+', '-']) { Side::Pop3 } else { Side::Smtp };
        let state = self.state(&verb);
        let code = said.get(..3).unwrap_or_default();
        match code {
            "354" => self.in_body = true,
            "334" | "+ " => self.in_sign_in = true,
            "235" => self.signed_in = true,
            "250" if verb == "." => self.accepted = true,
            "250" if verb == "MAIL" => self.accepted = false,
            "220" if verb == "STARTTLS" => self.signed_in = false,
            _ => {}
        }
        self.in_sign_in |= said == "+";
        if side == Side::Pop3 && said.starts_with("+OK") && matches!(verb.as_str(), "RETR" | "TOP") {
            self.in_body = true;
        }
        self.last = Some(verb.clone());
        if self.heard.len() < MOST {
            self.heard.push(Heard { side, verb, state, said: said.to_owned() });
        }
    }

    fn state(&self, verb: &str) -> Option<&'static str> {
        if self.accepted && matches!(verb, "RCPT" | "DATA") {
            return Some(SECOND_MAIL);
        }
        self.signed_in.then_some(SIGNED_IN)
    }
}

/// What the first reply of a text answers, as nothing stands before it: the greeting, if it looks like one.
fn first_verb(said: &str) -> String {
    let greets = said.starts_with("220") || said.starts_with("+OK");
    let likely = likely_verb(said);
    if greets || (likely == "?" && said.starts_with("554")) { "GREETING".to_owned() } else { likely.to_owned() }
}

/// The text of a mail, or the lines of a POP3 answer, as our own exports fold them into one line with its end.
const FOLDED: &str = "[-] body ";

/// What marks lines of the client and of the server in the tools that people paste from; the longest first.
const SENT: [&str; 8] = ["CLIENT:", "C:", ">>>", " ->", "->", " ~>", "~>", "> "];
const RECEIVED: [&str; 10] = ["SERVER:", "S:", "<<<", "<**", "<~*", "<~", "<-", "<=", "< ", "<"];

fn direction(line: &str) -> Said<'_> {
    let line = without_time(line);
    let marked = |marks: &[&str]| {
        let start = |mark: &&str| line.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
        marks.iter().find(|mark| start(mark)).map(|mark| &line[mark.len()..])
    };
    // A path in brackets at the start of a line is no mark.
    let is_marked = RECEIVED.iter().any(|mark| mark.len() > 1 && mark.starts_with('<') && line.starts_with(mark));
    if line.starts_with('<') && line.contains('>') && !is_marked {
        let inner = line.trim_start_matches('<').trim_start();
        return if is_reply(inner) { Said::Received(inner) } else { Said::Unmarked(line) };
    }
    if let Some(rest) = marked(&SENT) {
        return Said::Sent(rest.trim_start());
    }
    match marked(&RECEIVED) {
        Some(rest) => Said::Received(rest.trim_start()),
        None => Said::Unmarked(line),
    }
}

/// The line without a time in front (`+0.012`, `11:42:07.123`), if a mark or a reply follows.
fn without_time(line: &str) -> &str {
    let trimmed = line.trim_start();
    let Some((time, rest)) = trimmed.split_once(' ') else { return line };
    let timed = time.contains(['.', ':'])
        && time.starts_with(|letter: char| letter == '+' || letter == '[' || letter.is_ascii_digit())
        && time.chars().all(|letter| letter.is_ascii_digit() || "+-:.,[]TZ".contains(letter));
    let enhanced = super::question::enhanced_code(time).is_some();
    if timed && !enhanced { rest } else { line }
}

/// A code and a blank, a dash or the end; or a status of POP3.
fn is_reply(line: &str) -> bool {
    let smtp = Question::smtp_line("", line).is_some() && line.starts_with(['2', '3', '4', '5']);
    smtp || Question::pop3_line("", line).is_some_and(|_| !line.starts_with("+ ") || line.len() < LONGEST)
}

fn is_command(line: &str) -> bool {
    let verb = line.split([' ', ':']).next().unwrap_or_default();
    verb.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (command(Side::Smtp, verb).is_some()
            || command(Side::Pop3, verb).is_some()
            || (line.len() < 80 && super::spelling(verb).is_some() && line.split(' ').count() < 4))
}

/// A reply quoted by a log or a bounce: behind `said:`, `smtp;`, `returned`, or behind a colon.
fn quoted(line: &str) -> Option<(&'static str, &str)> {
    let starts = line.match_indices([' ', ':', ';', '\'', '"', '(']).map(|(at, mark)| at + mark.len());
    let found = starts.map(|start| line[start..].trim_start_matches(['\'', '"', '('])).find(|rest| {
        let code = rest.get(..3).and_then(|digits| digits.parse::<u16>().ok());
        let answers = code.is_some_and(|code| matches!(code, 421..=459 | 500..=556));
        // A number alone is rarely a reply: an enhanced code or words that say so must be near.
        answers && is_reply(rest) && (has_enhanced(rest) || line.contains("said") || line.contains("SMTP error"))
    })?;
    Some((likely_verb(line), found.trim_end_matches(['\'', '"', ')'])))
}

fn has_enhanced(reply: &str) -> bool {
    reply.get(4..).and_then(|rest| rest.split(' ').next()).and_then(super::question::enhanced_code).is_some()
}

#[cfg(test)]
mod tests;
