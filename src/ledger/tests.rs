use std::path::PathBuf;

use super::*;

fn maildrop() -> Maildrop {
    Maildrop { user: "ada".into(), host: "pop.example".into(), port: 995 }
}

fn summary(subject: &str) -> Summary {
    Summary { subject: subject.into(), from: "Ada <ada@x>".into(), attachment: true, ..Summary::default() }
}

fn listed(ids: &[&str]) -> Visit {
    Visit { listed: ids.iter().map(|id| (*id).into()).collect(), complete: true, ..Visit::default() }
}

/// The one file of the ledger.
fn file(state: &Path) -> PathBuf {
    let entries = std::fs::read_dir(state.join("maildrops")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = entries.filter(|path| path.extension().is_none()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn what_was_remembered_is_recalled_for_this_maildrop_only() {
    let state = tempfile::tempdir().unwrap();
    assert_eq!(recall(state.path(), &maildrop()).unwrap(), Remembered::default());
    let dated = Summary { date: "2026-11-22T11:42:07Z".parse().ok(), ..summary("Grüße") };
    let visit = Visit { headers: vec![("b".into(), dated.clone())], ..listed(&["a", "b"]) };
    remember(state.path(), &maildrop(), &visit).unwrap();
    let found = recall(state.path(), &maildrop()).unwrap();
    assert!(found.visited && found.seen.contains("a") && found.seen.len() == 2);
    assert_eq!(found.headers.into_iter().collect::<Vec<_>>(), [("b".into(), dated)]);
    for other in [
        Maildrop { user: "bob".into(), ..maildrop() },
        Maildrop { user: "adap".into(), host: "op.example".into(), ..maildrop() },
        Maildrop { port: 110, ..maildrop() },
    ] {
        assert!(!recall(state.path(), &other).unwrap().visited, "{other:?}");
    }
    assert!(recall(state.path(), &Maildrop { host: "POP.example".into(), ..maildrop() }).unwrap().visited);
}

#[test]
fn an_empty_maildrop_was_visited_all_the_same() {
    let state = tempfile::tempdir().unwrap();
    remember(state.path(), &maildrop(), &listed(&[])).unwrap();
    let found = recall(state.path(), &maildrop()).unwrap();
    assert!(found.visited && found.seen.is_empty());
}

#[test]
fn hostile_ids_break_nothing_and_name_no_file() {
    let state = tempfile::tempdir().unwrap();
    let huge = "x".repeat(1_000_000);
    let ids = ["", &huge, "a\nb", "../../etc/passwd", "\"", "\\", "[\"x\",{}]", "\0\x1b\u{202e}", "tab\there", "\r"];
    let subject = "two\r\nlines \"quoted\" \\ \u{2028}";
    let headers = ids.iter().map(|id| ((*id).into(), summary(subject))).collect();
    let hostile = Maildrop { user: "../../x\n".into(), host: "/etc".into(), port: 1 };
    remember(state.path(), &hostile, &Visit { headers, ..listed(&ids) }).unwrap();
    let found = recall(state.path(), &hostile).unwrap();
    let mut kept: Vec<&str> = found.seen.iter().map(|id| &**id).collect();
    let mut expected: Vec<&str> = ids[2..].to_vec();
    kept.sort_unstable();
    expected.sort_unstable();
    assert_eq!(kept, expected, "all but the empty and the huge one");
    assert_eq!(found.headers.len(), expected.len());
    assert_eq!(found.headers["\""].subject, "two␍␊lines \"quoted\" \\ ‹U+2028›");
    let name = file(state.path()).file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 1);
}

#[test]
fn damaged_lines_are_lost_and_no_others() {
    let state = tempfile::tempdir().unwrap();
    let visit =
        Visit { headers: vec![("a".into(), summary("A")), ("c".into(), summary("C"))], ..listed(&["a", "b", "c"]) };
    remember(state.path(), &maildrop(), &visit).unwrap();
    let path = file(state.path());
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (damaged, with) in
        [(0, &b"garbage"[..]), (2, b"\"b"), (2, b"\"\xff\""), (5, b"[\"c\",{\"subject\":7}]"), (5, b"[1")]
    {
        let mut bytes = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            bytes.extend_from_slice(if index == damaged { with } else { line.as_bytes() });
            bytes.push(b'\n');
        }
        std::fs::write(&path, bytes).unwrap();
        let found = recall(state.path(), &maildrop()).unwrap();
        let counts = (found.seen.len(), found.headers.len());
        assert_eq!(counts, (3 - usize::from(damaged == 2), 2 - usize::from(damaged == 5)), "{}", with.escape_ascii());
    }
    // Cut in the middle of the last line.
    std::fs::write(&path, &text[..text.len() - 9]).unwrap();
    assert_eq!(recall(state.path(), &maildrop()).unwrap().headers.len(), 1);
    remember(state.path(), &maildrop(), &visit).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "the next visit mends it");
}

#[test]
fn a_file_of_another_version_is_left_alone() {
    let state = tempfile::tempdir().unwrap();
    remember(state.path(), &maildrop(), &listed(&["a"])).unwrap();
    let path = file(state.path());
    std::fs::write(&path, "telepost-maildrop 2\n\"a\"\nsomething new\n").unwrap();
    assert_eq!(recall(state.path(), &maildrop()).unwrap(), Remembered::default());
    let error = remember(state.path(), &maildrop(), &listed(&["b"])).expect_err("not ours");
    assert!(error.to_string().contains("another version"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().ends_with("something new\n"));
}

#[test]
fn two_writers_lose_nothing_of_each_other() {
    let state = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let state = state.path();
            scope.spawn(move || {
                for round in 0..15 {
                    let id: Box<str> = format!("{writer}-{round}").into();
                    let visit = Visit { headers: vec![(id.clone(), summary(&id))], complete: false, ..listed(&[&id]) };
                    remember(state, &maildrop(), &visit).unwrap();
                    assert!(recall(state, &maildrop()).unwrap().seen.contains(&id));
                }
            });
        }
    });
    let found = recall(state.path(), &maildrop()).unwrap();
    assert_eq!((found.seen.len(), found.headers.len()), (60, 60));
    assert_eq!(std::fs::read_dir(state.path().join("maildrops")).unwrap().count(), 1, "nothing is left beside");
}

#[test]
fn an_older_list_does_not_forget_what_another_program_saw_since() {
    let state = tempfile::tempdir().unwrap();
    remember(state.path(), &maildrop(), &listed(&["gone", "a"])).unwrap();
    let ours = listed(&["a", "b"]);
    remember(state.path(), &maildrop(), &listed(&["a", "b", "later"])).unwrap();
    remember(state.path(), &maildrop(), &ours).unwrap();
    let found = recall(state.path(), &maildrop()).unwrap();
    assert!(found.seen.contains("later") && !found.seen.contains("gone"), "{:?}", found.seen);
}

#[cfg(unix)]
#[test]
fn files_and_folder_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let state = tempfile::tempdir().unwrap();
    remember(state.path(), &maildrop(), &listed(&["a"])).unwrap();
    let folder = state.path().join("maildrops");
    let mode = |path: &Path| std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let entries: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries.len(), 1, "the lock goes when it is given back");
    for path in entries {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[cfg(unix)]
#[test]
fn links_and_folders_in_place_of_files_are_refused() {
    use std::os::unix::fs::symlink;

    let (state, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    remember(state.path(), &maildrop(), &listed(&["a"])).unwrap();
    let (path, target) = (file(state.path()), elsewhere.path().join("target"));
    let lock = path.with_extension("lock");
    std::fs::write(&target, "precious").unwrap();
    for replaced in [&path, &lock] {
        // The lock is there only while it is held.
        let kept = std::fs::read(replaced).unwrap_or_default();
        let _ = std::fs::remove_file(replaced);
        symlink(&target, replaced).unwrap();
        let error = remember(state.path(), &maildrop(), &listed(&["b"])).expect_err("a link");
        assert!(error.to_string().ends_with("is a link"), "{error}");
        std::fs::remove_file(replaced).unwrap();
        std::fs::write(replaced, kept).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    recall(state.path(), &maildrop()).expect_err("a folder");
    std::fs::remove_dir_all(state.path().join("maildrops")).unwrap();
    symlink(elsewhere.path(), state.path().join("maildrops")).unwrap();
    remember(state.path(), &maildrop(), &listed(&["b"])).expect_err("a folder elsewhere");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
}

#[test]
fn a_hundred_thousand_ids_take_few_octets() {
    let state = tempfile::tempdir().unwrap();
    let ids: Vec<Box<str>> = (0..100_000).map(|n| format!("{n:08x}5f3c2b1a00000000").into()).collect();
    remember(state.path(), &maildrop(), &Visit { listed: ids, complete: true, ..Visit::default() }).unwrap();
    assert!(std::fs::metadata(file(state.path())).unwrap().len() < 3_000_000);
    assert_eq!(recall(state.path(), &maildrop()).unwrap().seen.len(), 100_000);
}
