//! What an address must be like to stand in an envelope: RFC 5321's shape (4.1.2) without its fine print.

use super::{Problem, no_at};

/// Most octets of an address (RFC 5321 4.5.3.1.3, without the angle brackets).
pub(super) const LONGEST: usize = 254;

/// Whether `address` can stand in an envelope. `start` is where it begins in the text.
pub(super) fn check(address: &str, start: usize) -> Result<(), Problem> {
    if address.is_empty() {
        return Err(Problem::new(start, "an empty address", "write user@example.org"));
    }
    if address.len() > LONGEST {
        return Err(Problem::new(start, format!("an address over {LONGEST} octets"), "no server takes it: shorten it"));
    }
    let chars: Vec<char> = address.chars().collect();
    let at_signs = unquoted_ats(&chars, start)?;
    let at = match at_signs[..] {
        [] if address.eq_ignore_ascii_case("postmaster") => return Ok(()),
        [] => return Err(no_at(start)),
        [at] => at,
        [_, second, ..] => {
            return Err(Problem::new(start + second, "two @ in one address", "keep one, or add a comma"));
        }
    };
    if at == 0 {
        return Err(Problem::new(start, "nothing before the @", "write user@example.org"));
    }
    check_domain(&chars[at + 1..], start + at + 1)
}

/// Where the `@` outside quotes are; every other character outside quotes must be able to stand in an address.
fn unquoted_ats(chars: &[char], start: usize) -> Result<Vec<usize>, Problem> {
    let (mut found, mut quoted, mut literal, mut escaped) = (Vec::new(), false, false, false);
    for (index, &c) in chars.iter().enumerate() {
        let place = start + index;
        match c {
            _ if c.is_control() => return Err(Problem::new(place, "a control character", "remove it")),
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '@' => found.push(index),
            '[' => literal = true,
            ']' => literal = false,
            ':' if literal => {}
            _ if c.is_whitespace() => {
                return Err(Problem::new(place, "a space inside the address", "remove the space"));
            }
            '(' | ')' | '<' | '>' | ',' | ';' | ':' | '\\' => {
                let advice = "remove it, or put the part before the @ in quotes";
                return Err(Problem::new(place, format!("{c} cannot stand in an address"), advice));
            }
            _ => {}
        }
    }
    if quoted {
        return Err(Problem::new(start, "a quote that is not closed", "add the closing \""));
    }
    Ok(found)
}

fn check_domain(domain: &[char], start: usize) -> Result<(), Problem> {
    if domain.is_empty() {
        return Err(Problem::new(start, "nothing behind the @", "write user@example.org"));
    }
    if domain[0] == '[' {
        return match domain.iter().position(|c| *c == ']') {
            Some(end) if end > 1 && end + 1 == domain.len() => Ok(()),
            _ => Err(Problem::new(start, "an address literal that is not closed", "write user@[192.0.2.1]")),
        };
    }
    if let Some(bad) = domain.iter().position(|c| c.is_ascii() && !(c.is_ascii_alphanumeric() || "-._".contains(*c))) {
        let what = format!("{} cannot stand in a domain", domain[bad]);
        return Err(Problem::new(start + bad, what, "letters, digits, - and . can"));
    }
    let empty = |pair: &[char]| pair == ['.', '.'];
    if domain[0] == '.' || domain.ends_with(&['.']) || domain.windows(2).any(empty) {
        return Err(Problem::new(start, "an empty label in the domain", "remove the extra dot"));
    }
    let text: String = domain.iter().collect();
    if !text.is_ascii() && crate::wire::idn::domain_in_ascii(&text).is_none() {
        let advice = "look for a character that no domain may hold (IDNA)";
        return Err(Problem::new(start, "not an internationalized domain name", advice));
    }
    Ok(())
}
