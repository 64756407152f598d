//! The server's own name for a mail, found in the wording of its final reply.
//!
//! No standard says where it stands; each form here is that of a known server. Nothing depends on it but a display.

use super::Reply;

/// Most octets of an identifier that is believed.
const LONGEST: usize = 128;

/// The identifier in the reply to the final dot, if the wording is a known one.
pub fn find(reply: &Reply) -> Option<String> {
    let text = reply.text();
    postfix(&text)
        .or_else(|| exim(&text))
        .or_else(|| mdaemon(&text))
        .or_else(|| qmail(&text))
        .or_else(|| sendmail(&text))
        .map(str::to_owned)
}

/// `queued as 4F1A2`: Postfix, `MailMax`, the sandbox here.
fn postfix(text: &str) -> Option<&str> {
    first_word(after(text, "queued as ")?)
}

/// `id=1r5xYZ-0001Ab-2C`.
fn exim(text: &str) -> Option<&str> {
    text.split_whitespace().find_map(|word| word.strip_prefix("id=")).and_then(plausible)
}

/// `message saved <Message-ID: name@host>`.
fn mdaemon(text: &str) -> Option<&str> {
    let (id, _) = after(text, "<message-id:")?.split_once('>')?;
    plausible(id.trim())
}

/// `ok 1169384576 qp 12345`: the two numbers together name the mail in qmail's log.
fn qmail(text: &str) -> Option<&str> {
    let named = after(text, "ok ")?;
    let mut words = named.split_whitespace();
    let (time, word, process) = (words.next()?, words.next()?, words.next()?);
    let numbers = [time, process].iter().all(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let length = named.find(process)? + process.len();
    if word == "qp" && numbers && length <= LONGEST { Some(&named[..length]) } else { None }
}

/// `MAA31024 Message accepted for delivery`.
fn sendmail(text: &str) -> Option<&str> {
    let at = text.to_ascii_lowercase().find(" message accepted")?;
    // "OK Message accepted" names nothing: an identifier of Sendmail always counts.
    text[..at]
        .split_whitespace()
        .next_back()
        .filter(|id| id.bytes().any(|byte| byte.is_ascii_digit()))
        .and_then(plausible)
}

/// What follows `marker`, found in any letter case.
fn after<'a>(text: &'a str, marker: &str) -> Option<&'a str> {
    let at = text.to_ascii_lowercase().find(marker)?;
    Some(&text[at + marker.len()..])
}

fn first_word(text: &str) -> Option<&str> {
    plausible(text.split_whitespace().next()?)
}

/// `id` without punctuation around it, when it is made of the characters that identifiers are made of.
fn plausible(id: &str) -> Option<&str> {
    let id = id.trim_matches(['.', ',', ';', ':', '(', ')', '<', '>', '[', ']', '"', '\'']);
    let fits = (1..=LONGEST).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_graphic())
        && id.bytes().any(|byte| byte.is_ascii_alphanumeric());
    fits.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(reply: &str) -> Option<String> {
        find(&reply.parse().unwrap())
    }

    #[test]
    fn each_known_wording_gives_its_identifier() {
        for (reply, id) in [
            ("250 2.0.0 Ok: queued as 4F1A2", "4F1A2"),
            ("250 2.0.0 Ok: queued as 4bXkZl2Wd5z3x.", "4bXkZl2Wd5z3x"),
            ("250 Ok: queued as 6AB5150038", "6AB5150038"),
            ("250 2.0.0 queued as 7F3A", "7F3A"),
            ("250 2.0.0 MAA31024 Message accepted for delivery", "MAA31024"),
            ("250 MAA31024 Message accepted for delivery", "MAA31024"),
            ("250 2.0.0 5AN1bC2d012345 Message accepted for delivery", "5AN1bC2d012345"),
            ("250 OK id=1r5xYZ-0001Ab-2C", "1r5xYZ-0001Ab-2C"),
            ("250 Ok, message saved <Message-ID: MD2003.AA4015@post.example.com>", "MD2003.AA4015@post.example.com"),
            ("250 ok 1169384576 qp 12345", "1169384576 qp 12345"),
            ("250-2.0.0 thank you\r\n250 2.0.0 OK: queued as ABC", "ABC"),
        ] {
            assert_eq!(found(reply).as_deref(), Some(id), "{reply}");
        }
    }

    #[test]
    fn a_wording_that_names_nothing_gives_nothing() {
        for reply in [
            "250",
            "250 2.0.0 OK Message saved for delivery",
            "250 2.0.0 ???????? Message accepted for delivery",
            "250 OK Message accepted for delivery",
            "250 queued as ",
            "250 ok qp",
            "250 ok x qp 1",
            "250 id=",
            "250 queued as \u{202e}abc",
        ] {
            assert_eq!(found(reply), None, "{reply}");
        }
        assert_eq!(found(&format!("250 queued as {}", "A".repeat(LONGEST + 1))), None);
    }
}
