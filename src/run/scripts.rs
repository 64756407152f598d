//! Scripts and recorded sessions read from files, and what came of one compared; beside the loop.

use std::io::{self, Read};
use std::path::Path;

use crate::app::at_home;
use crate::app::running::{Ask, Told};
use crate::script::{Script, TEXT};
use crate::sessions::compare::compare_exchanges;
use crate::sessions::read_file;
use crate::wire::printable;

/// Does what was asked. Reads files, so it blocks.
pub fn answer(ask: Ask) -> Told {
    match ask {
        Ask::Read(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let name = printable::text(&name).into_owned();
            read(&name, &at_home(&path)).unwrap_or_else(|why| Told::Trouble(format!("{name}: {why}")))
        }
        Ask::Compare(both, names, ended) => {
            let [recorded, came] = *both;
            Told::Compared(Box::new(compare_exchanges(recorded, came)), names, ended)
        }
    }
}

fn read(name: &str, path: &Path) -> Result<Told, String> {
    // A pipe or a terminal would keep us waiting.
    if !std::fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is no file".to_owned());
    }
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jsonl")) {
        let session = read_file(path).map_err(|error| error.to_string())?;
        return Ok(Told::Session(name.to_owned(), Box::new(session)));
    }
    let octets = read_text(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(octets).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is no UTF-8 from octet {at} on; other octets are written as \\xHH")
    })?;
    Ok(match Script::parse(&text) {
        Ok(script) => Told::Script(name.to_owned(), Box::new(script)),
        Err(faults) => Told::Faulty(name.to_owned(), faults),
    })
}

/// One octet more than a script may have at most: enough to see that it is too long.
fn read_text(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    std::fs::File::open(path)?.take(TEXT as u64 + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_told_by_its_kind() {
        let place = tempfile::tempdir().unwrap();
        let told = |name: &str, text: &[u8]| {
            let path = place.path().join(name);
            std::fs::write(&path, text).unwrap();
            answer(Ask::Read(path))
        };
        assert!(matches!(told("a.script", b"connect smtp\n"), Told::Script(name, _) if name == "a.script"));
        assert!(matches!(told("b.script", b"sned x\n"), Told::Faulty(_, faults) if faults[0].line == 1));
        assert!(matches!(told("c.script", b"send \xff\n"), Told::Trouble(why) if why.contains("octet 5")));
        assert!(matches!(told("d.JSONL", b"{}\n"), Told::Trouble(why) if why.contains("line 1, column")));
        let long = vec![b'#'; TEXT + 9];
        assert!(matches!(told("e.script", &long), Told::Faulty(..)));
        assert!(matches!(answer(Ask::Read(place.path().to_owned())), Told::Trouble(why) if why.contains("no file")));
    }
}
