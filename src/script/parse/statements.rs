//! Statements, one keyword each, and what stands between two of them.

use std::time::Duration;

use super::Reader;
use super::cursor::{BLANK, Cursor};
use super::text::is_name;
use crate::sasl::Mechanism;
use crate::script::fault::quoted;
use crate::script::{Body, NESTING, Piece, Statement, Text, WAIT, What};
use crate::wire::Side;

const KEYWORDS: [&str; 18] = [
    "send", "expect", "set", "connect", "smtp", "pop3", "block", "body", "wait", "starttls", "auth", "if", "else",
    "end", "note", "fail", "stop", "drop",
];
/// What people write who forget `send`.
const VERBS: [&str; 24] = [
    "HELO", "EHLO", "LHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "VRFY", "EXPN", "HELP", "QUIT", "USER", "PASS",
    "APOP", "STAT", "LIST", "UIDL", "TOP", "RETR", "DELE", "CAPA", "STLS", "BDAT",
];
const SCHEMES: [(&str, Side); 5] = [
    ("smtp://", Side::Smtp),
    ("smtps://", Side::Smtp),
    ("lmtp://", Side::Smtp),
    ("pop3://", Side::Pop3),
    ("pop3s://", Side::Pop3),
];

/// What ended a run of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ender {
    End,
    Else,
    Nothing,
}

/// What a line is.
enum Line {
    Statement(What),
    Ender(Ender),
    /// Blank, or a fault that was told.
    Nothing,
}

impl Reader<'_> {
    /// All of it.
    pub(super) fn script(&mut self) -> Vec<Statement> {
        let mut all = Vec::new();
        loop {
            let (statements, ender) = self.statements(0);
            all.extend(statements);
            let word = match ender {
                Ender::Nothing => return all,
                Ender::End => "end",
                Ender::Else => "else",
            };
            let here = Cursor::new(self.number(), self.lines[self.at - 1]);
            self.fault(&here, format!("{word} has nothing to close"), "it belongs to an if or a block above it");
        }
    }

    fn statements(&mut self, depth: usize) -> (Vec<Statement>, Ender) {
        let mut statements = Vec::new();
        while let Some((number, line)) = self.next_line() {
            match self.line(Cursor::new(number, line), depth) {
                Line::Statement(what) => statements.push(Statement { line: number, what }),
                Line::Ender(ender) => return (statements, ender),
                Line::Nothing => {}
            }
        }
        (statements, Ender::Nothing)
    }

    fn line(&mut self, mut cursor: Cursor, depth: usize) -> Line {
        if cursor.is_at_end() {
            return Line::Nothing;
        }
        if let Some(remark) = cursor.raw().strip_prefix('#') {
            return Line::Statement(What::Remark(remark.trim_matches(BLANK).to_owned()));
        }
        let start = cursor;
        let word = cursor.word();
        let lower = word.to_ascii_lowercase();
        if matches!(lower.as_str(), "smtp" | "pop3" | "else" | "end" | "starttls" | "stop" | "drop" | "block") {
            self.nothing_behind(&lower, cursor);
        }
        match lower.as_str() {
            "end" => Line::Ender(Ender::End),
            "else" => Line::Ender(Ender::Else),
            "if" => self.branches(start, cursor, depth).map_or(Line::Nothing, Line::Statement),
            lower => match self.plain(lower, start, cursor) {
                Some(what) => Line::Statement(what),
                None => Line::Nothing,
            },
        }
    }

    fn plain(&mut self, keyword: &str, start: Cursor, cursor: Cursor) -> Option<What> {
        Some(match keyword {
            "send" => What::Send(self.text(cursor)),
            "expect" => What::Expect(self.patterns(cursor)),
            "set" => return self.set(cursor),
            "connect" => return self.connect(cursor),
            "smtp" => What::On(Side::Smtp),
            "pop3" => What::On(Side::Pop3),
            "block" => What::Block(self.block(start)),
            "body" if cursor.is_at_end() => What::Body(Body::Lines(self.body(start))),
            "body" => What::Body(Body::File(self.text(cursor))),
            "wait" => return self.wait(cursor),
            "starttls" => What::StartTls,
            "auth" => return self.auth(cursor),
            "note" => What::Note(self.text(cursor)),
            "fail" => What::Fail(self.text(cursor)),
            "stop" => What::Stop,
            "drop" => What::Drop,
            _ => {
                self.no_statement(start);
                return None;
            }
        })
    }

    fn no_statement(&mut self, start: Cursor) {
        let word = start.peek();
        let bare = word.trim_end_matches(':');
        let what = format!("there is no statement {}", quoted(word));
        if let Some(verb) = VERBS.iter().find(|verb| verb.eq_ignore_ascii_case(bare)) {
            let right = format!("a command stands behind send, as in: send {verb}");
            let mut fault = start.fault(what, right);
            fault.nearest = Some(format!("send {verb}"));
            return self.faults.push(fault);
        }
        let right = format!("a line begins with {}, or #", KEYWORDS.join(", "));
        self.faults.push(start.fault(what, right).near(bare, &KEYWORDS));
    }

    fn nothing_behind(&mut self, keyword: &str, cursor: Cursor) {
        if !cursor.is_at_end() {
            let what = format!("{} cannot stand behind {keyword}", quoted(cursor.rest()));
            self.fault(&cursor, what, format!("{keyword} stands alone on its line"));
        }
    }

    fn set(&mut self, mut cursor: Cursor) -> Option<What> {
        const RIGHT: &str = "write: set NAME = TEXT";
        let start = cursor;
        let name = cursor.raw().split(|it| BLANK.contains(&it) || it == '=').next().unwrap_or("");
        cursor.step(name.len());
        cursor.skip_blanks();
        if !is_name(name) {
            self.fault(&start, format!("{} is no name", quoted(name)), format!("{RIGHT}; letters, digits and _"));
            return None;
        }
        if !cursor.raw().starts_with('=') {
            self.fault(&cursor, "an equals sign is missing", RIGHT);
            return None;
        }
        cursor.step(1);
        cursor.skip_blanks();
        Some(What::Set { name: name.to_owned(), value: self.text(cursor) })
    }

    fn connect(&mut self, cursor: Cursor) -> Option<What> {
        const RIGHT: &str = "write connect smtp, connect pop3, or connect with a URL such as smtp://mx.example:25";
        let word = cursor.rest();
        if let Some(side) = Side::named(word) {
            return Some(What::Connect { side, url: None });
        }
        let lower = word.to_ascii_lowercase();
        let Some((scheme, side)) = SCHEMES.iter().find(|(scheme, _)| lower.starts_with(scheme)) else {
            let what = if word.is_empty() {
                "connect what?".to_owned()
            } else {
                format!("{} is no server", quoted(host(word)))
            };
            self.faults.push(cursor.fault(what, RIGHT).near(word, &["smtp", "pop3"]));
            return None;
        };
        if word[scheme.len()..].rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            let right = "leave it out: auth takes the password of the command line or the account";
            self.fault(&cursor, "the URL holds a password", right);
            return None;
        }
        Some(What::Connect { side: *side, url: Some(self.text(cursor)) })
    }

    /// Lines up to `end`, each without the blanks around it; those that begin with `#` are passed over.
    fn block(&mut self, start: Cursor) -> Vec<Text> {
        let mut lines = Vec::new();
        while let Some((number, line)) = self.next_line() {
            let cursor = Cursor::new(number, line);
            if cursor.rest().eq_ignore_ascii_case("end") {
                if lines.is_empty() {
                    self.fault(&start, "the block is empty", "write at least one line between block and end");
                }
                return lines;
            }
            if !cursor.raw().starts_with('#') {
                lines.push(self.text(cursor));
            }
        }
        self.fault(&start, "the block has no end", "close it with a line that says: end");
        lines
    }

    /// Lines up to the lone dot, just as they are.
    fn body(&mut self, start: Cursor) -> Vec<Text> {
        let mut lines = Vec::new();
        while let Some((number, line)) = self.next_line() {
            if line == "." {
                return lines;
            }
            let cursor = Cursor::at_start(number, line);
            let text = self.text_of(cursor, line.len());
            if begins_with_one_dot(&text) {
                let right =
                    "double it: the server takes one dot away (RFC 5321 4.5.2); only the last line is a lone dot";
                self.fault(&cursor, "a line of the body begins with one dot", right);
            }
            lines.push(text);
        }
        self.fault(&start, "the body has no end", "close it with a line that holds a single dot");
        lines
    }

    fn wait(&mut self, cursor: Cursor) -> Option<What> {
        let word = cursor.rest();
        let digits = word.len() - word.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let (number, unit) = word.split_at(digits);
        let milliseconds = match unit.trim_start_matches(BLANK).to_ascii_lowercase().as_str() {
            "ms" => Some(1),
            "s" => Some(1000),
            "m" | "min" => Some(60_000),
            "h" => Some(3_600_000),
            _ => None,
        };
        let wait = number.parse::<u64>().ok().zip(milliseconds).and_then(|(number, unit)| number.checked_mul(unit));
        let wait = wait.map(Duration::from_millis).filter(|wait| *wait <= WAIT);
        if wait.is_none() {
            let what = format!("{} is no time to wait", quoted(word));
            self.fault(&cursor, what, "write for example 5s or 200ms; an hour at most");
        }
        wait.map(What::Wait)
    }

    fn auth(&mut self, mut cursor: Cursor) -> Option<What> {
        let start = cursor;
        let mechanism = cursor.peek().parse::<Mechanism>().ok();
        if mechanism.is_some() {
            cursor.word();
        }
        if cursor.rest().contains(BLANK) {
            let names = Mechanism::ALL.map(Mechanism::name);
            // Not quoted: what is too much here is a password, mostly.
            let what = "there is more than a mechanism and a name";
            let fault =
                start.fault(what, "write: auth [MECHANISM] [NAME]; no password, it comes from the command line");
            self.faults.push(fault.near(start.peek(), &names));
            return None;
        }
        let user = (!cursor.is_at_end()).then(|| self.text(cursor));
        Some(What::Auth { mechanism, user })
    }

    fn branches(&mut self, start: Cursor, cursor: Cursor, depth: usize) -> Option<What> {
        if depth >= NESTING {
            self.fault(&start, format!("more than {NESTING} if inside of each other"), "write it flatter");
            // Where this one ends nobody can say without going deeper.
            self.at = self.lines.len();
            return None;
        }
        let condition = self.condition(cursor);
        let (then, ender) = self.statements(depth + 1);
        let (otherwise, ender) = if ender == Ender::Else { self.statements(depth + 1) } else { (Vec::new(), ender) };
        match ender {
            Ender::End => {}
            Ender::Else => self.fault(&start, "the if has a second else", "one else, then end"),
            Ender::Nothing => self.fault(&start, "the if has no end", "close it with a line that says: end"),
        }
        Some(What::If { condition, then, otherwise })
    }
}

/// What may be quoted of a server: before the last `@` a password may stand.
fn host(word: &str) -> &str {
    word.rsplit_once('@').map_or(word, |(_, host)| host)
}

fn begins_with_one_dot(text: &Text) -> bool {
    match text.0.as_slice() {
        [Piece::Octets(octets), ..] => octets.starts_with(b".") && !octets.starts_with(b".."),
        _ => false,
    }
}
