//! A download from the pane, onto a shelf in memory.

use std::sync::{Arc, Mutex};

use telepost::app::{Effect, Message};
use telepost::download::{Destination, Kept};
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;
use telepost::wire::Side;

use crate::support::stage::{Stage, account, settings};

/// Two messages; what it answers to RETR and DELE is up to a test, and silence where that is empty.
#[derive(Clone, Default)]
struct Server {
    retr: &'static str,
    dele: &'static str,
    /// Without unique-ids of their own.
    twins: bool,
    heard: Arc<Mutex<Vec<String>>>,
    over: bool,
}

impl Server {
    fn heard(&self, verb: &str) -> Vec<String> {
        let heard = self.heard.lock().expect("nobody panics with it");
        heard.iter().filter(|line| line.starts_with(verb)).cloned().collect()
    }
}

impl Conversation for Server {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        out.line("+OK ready");
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line).trim_end().to_owned();
            let answer = match line.split(' ').next().unwrap_or_default() {
                "CAPA" => "+OK|USER|UIDL|TOP|PIPELINING|.",
                "STAT" => "+OK 2 200",
                "LIST" => "+OK|1 100|2 100|.",
                "UIDL" if self.twins => "+OK|1 a|2 a|.",
                "UIDL" => "+OK|1 a|2 b|.",
                "TOP" => "+OK|Subject: x||.",
                "RETR" => self.retr,
                "DELE" => self.dele,
                verb => {
                    self.over |= verb == "QUIT";
                    "+OK"
                }
            };
            answer.split('|').filter(|_| !answer.is_empty()).for_each(|line| out.line(line));
            self.heard.lock().expect("nobody panics with it").push(line);
        }
        input.len()
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        self.over
    }
}

const WHOLE: &str = "+OK|Subject: x||body|.";

/// All messages of that server are being downloaded, and marked if `key` says so.
fn downloading(server: &Server, key: &str) -> Stage {
    let mut stage = Stage::open((120, 40), settings(Some(account())));
    stage.understudy = Some(Box::new(server.clone()));
    stage.press(&["^X", "3", "D", "Enter", key]);
    stage
}

/// The mailbox is listed, and the way to its download gone as far as the place.
fn asked() -> Stage {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "3", "D"]);
    stage.sees("Download 3 messages to");
    stage
}

fn closed(stage: &Stage) -> usize {
    stage.others.iter().filter(|effect| matches!(effect, Effect::CloseDestination)).count()
}

#[test]
fn all_messages_are_taken_home_and_stay_on_the_server() {
    let mut stage = asked();
    stage.press(&["Enter"]);
    stage.sees("And on the server?");
    stage.press(&["Enter"]);
    stage.sees("3 messages safe in maildir mail-bob");
    let (place, maildrop) = &stage.kept.opened[0];
    assert_eq!((place, maildrop.as_str()), (&Destination::Maildir("mail-bob".into()), "bob@127.0.0.1:2110"));
    let mut octets: Vec<_> = stage.kept.safe.iter().map(|(_, octets)| octets.clone()).collect();
    let mut letters = stage.letters(1);
    octets.sort();
    letters.sort();
    assert!(octets == letters, "they are the messages, octet for octet");
    assert_eq!(closed(&stage), 1);
    stage.lacks("Headers  Raw");
    stage.lacks("DELE sent");
}

#[test]
fn what_is_there_already_is_not_fetched_again() {
    let mut stage = asked();
    stage.press(&["Enter", "Enter", "D", "Enter", "Enter"]);
    stage.sees("nothing to download: all 3 are in maildir mail-bob already");
    assert_eq!((stage.kept.safe.len(), closed(&stage)), (3, 2));
}

#[test]
fn with_delete_each_is_marked_once_it_is_safe_and_goes_with_quit() {
    let mut stage = asked();
    stage.press(&["Enter", "d"]);
    stage.sees("3 marked: QUIT (Q)");
    assert_eq!((stage.kept.safe.len(), stage.letters(1).len()), (3, 3));
    stage.press(&["Q", "q"]);
    assert_eq!(stage.letters(1).len(), 0);
}

#[test]
fn a_full_disk_marks_nothing_and_is_told() {
    let mut stage = asked();
    stage.kept.full = true;
    stage.press(&["Enter", "d"]);
    stage.sees("the disk is full");
    stage.lacks("DELE sent");
    assert_eq!(closed(&stage), 1);
}

#[test]
fn a_place_that_is_none_is_asked_for_again_and_esc_downloads_nothing() {
    let mut stage = asked();
    stage.press(&["^U"]);
    stage.type_text("~/Mail");
    stage.press(&["Enter"]);
    stage.sees("write the path out");
    stage.press(&["Esc"]);
    assert!(stage.kept.opened.is_empty());
}

#[test]
fn answers_that_come_when_nothing_is_downloaded_change_nothing() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "3"]);
    stage.tell(Message::Kept(Kept::Safe(vec![1])));
    stage.tell(Message::DownloadReady(Err("too late".to_owned())));
    stage.lacks("too late");
    stage.cut(Side::Pop3);
    assert_eq!(closed(&stage), 0);
}

#[test]
fn while_one_runs_no_other_begins_and_no_quit_goes_out_behind_its_back() {
    let server = Server::default();
    let mut stage = downloading(&server, "d");
    stage.sees("downloading 0/2");
    assert_eq!(server.heard("RETR").len(), 2);
    stage.press(&["D"]);
    stage.sees("a download is under way");
    assert_eq!(stage.kept.opened.len(), 1);
    stage.press(&["Q"]);
    stage.sees("^C stops it, then Q");
    assert_eq!(server.heard("QUIT"), Vec::<String>::new());
    stage.press(&["q"]);
    stage.sees("A download is under way; leaving now stops it");
    stage.press(&["s"]);
    stage.sees("downloading 0/2");
    stage.press(&["q", "q"]);
    assert_eq!((server.heard("QUIT").len(), closed(&stage)), (0, 1), "the line is dropped: nothing can be deleted");
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn to_be_told_to_end_while_one_runs_deletes_nothing() {
    let server = Server { retr: WHOLE, ..Server::default() };
    let mut stage = downloading(&server, "d");
    assert_eq!(server.heard("DELE").len(), 2, "safe and on their way to be marked");
    stage.tell(Message::Terminate);
    assert_eq!(server.heard("QUIT"), Vec::<String>::new());
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn why_something_safe_is_not_marked_is_said() {
    for (server, words) in [
        (Server { twins: true, ..Server::default() }, "2 not marked (no"),
        (Server { dele: "-ERR it is locked", ..Server::default() }, "2 not marked"),
    ] {
        let stage = downloading(&Server { retr: WHOLE, ..server }, "d");
        stage.sees(words);
        stage.sees("2 messages safe");
    }
}
