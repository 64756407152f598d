//! Tests of the desk: nothing is lost, nothing is written twice.

use super::*;
use crate::drafts::LARGE;
use crate::mail::{Attachment, Content, Draft};

fn desk() -> (tempfile::TempDir, Desk) {
    let place = tempfile::tempdir().unwrap();
    let desk = Desk::new(place.path().join("data/telepost/drafts"));
    (place, desk)
}

fn mail(subject: &str) -> Saved {
    Saved { draft: Draft { subject: subject.to_owned(), ..Draft::default() }, ..Saved::default() }
}

fn away(subject: &str) -> Saved {
    Saved { away: true, ..mail(subject) }
}

fn subjects(desk: &Desk) -> Vec<String> {
    let mut subjects: Vec<String> = desk.list().unwrap().into_iter().map(|draft| draft.subject).collect();
    subjects.sort();
    subjects
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn each_draft_is_found_again_until_it_is_forgotten() {
    let (_place, mut desk) = desk();
    assert!(desk.list().unwrap().is_empty());
    let (one, two) = (Id::new(1), Id::new(2));
    desk.save(&one, mail("first")).unwrap();
    desk.save(&two, mail("other")).unwrap();
    desk.save(&one, mail("second")).unwrap();
    assert_eq!(subjects(&desk), ["other", "second"]);
    assert_eq!(desk.open(&one).unwrap(), mail("second"));
    desk.forget(&one).unwrap();
    desk.forget(&one).unwrap();
    assert_eq!(desk.open(&one), Err(Trouble::Gone));
    assert_eq!(subjects(&desk), ["other"]);
    desk.forget(&two).unwrap();
    assert!(names(&desk.folder).is_empty(), "{:?}", names(&desk.folder));
}

#[test]
fn two_processes_do_not_write_the_same_draft() {
    let (_place, mut desk) = desk();
    let mut other = Desk::new(desk.folder.clone());
    let id = Id::new(1);
    desk.save(&id, mail("ours")).unwrap();
    assert_eq!(other.save(&id, mail("theirs")), Err(Trouble::Taken));
    assert_eq!(other.open(&id), Err(Trouble::Taken));
    assert_eq!(other.forget(&id), Err(Trouble::Taken));
    assert!(other.list().unwrap()[0].elsewhere && !desk.list().unwrap()[0].elsewhere);
    assert_eq!(other.left_open().unwrap(), None);
    desk.save(&id, away("ours, put away")).unwrap();
    assert_eq!(other.open(&id).unwrap(), away("ours, put away"));
    assert_eq!(desk.save(&id, mail("ours")), Err(Trouble::Taken));
    drop(other);
    desk.save(&id, mail("ours")).unwrap();
}

#[test]
fn what_was_open_is_offered_and_what_was_put_away_is_not() {
    let (_place, mut desk) = desk();
    desk.save(&Id::new(1), away("aside")).unwrap();
    assert_eq!(desk.left_open().unwrap(), None);
    desk.save(&Id::new(2), mail("open")).unwrap();
    drop(Desk { folder: desk.folder.clone(), mine: desk.mine.take() });
    let (id, saved) = desk.left_open().unwrap().expect("it was left open");
    assert_eq!((id, saved), (Id::new(2), mail("open")));
    assert!(!Lock::is_taken(&desk.lock_file(&Id::new(2))), "nobody has taken it up yet");
}

#[test]
fn a_broken_file_is_kept_aside() {
    let (_place, mut desk) = desk();
    let id = Id::new(1);
    for (number, broken) in [&b"{\"subject\":\"to"[..], b"\xff\xfe", b"[]", b""].into_iter().enumerate() {
        desk.save(&id, mail("whole")).unwrap();
        std::fs::write(desk.file(&id), broken).unwrap();
        assert!(desk.list().unwrap().is_empty());
        let extension = if number == 0 { "json.broken".into() } else { format!("json.broken-{number}") };
        assert_eq!(std::fs::read(desk.file(&id).with_extension(extension)).unwrap(), broken);
    }
}

#[test]
fn large_attachments_lie_beside_the_draft() {
    let (_place, mut desk) = desk();
    let id = Id::new(1);
    let mut saved = mail("with a file");
    saved.draft.attachments = vec![Attachment::new("a", "x/y", Content::Bytes(vec![b'x'; 4 * LARGE].into()))];
    desk.save(&id, saved.clone()).unwrap();
    let octets = std::fs::metadata(desk.file(&id)).unwrap().len();
    assert!(octets < 4_096, "{octets}");
    assert!(desk.list().unwrap()[0].octets > 4 * LARGE as u64);
    assert_eq!(desk.open(&id).unwrap(), saved);
    desk.forget(&id).unwrap();
    assert!(names(&desk.folder).is_empty());
}

#[test]
fn the_draft_of_an_older_version_is_taken_over() {
    let (place, mut desk) = desk();
    let old = place.path().join("draft.json");
    desk.take_over(&old).unwrap();
    std::fs::write(&old, r#"{"subject":"three","manner":{},"aside":[{"subject":"one"},{"subject":"two"}]}"#).unwrap();
    desk.take_over(&old).unwrap();
    assert!(!old.exists());
    assert_eq!(subjects(&desk), ["one", "three", "two"]);
    let (_, last) = desk.left_open().unwrap().expect("the last one was open");
    assert_eq!(last.draft.subject, "three");
    let before = desk.open(&last.over.expect("one was put aside for it")).unwrap();
    assert_eq!(before.draft.subject, "two");
    assert_eq!(desk.open(&before.over.unwrap()).unwrap().draft.subject, "one");
    std::fs::write(&old, "{").unwrap();
    desk.take_over(&old).unwrap();
    assert_eq!(std::fs::read(place.path().join("draft.json.broken")).unwrap(), b"{");
}

#[test]
fn a_save_that_fails_leaves_the_old_draft_and_no_litter() {
    let (_place, mut desk) = desk();
    let id = Id::new(1);
    desk.save(&id, mail("old")).unwrap();
    std::fs::create_dir(desk.file(&Id::new(2))).unwrap();
    assert!(desk.save(&Id::new(2), mail("new")).is_err());
    assert_eq!(desk.open(&id).unwrap(), mail("old"));
    assert!(!names(&desk.folder).iter().any(|name| name.starts_with(".telepost-")), "{:?}", names(&desk.folder));
}

#[cfg(unix)]
#[test]
fn files_and_folders_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let (_place, mut desk) = desk();
    let id = Id::new(1);
    let mut saved = mail("with a file");
    saved.draft.attachments = vec![Attachment::new("a", "x/y", Content::Bytes(vec![b'x'; 2 * LARGE].into()))];
    desk.save(&id, saved).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let part = std::fs::read_dir(desk.parts(&id)).unwrap().next().unwrap().unwrap().path();
    for file in [desk.file(&id), desk.lock_file(&id), part] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    for folder in [desk.folder.clone(), desk.parts(&id), desk.folder.parent().unwrap().to_owned()] {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
    }
}
