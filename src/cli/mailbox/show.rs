//! `telepost mailbox show`: one message, as text, as headers, its parts, or its exact octets.

mod part;

mod checks;

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::json;

use super::access::{Access, refusal};
use super::{Common, expire};
use crate::cli::{Status, Trouble, block_on, print, print_json};
use crate::mail::view::View;
use crate::pop3::{Line, Notice, Verb};
use crate::wire::{limits, printable};

/// What of the message.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[command(override_usage = "telepost mailbox show [OPTIONS] URL N|UIDL\n       \
                            telepost mailbox show [OPTIONS] --profile NAME N|UIDL")]
pub struct Args {
    /// The server, pop3:// or pop3s://, with user@ before the host and :port behind it if wanted, unless --profile names one; then the message's number in
    /// this session, or its UIDL
    #[arg(value_name = "URL N|UIDL", required = true, num_args = 1..=2)]
    words: Vec<String>,
    /// The exact octets, nothing made visible
    #[arg(long, conflicts_with_all = ["headers", "json"])]
    raw: bool,
    /// The header fields only, as they came
    #[arg(long)]
    headers: bool,
    #[command(flatten)]
    looks: checks::Looks,
    /// The list of its parts: number, type, size, name
    #[arg(long, conflicts_with_all = ["headers", "raw"])]
    parts: bool,
    /// One part, by its number in that list, decoded; to a terminal only if it is text
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["headers", "raw", "parts"])]
    part: Option<String>,
    /// Save that part, or without --part all attachments, in a folder that is there; nothing is overwritten
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["headers", "raw", "parts", "hex"])]
    save: Option<PathBuf>,
    /// The octets in hexadecimal, of the message or of that part
    #[arg(long, conflicts_with_all = ["headers", "raw", "parts", "json"])]
    hex: bool,
    /// Fetch even though the server says that it deletes what was read (EXPIRE 0)
    #[arg(long)]
    accept_expire: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Prints it.
pub fn run(args: &Args) -> Result<Status, Trouble> {
    let (url, messages) = args.common.url_and_messages(&args.words)?;
    let [message] = messages else {
        return Err(Trouble::usage("more than one message is named", "show one at a time"));
    };
    if args.part.is_some() && args.save.is_none() && args.common.output.json {
        return Err(Trouble::usage("a part is octets and no JSON", "give --save, or leave out --json"));
    }
    let visit = args.common.visit(url, "mailbox show")?;
    let dns = visit.server.target.dns;
    block_on(async {
        let mut access = Access::open(visit, &args.common.output).await?;
        let mut sink = if args.raw { Sink::Stdout } else { Sink::Memory(Vec::new()) };
        let number = match fetch(&mut access, args, message, &mut sink).await {
            Ok(number) => number,
            Err(trouble) => return Err(access.give_up(trouble).await),
        };
        let uidl = access.ids.get(number).map(str::to_owned);
        let facts = access.facts();
        access.quit().await?;
        match sink {
            Sink::Stdout => Ok(Status::Done),
            Sink::Memory(mail) => {
                let seen = args.looks.look(&mail, dns).await;
                present(args, number, uidl.as_deref(), &mail, &facts, &seen)?;
                Ok(seen.status())
            }
        }
    })
}

/// Where the octets go as they arrive.
enum Sink {
    Stdout,
    Memory(Vec<u8>),
}

impl Sink {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match self {
            Self::Stdout => io::stdout().write_all(bytes).map_err(|error| Trouble::output(&error)),
            Self::Memory(mail) if mail.len() + bytes.len() > limits::MESSAGE_IN_MEMORY => {
                let limit = limits::MESSAGE_IN_MEMORY / (1024 * 1024);
                let what = format!("the message is bigger than the {limit} MiB that are looked at");
                Err(Trouble::usage(what, "--raw writes a message of any size"))
            }
            Self::Memory(mail) => {
                mail.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

async fn fetch(access: &mut Access, args: &Args, message: &str, sink: &mut Sink) -> Result<u32, Trouble> {
    access.listing().await?;
    let number = access.find(message)?;
    let verb = if args.headers { Verb::Top } else { Verb::Retr };
    if verb == Verb::Retr {
        expire::allowed(access.capabilities.as_deref(), args.accept_expire, "give --accept-expire, or --headers")?;
    }
    access.line(if args.headers { Line::top(number, 0) } else { Line::numbered(Verb::Retr, number) });
    loop {
        match access.next().await? {
            Notice::Body { bytes, .. } => sink.take(&bytes)?,
            Notice::BodyEnd { complete: true, .. } => break,
            Notice::BodyEnd { complete: false, octets, .. } => {
                let what = format!("the line went away after {octets} octets: message {number} is incomplete");
                return Err(Trouble::new(Status::Broken, what).advise("connect again and ask once more"));
            }
            Notice::Replied { verb: answered, response, .. } if answered == verb && !response.is_ok() => {
                return Err(refusal(&format!("{} {number}", verb.name()), &response));
            }
            Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Usage, why)),
            _ => {}
        }
    }
    if let Sink::Stdout = sink {
        io::stdout().flush().map_err(|error| Trouble::output(&error))?;
    }
    Ok(number)
}

fn present(
    args: &Args,
    number: u32,
    uidl: Option<&str>,
    mail: &[u8],
    facts: &serde_json::Value,
    seen: &checks::Seen,
) -> Result<(), Trouble> {
    if args.save.is_some() || args.part.is_some() || args.hex {
        let saved = part::present(args, mail)?;
        return match saved {
            Some(files) if args.common.output.json => print_json(&json!({
                "outcome": "done", "exit": 0, "number": number, "uidl": uidl.map(printable::text), "saved": files,
                "tls": facts["tls"], "auth": facts["auth"], "explanation": "", "advice": null,
            })),
            Some(files) => {
                print(&files.iter().flat_map(|file| [printable::text(file), "\n".into()]).collect::<String>())
            }
            None => Ok(()),
        };
    }
    let view = View::parse(mail);
    if let Some(text) = seen.text().filter(|_| !args.common.output.json) {
        return print(&text);
    }
    if args.parts && !args.common.output.json {
        return print(&part::list(&view));
    }
    match (args.common.output.json, args.headers) {
        (true, headers) => {
            let mut shown = as_json(&view, number, uidl, mail.len(), headers);
            for name in ["tls", "auth"] {
                shown[name] = facts[name].clone();
            }
            seen.add_to(&mut shown);
            print_json(&shown)
        }
        (false, true) => print(&raw_headers(&view)),
        (false, false) => print(&as_text(&view)),
    }
}

fn raw_headers(view: &View) -> String {
    let lines = view.headers_all.iter().flat_map(|line| &line.raw);
    // Folded lines mostly begin with a tab, which the view has made visible.
    lines.flat_map(|line| [line.replace('␉', "        "), "\n".to_owned()]).collect()
}

/// The headers people read, the text, and a line for each part that is no text shown here.
fn as_text(view: &View) -> String {
    let headers = view.headers_short.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let text = view.text.iter().map(|line| format!("{line}\n"));
    let links = view.links.iter().enumerate().map(|(index, link)| {
        let warning = link.warning.as_ref().map(|warning| format!(" ({warning})")).unwrap_or_default();
        format!("[{}] {}{warning}\n", index + 1, link.target)
    });
    let files = view.parts.iter().filter(|part| part.name.is_some()).map(|part| {
        let name = part.name.as_deref().unwrap_or_default();
        format!("[part {}: {name}, {}, {} B encoded]\n", part.path, part.content_type, part.size)
    });
    let notes = view.notes.iter().map(|note| format!("[{note}]\n"));
    headers.chain(["\n".to_owned()]).chain(text).chain(links).chain(files).chain(notes).collect()
}

fn as_json(view: &View, number: u32, uidl: Option<&str>, size: usize, headers_only: bool) -> serde_json::Value {
    let headers: Vec<_> = view.headers_all.iter().map(|line| json!([line.name, line.decoded])).collect();
    let mut shown = json!({
        "outcome": "done", "exit": 0, "number": number, "uidl": uidl.map(printable::text), "size": size,
        "headers": headers, "explanation": "", "advice": null,
    });
    if !headers_only {
        let parts = view.parts.iter().map(|part| {
            json!({
                "path": part.path, "type": part.content_type, "charset": part.charset, "encoding": part.encoding,
                "size": part.size, "decoded_size": part.decoded, "name": part.name,
                "disposition": (!part.disposition.is_empty()).then_some(&part.disposition),
            })
        });
        let links = view.links.iter().map(|link| json!({ "target": link.target, "warning": link.warning }));
        shown["text"] = json!(view.text.join("\n"));
        shown["parts"] = parts.collect();
        shown["links"] = links.collect();
        shown["notes"] = json!(view.notes);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_without_a_control_character_of_its_own() {
        let mail = b"From: a@b\r\nSubject: \x1b[2Jx\r\nX-Odd: \x07\r\n\r\nHi\x1b]0;t\x07\r\nthere\r\n";
        let view = View::parse(mail);
        for shown in [as_text(&view), raw_headers(&view)] {
            assert!(!shown.replace('\n', "").contains(char::is_control), "{shown:?}");
        }
        assert!(as_text(&view).contains("Subject: ␛[2Jx\n") && as_text(&view).contains("\n\nHi"));
        assert!(raw_headers(&view).contains("X-Odd: ␇\n"));
        let json = as_json(&view, 2, Some("u"), mail.len(), true);
        assert!(json.get("text").is_none() && json["headers"].as_array().unwrap().len() == 3);
    }

    #[test]
    fn too_much_for_memory_is_refused_with_a_way_out() {
        let mut sink = Sink::Memory(vec![0; limits::MESSAGE_IN_MEMORY]);
        assert!(sink.take(b"").is_ok());
        assert!(sink.take(b"x").unwrap_err().advice.unwrap().contains("--raw"));
    }
}
