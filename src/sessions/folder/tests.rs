use super::*;
use crate::transcript::Record;
use crate::wire::{ChunkKind, Side};

fn place() -> (tempfile::TempDir, Folder) {
    let place = tempfile::tempdir().unwrap();
    let folder = Folder::new(place.path().join("state/sessions"));
    (place, folder)
}

fn header() -> Header {
    Header {
        version: "0.1.0".to_owned(),
        started: "2026-11-22T11:42:07Z".parse().unwrap(),
        endpoints: vec!["SMTP mx.example:25 (192.0.2.1)".to_owned()],
        notes: Vec::new(),
    }
}

fn at(second: u32) -> Zoned {
    format!("2026-11-22T11:42:{second:02}+00:00[UTC]").parse().unwrap()
}

fn of(direction: Direction, lines: &[&str]) -> Transcript {
    let mut transcript = Transcript::default();
    for (number, line) in (1..).zip(lines) {
        transcript.push(Record {
            number,
            side: Side::Smtp,
            link: 1,
            at: std::time::Duration::ZERO,
            lapse: None,
            direction,
            kind: ChunkKind::Stray,
            expected: true,
            tls: false,
            bytes: line.as_bytes().to_vec(),
            tally: None,
        });
    }
    transcript
}

fn said(lines: &[&str]) -> Transcript {
    of(Direction::Sent, lines)
}

fn name(text: &str) -> Name {
    Name::given(text).unwrap()
}

fn names(folder: &Folder) -> Vec<String> {
    let mut names: Vec<String> = folder.list().unwrap().iter().map(|listed| listed.name.to_string()).collect();
    names.sort();
    names
}

#[test]
fn a_session_is_saved_listed_opened_renamed_and_removed() {
    let (_place, folder) = place();
    assert!(folder.list().unwrap().is_empty());
    let mut transcript = said(&["EHLO x", "QUIT"]);
    transcript.annotate(1, Some("here".to_owned()));
    folder.save(&name("one"), &transcript, &header()).unwrap();
    let listed = folder.list().unwrap();
    assert_eq!((listed.len(), listed[0].entries, listed[0].annotated), (1, 2, 1));
    assert_eq!((listed[0].started, &listed[0].endpoints), (header().started, &header().endpoints));
    assert_eq!(folder.open(&name("one")).unwrap().transcript.get(1).unwrap().note(), Some("here"));
    folder.rename(&name("one"), &name("two")).unwrap();
    assert_eq!(names(&folder), ["two"]);
    folder.remove(&name("two")).unwrap();
    folder.remove(&name("two")).unwrap();
    assert!(folder.list().unwrap().is_empty());
}

#[test]
fn nothing_is_written_over_and_no_link_is_followed() {
    let (place, folder) = place();
    folder.save(&name("one"), &said(&["a"]), &header()).unwrap();
    folder.save(&name("two"), &said(&["b"]), &header()).unwrap();
    assert!(folder.save(&name("one"), &said(&["c"]), &header()).is_err());
    assert!(folder.rename(&name("one"), &name("two")).is_err());
    let elsewhere = place.path().join("elsewhere.jsonl");
    std::fs::copy(folder.file(&name("one")), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.file(&name("link"))).unwrap();
    std::os::unix::fs::symlink(place.path().join("nowhere"), folder.file(&name("dangling"))).unwrap();
    assert!(folder.open(&name("link")).is_err());
    assert!(folder.save(&name("dangling"), &said(&["x"]), &header()).is_err());
    assert!(!place.path().join("nowhere").exists());
    assert_eq!(names(&folder), ["one", "two"], "a link is no session");
    assert_eq!(folder.open(&name("one")).unwrap().transcript.get(0).unwrap().raw(), b"a");
}

#[test]
fn what_was_said_last_is_kept_on_leaving_and_what_has_a_name_for_ever() {
    let (_place, folder) = place();
    folder.save(&name("mine"), &said(&["x"]), &header()).unwrap();
    for second in 0..5 {
        let kept = folder.leave(&said(&["x"]), &header(), None, &at(second), 3).unwrap().unwrap();
        assert!(kept.as_str().ends_with("mx.example") && !kept.is_given(), "{kept}");
    }
    let made = |second: u32| format!("2026-11-22_11.42.{second:02}_mx.example");
    assert_eq!(names(&folder), [made(2), made(3), made(4), "mine".to_owned()]);
    let again = folder.leave(&said(&["x"]), &header(), None, &at(4), 3).unwrap().unwrap();
    assert_eq!(again.as_str(), made(4) + "_1");
}

#[test]
fn an_empty_conversation_is_not_kept_nor_any_where_none_are_wanted() {
    let (_place, folder) = place();
    for (transcript, most) in
        [(Transcript::default(), 20), (of(Direction::Event, &["trying 127.0.0.1:25"]), 20), (said(&["x"]), 0)]
    {
        assert_eq!(folder.leave(&transcript, &header(), None, &at(0), most).unwrap(), None);
    }
    assert!(names(&folder).is_empty());
}

#[test]
fn a_session_with_a_name_goes_on_under_it() {
    let (_place, folder) = place();
    folder.save(&name("mine"), &said(&["a"]), &header()).unwrap();
    folder.leave(&said(&["a", "b"]), &header(), Some(&name("mine")), &at(0), 0).unwrap();
    assert_eq!((names(&folder), folder.list().unwrap()[0].entries), (vec!["mine".to_owned()], 2));
}

#[test]
fn notes_are_put_into_the_file() {
    let (_place, folder) = place();
    let mut transcript = said(&["a", "b", "c"]);
    transcript.annotate(0, Some("old".to_owned()));
    folder.save(&name("mine"), &transcript, &header()).unwrap();
    folder.annotate(&name("mine"), &[(2, "new".to_owned())]).unwrap();
    let read = folder.open(&name("mine")).unwrap().transcript;
    assert_eq!(read.annotated().collect::<Vec<_>>(), [2]);
}

#[test]
fn a_file_is_bounded_and_the_newest_rows_are_in_it() {
    let (_place, folder) = place();
    let line = "x".repeat(64 << 10);
    let transcript = said(&vec![line.as_str(); 300]);
    folder.save(&name("large"), &transcript, &header()).unwrap();
    let listed = folder.list().unwrap();
    assert!(listed[0].octets <= OCTETS as u64 + 10_000 && listed[0].entries < 300, "{listed:?}");
    let read = folder.open(&name("large")).unwrap().transcript;
    assert_eq!((read.end_id(), read.cut().entries), (300, read.first_id()));
}

#[test]
fn a_file_that_is_no_session_is_listed_with_the_reason() {
    let (_place, folder) = place();
    folder.save(&name("mine"), &said(&["a"]), &header()).unwrap();
    std::fs::write(folder.file(&name("broken")), "{\"kind\":").unwrap();
    let listed = folder.list().unwrap();
    let broken = listed.iter().find(|listed| listed.name == name("broken")).unwrap();
    assert!(broken.trouble.as_ref().is_some_and(|why| why.starts_with("line 1, column")), "{broken:?}");
}

#[cfg(unix)]
#[test]
fn files_and_folder_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let (_place, folder) = place();
    folder.save(&name("mine"), &said(&["a"]), &header()).unwrap();
    folder.annotate(&name("mine"), &[(0, String::new())]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.path), mode(&folder.file(&name("mine")))), (0o700, 0o600));
}
