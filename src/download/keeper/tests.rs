mod others;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

/// A place with a destination of each kind, and journals.
struct Scene {
    place: tempfile::TempDir,
}

const ACCOUNT: &str = "bob@127.0.0.1:110";

impl Scene {
    fn new() -> Self {
        Self { place: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn all(&self) -> [Destination; 3] {
        [self.maildir(), self.mbox(), self.eml()]
    }

    fn maildir(&self) -> Destination {
        Destination::Maildir(self.path("Mail"))
    }

    fn mbox(&self) -> Destination {
        Destination::Mbox(self.path("inbox.mbox"))
    }

    fn eml(&self) -> Destination {
        Destination::Eml(self.path("letters"))
    }

    fn try_open(&self, destination: &Destination) -> io::Result<Keeper> {
        Keeper::open(destination, ACCOUNT, &self.path("journals"))
    }

    fn open(&self, destination: &Destination) -> Keeper {
        self.try_open(destination).unwrap()
    }

    fn refusal(&self, destination: &Destination) -> String {
        self.try_open(destination).unwrap_err().to_string()
    }

    /// Messages under final names.
    fn messages(destination: &Destination) -> Vec<String> {
        let files = |folder: &Path| {
            let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
        };
        match destination {
            Destination::Maildir(path) => {
                assert_eq!(fs::read_dir(path.join("tmp")).unwrap().count(), 0, "something is left in tmp");
                files(&path.join("new"))
            }
            Destination::Eml(path) => files(path),
            Destination::Mbox(path) => messages_of(&fs::read_to_string(path).unwrap()),
        }
    }
}

/// What a reader of mboxrd finds.
fn messages_of(mbox: &str) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    let mut blank = true;
    for line in mbox.split_inclusive('\n') {
        if blank && line.starts_with("From ") {
            messages.push(String::new());
        } else {
            let last = messages.last_mut().expect("it begins with a From line");
            let quoted = line.starts_with('>') && line.trim_start_matches('>').starts_with("From ");
            last.push_str(if quoted { &line[1..] } else { line });
        }
        blank = line == "\n";
    }
    messages.into_iter().map(|message| message.strip_suffix('\n').expect("a blank line").to_owned()).collect()
}

fn wanted(number: u32) -> Wanted {
    Wanted { number, octets: None, uid: Some(format!("uid-{number}").into()) }
}

fn letter(number: u32) -> String {
    format!("Return-Path: <ada@example.org>\r\nSubject: {number}\r\n\r\nFrom here\r\n>From there\r\n")
}

fn put(keeper: &mut Keeper, number: u32, text: &str) {
    begin(keeper, number, text);
    assert_eq!(keeper.take(Order::End), None);
}

fn begin(keeper: &mut Keeper, number: u32, text: &str) {
    assert_eq!(keeper.take(Order::Begin(wanted(number))), None);
    assert_eq!(keeper.take(Order::Piece(text.as_bytes().to_vec())), None);
}

fn sync(keeper: &mut Keeper) -> Vec<u32> {
    match keeper.take(Order::Sync) {
        Some(Kept::Safe(numbers)) => numbers,
        other => panic!("{other:?}"),
    }
}

fn fetched(keeper: &Keeper) -> Vec<&str> {
    let mut uids: Vec<&str> = keeper.fetched().iter().map(AsRef::as_ref).collect();
    uids.sort_unstable();
    uids
}

#[test]
fn messages_arrive_whole_in_every_destination_and_are_remembered() {
    let scene = Scene::new();
    for destination in scene.all() {
        let mut keeper = scene.open(&destination);
        put(&mut keeper, 1, &letter(1));
        put(&mut keeper, 2, &letter(2));
        assert_eq!(sync(&mut keeper), [1, 2]);
        put(&mut keeper, 3, &letter(3));
        assert_eq!(sync(&mut keeper), [3]);
        assert_eq!(sync(&mut keeper), [0; 0]);
        drop(keeper);
        let as_kept = |number| match destination {
            Destination::Eml(_) => letter(number),
            _ => letter(number).replace("\r\n", "\n"),
        };
        let mut found = Scene::messages(&destination);
        found.sort();
        assert_eq!(found, [as_kept(1), as_kept(2), as_kept(3)], "{destination:?}");
        assert_eq!(fetched(&scene.open(&destination)), ["uid-1", "uid-2", "uid-3"]);
    }
}

#[test]
fn nothing_shows_before_it_is_safe_and_what_is_discarded_never_does() {
    let scene = Scene::new();
    let big = format!("Subject: big\r\n\r\n{}", "0123456789\r\n".repeat(20_000));
    for destination in scene.all() {
        let mut keeper = scene.open(&destination);
        put(&mut keeper, 1, &letter(1));
        begin(&mut keeper, 2, &big);
        if let Destination::Maildir(path) = &destination {
            assert_eq!(fs::read_dir(path.join("new")).unwrap().count(), 0);
        }
        assert_eq!(sync(&mut keeper), [1]);
        assert_eq!(keeper.take(Order::Discard), None);
        begin(&mut keeper, 3, &big);
        assert_eq!(keeper.take(Order::Discard), None);
        put(&mut keeper, 4, &letter(4));
        assert_eq!(sync(&mut keeper), [4]);
        begin(&mut keeper, 5, &big);
        drop(keeper);
        assert_eq!(Scene::messages(&destination).len(), 2, "{destination:?}");
        assert_eq!(fetched(&scene.open(&destination)), ["uid-1", "uid-4"]);
    }
}

#[test]
fn what_is_whole_when_it_ends_is_made_safe() {
    let scene = Scene::new();
    for destination in scene.all() {
        let mut keeper = scene.open(&destination);
        put(&mut keeper, 1, &letter(1));
        begin(&mut keeper, 2, "half");
        drop(keeper);
        assert_eq!(Scene::messages(&destination).len(), 1, "{destination:?}");
        assert_eq!(fetched(&scene.open(&destination)), ["uid-1"]);
    }
}

#[test]
fn a_message_larger_than_any_buffer_arrives_octet_for_octet() {
    let scene = Scene::new();
    let line = "From 0123456789abcdef\r\n";
    let text = format!("Subject: big\r\n\r\n{}{}", line.repeat(30_000), "x".repeat(300_000));
    for destination in scene.all() {
        let mut keeper = scene.open(&destination);
        assert_eq!(keeper.take(Order::Begin(wanted(1))), None);
        for piece in text.as_bytes().chunks(9_973) {
            assert_eq!(keeper.take(Order::Piece(piece.to_vec())), None);
        }
        assert_eq!(keeper.take(Order::End), None);
        assert_eq!(sync(&mut keeper), [1]);
        let found = Scene::messages(&destination);
        match destination {
            Destination::Maildir(_) => assert!(found == [text.replace("\r\n", "\n")]),
            Destination::Mbox(_) => assert!(found == [text.replace("\r\n", "\n") + "\n"]),
            Destination::Eml(_) => assert!(found == [text.as_str()]),
        }
    }
}

#[test]
fn what_is_made_is_private() {
    let scene = Scene::new();
    for destination in scene.all() {
        let mut keeper = scene.open(&destination);
        put(&mut keeper, 1, &letter(1));
        sync(&mut keeper);
    }
    let mut folders = vec![scene.path("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let (path, data) = (entry.as_ref().unwrap().path(), entry.unwrap().metadata().unwrap());
            let mode = if data.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(data.permissions().mode() & 0o777, mode, "{}", path.display());
            if data.is_dir() {
                folders.push(path);
            }
        }
    }
}

#[test]
fn after_a_failure_nothing_more_is_done_and_what_was_safe_stays() {
    let scene = Scene::new();
    let mut keeper = scene.open(&scene.maildir());
    put(&mut keeper, 1, &letter(1));
    assert_eq!(sync(&mut keeper), [1]);
    begin(&mut keeper, 2, &letter(2));
    fs::remove_dir(scene.path("Mail/cur")).unwrap();
    // The folder that messages are moved to is gone.
    fs::rename(scene.path("Mail/new"), scene.path("moved")).unwrap();
    let kept = fs::read_dir(scene.path("moved")).unwrap().next().unwrap().unwrap().path();
    fs::rename(&kept, scene.path("saved")).unwrap();
    fs::remove_dir(scene.path("moved")).unwrap();
    assert_eq!(keeper.take(Order::End), None);
    let Some(Kept::Failed(why)) = keeper.take(Order::Sync) else { panic!("it went well") };
    assert!(why.contains("Mail"), "{why}");
    for order in [Order::Begin(wanted(3)), Order::Piece(vec![1]), Order::End, Order::Sync] {
        assert_eq!(keeper.take(order), None);
    }
    drop(keeper);
    assert_eq!(fs::read_dir(scene.path("Mail/tmp")).unwrap().count(), 0);
    fs::create_dir(scene.path("Mail/cur")).unwrap();
    assert_eq!(fetched(&scene.open(&scene.maildir())), ["uid-1"]);
}

#[test]
fn a_final_name_that_is_taken_is_left_to_its_owner() {
    let scene = Scene::new();
    let mut keeper = scene.open(&scene.eml());
    for number in 1..=3 {
        put(&mut keeper, number, &letter(number));
    }
    let taken = scene.path("letters").join(names::numbered(2, Some("uid-2")));
    fs::write(&taken, "somebody's").unwrap();
    assert_eq!(sync(&mut keeper), [1, 2, 3]);
    drop(keeper);
    assert_eq!(fs::read_to_string(&taken).unwrap(), "somebody's");
    assert_eq!(fs::read_dir(scene.path("letters")).unwrap().count(), 4);
    let mut keeper = scene.open(&scene.eml());
    put(&mut keeper, 9, &letter(9));
    sync(&mut keeper);
    assert!(scene.path("letters").join(names::numbered(5, Some("uid-9"))).exists());
}

/// As if the process had ended in the middle of a sync: the file has its final name or not, and no `F` was written.
#[test]
fn a_file_that_reached_its_final_name_counts_as_fetched() {
    for (kind, renamed) in [("maildir", ""), ("maildir", ":2,S"), ("eml", "")] {
        let scene = Scene::new();
        let destination = if kind == "eml" { scene.eml() } else { scene.maildir() };
        drop(scene.open(&destination));
        let folder = if kind == "eml" { scene.path("letters") } else { scene.path("Mail/new") };
        let name = "000001-aaaaaaaa.eml";
        fs::write(folder.join(name), "whole").unwrap();
        let inode = std::os::unix::fs::MetadataExt::ino(&fs::metadata(folder.join(name)).unwrap());
        let path = destination.path().canonicalize().unwrap();
        let mut journal = Journal::open(&scene.path("journals"), kind, ACCOUNT, &path).unwrap();
        let intent =
            |uid: &str, octets, inode| journal::Intent { uid: uid.into(), octets, inode, name: name.to_owned() };
        let mut missing = intent("missing", 5, inode);
        missing.name = "000009-aaaaaaaa.eml".to_owned();
        let intents = [intent("there", 5, inode), intent("cut", 6, inode), intent("other", 5, inode + 1), missing];
        journal.intend(&intents).unwrap();
        drop(journal);
        if !renamed.is_empty() {
            fs::rename(folder.join(name), scene.path("Mail/cur").join(format!("{name}{renamed}"))).unwrap();
        }
        assert_eq!(fetched(&scene.open(&destination)), ["there"]);
        assert_eq!(fetched(&scene.open(&destination)), ["there"], "it is remembered");
    }
}

#[test]
fn temporary_files_of_others_stay() {
    let scene = Scene::new();
    drop(scene.open(&scene.maildir()));
    drop(scene.open(&scene.eml()));
    let others = ["Mail/tmp/1700000000.M1P2Q3.host", "letters/.telepost-M1P2Q3", "letters/notes.txt"];
    for name in others {
        fs::write(scene.path(name), "x").unwrap();
    }
    drop(scene.open(&scene.maildir()));
    drop(scene.open(&scene.eml()));
    for name in others {
        assert!(scene.path(name).exists(), "{name}");
    }
}

#[test]
fn a_message_without_unique_id_is_kept_and_not_remembered() {
    let scene = Scene::new();
    for destination in scene.all() {
        let mut keeper = scene.open(&destination);
        for uid in [None, Some("not one".into())] {
            keeper.take(Order::Begin(Wanted { number: 1, octets: None, uid }));
            keeper.take(Order::Piece(letter(1).into_bytes()));
            keeper.take(Order::End);
        }
        assert_eq!(sync(&mut keeper), [1, 1]);
        drop(keeper);
        assert_eq!(Scene::messages(&destination).len(), 2);
        assert_eq!(scene.open(&destination).fetched().len(), 0);
    }
}

#[test]
fn more_messages_than_files_may_be_open_are_one_batch() {
    let scene = Scene::new();
    let mut keeper = scene.open(&scene.maildir());
    for number in 1..=600 {
        put(&mut keeper, number, "Subject: x\r\n\r\n");
    }
    assert_eq!(sync(&mut keeper).len(), 600);
    assert_eq!(Scene::messages(&scene.maildir()).len(), 600);
}

#[test]
fn a_worker_answers_says_when_there_is_room_and_ends_cleanly() {
    let scene = Scene::new();
    let (answers, answered) = std::sync::mpsc::channel();
    let (room, had_room) = std::sync::mpsc::channel();
    // It is held at its first answer, so that what follows waits.
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let answer = move |kept| {
        answers.send(kept).unwrap();
        let _ = gate.recv();
    };
    let worker = Worker::start_telling(scene.open(&scene.eml()), answer, move || room.send(()).unwrap());
    worker.give(Order::Sync);
    assert_eq!(answered.recv().unwrap(), Kept::Safe(Vec::new()));
    worker.give(Order::Begin(wanted(1)));
    while worker.has_room() {
        worker.give(Order::Piece(vec![b'x'; 100_000]));
    }
    worker.give(Order::End);
    worker.give(Order::Sync);
    worker.give(Order::Begin(wanted(2)));
    worker.give(Order::Piece(b"half".to_vec()));
    go.send(()).unwrap();
    had_room.recv().unwrap();
    assert!(worker.has_room());
    assert_eq!(answered.recv().unwrap(), Kept::Safe(vec![1]));
    drop(go);
    drop(worker);
    assert_eq!(Scene::messages(&scene.eml()).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever is begun, ended, discarded and synced: what was told safe is there, once, and nothing unfinished is.
    #[test]
    fn any_order_of_orders_keeps_the_promise(steps in prop::collection::vec((0u8..5, 1usize..70_000), 1..40)) {
        let scene = Scene::new();
        for destination in scene.all() {
            let mut keeper = scene.open(&destination);
            let (mut number, mut current, mut whole, mut safe) = (0, None, Vec::new(), Vec::new());
            for (step, size) in &steps {
                match step {
                    0 => {
                        number += 1;
                        current = Some(format!("Number: {number}\n\n"));
                        keeper.take(Order::Begin(wanted(number)));
                        keeper.take(Order::Piece(format!("Number: {number}\r\n\r\n").into_bytes()));
                    }
                    1 => {
                        let line = "a line of text\r\n".repeat(size / 16 + 1);
                        if let Some(current) = &mut current {
                            current.push_str(&line.replace("\r\n", "\n"));
                        }
                        keeper.take(Order::Piece(line.into_bytes()));
                    }
                    2 => {
                        whole.extend(current.take());
                        keeper.take(Order::End);
                    }
                    3 => {
                        current = None;
                        keeper.take(Order::Discard);
                    }
                    _ => {
                        let told = sync(&mut keeper);
                        prop_assert_eq!(told.len(), whole.len());
                        safe.append(&mut whole);
                    }
                }
            }
            drop(keeper);
            safe.append(&mut whole);
            let mut found = Scene::messages(&destination);
            for text in &mut found {
                *text = text.replace("\r\n", "\n");
            }
            found.sort();
            safe.sort();
            prop_assert!(found == safe, "{} of {} in {:?}", found.len(), safe.len(), destination);
        }
    }
}
