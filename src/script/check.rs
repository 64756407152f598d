//! What can be found wrong with a script before anything connects: variables that nobody sets. And what should not be in
//! one: a secret that is written out.

use std::collections::BTreeSet;

use super::fault::quoted;
use super::parse::compiled;
use super::{Body, Condition, Fault, Pattern, Piece, Script, Statement, Text, What};
use crate::wire::Side;
use crate::{pop3, smtp};

/// A secret that stands in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOut {
    /// Line of the statement.
    pub line: u32,
    /// The command, the secret masked; **not sanitized**.
    pub shown: String,
}

impl Script {
    /// Variables that are used and neither among `known` nor set further up. `source`: the text that it was read from,
    /// for the columns.
    pub fn unknown_variables(&self, known: &[&str], source: Option<&str>) -> Vec<Fault> {
        let names = known.iter().map(|name| (*name).to_owned()).collect();
        let mut names = Names {
            known: names,
            lines: source.map(|text| text.split('\n').collect()),
            faults: Vec::new(),
            missing: Vec::new(),
        };
        names.statements(&self.statements);
        names.faults
    }

    /// The names of those variables, in the order of their use.
    pub fn missing(&self, known: &[&str]) -> Vec<String> {
        let known = known.iter().map(|name| (*name).to_owned()).collect();
        let mut names = Names { known, lines: None, faults: Vec::new(), missing: Vec::new() };
        names.statements(&self.statements);
        names.missing
    }

    /// Whether a statement like that stands anywhere in it; branches too.
    pub fn any(&self, mut holds: impl FnMut(&What) -> bool) -> bool {
        any(&self.statements, &mut holds)
    }

    /// How many lines its text has.
    pub fn lines(&self) -> usize {
        self.to_string().lines().count()
    }

    /// Passwords and the like that stand in the script as such.
    pub fn secrets(&self) -> Vec<WrittenOut> {
        let mut found = Vec::new();
        secrets_of(&self.statements, &mut found);
        found
    }

    /// Whether it signs in.
    pub fn signs_in(&self) -> bool {
        self.any(|what| matches!(what, What::Auth { .. }))
    }

    /// The sides that it connects to without a URL of its own.
    pub fn sides(&self) -> BTreeSet<Side> {
        let connects = |side| self.any(|what| *what == What::Connect { side, url: None });
        [Side::Smtp, Side::Pop3].into_iter().filter(|side| connects(*side)).collect()
    }
}

fn any(statements: &[Statement], holds: &mut impl FnMut(&What) -> bool) -> bool {
    statements.iter().any(|statement| match &statement.what {
        What::If { then, otherwise, .. } => any(then, holds) || any(otherwise, holds),
        what => holds(what),
    })
}

/// The names that are known so far, and what was found.
struct Names<'a> {
    known: BTreeSet<String>,
    lines: Option<Vec<&'a str>>,
    faults: Vec<Fault>,
    missing: Vec<String>,
}

impl Names<'_> {
    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement.line, &statement.what);
        }
    }

    fn statement(&mut self, line: u32, what: &What) {
        match what {
            What::Set { name, value } => {
                self.text(line, value);
                self.known.insert(name.clone());
            }
            What::Connect { url: Some(text), .. }
            | What::Send(text)
            | What::Body(Body::File(text))
            | What::Auth { user: Some(text), .. }
            | What::Note(text)
            | What::Fail(text) => self.text(line, text),
            What::Block(lines) | What::Body(Body::Lines(lines)) => lines.iter().for_each(|text| self.text(line, text)),
            What::Expect(patterns) => self.patterns(patterns),
            What::If { condition, then, otherwise } => {
                self.condition(line, condition);
                self.statements(then);
                self.statements(otherwise);
            }
            What::Remark(_)
            | What::Connect { url: None, .. }
            | What::On(_)
            | What::Wait(_)
            | What::StartTls
            | What::Auth { user: None, .. }
            | What::Stop
            | What::Drop => {}
        }
    }

    fn condition(&mut self, line: u32, condition: &Condition) {
        match condition {
            Condition::Reply(patterns) => self.patterns(patterns),
            Condition::Offered(text) => self.text(line, text),
            Condition::Tls => {}
            Condition::Equal(name, text) => {
                self.name(line, name, name);
                self.text(line, text);
            }
            Condition::Not(inner) => self.condition(line, inner),
        }
    }

    fn patterns(&mut self, patterns: &[Pattern]) {
        for text in patterns.iter().filter_map(|pattern| pattern.text.as_deref()) {
            let groups = compiled(text).ok();
            self.known.extend(groups.iter().flat_map(|regex| regex.capture_names().flatten().map(str::to_owned)));
        }
    }

    fn text(&mut self, line: u32, text: &Text) {
        for piece in &text.0 {
            if let Piece::Variable(name) = piece {
                self.name(line, name, &format!("${{{name}}}"));
            }
        }
    }

    fn name(&mut self, line: u32, name: &str, written: &str) {
        if self.known.contains(name) {
            return;
        }
        let (line, column) = self.place(line, written);
        let right = "set it further up, with set or a named group of expect, or give --set NAME=VALUE";
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let fault = Fault::new(line, column, format!("there is no variable {}", quoted(name)), right);
        self.faults.push(fault.near(name, &known));
        self.missing.push(name.to_owned());
        // Once is enough.
        self.known.insert(name.to_owned());
    }

    /// Where `written` stands, from this line on.
    fn place(&self, line: u32, written: &str) -> (u32, u32) {
        let before = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
        let mut lines = self.lines.iter().flatten().zip(1_u32..).skip(before);
        let found = lines.find_map(|(text, number)| Some((number, text, text.find(written)?)));
        found.map_or((line, 1), |(number, text, at)| {
            (number, u32::try_from(text[..at].chars().count() + 1).unwrap_or(u32::MAX))
        })
    }
}

fn secrets_of(statements: &[Statement], found: &mut Vec<WrittenOut>) {
    for Statement { line, what } in statements {
        match what {
            What::Send(text) => found.extend(secret_of(*line, text)),
            What::Block(lines) => found.extend(lines.iter().filter_map(|text| secret_of(*line, text))),
            What::If { then, otherwise, .. } => {
                secrets_of(then, found);
                secrets_of(otherwise, found);
            }
            _ => {}
        }
    }
}

/// A variable is none: its value is not in the script.
fn secret_of(line: u32, text: &Text) -> Option<WrittenOut> {
    let literal: Vec<u8> = text.0.iter().flat_map(literal).copied().collect();
    let shown = masked(&literal);
    (shown.as_bytes() != String::from_utf8_lossy(&literal).as_bytes()).then_some(WrittenOut { line, shown })
}

fn literal(piece: &Piece) -> &[u8] {
    match piece {
        Piece::Octets(octets) => octets,
        Piece::Variable(_) => &[],
    }
}

/// A command line with what is secret on it masked, whichever protocol it is of; lossy UTF-8, **not sanitized**.
pub(super) fn masked(octets: &[u8]) -> String {
    let plain = String::from_utf8_lossy(octets).into_owned();
    let shown = [
        smtp::Line::typed(octets).ok().map(|line| line.shown()),
        pop3::Line::typed(octets).ok().map(|line| line.shown()),
    ];
    shown.into_iter().flatten().find(|shown| *shown != plain).unwrap_or(plain)
}
