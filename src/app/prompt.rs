//! The command prompt: a line for either server, its history, and the next proper command.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::edit;
use super::link::Links;
use crate::mail::Envelope;
use crate::wire::Side;
use crate::{pop3, smtp};

/// Lines kept per side.
const HISTORY: usize = 500;

/// The next proper command and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) line: String,
    pub(crate) why: &'static str,
}

/// The prompt.
pub(crate) struct Prompt {
    pub(crate) side: Side,
    pub(crate) input: Input,
    history: [Vec<String>; 2],
    /// Index into the history while walking it, and what stood in the line before.
    walking: Option<(usize, String)>,
    /// The next key goes in as it is.
    pub(crate) literal: bool,
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is typed may be a password.
        f.debug_struct("Prompt").field("side", &self.side).finish_non_exhaustive()
    }
}

/// What a key in the prompt led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// Send this line.
    Line(String),
    /// The line changed, or the caret.
    Edited,
    /// The key means nothing here.
    Ignored,
}

impl Default for Prompt {
    fn default() -> Self {
        Self { side: Side::Smtp, input: Input::default(), history: Default::default(), walking: None, literal: false }
    }
}

impl Prompt {
    pub(crate) fn key(&mut self, key: KeyEvent, suggestion: Option<&Suggestion>, secret: bool) -> Typed {
        if std::mem::take(&mut self.literal)
            && let KeyCode::Char(character) = key.code
        {
            self.insert_literal(character, key.modifiers);
            return Typed::Edited;
        }
        match (key.code, key.modifiers) {
            (KeyCode::Enter, _) => return Typed::Line(self.take(secret)),
            (KeyCode::Up, _) | (KeyCode::Char('p'), KeyModifiers::ALT) => self.walk(true),
            (KeyCode::Down, _) | (KeyCode::Char('n'), KeyModifiers::ALT) => self.walk(false),
            (KeyCode::Tab, _) => {
                let Some(suggestion) = suggestion.filter(|s| starts(&s.line, self.input.value())) else {
                    return Typed::Ignored;
                };
                self.input = edit::field(&suggestion.line);
            }
            (KeyCode::Char('r'), KeyModifiers::CONTROL) => self.search_back(),
            _ => {
                if !edit::line(&mut self.input, key) {
                    return Typed::Ignored;
                }
                self.walking = None;
            }
        }
        Typed::Edited
    }

    fn insert_literal(&mut self, character: char, modifiers: KeyModifiers) {
        let control = modifiers.contains(KeyModifiers::CONTROL);
        let character = if control { char::from(character.to_ascii_uppercase() as u8 & 0x1f) } else { character };
        self.input.handle(tui_input::InputRequest::InsertChar(character));
    }

    /// Takes the line; it enters the history unless it holds a secret.
    fn take(&mut self, secret: bool) -> String {
        let line = self.input.value_and_reset();
        self.walking = None;
        let history = &mut self.history[self.side as usize];
        if !secret && !line.is_empty() && history.last() != Some(&line) {
            if history.len() == HISTORY {
                history.remove(0);
            }
            history.push(line.clone());
        }
        line
    }

    fn walk(&mut self, back: bool) {
        let history = &self.history[self.side as usize];
        let here = self.walking.as_ref().map_or(history.len(), |(index, _)| *index);
        let there = if back { here.checked_sub(1) } else { Some(here + 1).filter(|index| *index <= history.len()) };
        let Some(there) = there else { return };
        let before = self.walking.take().map_or_else(|| self.input.value().to_owned(), |(_, before)| before);
        let text = history.get(there).cloned().unwrap_or_else(|| before.clone());
        self.input = edit::field(&text);
        if there < history.len() {
            self.walking = Some((there, before));
        }
    }

    /// The last line of the history that holds what is typed, further back each time.
    fn search_back(&mut self) {
        let history = &self.history[self.side as usize];
        let before = self.walking.as_ref().map_or_else(|| self.input.value().to_owned(), |(_, before)| before.clone());
        let from = self.walking.as_ref().map_or(history.len(), |(index, _)| *index);
        let found = (0..from).rev().find(|index| history[*index].contains(&before));
        if let Some(index) = found {
            self.input = edit::field(&history[index]);
            self.walking = Some((index, before));
        }
    }

    /// Character position from which the line must not be shown, if it holds a secret.
    pub(crate) fn secret_from(&self, links: &Links) -> Option<usize> {
        let text = self.input.value();
        let words: Vec<&str> = text.split_inclusive(' ').collect();
        let verb = words.first().map(|word| word.trim().to_ascii_uppercase()).unwrap_or_default();
        let after = |count: usize| words[..count].iter().map(|word| word.chars().count()).sum();
        match self.side {
            Side::Smtp if links.smtp_state == smtp::State::Auth => Some(0),
            Side::Pop3 if links.pop3_state == pop3::State::Auth => Some(0),
            Side::Pop3 if verb == "PASS" && words.len() > 1 => Some(after(1)),
            Side::Pop3 if verb == "APOP" && words.len() > 2 => Some(after(2)),
            _ if verb == "AUTH" && words.len() > 2 => Some(after(2)),
            _ => None,
        }
    }
}

/// Whether `line` begins with `typed` in any letter case.
pub(crate) fn starts(line: &str, typed: &str) -> bool {
    line.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed)) && line.len() > typed.len()
}

/// What the SMTP conversation calls for next.
pub(crate) fn next_smtp(
    state: smtp::State,
    hello: &str,
    lmtp: bool,
    mail: &Envelope,
    accepted: usize,
) -> Option<Suggestion> {
    let rcpt = || mail.to.get(accepted).map(|to| format!("RCPT TO:<{to}>"));
    let (line, why) = match state {
        smtp::State::Greeted if lmtp => (format!("LHLO {hello}"), "the server wants to know who we are"),
        smtp::State::Greeted => (format!("EHLO {hello}"), "the server wants to know who we are"),
        smtp::State::Ready => (format!("MAIL FROM:<{}>", mail.from), "a mail starts with its sender"),
        smtp::State::Mail => (rcpt().unwrap_or_else(|| "RCPT TO:<>".to_owned()), "now say who gets it"),
        smtp::State::Rcpt => match rcpt() {
            Some(line) => (line, "the form has one more recipient"),
            None => ("DATA".to_owned(), "all recipients are named: the mail itself comes next"),
        },
        smtp::State::Body => (".".to_owned(), "a line with a single dot ends the mail"),
        smtp::State::Auth => ("*".to_owned(), "a star gives the sign-in up"),
        smtp::State::Greeting | smtp::State::Tls | smtp::State::Ending | smtp::State::Closed => return None,
    };
    Some(Suggestion { line, why })
}

/// What the POP3 conversation calls for next.
pub(crate) fn next_pop3(
    state: pop3::State,
    user: Option<&str>,
    named: bool,
    selected: Option<u32>,
) -> Option<Suggestion> {
    let (line, why) = match state {
        pop3::State::Authorization if named => {
            ("PASS ".to_owned(), "the user is known: now the password (it is hidden)")
        }
        pop3::State::Authorization => {
            (format!("USER {}", user.unwrap_or_default()), "the server wants to know who we are")
        }
        pop3::State::Auth => ("*".to_owned(), "a star gives the sign-in up"),
        pop3::State::Transaction => match selected {
            Some(number) => (format!("RETR {number}"), "fetches the selected message"),
            None => ("STAT".to_owned(), "asks how many messages there are"),
        },
        pop3::State::Greeting | pop3::State::Tls | pop3::State::Update | pop3::State::Closed => return None,
    };
    Some(Suggestion { line, why })
}

/// What to expect of an SMTP verb that comes too early or too late; `None` when it is in order.
pub(crate) fn early_smtp(state: smtp::State, verb: smtp::Verb) -> Option<&'static str> {
    use smtp::{State, Verb};
    match (state, verb) {
        (State::Greeted, Verb::Mail | Verb::Rcpt | Verb::Data | Verb::Bdat) => {
            Some("expect 503: HELO or EHLO comes first")
        }
        (State::Greeted, Verb::XClient) => Some("expect 503: EHLO comes first, and says whether XCLIENT is taken"),
        (State::Ready, Verb::Rcpt | Verb::Data | Verb::Bdat) => Some("expect 503: MAIL comes first"),
        (State::Mail, Verb::Data | Verb::Bdat) => Some("expect 503: RCPT comes first"),
        (State::Mail | State::Rcpt, Verb::Mail) => Some("expect 503: a mail is begun already; RSET drops it"),
        (State::Mail | State::Rcpt, Verb::XClient) => Some("expect 503: XCLIENT is for between two mails; RSET first"),
        _ => None,
    }
}

/// What to expect of a line for a server in this state that announced `offered`; `None` when nothing speaks against it.
pub(crate) fn foretold_smtp(
    state: smtp::State,
    line: &smtp::Line,
    offered: &smtp::Capabilities,
) -> Option<&'static str> {
    if line.announces_octets() {
        return Some("octets behind BDAT cannot be typed: use DATA, or send the form");
    }
    early_smtp(state, line.verb()).or_else(|| match line.verb() {
        smtp::Verb::Bdat if !offered.chunking => Some("expect 500 or 502: the server does not announce CHUNKING"),
        smtp::Verb::XClient if offered.xclient.is_empty() => {
            Some("expect a refusal: the server does not announce XCLIENT to you")
        }
        _ => None,
    })
}

/// As [`early_smtp`], for POP3. `named`: USER was accepted.
pub(crate) fn early_pop3(state: pop3::State, named: bool, verb: pop3::Verb) -> Option<&'static str> {
    use pop3::{State, Verb};
    match (state, verb) {
        (
            State::Authorization,
            Verb::Stat | Verb::List | Verb::Uidl | Verb::Top | Verb::Retr | Verb::Dele | Verb::Rset | Verb::Noop,
        ) => Some("expect -ERR: USER and PASS come first"),
        (State::Authorization, Verb::Pass) if !named => Some("expect -ERR: USER comes first"),
        (State::Transaction, Verb::User | Verb::Pass | Verb::Apop) => Some("expect -ERR: you are signed in already"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(prompt: &mut Prompt, code: KeyCode) -> Typed {
        prompt.key(KeyEvent::new(code, KeyModifiers::NONE), None, false)
    }

    fn enter(prompt: &mut Prompt, text: &str) {
        for character in text.chars() {
            press(prompt, KeyCode::Char(character));
        }
        assert_eq!(press(prompt, KeyCode::Enter), Typed::Line(text.to_owned()));
    }

    #[test]
    fn history_is_walked_and_what_was_typed_comes_back() {
        let mut prompt = Prompt::default();
        enter(&mut prompt, "HELO a");
        enter(&mut prompt, "NOOP");
        press(&mut prompt, KeyCode::Char('x'));
        for (key, line) in [
            (KeyCode::Up, "NOOP"),
            (KeyCode::Up, "HELO a"),
            (KeyCode::Up, "HELO a"),
            (KeyCode::Down, "NOOP"),
            (KeyCode::Down, "x"),
        ] {
            press(&mut prompt, key);
            assert_eq!(prompt.input.value(), line);
        }
    }

    #[test]
    fn histories_of_the_two_sides_are_apart() {
        let mut prompt = Prompt::default();
        enter(&mut prompt, "HELO a");
        prompt.side = Side::Pop3;
        press(&mut prompt, KeyCode::Up);
        assert_eq!(prompt.input.value(), "");
    }

    #[test]
    fn secrets_are_hidden_while_typed_and_kept_out_of_the_history() {
        let mut prompt = Prompt { side: Side::Pop3, ..Prompt::default() };
        prompt.input = edit::field("pass hunter2");
        assert_eq!(prompt.secret_from(&Links::default()), Some(5));
        prompt.key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE), None, true);
        press(&mut prompt, KeyCode::Up);
        assert_eq!(prompt.input.value(), "");
        prompt.input = edit::field("AUTH PLAIN AGEAYg==");
        assert_eq!(prompt.secret_from(&Links::default()), Some(11));
        prompt.input = edit::field("STAT");
        assert_eq!(prompt.secret_from(&Links::default()), None);
    }

    #[test]
    fn control_characters_can_be_typed_literally() {
        let mut prompt = Prompt { literal: true, ..Prompt::default() };
        prompt.key(KeyEvent::new(KeyCode::Char('h'), KeyModifiers::CONTROL), None, false);
        assert_eq!(prompt.input.value(), "\x08");
    }

    #[test]
    fn a_verb_out_of_order_is_foretold() {
        use smtp::{State, Verb};
        for (state, verb, words) in [
            (State::Greeted, Verb::Mail, Some("HELO")),
            (State::Ready, Verb::Rcpt, Some("MAIL")),
            (State::Mail, Verb::Data, Some("RCPT")),
            (State::Rcpt, Verb::Mail, Some("RSET")),
            (State::Greeted, Verb::XClient, Some("EHLO")),
            (State::Mail, Verb::Bdat, Some("RCPT")),
            (State::Rcpt, Verb::XClient, Some("RSET")),
            (State::Ready, Verb::XClient, None),
            (State::Rcpt, Verb::Bdat, None),
            (State::Ready, Verb::Mail, None),
            (State::Rcpt, Verb::Rcpt, None),
            (State::Greeted, Verb::Quit, None),
        ] {
            let hint = early_smtp(state, verb);
            assert_eq!(hint.is_some(), words.is_some(), "{state:?} {verb:?}");
            assert!(words.is_none_or(|words| hint.is_some_and(|hint| hint.contains(words))), "{hint:?}");
        }
        let before = pop3::State::Authorization;
        assert!(early_pop3(before, false, pop3::Verb::Stat).is_some());
        assert!(early_pop3(before, false, pop3::Verb::Pass).is_some());
        assert!(early_pop3(before, true, pop3::Verb::Pass).is_none());
        assert!(early_pop3(pop3::State::Transaction, false, pop3::Verb::User).is_some());
        assert!(early_pop3(pop3::State::Transaction, false, pop3::Verb::Stat).is_none());
    }

    #[test]
    fn what_a_server_cannot_take_is_foretold() {
        let reply = |lines: &[&str]| smtp::Reply {
            code: 250,
            enhanced: None,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        let plain = smtp::Capabilities::parse(&reply(&["mx.example", "SIZE"]));
        let rich = smtp::Capabilities::parse(&reply(&["mx.example", "CHUNKING", "XCLIENT ADDR NAME"]));
        for (line, offered, words) in [
            ("BDAT 5 LAST", &rich, Some("use DATA")),
            ("bdat 5", &plain, Some("use DATA")),
            ("BDAT 0 LAST", &rich, None),
            ("BDAT 0 LAST", &plain, Some("CHUNKING")),
            ("DATA", &plain, None),
        ] {
            let hint = foretold_smtp(smtp::State::Rcpt, &smtp::Line::typed(line).unwrap(), offered);
            assert_eq!(hint.is_some(), words.is_some(), "{line}: {hint:?}");
            assert!(words.is_none_or(|words| hint.is_some_and(|hint| hint.contains(words))), "{line}: {hint:?}");
        }
        let line = smtp::Line::typed("XCLIENT ADDR=192.0.2.7").unwrap();
        assert_eq!(foretold_smtp(smtp::State::Ready, &line, &rich), None);
        assert!(foretold_smtp(smtp::State::Ready, &line, &plain).is_some_and(|hint| hint.contains("announce XCLIENT")));
    }

    #[test]
    fn the_next_proper_command_follows_the_state() {
        let mail = Envelope { from: "a@b".to_owned(), to: vec!["c@d".to_owned(), "e@f".to_owned()] };
        for (state, accepted, line) in [
            (smtp::State::Greeted, 0, "EHLO lab"),
            (smtp::State::Ready, 0, "MAIL FROM:<a@b>"),
            (smtp::State::Mail, 0, "RCPT TO:<c@d>"),
            (smtp::State::Rcpt, 1, "RCPT TO:<e@f>"),
            (smtp::State::Rcpt, 2, "DATA"),
            (smtp::State::Body, 2, "."),
        ] {
            assert_eq!(next_smtp(state, "lab", false, &mail, accepted).unwrap().line, line);
        }
    }
}
