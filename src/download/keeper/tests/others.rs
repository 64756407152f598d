//! Things in the place that are not ours, and programs that work there at the same time.

use super::*;

#[test]
fn what_is_something_else_is_refused_with_the_reason_and_left_alone() {
    let scene = Scene::new();
    fs::create_dir(scene.path("Mail")).unwrap();
    fs::write(scene.path("Mail/diary"), "x").unwrap();
    fs::write(scene.path("inbox.mbox"), "a diary\n").unwrap();
    fs::write(scene.path("letters"), "x").unwrap();
    let reasons = ["no Maildir", "no mbox", "need a folder"];
    for (destination, reason) in scene.all().iter().zip(reasons) {
        let why = scene.refusal(destination);
        assert!(why.contains(reason) && why.contains(&destination.path().display().to_string()), "{why}");
    }
    assert_eq!(fs::read_dir(scene.path("Mail")).unwrap().count(), 1);
    assert_eq!(fs::read(scene.path("inbox.mbox")).unwrap(), b"a diary\n");
    assert!(scene.refusal(&Destination::Mbox(scene.path("Mail"))).contains("Mail"));
    assert!(scene.refusal(&Destination::Maildir(scene.path("letters"))).contains("is a file"));
}

#[test]
fn a_pipe_in_place_of_an_mbox_does_not_hang() {
    let scene = Scene::new();
    rustix::fs::mkfifoat(rustix::fs::CWD, scene.path("inbox.mbox"), rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)
        .unwrap();
    assert!(scene.refusal(&scene.mbox()).contains("no plain file"));
}

#[test]
fn two_at_once_into_one_place_are_refused() {
    let scene = Scene::new();
    for destination in scene.all() {
        let keeper = scene.open(&destination);
        let why = scene.refusal(&destination);
        assert!(why.contains("another telepost"), "{why}");
        drop(keeper);
        drop(scene.open(&destination));
    }
}

#[test]
fn an_mbox_that_another_account_downloads_into_is_locked() {
    let scene = Scene::new();
    let keeper = scene.open(&scene.mbox());
    let other = Keeper::open(&scene.mbox(), "eve@h:110", &scene.path("journals")).unwrap_err().to_string();
    assert!(other.contains("is locked"), "{other}");
    drop(keeper);
    assert!(!scene.path("inbox.mbox.lock").exists());
}

#[test]
fn mail_that_is_there_already_stays_and_is_told_apart() {
    for there in ["From x Thu Jan  1 00:00:00 1970\nSubject: old\n\nHi\n\n", "From x y\n\nHi\n", "From x y\n\nHi"] {
        let scene = Scene::new();
        fs::write(scene.path("inbox.mbox"), there).unwrap();
        let mut keeper = scene.open(&scene.mbox());
        begin(&mut keeper, 1, &letter(1));
        assert_eq!(keeper.take(Order::Discard), None);
        put(&mut keeper, 2, &letter(2));
        sync(&mut keeper);
        drop(keeper);
        let now = fs::read_to_string(scene.path("inbox.mbox")).unwrap();
        assert!(now.starts_with(there), "{now}");
        let messages = messages_of(&now);
        assert!(messages.len() == 2 && messages[0].ends_with("Hi\n"), "{messages:?}");
        assert!(now.contains("\nFrom ada@example.org "), "{now}");
    }
}

#[test]
fn a_program_that_ignores_the_locks_loses_nothing() {
    let scene = Scene::new();
    let mut keeper = scene.open(&scene.mbox());
    put(&mut keeper, 1, &letter(1));
    sync(&mut keeper);
    put(&mut keeper, 2, &letter(2));
    let theirs = "From eve x\nSubject: theirs\n\n\n";
    let before = fs::read_to_string(scene.path("inbox.mbox")).unwrap();
    fs::write(scene.path("inbox.mbox"), before.clone() + theirs).unwrap();
    let Some(Kept::Failed(why)) = keeper.take(Order::Sync) else { panic!("it wrote on") };
    assert!(why.contains("another program"), "{why}");
    drop(keeper);
    assert_eq!(fs::read_to_string(scene.path("inbox.mbox")).unwrap(), before + theirs);
}

/// When a write failed there is no later check that would find it.
#[test]
fn what_another_program_wrote_is_not_cut_off_with_what_is_unfinished() {
    for theirs in ["", "From eve x\n\n\n"] {
        let scene = Scene::new();
        let (path, journals) = (scene.path("inbox.mbox"), scene.path("journals"));
        let mut mbox = Mbox::open(&path, &journals).unwrap();
        mbox.begin();
        mbox.piece(format!("Subject: x\n\n{}", "x".repeat(100_000)).as_bytes()).unwrap();
        let unfinished = fs::read_to_string(&path).unwrap();
        assert!(unfinished.len() > 50_000);
        fs::write(&path, unfinished.clone() + theirs).unwrap();
        mbox.abandon();
        let kept = if theirs.is_empty() { String::new() } else { unfinished + theirs };
        assert!(fs::read_to_string(&path).unwrap() == kept, "{theirs:?}");
    }
}
