//! Saved sessions: named, listed, opened read-only, noted, compared, made into scripts, kept on leaving. The folder is a
//! real one; what is asked of it is done as the workbench does it.

use telepost::app::sessions::{Ask, Told};
use telepost::app::{Effect, Message};
use telepost::run::sessions::Job;
use telepost::sessions::{Folder, Name, Verdict, compare};
use telepost::transcript::Transcript;
use telepost::transcript::export::Header;

use super::otherwise::Otherwise;
use crate::support::stage::{Stage, secure_account, settings};

/// A stage whose sessions are kept in a folder.
struct Scene {
    stage: Stage,
    folder: Folder,
    _place: tempfile::TempDir,
}

fn header() -> Header {
    Header {
        version: "0.1.0".to_owned(),
        started: "2026-11-22T11:42:07Z".parse().expect("a time"),
        endpoints: vec!["SMTP 127.0.0.1:2525 (127.0.0.1)".to_owned()],
        notes: Vec::new(),
    }
}

fn name(text: &str) -> Name {
    Name::given(text).expect("a sound name")
}

impl Scene {
    fn of(stage: Stage) -> Self {
        let place = tempfile::tempdir().expect("a temporary folder");
        Self { stage, folder: Folder::new(place.path().join("sessions")), _place: place }
    }

    fn demo() -> Self {
        Self::of(Stage::demo((120, 40)))
    }

    /// Presses keys, and does after each what is asked of the folder.
    fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.stage.press(&[key]);
            self.do_all();
        }
    }

    fn type_text(&mut self, text: &str) {
        self.stage.type_text(text);
    }

    fn do_all(&mut self) {
        while let Some(at) = self.stage.others.iter().position(|effect| matches!(effect, Effect::Sessions(_))) {
            let Effect::Sessions(ask) = self.stage.others.remove(at) else { unreachable!("it was just looked at") };
            let job = Job::of(ask, &self.stage.app, &header());
            match job.done(&self.folder) {
                Ok(message) => message.into_iter().for_each(|message| self.stage.tell(message)),
                Err(why) => self.stage.tell(Message::Sessions(Told::Trouble(why))),
            }
        }
    }

    fn save_as(&mut self, text: &str) {
        self.press(&["^X", "g", "s", "^U"]);
        self.type_text(text);
        self.press(&["Enter"]);
    }

    fn saved(&self, text: &str) -> Transcript {
        self.folder.open(&name(text)).expect("it was saved").transcript
    }
}

#[test]
fn the_same_mail_sent_again_is_no_difference() {
    let sent = || {
        let mut scene = Scene::demo();
        scene.press(&["F5", "3", "Enter", "^X", "2"]);
        scene.save_as("run");
        scene.saved("run")
    };
    let comparison = compare(&sent(), &sent());
    let differing: Vec<_> = comparison.pairs.iter().filter(|pair| pair.verdict != Verdict::Same).collect();
    assert!(differing.is_empty() && comparison.pairs.len() > 8, "{differing:#?}");
}

#[test]
fn one_changed_reply_is_exactly_that_difference() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("before");
    let before = scene.saved("before");
    let mut scene = Scene::demo();
    let (from, to) = ("250 2.1.5", "251 2.1.5");
    scene.stage.understudy = Some(Box::new(Otherwise { inner: scene.stage.server(), from, to }));
    scene.press(&["F5"]);
    scene.save_as("after");
    let comparison = compare(&before, &scene.saved("after"));
    let differing: Vec<_> = comparison.pairs.iter().filter(|pair| pair.verdict != Verdict::Same).collect();
    assert_eq!(differing.len(), 1, "{differing:#?}");
    assert_eq!((differing[0].verdict, differing[0].left.as_ref().unwrap().verb.as_str()), (Verdict::Code, "RCPT"));
}

#[test]
fn a_session_is_opened_read_only_and_the_live_one_goes_on() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("first");
    scene.stage.sees("saved as first");
    let rows = scene.stage.app.live().len();
    scene.press(&["^X", "l"]);
    scene.stage.sees("Saved sessions: 1");
    scene.press(&["Enter", "o"]);
    scene.stage.sees("read-only: first");
    assert_eq!(scene.stage.app.transcript().len(), rows);
    scene.press(&["^X", "4"]);
    scene.type_text("NOOP");
    scene.press(&["Enter"]);
    assert_eq!(scene.saved("first").len(), rows, "nothing is added to what is saved");
    assert_eq!(scene.stage.app.live().len(), rows + 2, "the live conversation goes on");
    scene.stage.sees("this is the live conversation again");
    scene.stage.lacks("read-only");
    scene.stage.sees("NOOP");
}

#[test]
fn a_filter_works_in_an_opened_session_and_the_menu_leads_back() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("first");
    scene.press(&["^X", "l", "Enter", "o", "/"]);
    scene.type_text("cmd:RCPT");
    scene.press(&["Enter", "&"]);
    scene.stage.sees("RCPT TO:<bob@sandbox.test>");
    scene.press(&["^X", "l", "Enter", "l"]);
    scene.stage.lacks("read-only: first");
}

#[test]
fn a_name_that_is_taken_or_no_name_is_refused() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("first");
    scene.save_as("first");
    scene.stage.sees("there is a session first already");
    scene.press(&["^X", "g", "s", "^U"]);
    scene.type_text("../first");
    scene.press(&["Enter"]);
    scene.stage.sees("a name has letters, digits");
}

#[test]
fn notes_on_an_opened_session_are_asked_to_be_kept_with_it() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("first");
    scene.folder.annotate(&name("first"), &[(3, "look".to_owned())]).expect("it is ours");
    scene.press(&["^X", "l"]);
    scene.stage.sees("notes");
    scene.press(&["Enter", "o"]);
    let asked =
        |scene: &Scene| scene.stage.others.iter().any(|effect| matches!(effect, Effect::Sessions(Ask::Annotate(..))));
    scene.press(&["Down", "Up"]);
    assert!(!asked(&scene), "nothing changed");
    assert_eq!(scene.saved("first").annotated().collect::<Vec<_>>(), [3]);
}

#[test]
fn the_comparison_shows_words_and_leads_to_the_row() {
    let mut scene = Scene::demo();
    let (from, to) = ("250 2.1.5", "550 5.1.1");
    scene.stage.understudy = Some(Box::new(Otherwise { inner: scene.stage.server(), from, to }));
    scene.press(&["F5"]);
    scene.save_as("refused");
    let refused = std::fs::read(scene.folder.file(&name("refused"))).expect("it was saved");
    for size in [(80, 24), (120, 40)] {
        let mut scene = Scene::of(Stage::demo(size));
        scene.press(&["F5"]);
        scene.folder.put(&name("refused"), &refused).expect("the name is free");
        scene.press(&["^X", "g", "c"]);
        scene.stage.sees("Compare this session with: 1");
        scene.press(&["Enter"]);
        scene.stage.sees("Two sessions compared");
        scene.stage.sees(">CODE   RCPT TO:<bob@sandbox.test>");
        scene.stage.sees("550 5.1.1");
        let first = scene.stage.screen();
        for (away, back) in [("g", "n"), ("G", "N"), ("G", "n")] {
            scene.press(&[away]);
            assert_ne!(scene.stage.screen(), first);
            scene.press(&[back]);
            assert_eq!(scene.stage.screen(), first, "{back} goes to the one difference");
        }
        scene.press(&["Enter"]);
        scene.stage.lacks("Two sessions compared");
        scene.stage.sees(">2 Transcript");
        let row = scene.stage.screen().lines().find(|line| line.contains("│>")).map(str::to_owned).unwrap_or_default();
        assert!(row.contains("250 2.1.5"), "{row}");
    }
}

#[test]
fn a_script_is_written_to_a_new_file() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("first");
    let place = tempfile::tempdir().expect("a temporary folder");
    let path = place.path().join("again.script");
    scene.press(&["^X", "l", "Enter", "a", "^U"]);
    scene.type_text(&path.display().to_string());
    scene.press(&["Enter"]);
    scene.stage.sees("written: ");
    let script = std::fs::read_to_string(&path).expect("it was written");
    for line in
        ["connect smtp", "send EHLO ${helo}", "send MAIL FROM:<${from}>", "send RCPT TO:<${to}>", "..a line that"]
    {
        assert!(script.contains(line), "{line}: {script}");
    }
}

#[test]
fn a_session_is_renamed_and_removed_after_one_question() {
    let mut scene = Scene::demo();
    scene.press(&["F5"]);
    scene.save_as("first");
    scene.press(&["^X", "l", "Enter", "r", "^U"]);
    scene.type_text("second");
    scene.press(&["Enter"]);
    scene.stage.sees("second");
    assert_eq!(scene.stage.app.session_name().map(Name::as_str), Some("second"));
    scene.press(&["Delete", "n"]);
    assert!(scene.folder.find("second").unwrap().is_some(), "to keep it is the default");
    scene.press(&["Delete", "y"]);
    scene.stage.sees("Saved sessions: 0");
    assert_eq!(scene.stage.app.session_name(), None);
}

#[test]
fn what_is_kept_on_leaving_holds_no_password() {
    let stage = Stage::open((120, 40), settings(Some(secure_account())));
    let mut scene = Scene::of(stage);
    scene.press(&["F5", "3", "^X", "2"]);
    let app = &scene.stage.app;
    let kept = scene.folder.leave(app.live(), &header(), None, app.started(), 20).unwrap().expect("much was said");
    let text = std::fs::read_to_string(scene.folder.file(&kept)).expect("it was kept");
    assert!(text.contains("****("), "somebody signed in: {text}");
    for secret in ["opensesame", "b3BlbnNlc2FtZQ", "9wZW5zZXNhbW", "vcGVuc2VzYW1l"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
