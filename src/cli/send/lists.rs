//! Recipients from a file: one a line, with comments.

use std::io::{self, Read};
use std::path::Path;

use crate::cli::{Status, Trouble};
use crate::mail::{AddressList, Field};

/// The text of a file, or of standard input (`-`), which has to be UTF-8.
pub fn read(path: &Path) -> Result<String, Trouble> {
    let read = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => {
            let what = format!("{}: the text is not UTF-8", path.display());
            Trouble::usage(what, "convert it, or send a whole mail with --raw")
        }
        _ => Trouble::file(path, &error),
    })
}

/// The addresses of a file, each with its name if it has one. A line has one address; blank lines and those that start
/// with `#` have none.
pub fn addresses(path: &Path) -> Result<Vec<String>, Trouble> {
    of_text(&read(path)?, path)
}

/// The same for RCPT: the bare addresses.
pub fn paths(path: &Path) -> Result<Vec<String>, Trouble> {
    let lines = addresses(path)?;
    let bare = lines.iter().flat_map(|line| mailboxes(line));
    Ok(bare.collect())
}

fn mailboxes(line: &str) -> Vec<String> {
    AddressList::salvage(line).mailboxes().map(|mailbox| mailbox.address.clone()).collect()
}

fn of_text(text: &str, path: &Path) -> Result<Vec<String>, Trouble> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    // A byte order mark belongs to no address.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line).trim_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = format!("{}, line {}", path.display(), at + 1);
        match AddressList::parse(Field::To, line) {
            Ok(list) if list.mailboxes().count() == 1 => found.push(line.to_owned()),
            Ok(_) => wrong.push(format!("{place}: there is more or less than one address in the line")),
            Err(faults) => {
                wrong.extend(faults.iter().map(|fault| format!("{place}, column {}: {}", fault.at + 1, fault.what)));
            }
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(TOLD);
        wrong.truncate(TOLD);
        if more > 0 {
            wrong.push(format!("and {more} more"));
        }
        return Err(Trouble::new(Status::Usage, wrong.join("\n")));
    }
    if found.is_empty() {
        return Err(Trouble::usage(format!("{}: there is no address in it", path.display()), "write one a line"));
    }
    Ok(found)
}

/// Faults that are told one by one.
const TOLD: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, Trouble> {
        of_text(text, Path::new("list"))
    }

    #[test]
    fn there_is_one_address_a_line() {
        let text =
            "\u{feff}# friends\r\nAda <ada@a.example>\r\n\n  bob#1@b.example \n  # and\n\"Lovelace, A\" <a@c.example>";
        let expected = ["Ada <ada@a.example>", "bob#1@b.example", "\"Lovelace, A\" <a@c.example>"];
        assert_eq!(read(text).unwrap(), expected);
        assert_eq!(expected.map(mailboxes).concat(), ["ada@a.example", "bob#1@b.example", "a@c.example"]);
    }

    #[test]
    fn each_fault_has_its_line() {
        let trouble = read("a@b.example\nnobody\nc@d.example, e@f.example\ng@h\ri@j\n").unwrap_err();
        for words in ["list, line 2, column", "list, line 3: there is more", "list, line 4, column"] {
            assert!(trouble.what.contains(words), "{trouble}");
        }
        assert_eq!(trouble.status, Status::Usage);
        assert!(read("# nobody\n").is_err());
        let many = read(&"x\n".repeat(100)).unwrap_err();
        assert!(many.what.ends_with("and 80 more"), "{many}");
    }
}
