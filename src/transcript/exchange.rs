//! Exchanges: a command and all that belongs to it, as rows of the transcript.

use super::{Class, Direction, Entry, EntryKind, Transcript};

/// Rows looked at on each side of a row: what belongs together is not far apart.
const FAR: u64 = 20_000;

/// The entries of the exchange that `id` is part of, ascending: a command, its replies and bodies; of AUTH all steps, of
/// DATA and BDAT the mail and the last word on it. What belongs to no command stands alone. Empty if `id` is not kept.
pub fn exchange(transcript: &Transcript, id: u64) -> Vec<u64> {
    let Some(entry) = transcript.get(id) else { return Vec::new() };
    let root = root(transcript, &entry);
    let Some(begin) = transcript.get(root) else { return vec![id] };
    let last = root.saturating_add(FAR).min(transcript.end_id());
    let mut members = vec![root];
    for entry in (root + 1..last).filter_map(|id| transcript.get(id)) {
        if !same_link(&begin, &entry) {
            continue;
        }
        let answers = entry.answers().is_some_and(|asked| members.contains(&asked));
        if answers || continues(&begin, &entry) {
            members.push(entry.id());
            if ends_sign_in(&entry) {
                break;
            }
        } else if entry.kind() == EntryKind::Command && !begin_is_open(transcript, &members) {
            break;
        }
    }
    if !members.contains(&id) {
        members.push(id);
        members.sort_unstable();
    }
    members
}

/// The command that an exchange begins with.
fn root(transcript: &Transcript, entry: &Entry<'_>) -> u64 {
    let asked = match entry.answers().and_then(|id| transcript.get(id)) {
        Some(asked) => asked,
        None => *entry,
    };
    let begins: &[&str] = match (asked.verb(), asked.kind()) {
        (".", EntryKind::Body) => &["DATA"],
        ("AUTH", EntryKind::Command) => &["AUTH"],
        ("BDAT", _) => &["BDAT"],
        _ => return asked.id(),
    };
    let first = asked.id().saturating_sub(FAR).max(transcript.first_id());
    let mut root = asked.id();
    for earlier in (first..asked.id()).rev().filter_map(|id| transcript.get(id)) {
        if !same_link(&asked, &earlier) || earlier.kind() == EntryKind::Event {
            continue;
        }
        if ends_sign_in(&earlier) && asked.verb() == "AUTH" {
            break;
        }
        if earlier.kind() == EntryKind::Command {
            if !begins.contains(&earlier.verb()) {
                break;
            }
            root = earlier.id();
        }
    }
    root
}

/// The last word on a sign-in, after which another one may be tried.
fn ends_sign_in(entry: &Entry<'_>) -> bool {
    entry.kind() == EntryKind::Reply && entry.verb() == "AUTH" && entry.class() != Some(Class::More)
}

fn same_link(one: &Entry<'_>, other: &Entry<'_>) -> bool {
    (one.side(), one.link()) == (other.side(), other.link())
}

/// Whether `entry` is a later step of the exchange that `begin` began.
fn continues(begin: &Entry<'_>, entry: &Entry<'_>) -> bool {
    let sent = entry.direction() == Direction::Sent;
    match begin.verb() {
        "DATA" => entry.kind() == EntryKind::Body && entry.verb() == ".",
        "AUTH" | "BDAT" => sent && entry.verb() == begin.verb(),
        _ => false,
    }
}

/// Whether a reply to one of these is still owed, so that it may come behind commands that were sent meanwhile.
fn begin_is_open(transcript: &Transcript, members: &[u64]) -> bool {
    let replied = |id: &u64| transcript.get(*id).is_some_and(|entry| entry.kind() == EntryKind::Reply);
    !members.iter().any(replied)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::sample::{body, conversation, got, record, sent};
    use crate::wire::{ChunkKind, Side};

    #[test]
    fn an_exchange_is_a_command_and_what_answers_it_from_any_row_of_it() {
        let transcript = conversation();
        for (ids, whole) in [
            (&[1][..], &[1][..]),
            (&[2, 3], &[2, 3]),
            (&[6, 7, 8, 9], &[6, 7, 8, 9]),
            (&[12, 16], &[12, 16]),
            (&[13, 17, 18, 19], &[13, 17, 18, 19]),
            (&[20, 21, 22], &[20, 21, 22]),
        ] {
            for id in ids {
                assert_eq!(exchange(&transcript, *id), whole, "{id}");
            }
        }
        assert!(exchange(&transcript, 99).is_empty());
    }

    #[test]
    fn a_mail_in_chunks_is_one_exchange_and_the_mail_after_it_another() {
        let mut transcript = Transcript::default();
        let chunk = |bytes: &[u8]| body(Side::Smtp, Direction::Sent, bytes, 3, false);
        let end = || record(Side::Smtp, Direction::Sent, ChunkKind::BodyEnd, b"");
        for _ in 0..2 {
            for record in [
                sent(Side::Smtp, "MAIL FROM:<a@b>"),
                got(Side::Smtp, "250 ok", true, true),
                sent(Side::Smtp, "BDAT 3"),
                chunk(b"abc"),
                end(),
                got(Side::Smtp, "250 3 octets", true, true),
                sent(Side::Smtp, "BDAT 0 LAST"),
                got(Side::Smtp, "250 queued", true, true),
            ] {
                transcript.push(record);
            }
        }
        assert_eq!(exchange(&transcript, 5), [2, 3, 4, 5, 6]);
        assert_eq!(exchange(&transcript, 12), [9, 10, 11, 12, 13]);
    }
}
