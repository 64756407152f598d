//! A download from the pane, onto a shelf in memory.

use telepost::app::{Effect, Message};
use telepost::download::{Destination, Kept};
use telepost::wire::Side;

use crate::support::stage::Stage;

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
