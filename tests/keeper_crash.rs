//! The keeper ended at any point, by SIGKILL between two orders, somewhere in the middle, or by a limit in the middle of
//! a write: each message is complete or not there, and the journal names only what is complete.
//!
//! The test starts itself as the process that is ended; `ROLE` tells it so.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use telepost::download::order::Wanted;
use telepost::download::{Destination, Keeper, Kept, Order};

/// Kind of destination, folder, and after how many orders the process ends itself; 0: never.
const ROLE: &str = "TELEPOST_KEEPER_CRASH";
const KINDS: [&str; 3] = ["maildir", "mbox", "eml"];
const ACCOUNT: &str = "bob@127.0.0.1:110";

fn destination(kind: &str, place: &Path) -> Destination {
    match kind {
        "maildir" => Destination::Maildir(place.join("Mail")),
        "mbox" => Destination::Mbox(place.join("in.mbox")),
        _ => Destination::Eml(place.join("letters")),
    }
}

fn open(kind: &str, place: &Path) -> std::io::Result<Keeper> {
    Keeper::open(&destination(kind, place), ACCOUNT, &place.join("journals"))
}

/// Message `number`, as kept: large ones among small ones.
fn letter(number: u32) -> String {
    let lines = if number.is_multiple_of(4) { 3_000 } else { 5 };
    let mut text = format!("Number: {number}\n\n");
    text.extend((0..lines).map(|line| format!("From line {line} of message {number}\n")));
    text + "end\n"
}

/// The orders of a download: a message given up, pieces, a sync behind every third message.
fn orders() -> Vec<Order> {
    let mut orders = Vec::new();
    for number in 1..=8 {
        if number == 5 {
            orders.extend([begin(99), Order::Piece(letter(4).into_bytes()), Order::Discard]);
        }
        orders.push(begin(number));
        let text = letter(number);
        orders.extend(text.as_bytes().chunks(40_000).map(|piece| Order::Piece(piece.to_vec())));
        orders.push(Order::End);
        if number % 3 == 0 {
            orders.push(Order::Sync);
        }
    }
    orders.push(Order::Sync);
    orders
}

fn begin(number: u32) -> Order {
    Order::Begin(Wanted { number, octets: None, uid: Some(format!("uid-{number}").into()) })
}

/// Not a test of its own: what the other tests start and see end.
#[test]
fn the_process_that_is_ended() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let [kind, place, count] = role.split('|').collect::<Vec<_>>().try_into().expect("three words");
    let count: usize = count.parse().expect("a number");
    let mut keeper = open(kind, Path::new(place)).expect("it opens");
    for (at, order) in orders().into_iter().enumerate() {
        match keeper.take(order) {
            Some(Kept::Safe(numbers)) => numbers.iter().for_each(|number| println!("\nsafe {number}")),
            Some(Kept::Failed(why)) => println!("\nfailed {why}"),
            None => {}
        }
        if at + 1 == count {
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).expect("it may");
        }
    }
    println!("\ndone");
}

/// Starts the process; `limits` are commands of the shell before it.
fn start(kind: &str, place: &Path, count: usize, limits: &str) -> Child {
    let this = std::env::current_exe().expect("this test");
    Command::new("sh")
        .args(["-c", &format!("{limits} exec \"$0\" --exact the_process_that_is_ended --nocapture")])
        .arg(this)
        .env(ROLE, format!("{kind}|{}|{count}", place.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell")
}

/// The lines it said until it ended.
fn said(child: &mut Child) -> Vec<String> {
    let said = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok).collect();
    child.wait().expect("it ends");
    said
}

fn safe(said: &[String]) -> HashSet<u32> {
    said.iter().filter_map(|line| line.strip_prefix("safe ")?.parse().ok()).collect()
}

/// What lies under final names, by number; each must be complete.
fn found(kind: &str, place: &Path) -> BTreeMap<u32, usize> {
    let files = |folder: PathBuf| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let shown = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
        shown.map(|entry| std::fs::read_to_string(entry.path()).expect("text")).collect()
    };
    let texts = match kind {
        "maildir" => files(place.join("Mail/new")),
        "eml" => files(place.join("letters")),
        _ => messages_of(&std::fs::read_to_string(place.join("in.mbox")).unwrap_or_default()),
    };
    let mut found = BTreeMap::new();
    for text in texts {
        let number = text.strip_prefix("Number: ").and_then(|rest| rest.lines().next()?.parse().ok());
        let number = number.unwrap_or_else(|| panic!("{kind}: a torso: {:?}", &text[..text.len().min(80)]));
        assert!(text == letter(number), "{kind}: message {number} is not complete");
        *found.entry(number).or_default() += 1;
    }
    found
}

fn messages_of(mbox: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for line in mbox.split_inclusive('\n') {
        match messages.last_mut() {
            _ if line.starts_with("From ") => messages.push(String::new()),
            Some(last) => last.push_str(line.strip_prefix('>').unwrap_or(line)),
            None => panic!("it does not begin with a From line"),
        }
    }
    messages.into_iter().map(|message| message.strip_suffix('\n').unwrap_or(&message).to_owned()).collect()
}

/// What must hold after the process ended, whenever it did; then the download goes on and ends well.
fn check(kind: &str, place: &Path, told: &HashSet<u32>) {
    // Before anything is mended, a folder shows complete messages only.
    if kind != "mbox" {
        found(kind, place);
    }
    let mut keeper = open(kind, place).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let complete = found(kind, place);
    let fetched: HashSet<u32> =
        keeper.fetched().iter().map(|uid| uid.strip_prefix("uid-").expect("ours").parse().expect("a number")).collect();
    assert!(told.is_subset(&fetched), "{kind}: told safe: {told:?}, remembered: {fetched:?}");
    assert!(fetched.iter().all(|number| complete.contains_key(number)), "{kind}: {fetched:?} in {complete:?}");
    for order in missing(&fetched) {
        assert!(!matches!(keeper.take(order), Some(Kept::Failed(_))));
    }
    drop(keeper);
    let complete = found(kind, place);
    assert_eq!(complete.keys().copied().collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>(), "{kind}");
    for left in ["Mail/tmp", "letters"] {
        let entries = std::fs::read_dir(place.join(left)).into_iter().flatten().flatten();
        let names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        assert!(left == "letters" || names.is_empty(), "{kind}: {names:?} is left");
        assert!(!names.iter().any(|name| name.to_string_lossy().starts_with('.')), "{kind}: {names:?}");
    }
    // A crash between the last fsync and the journal may cost a second copy, and never more.
    assert!(complete.values().all(|copies| *copies <= 2), "{kind}: {complete:?}");
}

fn missing(fetched: &HashSet<u32>) -> Vec<Order> {
    let mut orders = Vec::new();
    for number in (1..=8).filter(|number| !fetched.contains(number)) {
        orders.extend([begin(number), Order::Piece(letter(number).into_bytes()), Order::End]);
    }
    orders.push(Order::Sync);
    orders
}

#[test]
fn killed_after_any_order() {
    for kind in KINDS {
        for count in 1..=orders().len() {
            let place = tempfile::tempdir().expect("a folder");
            let mut child = start(kind, place.path(), count, "");
            let said = said(&mut child);
            assert!(!said.iter().any(|line| line == "done"), "it was not ended");
            check(kind, place.path(), &safe(&said));
        }
    }
}

#[test]
fn killed_somewhere_in_the_middle() {
    for kind in KINDS {
        for lines in 1..=8 {
            let place = tempfile::tempdir().expect("a folder");
            let mut child = start(kind, place.path(), 0, "");
            let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
            let (mut told, mut line) = (HashSet::new(), String::new());
            while told.len() < lines && reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                told.extend(line.trim().strip_prefix("safe ").and_then(|number| number.parse::<u32>().ok()));
                line.clear();
            }
            child.kill().expect("it is ours");
            child.wait().expect("it ends");
            check(kind, place.path(), &told);
        }
    }
}

/// The signal of a file that grew too large ends the process in the middle of a write, at a border of blocks.
#[test]
fn ended_in_the_middle_of_a_write() {
    for kind in KINDS {
        for blocks in [8, 16, 32, 64, 128, 136, 160] {
            let place = tempfile::tempdir().expect("a folder");
            let mut child = start(kind, place.path(), 0, &format!("ulimit -f {blocks};"));
            let said = said(&mut child);
            assert!(!said.iter().any(|line| line == "done"), "it was not ended");
            check(kind, place.path(), &safe(&said));
        }
    }
}

/// The same limit as an error, as from a full disk: nothing half stays, and it is told.
#[test]
fn a_write_that_fails_leaves_only_what_is_whole() {
    for kind in KINDS {
        for blocks in [8, 64, 128, 160] {
            let place = tempfile::tempdir().expect("a folder");
            let mut child = start(kind, place.path(), 0, &format!("trap '' XFSZ; ulimit -f {blocks};"));
            let said = said(&mut child);
            let failed: Vec<_> = said.iter().filter(|line| line.starts_with("failed ")).collect();
            assert!(matches!(failed[..], [why] if why.contains("may not grow larger")), "{kind}: {said:?}");
            let told = safe(&said);
            assert_eq!(found(kind, place.path()).into_keys().collect::<HashSet<_>>(), told, "{kind}");
            check(kind, place.path(), &told);
        }
    }
}

/// No room for one more file: told in words, and nothing is lost.
#[test]
fn too_many_open_files_are_told() {
    let place = tempfile::tempdir().expect("a folder");
    drop(open("maildir", place.path()).expect("it opens"));
    let mut child = start("maildir", place.path(), 0, "ulimit -n 13;");
    let said = said(&mut child);
    let told = safe(&said);
    if let Some(why) = said.iter().find(|line| line.starts_with("failed ")) {
        assert!(why.contains("too many files"), "{why}");
    }
    check("maildir", place.path(), &told);
}
