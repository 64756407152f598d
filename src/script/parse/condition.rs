//! What decides an `if`.

use super::Reader;
use super::cursor::Cursor;
use super::text::is_name;
use crate::script::fault::quoted;
use crate::script::{Condition, NESTING, Text};

impl Reader<'_> {
    /// The rest of the line.
    pub(super) fn condition(&mut self, mut cursor: Cursor) -> Condition {
        let mut negations = 0;
        while cursor.peek().eq_ignore_ascii_case("not") && negations < NESTING {
            cursor.word();
            negations += 1;
        }
        let condition = self.plain_condition(cursor);
        (0..negations).fold(condition, |inner, _| Condition::Not(Box::new(inner)))
    }

    fn plain_condition(&mut self, mut cursor: Cursor) -> Condition {
        let start = cursor;
        let word = cursor.word();
        if cursor.peek() == "==" {
            return self.equality(start, word, cursor);
        }
        if word.eq_ignore_ascii_case("tls") && cursor.is_at_end() {
            return Condition::Tls;
        }
        if word.eq_ignore_ascii_case("offered") {
            if cursor.is_at_end() {
                self.fault(&cursor, "offered what?", "name a keyword of EHLO or CAPA, as in: if offered STARTTLS");
            }
            return Condition::Offered(self.text(cursor));
        }
        if is_name(word) && !word.starts_with(|first: char| first.is_ascii_digit()) && !is_reply_word(word) {
            let right = "a condition is a reply (250, 5yz /relay/), offered KEYWORD, tls, NAME == TEXT, or not before \
                         one of these";
            let fault = start.fault(format!("{} is no condition", quoted(word)), right);
            self.faults.push(fault.near(word, &["offered", "tls", "not", "any", "close"]));
            return Condition::Tls;
        }
        Condition::Reply(self.patterns(start))
    }

    fn equality(&mut self, start: Cursor, name: &str, mut cursor: Cursor) -> Condition {
        if !is_name(name) {
            let right = "write the bare name of a variable before ==, as in: if to == bob@example.org";
            self.fault(&start, format!("{} is no name", quoted(name)), right);
            return Condition::Equal(String::new(), Text::default());
        }
        cursor.word();
        Condition::Equal(name.to_owned(), self.text(cursor))
    }
}

fn is_reply_word(word: &str) -> bool {
    ["any", "close"].iter().any(|known| word.eq_ignore_ascii_case(known))
}
