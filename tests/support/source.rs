//! Rust source as words: enough of the language to see who imports whom. Comments, strings and lifetimes are left out.

use std::iter::Peekable;
use std::str::Chars;

/// A word or a single sign, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// An identifier, a number, `::`, or one sign.
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

/// Takes source apart.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner { rest: source.chars().peekable(), line: 1, tokens: Vec::new() };
    while scanner.step() {}
    scanner.tokens
}

struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.line += usize::from(next == Some('\n'));
        next
    }

    fn next_is(&mut self, sign: char) -> bool {
        self.rest.peek() == Some(&sign)
    }

    fn push(&mut self, text: impl Into<String>) {
        self.tokens.push(Token { text: text.into(), line: self.line });
    }

    fn step(&mut self) -> bool {
        let Some(sign) = self.next() else { return false };
        match sign {
            '/' if self.next_is('/') => while !self.next_is('\n') && self.next().is_some() {},
            '/' if self.next_is('*') => self.block_comment(),
            '"' => self.string(0),
            '\'' => self.quote(),
            ':' if self.next_is(':') => {
                self.next();
                self.push("::");
            }
            _ if is_word(sign) => self.word(sign),
            _ if sign.is_whitespace() => {}
            _ => self.push(sign),
        }
        true
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        while let Some(sign) = self.next() {
            match sign {
                '*' if self.next_is('/') => depth -= 1,
                '*' if depth == 0 => depth = 1,
                '/' if self.next_is('*') => depth += 1,
                _ => continue,
            }
            if depth == 0 {
                self.next();
                return;
            }
        }
    }

    /// The rest of a string that ends with `"` and that many `#`. Without `#`, a backslash protects the next sign;
    /// `usize::MAX` stands for a raw string without `#`.
    fn string(&mut self, hashes: usize) {
        let (escapes, hashes) = (hashes == 0, if hashes == usize::MAX { 0 } else { hashes });
        while let Some(sign) = self.next() {
            if sign == '\\' && escapes {
                self.next();
            } else if sign == '"' && (0..hashes).all(|_| self.next_is('#') && self.next().is_some()) {
                break;
            }
        }
        self.push("\"\"");
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let first = self.next();
        if first == Some('\\') {
            self.next();
            while !self.next_is('\'') && self.next().is_some() {}
            self.next();
        } else if self.next_is('\'') {
            self.next();
        }
        // Otherwise a lifetime: its name goes on as a word, which does no harm.
    }

    fn word(&mut self, first: char) {
        let mut word = String::from(first);
        while let Some(&sign) = self.rest.peek().filter(|&&sign| is_word(sign)) {
            word.push(sign);
            self.next();
        }
        if matches!(word.as_str(), "r" | "b" | "br" | "c" | "cr") && self.literal_follows() {
            self.prefixed(&word);
        } else {
            self.push(word);
        }
    }

    fn literal_follows(&mut self) -> bool {
        self.next_is('"') || self.next_is('#') || self.next_is('\'')
    }

    /// The rest of `r"…"`, `br#"…"#`, `b"…"`, `b'…'` or `r#name`.
    fn prefixed(&mut self, prefix: &str) {
        let mut hashes = 0;
        while self.next_is('#') {
            self.next();
            hashes += 1;
        }
        if self.next_is('"') {
            self.next();
            let raw = prefix.contains('r');
            self.string(if raw && hashes == 0 { usize::MAX } else { hashes });
        } else if self.next_is('\'') {
            self.next();
            self.quote();
        }
    }
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}
