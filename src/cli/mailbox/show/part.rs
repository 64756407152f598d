//! Parts of a message on the command line: listed, written out, saved, in hexadecimal.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::Args;
use crate::cli::{Trouble, print};
use crate::mail::{Extracted, PartInfo, View, extract};
use crate::run::parts::save_parts;

/// Does what the options say with parts or in hexadecimal; `Some` with the paths of what was saved.
pub(super) fn present(args: &Args, mail: &[u8]) -> Result<Option<Vec<String>>, Trouble> {
    if let Some(folder) = &args.save {
        return save(mail, args.part.as_deref(), folder).map(Some);
    }
    let part = args.part.as_deref().map(|path| extract(mail, path).ok_or_else(|| no_part(path))).transpose()?;
    let octets = part.as_ref().map_or(mail, |part| &part.bytes);
    match &part {
        _ if args.hex => write_hex(octets)?,
        Some(part) if io::stdout().is_terminal() => print(&on_a_terminal(mail, part)?)?,
        _ => {
            let mut out = io::stdout().lock();
            out.write_all(octets).and_then(|()| out.flush()).map_err(|error| Trouble::output(&error))?;
        }
    }
    if let Some(part) = part.filter(|part| part.damaged) {
        eprintln!("telepost: the encoding of part {} is broken: it is decoded as far as it goes", part.path);
    }
    Ok(None)
}

fn no_part(path: &str) -> Trouble {
    let path = crate::wire::printable::text(path).into_owned();
    Trouble::usage(format!("the message has no part {path}"), "--parts lists them")
}

fn save(mail: &[u8], path: Option<&str>, folder: &Path) -> Result<Vec<String>, Trouble> {
    let view = View::parse(mail);
    let wanted = |part: &&PartInfo| path.map_or(part.attachment, |path| part.path == path);
    let paths: Vec<String> = view.parts.iter().filter(wanted).map(|part| part.path.clone()).collect();
    if paths.is_empty() {
        return match path {
            Some(path) => Err(no_part(path)),
            None => Err(Trouble::usage("the message has no attachments", "--parts lists its parts; --part takes one")),
        };
    }
    let files = save_parts(mail, &paths, folder, false)
        .map_err(|why| Trouble::usage(why, "name a folder that is there and that you may write to"))?;
    Ok(files.iter().map(|file| file.display().to_string()).collect())
}

/// A terminal gets text, and of that only what it cannot obey.
fn on_a_terminal(mail: &[u8], part: &Extracted) -> Result<String, Trouble> {
    let is_text = part.content_type.starts_with("text/") || part.content_type.starts_with("message/");
    if !is_text || part.bytes.contains(&0) {
        let what = format!("part {} is {}, which is nothing for a terminal", part.path, part.content_type);
        return Err(Trouble::usage(what, "redirect it to a file, or save it with --save FOLDER"));
    }
    let view = View::of_part(mail, &part.path).unwrap_or_default();
    Ok(super::as_text(&View { parts: Vec::new(), ..view }).trim_start_matches('\n').to_owned())
}

/// The tree, a line a part.
pub(super) fn list(view: &View) -> String {
    let mut list = String::new();
    for part in &view.parts {
        let depth = part.path.matches('.').count().min(10) * 2;
        let charset = part.charset.as_ref().map(|charset| format!("; charset={charset}")).unwrap_or_default();
        let path = format!("{:depth$}{}", "", part.path);
        let line = format!(
            "{path:<10}  {}{charset}  {}  {} B encoded  {} B decoded  {}  {}",
            part.content_type,
            part.encoding,
            part.size,
            part.decoded,
            part.disposition,
            part.name.as_deref().unwrap_or_default()
        );
        list.push_str(line.trim_end());
        list.push('\n');
    }
    list
}

fn write_hex(octets: &[u8]) -> Result<(), Trouble> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written =
        octets.chunks(16).enumerate().try_for_each(|(index, chunk)| writeln!(out, "{}", hex(index * 16, chunk)));
    written.and_then(|()| out.flush()).map_err(|error| Trouble::output(&error))
}

/// Offset, up to 16 octets, and those that are printable.
fn hex(offset: usize, octets: &[u8]) -> String {
    let (mut digits, mut seen) = (String::new(), String::new());
    for (column, octet) in octets.iter().enumerate() {
        let gap = if column == 8 { " " } else { "" };
        write!(digits, "{gap}{octet:02x} ").expect("writing to a String cannot fail");
        seen.push(if matches!(octet, b' '..=b'~') { char::from(*octet) } else { '.' });
    }
    format!("{offset:08x}  {digits:<49} |{seen}|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\x1b[2J\r\n\
        --b\r\nContent-Type: application/pdf; name=r.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n--b--\r\n";

    #[test]
    fn a_terminal_gets_text_only_and_nothing_to_obey() {
        let text = on_a_terminal(MAIL, &extract(MAIL, "1").unwrap()).unwrap();
        assert_eq!(text, "text␛[2J\n");
        let refused = on_a_terminal(MAIL, &extract(MAIL, "2").unwrap()).unwrap_err();
        assert!(refused.advice.unwrap().contains("--save"));
    }

    #[test]
    fn the_list_tells_all_about_each_part() {
        let list = list(&View::parse(MAIL));
        assert_eq!(list.lines().count(), 2);
        for word in ["2", "application/pdf", "base64", "4 B encoded", "2 B decoded", "r.pdf"] {
            assert!(list.lines().nth(1).unwrap().contains(word), "{list}");
        }
    }

    #[test]
    fn attachments_or_one_part_are_saved() {
        let place = tempfile::tempdir().unwrap();
        for (path, name, octets) in [(None, "r.pdf", &b"hi"[..]), (Some("1"), "part-1.txt", b"text\x1b[2J")] {
            let saved = save(MAIL, path, place.path()).unwrap();
            assert_eq!(saved, [place.path().join(name).display().to_string()]);
            assert_eq!(std::fs::read(&saved[0]).unwrap(), octets);
        }
        assert!(save(MAIL, Some("7"), place.path()).unwrap_err().what.contains("no part 7"));
        assert!(save(b"Subject: s\r\n\r\nx", None, place.path()).unwrap_err().what.contains("no attachments"));
    }

    #[test]
    fn hexadecimal_is_what_hexdump_writes() {
        let first = "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|";
        let second = "00000010  0a ff                                             |..|";
        assert_eq!((hex(0, b"0123456789abcdef"), hex(16, b"\n\xff")), (first.to_owned(), second.to_owned()));
    }
}
