//! Which messages are fetched, and whether it may be done at all with this server.

use std::collections::HashSet;

use super::Args;
use crate::cli::mailbox::access::Access;
use crate::cli::mailbox::expire;
use crate::cli::{Status, Trouble};
use crate::download::Wanted;

/// What will be fetched.
#[derive(Debug)]
pub struct Choice {
    /// In the server's order.
    pub wanted: Vec<Wanted>,
    /// Messages left out, because an earlier run fetched them.
    pub known: Vec<u32>,
}

impl Choice {
    /// All messages, or those whose unique-id is not in `fetched`.
    pub fn of(access: &Access, fetched: Option<&HashSet<Box<str>>>) -> Self {
        choose(&access.scans, access.ids.valid(), fetched)
    }
}

/// `ids`: the valid ones.
fn choose<'a>(
    scans: &[(u32, u64)],
    ids: impl Iterator<Item = (u32, &'a str)>,
    fetched: Option<&HashSet<Box<str>>>,
) -> Choice {
    let own = own_ids(ids);
    let mut listed = HashSet::with_capacity(scans.len());
    let mut choice = Choice { wanted: Vec::with_capacity(scans.len()), known: Vec::new() };
    // A number that LIST names twice is one message.
    for (number, octets) in scans.iter().filter(|(number, _)| listed.insert(*number)) {
        let uid = own.binary_search_by_key(number, |(number, _)| *number).ok().map(|at| own[at].1);
        if uid.zip(fetched).is_some_and(|(uid, fetched)| fetched.contains(uid)) {
            choice.known.push(*number);
        } else {
            choice.wanted.push(Wanted { number: *number, octets: Some(*octets), uid: uid.map(Box::from) });
        }
    }
    choice
}

/// Without those that are given to several messages; by number. (In lists, which take a third of the room of maps.)
fn own_ids<'a>(ids: impl Iterator<Item = (u32, &'a str)>) -> Vec<(u32, &'a str)> {
    let mut own: Vec<_> = ids.collect();
    own.sort_unstable_by_key(|(_, id)| *id);
    let shared: HashSet<&str> = own.windows(2).filter(|pair| pair[0].1 == pair[1].1).map(|pair| pair[0].1).collect();
    own.retain(|(_, id)| !shared.contains(id));
    own.sort_unstable_by_key(|(number, _)| *number);
    own
}

/// Refuses, before anything is fetched, what this server makes impossible or dangerous.
pub fn allowed(access: &Access, options: &Args) -> Result<(), Trouble> {
    if access.ids.is_empty() && !access.scans.is_empty() {
        without_ids(options)?;
    }
    let accepted = options.delete || options.accept_expire;
    expire::allowed(access.capabilities.as_deref(), accepted, "give --delete, or --accept-expire")
}

fn without_ids(options: &Args) -> Result<(), Trouble> {
    let (what, advice) = match (options.new, options.delete) {
        (true, _) => ("--new cannot be told: the server has no unique-ids (UIDL)", "leave --new out"),
        (_, true) => (
            "--delete is refused: without unique-ids (UIDL) it cannot be checked which message goes",
            "leave --delete out; telepost mailbox delete deletes by number",
        ),
        _ => return Ok(()),
    };
    Err(Trouble::new(Status::Refused, what).advise(advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCANS: [(u32, u64); 6] = [(1, 10), (2, 20), (3, 30), (2, 99), (4, 40), (5, 50)];
    const IDS: [(u32, &str); 5] = [(1, "a"), (2, "b"), (3, "twice"), (4, "twice"), (9, "gone")];

    type Row = (u32, Option<u64>, Option<String>);

    fn chosen(fetched: Option<&[&str]>) -> (Vec<Row>, Vec<u32>) {
        let fetched = fetched.map(|ids| ids.iter().map(|id| Box::from(*id)).collect());
        let choice = choose(&SCANS, IDS.into_iter(), fetched.as_ref());
        let wanted = choice.wanted.into_iter();
        (wanted.map(|one| (one.number, one.octets, one.uid.map(String::from))).collect(), choice.known)
    }

    #[test]
    fn each_message_is_wanted_once_and_keeps_only_an_id_of_its_own() {
        let all = [(1, 10, Some("a")), (2, 20, Some("b")), (3, 30, None), (4, 40, None), (5, 50, None)];
        let all = all.map(|(number, octets, id)| (number, Some(octets), id.map(str::to_owned)));
        assert_eq!(chosen(None), (all.into(), vec![]));
    }

    #[test]
    fn what_was_fetched_is_left_out_unless_its_id_is_doubtful() {
        let (wanted, known) = chosen(Some(&["b", "twice", "elsewhere"]));
        assert_eq!((wanted.iter().map(|one| one.0).collect::<Vec<_>>(), known), (vec![1, 3, 4, 5], vec![2]));
    }
}
