//! The path of MAIL and RCPT as it stands in a line that a person may have typed (RFC 5321 4.1.2, 4.1.1.2, 4.1.1.3). Nothing
//! is checked here: what is no path is what stands there.

/// What stands between the brackets of MAIL FROM and RCPT TO, or the word in their place, and what comes behind. `None`: the
/// line has no colon. A quoted string may hold `>`.
pub fn path_and_rest(text: &str) -> Option<(&str, &str)> {
    let path = text[text.find(':')? + 1..].trim_start();
    let Some(inside) = path.strip_prefix('<') else {
        return Some(path.split_at(path.find(' ').unwrap_or(path.len())));
    };
    let (mut quoted, mut escaped) = (false, false);
    let end = inside.find(|c: char| match c {
        _ if std::mem::take(&mut escaped) => false,
        '\\' => {
            escaped = true;
            false
        }
        '"' => {
            quoted = !quoted;
            false
        }
        _ => c == '>' && !quoted,
    });
    Some(end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..])))
}

/// The path of a line; empty if there is none.
pub fn path_of(line: &str) -> &str {
    path_and_rest(line).map_or("", |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_command_is_what_stands_in_its_brackets() {
        for (line, path, rest) in [
            ("RCPT TO:<bob@x>", "bob@x", ""),
            ("rcpt to: <bob@x> NOTIFY=NEVER", "bob@x", " NOTIFY=NEVER"),
            ("RCPT TO:bob@x NOTIFY=NEVER", "bob@x", " NOTIFY=NEVER"),
            ("RCPT TO:<\"a>b\"@x>", "\"a>b\"@x", ""),
            ("RCPT TO:<bob@x", "bob@x", ""),
            ("MAIL FROM:<>", "", ""),
        ] {
            assert_eq!((path_and_rest(line), path_of(line)), (Some((path, rest)), path), "{line}");
        }
        assert_eq!((path_and_rest("RCPT"), path_of("RCPT")), (None, ""));
    }
}
