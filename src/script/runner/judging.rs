//! Replies held against patterns, and conditions.

use std::time::Instant;

use super::link::Course;
use super::{Awaiting, Runner, Stopped};
use crate::pop3;
use crate::script::parse::compiled;
use crate::script::print::several;
use crate::script::report::{Kind, Verdict};
use crate::script::{Answer, Condition, Pattern, Reply};
use crate::smtp;

impl Runner {
    /// Judges the last reply, or waits for the close of the line.
    pub(super) fn expect(&mut self, patterns: &[Pattern], now: Instant) -> Result<(), Stopped> {
        if self.matches(patterns) {
            let row = self.link(self.side).row;
            if let Some(row) = row.and_then(|row| self.row(row)).filter(|row| row.verdict == Verdict::Done) {
                row.verdict = Verdict::Held;
            }
            self.advance();
            return Ok(());
        }
        let link = self.link(self.side);
        if !patterns.iter().any(|pattern| pattern.reply == Reply::Close) || link.course == Course::None {
            let came = link.answer.as_ref().map_or_else(|| "there is no reply".to_owned(), came);
            let why = format!("expected {}, {came}", several(patterns));
            return Err((Kind::Unexpected(link.answer.clone()), why));
        }
        let closed = link.course == Course::Closed;
        let row = self.add_row(0, format!("expect {}", several(patterns)));
        if closed {
            self.report.rows[row].verdict = Verdict::Held;
            self.advance();
        } else {
            self.open_rows.push_back(row);
            self.awaiting = Awaiting::Close(self.side, now + self.patience);
        }
        Ok(())
    }

    /// Whether a condition holds.
    pub(super) fn holds(&mut self, condition: &Condition) -> Result<bool, String> {
        Ok(match condition {
            Condition::Reply(patterns) => {
                let closed = self.link(self.side).course == Course::Closed;
                self.matches(patterns) || (closed && patterns.iter().any(|pattern| pattern.reply == Reply::Close))
            }
            Condition::Offered(keyword) => {
                let keyword = self.values.words(keyword)?;
                self.link(self.side).offers(&keyword)
            }
            Condition::Tls => self.link(self.side).encrypted,
            Condition::Equal(name, text) => {
                let value = self.values.fill(text)?;
                self.values.is(name, &value)
            }
            Condition::Not(inner) => !self.holds(inner)?,
        })
    }

    /// Whether the last reply fits one of these. The named groups of that one become variables.
    fn matches(&mut self, patterns: &[Pattern]) -> bool {
        let Some(answer) = self.link(self.side).answer.clone() else { return false };
        patterns.iter().filter(|pattern| fits(pattern.reply, &answer)).any(|pattern| match &pattern.text {
            None => true,
            Some(text) => self.captures(text, &answer.text()),
        })
    }

    fn captures(&mut self, pattern: &str, text: &str) -> bool {
        // Whoever made the script by hand may have written anything.
        let Ok(regex) = compiled(pattern) else { return false };
        let Some(captures) = regex.captures(text) else { return false };
        for name in regex.capture_names().flatten() {
            self.values.set(name, captures.name(name).map_or("", |found| found.as_str()));
        }
        true
    }
}

fn came(answer: &Answer) -> String {
    format!("came {}", answer.words())
}

/// Code or class alone.
fn fits(reply: Reply, answer: &Answer) -> bool {
    match (reply, answer) {
        (Reply::Any, _) => true,
        (Reply::Code(code), Answer::Smtp(reply)) => reply.code == code,
        (Reply::Class(class), Answer::Smtp(reply)) => reply.code / 100 == u16::from(class),
        (Reply::Enhanced(code, (class, subject, detail)), Answer::Smtp(reply)) => {
            reply.code == code && reply.enhanced == Some(smtp::EnhancedCode { class, subject, detail })
        }
        (Reply::Ok(ok), Answer::Pop3(response, _)) => {
            response.status == if ok { pop3::Status::Ok } else { pop3::Status::Err }
        }
        _ => false,
    }
}
