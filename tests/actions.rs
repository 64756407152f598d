//! Every action of the key map, chosen behind the leader: what must follow from it, on screen or as an effect. Each
//! check is held against the same scene without the action too, where it has to fail.

mod support {
    #[expect(dead_code, reason = "the actions need a part of the stage")]
    pub mod stage;
}

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use support::stage::{Stage, account, settings};
use telepost::app::lessons::Told;
use telepost::app::sessions::{Ask, For};
use telepost::app::{Content, Effect, Message};
use telepost::connection::{Failure, FailureKind, LinkEvent, Remedy, Report};
use telepost::keymap::action::{ALL, Action};
use telepost::keymap::{Keymap, Scope};
use telepost::pop3::{BodyKind, Notice};
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;
use telepost::verify::Findings;
use telepost::wire::{Side, TlsMode};

/// An action, the scene it is chosen in, and whether what must follow did.
struct Case {
    id: &'static str,
    scene: fn() -> Stage,
    follows: fn(&mut Stage) -> bool,
}

const BODY: &str = "Hi Bob,\n\n.a line that starts with a dot\n\nAda";

fn demo() -> Stage {
    Stage::demo((120, 40))
}

fn after(keys: &[&str]) -> Stage {
    let mut stage = demo();
    stage.press(keys);
    stage
}

/// The lesson with this id is on.
fn learning(id: &str) -> Stage {
    let mut stage = demo();
    stage.tell(Message::Lessons(Told::Wanted(id.to_owned())));
    stage
}

/// The mail was deferred for its only recipient.
fn put_off() -> Stage {
    let mut stage = after(&["Shift-Tab", "Shift-Tab", "Shift-Tab", "Shift-Tab", "^U"]);
    stage.type_text("greylist@sandbox.test");
    stage.press(&["F5"]);
    stage
}

/// A mail was sent and the transcript has the focus.
fn talked() -> Stage {
    after(&["F5", "2"])
}

/// As [`talked`], with something looked for.
fn looking_for(words: &str) -> Stage {
    let mut stage = talked();
    look_for(&mut stage, words);
    stage
}

/// The cursor is on the last row that matches.
fn at_row(words: &str) -> Stage {
    let mut stage = looking_for(words);
    stage.press(&["z"]);
    stage
}

fn look_for(stage: &mut Stage, words: &str) {
    stage.press(&["/"]);
    stage.type_text(words);
    stage.press(&["Enter"]);
}

/// Step mode is on, and these keys were pressed in it.
fn stepping(keys: &[&str]) -> Stage {
    let mut stage = after(&["F7"]);
    stage.press(keys);
    stage
}

fn listed() -> Stage {
    after(&["^X", "3"])
}

fn marked(keys: &[&str]) -> Stage {
    let mut stage = listed();
    stage.press(keys);
    stage
}

/// The newest message is open.
fn reading() -> Stage {
    after(&["F5", "3", "Enter"])
}

/// A message with an attachment is open, its parts in front, the attachment under the cursor.
fn at_an_attachment() -> Stage {
    after(&["^X", "3", "Down", "Enter", "]", "]", "]", "Down"])
}

fn typed() -> Stage {
    let mut stage = demo();
    stage.type_text("x");
    stage
}

/// The wire tab warns of a mail without a subject.
fn without_subject() -> Stage {
    let mut stage = demo();
    stage.press(&["^U", "Up", "^U", "Down", "^A"]);
    stage.type_text("Hello, Bob");
    stage.press(&["^X", "w"]);
    stage
}

/// Waits for a server that greets and then says no more.
fn waiting() -> Stage {
    struct Mute;
    impl Conversation for Mute {
        fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
            out.line("220 mx.example.test");
        }
        fn receive(&mut self, input: &[u8], _out: &mut Outbox) -> usize {
            input.len()
        }
        fn timed_out(&mut self, _out: &mut Outbox) {}
        fn is_over(&self) -> bool {
            false
        }
    }
    let mut stage = demo();
    stage.understudy = Some(Box::new(Mute));
    stage.press(&["F5"]);
    stage
}

/// The SMTP port speaks another mode than was tried.
fn in_the_wrong_mode() -> Stage {
    let mut stage = demo();
    let failure = Failure {
        remedy: Some(Remedy::Tls(TlsMode::None)),
        ..Failure::new(FailureKind::WrongMode, "127.0.0.1:2525", "no TLS is spoken on this port")
    };
    let event = LinkEvent::Closed(Some(failure));
    stage.tell(Message::Report(Report::Link { side: Side::Smtp, link: 1, event }));
    stage
}

fn shows(stage: &Stage, text: &str) -> bool {
    stage.screen().contains(text)
}

fn copies(stage: &Stage) -> Vec<&str> {
    let copies = stage.others.iter().filter_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    copies.collect()
}

fn asked(stage: &Stage, fits: impl Fn(&Effect) -> bool) -> bool {
    stage.others.iter().any(fits)
}

/// The message that was to be checked last.
fn checked(stage: &Stage) -> Arc<Vec<u8>> {
    let raw = |effect: &Effect| if let Effect::Verify { raw, .. } = effect { Some(Arc::clone(raw)) } else { None };
    stage.others.iter().rev().find_map(raw).expect("a check was asked for")
}

/// How often the open message went out to be checked.
fn checks(stage: &Stage) -> usize {
    stage.others.iter().filter(|effect| matches!(effect, Effect::Verify { number: 4, dns: None, .. })).count()
}

fn written(stage: &Stage, name: &str, wanted: &Content) -> bool {
    asked(
        stage,
        |effect| matches!(effect, Effect::Write { path, content } if path == Path::new(name) && content == wanted),
    )
}

/// Where the transcript's cursor is and how many rows there are, as its title says.
fn place(stage: &Stage) -> (usize, usize) {
    let screen = stage.screen();
    let title = screen.lines().find(|line| line.contains("2 Transcript")).expect("the pane is on the screen");
    let title = title.split("2 Transcript").nth(1).expect("it was found");
    let numbers = title.split(' ').find_map(|word| {
        let (at, of) = word.split_once('/')?;
        Some((at.parse().ok()?, of.parse().ok()?))
    });
    numbers.unwrap_or_else(|| panic!("no place in {title:?}"))
}

fn enter(stage: &mut Stage) {
    stage.press(&["Enter"]);
}

/// Chooses the action by its keys behind the leader; what is on top of the panes is closed by Esc alone.
fn choose(stage: &mut Stage, action: Action) {
    if action == Action::Back {
        stage.press(&["Esc"]);
        return;
    }
    let keymap = Keymap::default();
    let leader = keymap.keys_of(action).find(|binding| binding.scope == Scope::Leader);
    stage.press(&["^X"]);
    for chord in &leader.expect("the key map gives every action a leader route").keys {
        let name = chord.to_string();
        stage.press(&[if name == "Space" { " " } else { &name }]);
    }
}

const PROGRAM: &[Case] = &[
    Case { id: "help", scene: demo, follows: |stage| shows(stage, "Keys and actions") },
    Case { id: "palette", scene: demo, follows: |stage| shows(stage, "┌ Palette") },
    Case { id: "quit", scene: demo, follows: |stage| asked(stage, |effect| matches!(effect, Effect::Quit)) },
    Case {
        id: "cancel",
        scene: waiting,
        follows: |stage| {
            let stopped = shows(stage, "not sent") && !shows(stage, "HELO?");
            stage.press(&["^X", "L"]);
            stopped && shows(stage, "stopped waiting for EHLO; ")
        },
    },
    Case { id: "suspend", scene: demo, follows: |stage| asked(stage, |effect| matches!(effect, Effect::Suspend)) },
    Case { id: "redraw", scene: demo, follows: |stage| asked(stage, |effect| matches!(effect, Effect::Redraw)) },
    Case {
        id: "mouse",
        scene: demo,
        follows: |stage| asked(stage, |effect| matches!(effect, Effect::Mouse(false))) && shows(stage, "mouse:off"),
    },
    Case { id: "theme", scene: demo, follows: |stage| shows(stage, "theme: ") && !shows(stage, "theme: terminal") },
    Case {
        id: "log",
        scene: || after(&["F5"]),
        follows: |stage| shows(stage, "┌ Messages") && shows(stage, "11:42:07  queued as"),
    },
    Case { id: "sandbox", scene: demo, follows: |stage| shows(stage, "using sandbox") },
    Case { id: "faults", scene: demo, follows: |stage| shows(stage, "[ ]  greylist") && shows(stage, "Del all off") },
    Case {
        id: "lessons", scene: demo, follows: |stage| shows(stage, "┌ Lessons") && shows(stage, "Say EHLO by hand")
    },
    Case { id: "lesson-hint", scene: || learning("send"), follows: |stage| shows(stage, "Hint: ") },
    Case { id: "lesson-sheet", scene: demo, follows: |stage| shows(stage, "Write the result sheet to") },
];

const PANES: &[Case] = &[
    Case { id: "compose", scene: || after(&["^X", "2"]), follows: |stage| shows(stage, ">1 Compose") },
    Case { id: "transcript", scene: demo, follows: |stage| shows(stage, ">2 Transcript") },
    Case { id: "mailbox", scene: demo, follows: |stage| shows(stage, ">3 Mailbox") && shows(stage, "3 msgs") },
    Case { id: "prompt", scene: demo, follows: |stage| shows(stage, "COMMAND LINE") },
    Case { id: "next-pane", scene: demo, follows: |stage| shows(stage, ">2 Transcript") },
    Case { id: "previous-pane", scene: || after(&["^X", "2"]), follows: |stage| shows(stage, ">1 Compose") },
    Case {
        id: "zoom",
        scene: talked,
        follows: |stage| {
            let alone = !shows(stage, "1 Compose") && !shows(stage, "3 Mailbox");
            stage.press(&["z"]);
            alone && shows(stage, "1 Compose")
        },
    },
    Case { id: "back", scene: demo, follows: |stage| shows(stage, " READY") && !shows(stage, "EDITING") },
];

const MAIL: &[Case] = &[
    Case {
        id: "connect",
        scene: demo,
        follows: |stage| shows(stage, "┌ Connect") && shows(stage, "POP3, for reading"),
    },
    Case {
        id: "disconnect",
        scene: talked,
        follows: |stage| shows(stage, " -> QUIT") && shows(stage, "SMTP 127.0.0.1:2525 closed"),
    },
    Case {
        id: "drop",
        scene: talked,
        follows: |stage| !shows(stage, " -> QUIT") && shows(stage, "SMTP 127.0.0.1:2525 closed"),
    },
    Case { id: "mend", scene: in_the_wrong_mode, follows: |stage| shows(stage, "SMTP 127.0.0.1:2525 plain READY") },
    Case {
        id: "tls",
        scene: talked,
        follows: |stage| shows(stage, "┌ TLS: SMTP 127.0.0.1:2525") && shows(stage, "plain: nothing is encrypted"),
    },
    Case {
        id: "profiles",
        scene: demo,
        follows: |stage| shows(stage, "┌ Profiles") && shows(stage, "None is kept yet"),
    },
    Case { id: "next-command", scene: demo, follows: |stage| shows(stage, "HELO?") && shows(stage, "COMMAND LINE") },
    Case {
        id: "step-mode",
        scene: demo,
        follows: |stage| shows(stage, "Steps of the send") && shows(stage, "> connect to 127.0.0.1:2525"),
    },
    Case {
        id: "step-here",
        scene: || stepping(&["Down"]),
        follows: |stage| shows(stage, "+ EHLO lab.test") && shows(stage, "> MAIL FROM:<ada@sandbox.test>"),
    },
    Case {
        id: "step-all",
        scene: || stepping(&[]),
        follows: |stage| shows(stage, "+ QUIT") && stage.letters(1).len() == 4,
    },
    Case {
        id: "step-change",
        scene: || stepping(&["Down"]),
        follows: |stage| {
            stage.type_text(".example");
            stage.press(&["Enter"]);
            shows(stage, ". EHLO lab.test.example") && stage.dialled.is_empty()
        },
    },
    Case {
        id: "step-skip",
        scene: || stepping(&["Down"]),
        follows: |stage| shows(stage, "- EHLO lab.test") && shows(stage, "expect 503: HELO or EHLO comes first"),
    },
    Case {
        id: "step-repeat",
        scene: || stepping(&["Down"]),
        follows: |stage| shows(stage, "put in") && stage.screen().matches(". EHLO lab.test").count() == 2,
    },
    Case {
        id: "run-script",
        scene: demo,
        follows: |stage| shows(stage, "Play the script in the file") && shows(stage, "127.0.0.1:2525"),
    },
    Case {
        id: "replay",
        scene: talked,
        follows: |stage| {
            let asks = shows(stage, "Play this session again?");
            stage.press(&["w"]);
            asks && stage.dialled.len() == 2 && stage.letters(1).len() == 5
        },
    },
    Case {
        id: "fork",
        scene: || at_row("cmd:RCPT"),
        follows: |stage| {
            let asks = shows(stage, "up to the row under the cursor?");
            stage.press(&["w"]);
            asks && stage.dialled.len() == 2 && shows(stage, "the line is yours")
        },
    },
    Case { id: "other-side", scene: demo, follows: |stage| shows(stage, "\n POP3>") },
    Case { id: "send", scene: demo, follows: |stage| shows(stage, "queued as 7F3A") && stage.letters(1).len() == 4 },
    Case { id: "pace", scene: demo, follows: |stage| shows(stage, "commands go one by one") },
    Case {
        id: "new-draft",
        scene: typed,
        follows: |stage| {
            let asks = shows(stage, "Start a new mail?");
            stage.press(&["y"]);
            asks && !shows(stage, "xHi Bob") && stage.cupboard.drafts.is_empty()
        },
    },
    Case {
        id: "drafts",
        scene: || {
            let mut stage = typed();
            stage.press(&["^X", "N", "p"]);
            stage
        },
        follows: |stage| {
            let listed = shows(stage, "┌ Drafts: 1") && shows(stage, "bob@sandbox.test");
            stage.press(&["Enter"]);
            listed && shows(stage, "│xHi Bob,") && shows(stage, "is back in the form")
        },
    },
    Case {
        id: "templates",
        scene: || {
            let mut stage = demo();
            stage.press(&["^X", "j"]);
            stage.type_text("greeting");
            stage.press(&["Enter"]);
            stage
        },
        follows: |stage| {
            let listed = shows(stage, "┌ Templates: 1") && shows(stage, "greeting");
            stage.press(&["Enter"]);
            listed && shows(stage, "a new mail from the template") && shows(stage, "1 Compose *")
        },
    },
    Case {
        id: "save-template",
        scene: demo,
        follows: |stage| {
            stage.type_text("greeting");
            stage.press(&["Enter"]);
            shows(stage, "kept as template greeting") && stage.cupboard.templates.len() == 1
        },
    },
    Case {
        id: "sent",
        scene: talked,
        follows: |stage| {
            let listed = shows(stage, "┌ Sent mails: 1") && shows(stage, "bob@sandbox.test");
            stage.press(&["Enter"]);
            listed && shows(stage, "Open it in the form as a new mail") && shows(stage, "queued as 7F3A")
        },
    },
    Case {
        id: "result",
        scene: || after(&["F5"]),
        follows: |stage| shows(stage, "SENT  1 accepted") && shows(stage, "(y copies it)") && shows(stage, "total"),
    },
    Case {
        id: "retry",
        scene: put_off,
        follows: |stage| shows(stage, "try again?") && shows(stage, "Put off: greylist@sandbox.test"),
    },
    Case { id: "send-many", scene: demo, follows: |stage| shows(stage, " Send many ") && shows(stage, "How often") },
    Case { id: "attach", scene: demo, follows: |stage| shows(stage, " Attach a file ") && shows(stage, "Cargo.toml") },
    Case { id: "wire", scene: demo, follows: |stage| shows(stage, "[Wire]") && shows(stage, "RCPT TO:<bob@sandbox.") },
    Case { id: "mend-mail", scene: without_subject, follows: |stage| shows(stage, "Subject  Hello, Bob") },
    Case { id: "next-tab", scene: demo, follows: |stage| shows(stage, "[Headers]") },
    Case { id: "previous-tab", scene: demo, follows: |stage| shows(stage, "[Faults]") },
    Case {
        id: "editor",
        scene: demo,
        follows: |stage| {
            let given = asked(stage, |effect| matches!(effect, Effect::Edit(text) if text == BODY));
            stage.tell(Message::Edited(Ok("Written elsewhere.\n".to_owned())));
            given && shows(stage, "Written elsewhere.") && !shows(stage, "Hi Bob,")
        },
    },
    Case {
        id: "explain",
        scene: || after(&["F5"]),
        follows: |stage| shows(stage, "The SMTP server said:") && shows(stage, "queued as"),
    },
];

const VIEW: &[Case] = &[
    Case {
        id: "up",
        scene: talked,
        follows: |stage| {
            let (at, of) = place(stage);
            at + 1 == of && shows(stage, "paused")
        },
    },
    Case { id: "down", scene: || after(&["F5", "2", "g"]), follows: |stage| place(stage).0 == 2 },
    Case {
        id: "page-up",
        scene: || after(&["F5", "3", "2"]),
        follows: |stage| {
            let (at, of) = place(stage);
            at + 10 < of && at > 1
        },
    },
    Case {
        id: "page-down",
        scene: || after(&["F5", "3", "2", "g"]),
        follows: |stage| {
            let (at, of) = place(stage);
            at > 10 && at < of
        },
    },
    Case { id: "top", scene: talked, follows: |stage| place(stage).0 == 1 && shows(stage, "paused") },
    Case {
        id: "bottom",
        scene: || after(&["F5", "2", "g"]),
        follows: |stage| {
            let (at, of) = place(stage);
            at == of && shows(stage, " follow ")
        },
    },
    Case {
        id: "open",
        scene: || after(&["F5", "2", "g", "Down", "Down", "Down", "Down"]),
        follows: |stage| shows(stage, "| 250-PIPELINING"),
    },
    Case {
        id: "copy",
        scene: talked,
        follows: |stage| match copies(stage)[..] {
            [text] => text.contains("250 2.0.0 queued as 7F3A") && !text.contains("EHLO"),
            _ => false,
        },
    },
    Case {
        id: "copy-all",
        scene: talked,
        follows: |stage| match copies(stage)[..] {
            [text] => text.contains("EHLO lab.test") && text.contains("250 2.0.0 queued as 7F3A"),
            _ => false,
        },
    },
    Case {
        id: "copy-as",
        scene: demo,
        follows: |stage| {
            let asks = shows(stage, "Copy as");
            stage.press(&["c"]);
            asks && copies(stage).iter().any(|text| text.contains("--mail-rcpt bob@sandbox.test"))
        },
    },
    Case { id: "copy-id", scene: talked, follows: |stage| copies(stage) == ["7F3A000006"] },
    Case {
        id: "export",
        scene: talked,
        follows: |stage| {
            enter(stage);
            written(stage, "telepost-20261122-114207.md", &Content::Transcript)
        },
    },
    Case {
        id: "pager",
        scene: demo,
        follows: |stage| asked(stage, |effect| matches!(effect, Effect::Page(text) if text == BODY)),
    },
];

const TRANSCRIPT: &[Case] = &[
    Case {
        id: "filter",
        scene: talked,
        follows: |stage| {
            let asks = shows(stage, "Look for");
            stage.type_text("cmd:RCPT");
            enter(stage);
            asks && shows(stage, "/cmd:RCPT") && shows(stage, "* ")
        },
    },
    Case {
        id: "hide-rest",
        scene: || looking_for("cmd:RCPT"),
        follows: |stage| shows(stage, "only cmd:RCPT") && !shows(stage, "EHLO lab.test"),
    },
    Case {
        id: "find-next",
        scene: || {
            let mut stage = looking_for("dir:in");
            stage.press(&["g"]);
            stage
        },
        follows: |stage| place(stage).0 == 3,
    },
    Case {
        id: "find-previous",
        scene: || {
            let mut stage = looking_for("dir:in");
            stage.press(&["g", "Down", "Down", "Down", "Down"]);
            stage
        },
        follows: |stage| place(stage).0 == 3,
    },
    Case {
        id: "time",
        scene: talked,
        follows: |stage| {
            // Since the start 28 ms, since the row before 4.
            let since_last = shows(stage, "+0.004 <-  250 2.0.0 queued");
            stage.press(&["t"]);
            let clock = shows(stage, "11:42:07 <-  250 2.0.0 queued");
            stage.press(&["t"]);
            since_last && clock && !shows(stage, "11:42:07 <-")
        },
    },
    Case {
        id: "follow",
        scene: talked,
        follows: |stage| {
            let paused = shows(stage, "follow:paused");
            stage.press(&["f"]);
            paused && shows(stage, "follow:on")
        },
    },
    Case {
        id: "fold-kind",
        scene: || at_row("cmd:EHLO dir:in"),
        follows: |stage| shows(stage, "| 250-PIPELINING") && shows(stage, "also those to come"),
    },
    Case {
        id: "bookmark",
        scene: || at_row("queued"),
        follows: |stage| {
            let set = shows(stage, "│>' ");
            stage.press(&["m"]);
            set && !shows(stage, "│>' ")
        },
    },
    Case {
        id: "annotate",
        scene: || at_row("queued"),
        follows: |stage| {
            let asks = shows(stage, "Note to the row");
            stage.type_text("look");
            enter(stage);
            asks && shows(stage, "│>\" ") && shows(stage, "\"look\"")
        },
    },
    Case {
        id: "next-bookmark",
        scene: || {
            let mut stage = at_row("cmd:RCPT dir:out");
            stage.press(&["m", "g"]);
            stage
        },
        follows: |stage| shows(stage, "│>' ") && place(stage).0 > 1,
    },
    Case { id: "bytes", scene: || at_row("cmd:EHLO dir:out"), follows: |stage| shows(stage, "45 48 4c 4f") },
    Case {
        id: "go-to-source",
        scene: || at_row("cmd:RCPT dir:out"),
        follows: |stage| {
            let there = shows(stage, ">1 Compose");
            stage.type_text("#");
            there && shows(stage, "#bob@sandbox.test")
        },
    },
    Case {
        id: "select-rows",
        scene: || at_row("queued"),
        follows: |stage| {
            stage.press(&["Up", "y"]);
            copies(stage).iter().any(|text| text.lines().count() > 1 && text.contains("queued as"))
        },
    },
    Case {
        id: "copy-exchange",
        scene: || at_row("cmd:RCPT dir:in"),
        follows: |stage| match copies(stage)[..] {
            [text] => text.lines().count() == 2 && text.contains(" -> RCPT TO") && text.contains("<-  250"),
            _ => false,
        },
    },
    Case {
        id: "session-waterfall",
        scene: talked,
        follows: |stage| shows(stage, "Where the time of the session went") && shows(stage, "greeting"),
    },
    Case {
        id: "sessions",
        scene: demo,
        follows: |stage| asked(stage, |effect| matches!(effect, Effect::Sessions(Ask::List(For::Menu)))),
    },
    Case { id: "save-session", scene: talked, follows: |stage| shows(stage, "Save this session as") },
    Case {
        id: "compare",
        scene: talked,
        follows: |stage| asked(stage, |effect| matches!(effect, Effect::Sessions(Ask::List(For::Comparing)))),
    },
];

const MAILBOX: &[Case] = &[
    Case { id: "open-mailbox", scene: demo, follows: |stage| shows(stage, ">3 Mailbox") && shows(stage, "3 msgs") },
    Case {
        id: "refresh",
        // Sent from where the list is seen: it stays as it is until someone asks.
        scene: || marked(&["F5"]),
        follows: |stage| shows(stage, "4 msgs"),
    },
    Case { id: "delete", scene: listed, follows: |stage| shows(stage, "1 marked: deleted by QUIT") },
    Case {
        id: "unmark",
        scene: || marked(&["d", "d", "Up"]),
        follows: |stage| shows(stage, "1 marked: deleted by QUIT"),
    },
    Case {
        id: "unmark-all",
        scene: || marked(&["d", "d"]),
        follows: |stage| !shows(stage, " marked: deleted") && shows(stage, "nothing will be deleted"),
    },
    Case {
        id: "commit",
        scene: || marked(&["d"]),
        follows: |stage| {
            stage.press(&["q"]);
            shows(stage, "the server deleted 1 message") && stage.letters(1).len() == 2
        },
    },
    Case { id: "select", scene: listed, follows: |stage| shows(stage, "1 selected") },
    Case { id: "select-all", scene: listed, follows: |stage| shows(stage, "3 selected: d marks them") },
    Case { id: "sort", scene: listed, follows: |stage| shows(stage, "Sort the list by") },
    Case { id: "jump", scene: listed, follows: |stage| shows(stage, "Go to message") },
    Case { id: "next-message", scene: reading, follows: |stage| shows(stage, "RETR 3") },
    Case { id: "previous-message", scene: || marked(&["Down", "Enter"]), follows: |stage| shows(stage, "RETR 3") },
    Case {
        id: "save",
        scene: reading,
        follows: |stage| {
            let letter = stage.letters(1).pop().expect("it was sent");
            enter(stage);
            written(stage, "message-4.eml", &Content::Bytes(letter))
        },
    },
    Case {
        id: "save-parts",
        scene: at_an_attachment,
        follows: |stage| {
            let asks = shows(stage, "Save the attachment in");
            enter(stage);
            asks && asked(stage, |effect| {
                matches!(effect, Effect::SaveParts { paths, folder: Some(folder), open: false, .. }
                    if *paths == ["2"] && folder == Path::new("."))
            })
        },
    },
    Case {
        id: "open-part",
        scene: at_an_attachment,
        follows: |stage| {
            let asks = shows(stage, "report.pdf: application/pdf");
            stage.press(&["y"]);
            asks && asked(
                stage,
                |effect| matches!(effect, Effect::SaveParts { paths, folder: None, open: true, .. } if *paths == ["2"]),
            )
        },
    },
    Case { id: "raw", scene: reading, follows: |stage| shows(stage, "[Raw]") && shows(stage, "Subject: Hello\\r\\n") },
    Case {
        id: "verify",
        scene: reading,
        follows: |stage| {
            let warned = shows(stage, "They learn from it that somebody reads the mail") && checks(stage) == 0;
            stage.press(&["y"]);
            warned && checks(stage) == 1
        },
    },
    Case {
        id: "download",
        scene: listed,
        follows: |stage| {
            stage.press(&["Enter", "Enter"]);
            stage.kept.safe.len() == 3 && shows(stage, "3 messages safe")
        },
    },
    Case {
        id: "reply",
        scene: || after(&["^X", "3", "G"]),
        follows: |stage| shows(stage, "Re: The poster") && shows(stage, "│To       Ada Lovelace"),
    },
    Case {
        id: "reply-all",
        scene: || marked(&["Down"]),
        follows: |stage| {
            shows(stage, "Re: A report") && shows(stage, "│To       The sandbox <postmaster@sandbox.test>")
        },
    },
    Case {
        id: "forward",
        scene: reading,
        follows: |stage| shows(stage, "Fwd: Hello") && shows(stage, "│----------") && shows(stage, "│To      "),
    },
    Case {
        id: "resend",
        scene: reading,
        follows: |stage| {
            stage.paste("ada@sandbox.test");
            enter(stage);
            enter(stage);
            shows(stage, "message 4 is resent: accepted as") && stage.letters(0).len() == 5
        },
    },
    Case {
        id: "loop-check",
        scene: || after(&["F5"]),
        follows: |stage| asked(stage, |effect| matches!(effect, Effect::Compare { number: 4, .. })),
    },
];

const TEXT: &[Case] = &[
    Case { id: "undo", scene: typed, follows: |stage| shows(stage, "│Hi Bob,") },
    Case {
        id: "redo",
        scene: || {
            let mut stage = typed();
            stage.press(&["^X", "u"]);
            stage
        },
        follows: |stage| shows(stage, "│xHi Bob,"),
    },
    Case {
        id: "literal",
        scene: demo,
        follows: |stage| {
            stage.press(&["^A"]);
            shows(stage, "SMTP> ␁")
        },
    },
];

fn cases() -> Vec<&'static Case> {
    [PROGRAM, PANES, MAIL, VIEW, TRANSCRIPT, MAILBOX, TEXT].into_iter().flatten().collect()
}

#[test]
fn each_action_has_its_case() {
    let with_case: Vec<&str> = cases().iter().map(|case| case.id).collect();
    let all: Vec<&str> = ALL.iter().map(|info| info.id).collect();
    assert_eq!(with_case, all);
}

#[test]
fn each_action_does_what_it_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let mut idle = (case.scene)();
        if (case.follows)(&mut idle) {
            wrong.push(format!("{}: follows without the action too", case.id));
        }
        let mut stage = (case.scene)();
        choose(&mut stage, Action::from_id(case.id).expect("the case is of an action"));
        if !(case.follows)(&mut stage) {
            wrong.push(format!("{}: does not follow\n{}\n{:?}", case.id, stage.screen(), stage.others));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn an_export_takes_its_format_from_the_suffix() {
    for (name, taken) in
        [("talk.txt", true), ("talk.html", true), ("talk.jsonl", true), ("talk.pdf", false), ("talk", false)]
    {
        let mut stage = talked();
        stage.press(&["x", "^U"]);
        stage.type_text(name);
        enter(&mut stage);
        assert_eq!(written(&stage, name, &Content::Transcript), taken, "{name}\n{}", stage.screen());
        assert_eq!(shows(&stage, "the name must end in .txt, .jsonl, .md, .html or .eml"), !taken, "{name}");
    }
}

#[test]
fn a_part_is_looked_into_saved_and_not_opened_by_chance() {
    let mut stage = at_an_attachment();
    assert!(shows(&stage, "[Parts]") && shows(&stage, "report.pdf"), "{}", stage.screen());
    stage.press(&["s", "Enter"]);
    let saves = |effect: &Effect| matches!(effect, Effect::SaveParts { paths, folder: Some(_), open: false, .. } if *paths == ["2"]);
    assert!(asked(&stage, saves));
    stage.press(&["O", "Enter"]);
    assert!(!asked(&stage, |effect| matches!(effect, Effect::SaveParts { open: true, .. })), "no is the default");
    stage.press(&["Up", "Enter"]);
    assert!(shows(&stage, "[Parts 1]"), "{}", stage.screen());
    stage.press(&["Esc"]);
    assert!(shows(&stage, "[Parts]"), "{}", stage.screen());
    stage.tell(Message::PartsSaved(Ok(vec!["a/x.txt".into(), "a/x-1.txt".into()])));
    assert!(shows(&stage, "2 files written to a: x.txt, x-1.txt"), "{}", stage.screen());
}

#[test]
fn what_is_copied_is_what_has_the_focus() {
    let mut stage = demo();
    stage.press(&["^X", "y"]);
    assert_eq!(copies(&stage), [BODY]);
    stage.press(&["^X", "3", "y"]);
    assert!(copies(&stage)[1].contains("\tWelcome to your own mail"), "{:?}", copies(&stage));
    stage.press(&["Enter", "y"]);
    assert!(copies(&stage)[2].contains("this mail server runs inside telepost"), "{:?}", copies(&stage));
    stage.press(&["o"]);
    let open = copies(&stage)[2].to_owned();
    assert!(asked(&stage, |effect| matches!(effect, Effect::Page(text) if *text == open)));
}

#[test]
fn what_cannot_be_done_says_why_and_does_nothing() {
    let cases = [
        ("disconnect", "there is no connection to end"),
        ("drop", "there is no connection to end"),
        ("mend", "nothing failed that is known to be mended"),
        ("tls", "there was no connection yet"),
        ("explain", "no reply to explain yet"),
        ("delete", "no mailbox is open"),
        ("reply", "no mailbox is open"),
        ("reply-all", "no mailbox is open"),
        ("forward", "no mailbox is open"),
        ("resend", "no mailbox is open"),
        ("unmark", "no mailbox is open"),
        ("unmark-all", "no mailbox is open"),
        ("commit", "no mailbox is open"),
        ("save", "open a message first"),
        ("save-parts", "open a message first"),
        ("open-part", "open a message first"),
        ("raw", "open a message first"),
        ("verify", "open a message first"),
        ("loop-check", "no mail was sent in this session yet"),
        ("copy-id", "no mail was accepted under a queue id yet"),
        ("export", "the transcript is empty"),
        ("copy-all", "the transcript is empty"),
        ("find-next", "nothing is looked for yet"),
        ("find-previous", "nothing is looked for yet"),
        ("undo", "nothing to undo"),
        ("redo", "nothing to do again"),
    ];
    for (id, why) in cases {
        let mut stage = demo();
        let before = stage.others.len();
        choose(&mut stage, Action::from_id(id).expect("an action"));
        assert!(shows(&stage, why), "{id}\n{}", stage.screen());
        assert_eq!(stage.others.len(), before, "{id}: {:?}", stage.others);
    }
    let mut stage = Stage::open((120, 40), settings(None));
    stage.press(&["Esc"]);
    for (id, why) in
        [("send", "no SMTP server is named"), ("open-mailbox", "no POP3 server"), ("refresh", "no POP3 server")]
    {
        choose(&mut stage, Action::from_id(id).expect("an action"));
        assert!(shows(&stage, why), "{id}\n{}", stage.screen());
    }
}

/// A mail comes in as if the server had sent it.
fn arrive(stage: &mut Stage, mail: &[u8], complete: bool) {
    let body = Notice::Body { kind: BodyKind::Retr, number: 1, bytes: mail.to_vec() };
    let octets = mail.len() as u64;
    let end = Notice::BodyEnd { kind: BodyKind::Retr, number: 1, octets, complete: true };
    for notice in [Some(body), complete.then_some(end)].into_iter().flatten() {
        stage.tell(Message::Report(Report::Pop3 { link: 1, notice }));
    }
}

#[test]
fn a_program_in_the_mail_is_not_opened() {
    let mut stage = listed();
    let mail =
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"report.pdf.exe\"\r\n\r\nMZ";
    arrive(&mut stage, mail, true);
    stage.press(&["O", "O", "y"]);
    assert!(shows(&stage, "report.pdf.exe is a program or a script"), "{}", stage.screen());
    assert!(!asked(&stage, |effect| matches!(effect, Effect::SaveParts { .. })));
}

#[test]
fn the_rate_of_a_message_on_its_way_counts_from_its_first_octets() {
    let mut stage = listed();
    stage.press(&["^X", "z"]);
    stage.tell_after(Duration::from_secs(100), Message::Wake);
    arrive(&mut stage, &vec![b'x'; 1_000_000], false);
    stage.tell_after(Duration::from_secs(1), Message::Wake);
    arrive(&mut stage, &vec![b'x'; 1_000_000], false);
    assert!(shows(&stage, "2.0 MB/s"), "{}", stage.screen());
}

#[test]
fn in_a_message_the_same_keys_look_for_text_in_it() {
    let mut stage = reading();
    stage.press(&["^X", "z"]);
    choose(&mut stage, Action::FindNext);
    assert!(shows(&stage, "nothing is looked for yet"), "what is looked for in the transcript is another thing");
    look_for(&mut stage, "SUBJECT");
    let marked = |stage: &Stage| {
        let buffer = stage.buffer();
        let cells = buffer.content().iter().filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED));
        cells.map(ratatui::buffer::Cell::symbol).collect::<String>()
    };
    assert!(marked(&stage).contains("Subject"), "{:?}", marked(&stage));
    assert!(!shows(&stage, "not found"), "{}", stage.screen());
    stage.press(&[">"]);
    assert!(shows(&stage, "went on from the top"), "{}", stage.screen());
    stage.press(&["<"]);
    assert!(shows(&stage, "went on from the end"), "{}", stage.screen());
    let mut stage = reading();
    look_for(&mut stage, "no such words");
    assert!(shows(&stage, "not found in this tab"), "{}", stage.screen());
}

#[test]
fn enter_shows_few_headers_or_all_and_the_next_message_is_shown_alike() {
    let mut stage = reading();
    stage.press(&["^X", "z"]);
    stage.press(&["]"]);
    assert!(shows(&stage, "Message-ID:") && shows(&stage, "Enter short"), "{}", stage.screen());
    stage.press(&["Enter"]);
    assert!(!shows(&stage, "Message-ID:") && shows(&stage, "Enter all"), "{}", stage.screen());
    stage.press(&["p"]);
    assert!(shows(&stage, "[Headers]") && shows(&stage, "Enter all"), "{}", stage.screen());
}

#[test]
fn the_dns_is_asked_after_one_warning_and_findings_are_told_for_the_open_message_only() {
    let findings = |summary: &str| Ok(Box::new(Findings { summary: summary.to_owned(), ..Findings::default() }));
    let mut stage = reading();
    stage.press(&["V", "Enter"]);
    assert_eq!(checks(&stage), 0, "not to ask is the default");
    stage.tell(Message::Verified(Arc::default(), findings("never asked for")));
    assert!(!shows(&stage, "never asked for"));
    stage.press(&["V", "y", "V"]);
    assert!(checks(&stage) == 1 && shows(&stage, "that message is being checked already"), "{}", stage.screen());
    let raw = checked(&stage);
    stage.tell(Message::Verified(Arc::new(raw.to_vec()), findings("of a message that is closed")));
    assert!(!shows(&stage, "of a message that is closed"));
    stage.tell(Message::Verified(raw, findings("a.example vouches for this mail")));
    assert!(shows(&stage, "a.example vouches for this mail"), "{}", stage.screen());
    assert!(shows(&stage, "[Checks]"), "what was found is shown\n{}", stage.screen());
    stage.press(&["V"]);
    assert_eq!(checks(&stage), 2, "one warning is enough");
    let raw = checked(&stage);
    stage.tell(Message::Verified(raw, Err("no name server".to_owned())));
    assert!(shows(&stage, "message 4 was not checked: no name server"), "{}", stage.screen());
    stage.press(&["V", "Esc", "Esc"]);
    let raw = checked(&stage);
    stage.tell(Message::Verified(raw, findings("too late")));
    assert!(!shows(&stage, "too late"), "{}", stage.screen());
}

#[test]
fn a_new_mail_throws_nothing_away_unasked() {
    let mut stage = typed();
    stage.press(&["^X", "N", "Enter"]);
    assert!(shows(&stage, "│xHi Bob,"), "to keep it is the default\n{}", stage.screen());
    assert!(!asked(&stage, |effect| matches!(effect, Effect::ForgetDraft(_))));
    let mut stage = demo();
    stage.press(&["^X", "N"]);
    assert!(!shows(&stage, "Start a new mail?"), "nothing was written\n{}", stage.screen());
}

#[test]
fn an_editor_that_failed_or_changed_nothing_leaves_the_body() {
    let mut stage = demo();
    stage.tell(Message::Edited(Ok(format!("{BODY}\n"))));
    assert!(!shows(&stage, "1 Compose *"), "{}", stage.screen());
    stage.tell(Message::Edited(Err("vi ended with 1".to_owned())));
    assert!(shows(&stage, "vi ended with 1") && shows(&stage, "│Hi Bob,"), "{}", stage.screen());
}

#[test]
fn an_account_of_ones_own_is_named() {
    let mut account = account();
    "work".clone_into(&mut account.name);
    let stage = Stage::open((120, 40), settings(Some(account)));
    assert!(asked(&stage, |effect| matches!(effect, Effect::Title(title) if title == "telepost: work")));
    assert!(shows(&stage, "[work]"));
}
