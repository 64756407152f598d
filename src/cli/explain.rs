//! `telepost explain`: what a reply, a code, a capability or a failure means. Opens nothing but standard input.
//!
//! Exit statuses: 0 when all was known, 2 when something was not.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Read};

use unicode_width::UnicodeWidthStr;

use super::{Status, Trouble, print, print_json};
use crate::explain::{self, About, Card, Heard};
use crate::keymap::{Action, Keymap, Scope};
use crate::wire::{Side, printable};

/// Octets of standard input that are read.
const MOST: u64 = 1_000_000;
/// Columns where standard output is no terminal.
const COLUMNS: usize = 80;
/// The widest that text gets, in columns.
const WIDEST: usize = 100;

const AFTER_HELP: &str = "\
Exit status: 0 when all of it is known, 2 when something is not.
  telepost explain '554 5.7.1 <bob@example.net>: Relay access denied' --verb RCPT
  telepost explain 5.7.1
  telepost explain - < session.txt";

/// What to explain.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// A reply ('550 5.7.1 no'), a code (550, 5.7.1, [IN-USE]), a capability, command, parameter or mechanism, an alert
    /// of TLS, a failure (NXDOMAIN); - reads a dialogue, log or bounce from standard input
    // -ERR is no option.
    #[arg(value_name = "TEXT", required_unless_present = "list", allow_hyphen_values = true)]
    text: Option<String>,
    /// The verb that the reply answers; it is guessed where none is given
    #[arg(long, value_name = "VERB")]
    verb: Option<String>,
    /// Where the conversation stood
    #[arg(long, value_parser = explain::STATES)]
    state: Option<String>,
    /// Which protocol; both are tried where none is given
    #[arg(long, value_parser = ["smtp", "pop3"])]
    protocol: Option<String>,
    /// All that is known, by name
    #[arg(long, conflicts_with_all = ["text", "verb", "state", "protocol"])]
    list: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Something that was asked, and what is known of it.
struct Explained {
    asked: String,
    verb: Option<String>,
    cards: Vec<Card>,
}

/// Explains, and returns the exit status.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    if args.list {
        return list(args.json).map(|()| Status::Done);
    }
    let explained = match args.text.as_deref().unwrap_or_default() {
        "-" => dialogue(&read(&mut io::stdin().lock())?, args)?,
        text => vec![one(text, args)],
    };
    let unknown = explained.iter().find(|one| one.cards.is_empty());
    if args.json {
        print_json(&json(&explained))?;
    } else if unknown.is_none() || explained.len() > 1 {
        print(&text(&explained, columns()))?;
    }
    match unknown {
        None => Ok(Status::Done),
        Some(_) if args.json => Ok(Status::Usage),
        Some(one) => Err(not_known(&one.asked)),
    }
}

fn one(text: &str, args: &Args) -> Explained {
    let about = About {
        verb: args.verb.as_deref(),
        state: args.state.as_deref(),
        side: args.protocol.as_deref().map(|name| if name == "pop3" { Side::Pop3 } else { Side::Smtp }),
    };
    Explained { asked: text.to_owned(), verb: args.verb.clone(), cards: explain::asked(text, about) }
}

/// A text with replies in it; a single line that is none is asked about as if it were an argument.
fn dialogue(text: &str, args: &Args) -> Result<Vec<Explained>, Trouble> {
    let heard = explain::dialogue(text);
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    if lines == 1 && (heard.is_empty() || args.verb.is_some() || args.state.is_some()) {
        return Ok(vec![one(text.trim(), args)]);
    }
    if heard.is_empty() {
        return Err(Trouble::new(Status::Usage, "no reply of a mail server was found in the text").advise(
            "paste the lines as telnet, swaks or a log shows them: replies start with three digits, +OK or -ERR",
        ));
    }
    let explained = |heard: Heard| Explained {
        cards: heard.card().into_iter().collect(),
        asked: heard.said,
        verb: Some(heard.verb).filter(|verb| verb != "?"),
    };
    Ok(heard.into_iter().map(explained).collect())
}

fn read(input: &mut impl Read) -> Result<String, Trouble> {
    let mut octets = Vec::new();
    let read = input.take(MOST).read_to_end(&mut octets);
    read.map_err(|error| Trouble::new(Status::Usage, format!("standard input cannot be read: {error}")))?;
    Ok(String::from_utf8_lossy(&octets).into_owned())
}

fn not_known(asked: &str) -> Trouble {
    let shown: String = asked.chars().take(80).collect();
    let trouble = Trouble::new(Status::Usage, format!("nothing is known of: {shown}"));
    let near = explain::nearest(asked);
    trouble.advise(if near.is_empty() {
        "telepost explain --list shows all that is known".to_owned()
    } else {
        format!("Near to it: {}. telepost explain --list shows all that is known", near.join(", "))
    })
}

fn columns() -> usize {
    if !io::stdout().is_terminal() {
        return COLUMNS;
    }
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0);
    size.map_or(COLUMNS, |size| usize::from(size.ws_col)).clamp(20, WIDEST)
}

fn text(explained: &[Explained], columns: usize) -> String {
    let mut shown = String::new();
    for (number, one) in explained.iter().enumerate() {
        if number > 0 {
            shown.push('\n');
        }
        if explained.len() > 1 {
            let verb = one.verb.as_deref().map(verb_in_words).unwrap_or_default();
            write(&mut shown, &format!("{}{}", verb, one.asked), columns);
        }
        for (number, card) in one.cards.iter().enumerate() {
            if number > 0 || explained.len() > 1 {
                shown.push('\n');
            }
            for line in card.text().lines() {
                write(&mut shown, line, columns);
            }
            if let Some(key) = key(card) {
                write(&mut shown, &key, columns);
            }
        }
        if one.cards.is_empty() {
            write(&mut shown, "Nothing is known of this.", columns);
        }
    }
    shown
}

fn verb_in_words(verb: &str) -> String {
    match verb {
        "GREETING" => "greeting: ".to_owned(),
        "." => "end of the mail: ".to_owned(),
        verb => format!("{verb}: "),
    }
}

/// The key of the workbench that does what the card advises, of the default key map.
fn key(card: &Card) -> Option<String> {
    let action = Action::from_id(card.key.as_deref()?)?;
    let key = Keymap::default().hint(action, &[Scope::Global, Scope::Leader])?;
    Some(format!("Key in the workbench: {key}  {}", action.info().text))
}

/// A line sanitized and broken at blanks; what follows a dash is indented.
fn write(shown: &mut String, line: &str, columns: usize) {
    let line = printable::text(line);
    let indent = if line.starts_with("- ") { "  " } else { "" };
    let mut row = String::new();
    for (number, word) in line.split(' ').enumerate() {
        if number > 0 && row.width() + 1 + word.width() > columns {
            writeln!(shown, "{}", row.trim_end()).expect("writing to a String cannot fail");
            row = format!("{indent}{word}");
        } else {
            let gap = if number > 0 { " " } else { "" };
            row.extend([gap, word]);
        }
    }
    writeln!(shown, "{}", row.trim_end()).expect("writing to a String cannot fail");
}

fn json(explained: &[Explained]) -> serde_json::Value {
    let known = explained.iter().all(|one| !one.cards.is_empty());
    let items: Vec<serde_json::Value> = explained
        .iter()
        .map(|one| {
            let nearest = if one.cards.is_empty() { explain::nearest(&one.asked) } else { Vec::new() };
            serde_json::json!({
                "asked": printable::text(&one.asked),
                "verb": one.verb.as_deref().map(printable::text),
                "cards": one.cards.iter().map(json_card).collect::<Vec<_>>(),
                "nearest": nearest,
            })
        })
        .collect();
    let status = if known { Status::Done } else { Status::Usage };
    serde_json::json!({ "outcome": if known { "known" } else { "unknown" }, "exit": status.code(), "explanations": items })
}

fn json_card(card: &Card) -> serde_json::Value {
    serde_json::json!({
        "code": printable::text(&card.code),
        "class": card.class,
        "temporary": card.temporary,
        "title": card.title,
        "meaning": card.meaning,
        "background": card.background,
        "causes": card.causes,
        "next": card.next,
        "key": card.key,
        "field": card.field,
        "enhanced": card.enhanced,
        "product": card.product,
        "rfc": card.rfc,
    })
}

fn list(as_json: bool) -> Result<(), Trouble> {
    let known = explain::catalogue();
    if as_json {
        let items: Vec<_> = known
            .iter()
            .map(|known| serde_json::json!({ "name": known.name, "group": known.group, "title": known.title, "example": known.example }))
            .collect();
        return print_json(&serde_json::json!({ "outcome": "known", "exit": 0, "known": items }));
    }
    let mut shown = String::new();
    let mut group = "";
    for known in &known {
        if group != known.group {
            let gap = if group.is_empty() { "" } else { "\n" };
            writeln!(shown, "{gap}{}", known.group).expect("writing to a String cannot fail");
            group = known.group;
        }
        writeln!(shown, "  {:<24} {}", known.name, known.title).expect("writing to a String cannot fail");
    }
    print(&shown)
}
