//! The paste guard: several lines do not go to a server before a person said how.

use std::borrow::Cow;

use super::super::App;
use super::super::dialog::{Choice, Dialog, Item, Menu};
use super::secret;
use crate::connection::Submission;
use crate::wire::Side;
use crate::{pop3, smtp};

/// Lines of what was pasted that are shown.
const SHOWN: usize = 2;
/// Characters shown of each.
const LONG: usize = 100;

/// Lines that wait for the answer. They may hold passwords.
#[derive(Clone, Default)]
pub(in crate::app) struct Pasted(Vec<String>);

impl std::fmt::Debug for Pasted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pasted({} lines)", self.0.len())
    }
}

impl Pasted {
    /// Text cut at every kind of line end.
    fn cut(text: &str) -> Self {
        let normal = text.replace("\r\n", "\n").replace('\r', "\n");
        Self(normal.trim_end_matches('\n').split('\n').map(str::to_owned).collect())
    }

    pub(in crate::app) fn clear(&mut self) {
        self.0.clear();
    }

    /// The lines, which are no longer kept.
    pub(in crate::app) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}

impl App {
    /// One line goes into the prompt; with several, somebody is asked.
    pub(in crate::app) fn paste_into_prompt(&mut self, text: &str) {
        let pasted = Pasted::cut(text);
        if pasted.0.len() < 2 {
            super::edit::paste_line(&mut self.prompt.input, text);
            return;
        }
        self.dialog = Some(Dialog::Menu(self.paste_guard(&pasted.0)));
        self.pasted = pasted;
    }

    fn paste_guard(&self, lines: &[String]) -> Menu {
        let side = self.prompt.side;
        let mut text = preview(lines, side, super::in_exchange(side, &self.links));
        if lines.len() > SHOWN {
            text.push(format!("  and {} more", lines.len() - SHOWN));
        }
        let mut items = vec![Item::new('o', "One line per reply, wait for each", Choice::PasteOneByOne)];
        match self.why_no_block(lines) {
            None => items.push(Item::new('p', "All at once as a block, in one write", Choice::PasteBlock)),
            Some(why) => text.push(format!("Not at once (p): {why}.")),
        }
        match (self.is_in_body(), self.why_no_body()) {
            (true, _) => items.insert(0, Item::new('b', BODY_LINES, Choice::PasteBody)),
            (false, None) => items.push(Item::new('b', BODY, Choice::PasteBody)),
            (false, Some(why)) => text.push(format!("Not as a mail (b): {why}.")),
        }
        items.push(Item::new('i', "Insert the first line only", Choice::PasteFirst));
        text.push("Esc sends nothing.".to_owned());
        Menu::new(format!("{} lines were pasted into the prompt", lines.len()), text, items)
    }

    /// Why lines cannot go out in one write, if so.
    fn why_no_block(&self, lines: &[String]) -> Option<String> {
        let side = self.prompt.side;
        if self.is_in_body() || super::in_exchange(side, &self.links) {
            return Some("what is typed now is no command".to_owned());
        }
        block(side, lines).err()
    }

    /// Why lines cannot become the text of a mail, if so.
    fn why_no_body(&self) -> Option<&'static str> {
        match (self.prompt.side, self.links.smtp_state) {
            (Side::Pop3, _) => Some("POP3 takes no mail"),
            (Side::Smtp, smtp::State::Rcpt) => None,
            (Side::Smtp, _) => Some("DATA wants a recipient that was accepted; MAIL and RCPT come first"),
        }
    }
}

const BODY: &str = "The text of the mail: DATA first, dots doubled, ended by a dot";
const BODY_LINES: &str = "As lines of the mail (dots at line starts are doubled)";

/// The first lines as they may be shown.
fn preview(lines: &[String], side: Side, exchange: bool) -> Vec<String> {
    let mut exchange = exchange;
    let shown = lines.iter().take(SHOWN).map(|line| {
        let shown = secret::shown(line, side, exchange);
        // What follows an AUTH answers its challenges.
        exchange |= secret::begins_exchange(line, side);
        let cut: String = shown.chars().take(LONG).collect();
        let more = if cut.len() < shown.len() { ".." } else { "" };
        format!("  {cut}{more}")
    });
    shown.collect()
}

/// Lines as one submission that is written at once, or why that cannot be.
pub(in crate::app) fn block(side: Side, lines: &[String]) -> Result<Submission, String> {
    match side {
        Side::Smtp => {
            let made = lines.iter().enumerate().map(|(index, text)| smtp_line(text, index + 1 == lines.len()));
            Ok(Submission::Smtp(smtp::Command::Block(made.collect::<Result<_, _>>()?), None))
        }
        Side::Pop3 => {
            let made = lines.iter().map(|text| pop3_line(text));
            Ok(Submission::Pop3(pop3::Command::Block(made.collect::<Result<_, _>>()?)))
        }
    }
}

fn smtp_line(text: &str, last: bool) -> Result<smtp::Line, String> {
    let line = smtp::Line::typed(text).map_err(|bad| bad.to_string())?;
    match line.verb() {
        verb @ (smtp::Verb::Auth | smtp::Verb::StartTls) => Err(turning(verb.name())),
        smtp::Verb::Data if !last => Err("the text behind DATA waits for the reply 354".to_owned()),
        smtp::Verb::Bdat if line.announces_octets() => Err("octets behind BDAT cannot be typed".to_owned()),
        _ if secret::secret_from(text, Side::Smtp, false).is_some() => Err(password()),
        _ => Ok(line),
    }
}

fn pop3_line(text: &str) -> Result<pop3::Line, String> {
    let line = pop3::Line::typed(text).map_err(|bad| bad.to_string())?;
    match line.verb() {
        verb @ (pop3::Verb::Auth | pop3::Verb::Stls) => Err(turning(verb.name())),
        _ if secret::secret_from(text, Side::Pop3, false).is_some() => Err(password()),
        _ => Ok(line),
    }
}

fn turning(verb: &str) -> String {
    format!("the reply to {verb} decides what the next octets are")
}

fn password() -> String {
    "there is a password in it, and that waits for the reply before it".to_owned()
}

/// A line of a mail as it goes out: its first dot doubled, unless it is doubled already or the line ends the mail
/// (RFC 5321 4.5.2).
pub(in crate::app) fn stuffed(line: &str) -> Cow<'_, str> {
    let single = line.len() > 1 && line.starts_with('.') && !line.starts_with("..");
    if single { Cow::Owned(format!(".{line}")) } else { Cow::Borrowed(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        Pasted::cut(text).0
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        assert_eq!(lines("a\r\nb\rc\n\nd\n"), ["a", "b", "c", "", "d"]);
    }

    #[test]
    fn a_preview_shows_two_lines_and_no_secret() {
        for (text, side, shown) in [
            ("USER bob\nPASS hunter2", Side::Pop3, ["  USER bob", "  PASS ****(7 B)"]),
            ("AUTH LOGIN\nYWRh\naHVudGVyMg==", Side::Smtp, ["  AUTH LOGIN", "  ****(4 B)"]),
            ("PASS hunter2\n\x1b[2J", Side::Smtp, ["  PASS ****(7 B)", "  ␛[2J"]),
        ] {
            assert_eq!(preview(&lines(text), side, false), shown);
        }
        assert_eq!(preview(&lines("YWRh\nx"), Side::Smtp, true)[0], "  ****(4 B)");
        let pasted = Pasted::cut("PASS hunter2\nx");
        assert!(!format!("{pasted:?}").contains("hunter2"));
        assert!(preview(&lines(&"x".repeat(5_000)), Side::Smtp, false)[0].len() < 120);
    }

    #[test]
    fn a_block_holds_commands_that_need_no_reply_before_the_next() {
        for (text, side, why) in [
            ("MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA", Side::Smtp, None),
            ("RSET\nNOOP\nQUIT", Side::Smtp, None),
            ("DATA\nHi\n.", Side::Smtp, Some("354")),
            ("STARTTLS\nEHLO a", Side::Smtp, Some("STARTTLS")),
            ("AUTH PLAIN AGEAYg==\nNOOP", Side::Smtp, Some("AUTH")),
            ("NOOP\nPASS x", Side::Smtp, Some("password")),
            ("BDAT 5 LAST\nhello", Side::Smtp, Some("BDAT")),
            ("STAT\nLIST\nRETR 1", Side::Pop3, None),
            ("USER a\nPASS b", Side::Pop3, Some("password")),
            ("STLS\nCAPA", Side::Pop3, Some("STLS")),
        ] {
            match (block(side, &lines(text)), why) {
                (Ok(_), None) => {}
                (Err(told), Some(why)) => assert!(told.contains(why), "{text}: {told}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        let long = format!("NOOP\nNOOP {}", "x".repeat(2_000));
        assert!(block(Side::Smtp, &lines(&long)).is_err());
    }

    #[test]
    fn a_single_dot_is_doubled_once() {
        for (line, wire) in [(".x", "..x"), ("..x", "..x"), (".", "."), ("", ""), ("x.", "x."), (". ", ".. ")] {
            assert_eq!(stuffed(line), wire);
        }
    }
}
