//! When to come back, where a server's reply names it: `try again in 300 seconds`, `greylisted for 5 minutes`.
//!
//! The wording is nobody's standard; what is not understood names nothing.

use std::time::Duration;

/// What a reply may name at most; more than this is no wait at a screen.
const LONGEST: u64 = 24 * 60 * 60;
/// Words that make a number beside a unit the time to wait.
const MARKS: &[&str] = &["again", "retry", "wait", "greylist", "graylist", "grey", "gray", "later", "delay", "back"];

/// The time to wait that `text` names; a moment longer than zero.
pub(super) fn named(text: &str) -> Option<Duration> {
    let text = text.to_ascii_lowercase();
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "()[],;".contains(c)).collect();
    let words: Vec<&str> = words.into_iter().map(|word| word.trim_end_matches(['.', '!'])).collect();
    let mut seconds = clock(&words);
    if seconds == 0 {
        seconds = counted(&words);
    }
    (1..=LONGEST).contains(&seconds).then(|| Duration::from_secs(seconds))
}

/// `00:04:59`.
fn clock(words: &[&str]) -> u64 {
    let time = |word: &&str| -> Option<u64> {
        let parts: Vec<u64> = word.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        match parts[..] {
            [hours, minutes @ 0..60, seconds @ 0..60] => hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds),
            _ => None,
        }
    };
    words.iter().find_map(time).unwrap_or(0)
}

/// `4 minutes and 59 seconds`, `300s`, `retry after 60`.
fn counted(words: &[&str]) -> u64 {
    let mut total: u64 = 0;
    for (index, word) in words.iter().enumerate() {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(number) = word[..digits].parse::<u64>() else { continue };
        let beside = &word[digits..];
        let unit = if beside.is_empty() { unit(words.get(index + 1)) } else { unit(Some(&beside)) };
        // A bare number is one of seconds behind words that say so.
        let bare = || matches!(index.checked_sub(1).map(|before| words[before]), Some("after" | "in")).then_some(1);
        let unit = if beside.is_empty() { unit.or_else(bare) } else { unit };
        total = total.saturating_add(number.saturating_mul(unit.unwrap_or(0)));
    }
    total
}

/// Seconds in a unit.
fn unit(word: Option<&&str>) -> Option<u64> {
    match *word? {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(1),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(3600),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_wordings_of_servers_name_their_time() {
        let cases = [
            ("Greylisted, please try again in 300 seconds", Some(300)),
            ("Greylisting in action, please come back in 00:04:59", Some(299)),
            ("Greylisted for 5 minutes (see http://postgrey.example/help?id=12 s)", Some(300)),
            ("Recipient address rejected: Greylisted for 300 seconds", Some(300)),
            ("greylisted, try again after 4 minutes and 59 seconds.", Some(299)),
            ("Temporarily rejected. Try again in 1 hour.", Some(3600)),
            ("retry after 60", Some(60)),
            ("rate limited, wait 90s", Some(90)),
            ("You are greylisted; retry in 15min.", Some(900)),
            ("Service unavailable; try again later", None),
            ("mailbox busy, 3 locks", None),
            ("too many connections from 192.0.2.7 in 60 seconds", None),
            ("try again in 0 seconds", None),
            ("try again in 99999999999999999999 seconds", None),
            ("try again in 400 hours", None),
            ("4.7.1 try again later, code 451", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(named(text), seconds.map(Duration::from_secs), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(again in )?.{0,80}") {
            let _ = named(&text);
        }
    }
}
