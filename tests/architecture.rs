//! The house rules of ARCHITECTURE.md, held against the source: who may import whom, and no cycles; which crates are
//! used where; and the few habits that no lint knows.
//!
//! Code under `#[cfg(test)]` is free: a test may reach for anything.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use support::imports::{Import, foreign_imports, own_imports, without_tests};
use support::source::{Token, tokens};

/// Every room, and the rooms that it may import. `*` stands for all.
const ROOMS: &[(&str, &str)] = &[
    ("wire", ""),
    ("mail", "wire"),
    ("keymap", ""),
    ("layout", ""),
    ("theme", ""),
    ("sasl", "wire"),
    ("transcript", "wire"),
    ("smtp", "sasl wire"),
    ("pop3", "sasl wire"),
    ("explain", "smtp pop3 wire"),
    ("config", "keymap theme wire sasl connection"),
    ("connection", "sasl smtp pop3 transcript wire"),
    ("equivalent", "mail smtp sasl wire connection"),
    ("sandbox", "sasl smtp pop3 wire"),
    ("ledger", "mail wire config"),
    ("drafts", "mail smtp wire config"),
    ("sent", "drafts mail smtp wire config"),
    ("download", "pop3 wire config"),
    ("batch", "mail smtp wire"),
    ("steps", "mail smtp pop3 sasl wire"),
    ("script", "smtp pop3 sasl transcript wire"),
    ("sessions", "script transcript smtp pop3 sasl wire config"),
    ("lesson", "transcript smtp pop3 wire config"),
    ("verify", "mail wire"),
    (
        "app",
        "wire sasl smtp pop3 mail explain transcript config keymap layout theme connection ledger drafts sent download verify equivalent batch steps script sessions lesson",
    ),
    (
        "ui",
        "app wire sasl smtp pop3 mail explain transcript config keymap layout theme connection verify steps lesson sessions",
    ),
    ("terminal", "theme wire"),
    ("run", "*"),
    ("cli", "*"),
    ("main", "*"),
    ("lib", ""),
];

/// Rooms that see only those types of `connection` that cross between the shells.
const ONLY_CROSSING_TYPES: &[&str] = &["app", "ui", "config", "equivalent"];

/// The modules of `connection` that hold these types.
const CROSSING: &[&str] = &["request", "report", "failure"];

/// Crates that only some rooms may use.
const CRATES: &[(&str, &str)] = &[
    ("tokio", "connection sandbox verify run cli main"),
    ("rustls", "connection sandbox"),
    ("tokio_rustls", "connection sandbox"),
    ("rustls_platform_verifier", "connection"),
    ("hickory_resolver", "connection"),
    ("tokio_socks", "connection"),
    ("ratatui", "ui layout theme run terminal app"),
    ("crossterm", "terminal run keymap app"),
    ("tui_textarea", "app ui"),
    ("tui_input", "app ui"),
    ("clap", "cli main"),
    ("csv", "batch"),
    ("indicatif", "cli"),
    ("mail_auth", "mail verify"),
    ("opener", "run"),
    ("similar", "mail transcript"),
    ("regex", "script sessions"),
    ("quick_junit", "cli"),
    ("pulldown_cmark_escape", "transcript"),
    ("shlex", "equivalent app"),
    ("directories", "config"),
    ("keyring", "config"),
    ("toml_edit", "config"),
];

/// Where ratatui may be used only in files that hold the state of a text area.
const RATATUI_FOR_TEXT_AREAS: &str = "app";

/// A source file of the program.
struct File {
    /// Below `src`, with `/`.
    path: String,
    text: String,
}

/// What stands in the program itself.
#[test]
fn the_source_keeps_the_rules() {
    let mut files = Vec::new();
    read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut files);
    assert!(files.len() > 10, "the source was not found");
    let faults = faults(&files);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn read_folder(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).expect("src is there").flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = format!("{prefix}{}", entry.file_name().display());
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files);
        } else if let Some("rs") = Path::new(&path).extension().and_then(|ending| ending.to_str()) {
            files.push(File { text: std::fs::read_to_string(entry.path()).expect("source is text"), path });
        }
    }
}

/// All that is against the rules.
fn faults(files: &[File]) -> Vec<String> {
    let crossing = crossing_types(files);
    let mut faults = Vec::new();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        faults.extend(habit_faults(file));
        let module = module_path(&file.path);
        if holds_tests(&file.path) {
            continue;
        }
        let from = module[0].clone();
        let words = without_tests(&tokens(&file.text));
        faults.extend(crate_faults(file, &from, &words));
        for import in own_imports(&words, &module) {
            if import.head != from {
                edges.entry(from.clone()).or_default().insert(import.head.clone());
                faults.extend(import_fault(&file.path, &from, &import, &crossing));
            }
        }
    }
    faults.extend(cycle(&edges).map(|rooms| format!("rooms import each other in a circle: {}", rooms.join(" → "))));
    faults
}

/// What no lint checks.
fn habit_faults(file: &File) -> Vec<String> {
    let path = &file.path;
    let mut faults = Vec::new();
    if !file.text.starts_with("//!") && !holds_tests(path) {
        faults.push(format!("{path}: does not open with //!"));
    }
    if path == "mod.rs" || path.ends_with("/mod.rs") {
        faults.push(format!("{path}: a room is foo.rs beside foo/, there is no mod.rs"));
    }
    let words = tokens(&file.text);
    for window in words.windows(3) {
        let [mark, bracket, name] = window else { continue };
        if matches!(mark.text.as_str(), "#" | "!") && bracket.text == "[" && name.text == "allow" {
            faults.push(format!("{path}:{}: expect with a reason, never allow", name.line));
        }
    }
    faults
}

/// Crates in rooms that may not use them.
fn crate_faults(file: &File, room: &str, words: &[Token]) -> Vec<String> {
    let mut faults = Vec::new();
    for import in foreign_imports(words) {
        let Some((name, rooms)) = CRATES.iter().find(|(name, _)| *name == import.head) else { continue };
        if !rooms.split(' ').any(|allowed| allowed == room) {
            faults.push(format!("{}:{}: {name} is not for {room}", file.path, import.line));
        }
        let text_area = words.iter().any(|word| word.text == "tui_textarea");
        if *name == "ratatui" && room == RATATUI_FOR_TEXT_AREAS && !text_area {
            faults.push(format!("{}:{}: ratatui without a text area in {room}", file.path, import.line));
        }
    }
    faults
}

/// What is wrong with an import of another room.
fn import_fault(path: &str, from: &str, import: &Import, crossing: &BTreeSet<String>) -> Option<String> {
    let Import { head, next, line } = import;
    if !ROOMS.iter().any(|(room, _)| room == head) {
        return Some(format!("{path}:{line}: no room is called {head}"));
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(room, _)| *room == from) else {
        return Some(format!("{path}: the room {from} is in no plan"));
    };
    if *allowed != "*" && !allowed.split(' ').any(|room| room == head) {
        return Some(format!("{path}:{line}: {from} may not import {head}"));
    }
    let crosses = |name: &str| crossing.contains(name) || CROSSING.contains(&name);
    let inner = head == "connection" && ONLY_CROSSING_TYPES.contains(&from) && !next.as_deref().is_some_and(crosses);
    inner.then(|| {
        let name = next.as_deref().unwrap_or("itself");
        format!("{path}:{line}: {from} sees only what crosses, not connection::{name}")
    })
}

/// The types that `connection` shows of its modules [`CROSSING`].
fn crossing_types(files: &[File]) -> BTreeSet<String> {
    let Some(root) = files.iter().find(|file| file.path == "connection.rs") else { return BTreeSet::new() };
    let words = tokens(&root.text);
    let statements = words.split(|word| word.text == ";");
    let shown = statements.filter(|statement| {
        let mut texts = statement.iter().map(|word| word.text.as_str()).skip_while(|text| *text != "use");
        let first = texts.nth(1);
        first.is_some_and(|name| CROSSING.contains(&name))
            || first == Some("self") && texts.nth(1).is_some_and(|name| CROSSING.contains(&name))
    });
    shown.flatten().map(|word| word.text.clone()).filter(|text| text.starts_with(char::is_uppercase)).collect()
}

/// Whether a file holds the tests of the module beside it and nothing else.
fn holds_tests(path: &str) -> bool {
    module_path(path).iter().any(|name| name == "tests")
}

/// `app/compose.rs` → `app`, `compose`.
fn module_path(path: &str) -> Vec<String> {
    path.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

/// A circle in the graph of rooms, if there is one.
fn cycle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        room: &str,
        edges: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|step| step == room) {
            return Some([&way[start..], &[room.to_owned()]].concat());
        }
        if !done.insert(room.to_owned()) {
            return None;
        }
        way.push(room.to_owned());
        let found = edges.get(room).into_iter().flatten().find_map(|next| visit(next, edges, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|room| visit(room, edges, &mut Vec::new(), &mut done))
}

/// The checker itself, on small programs.
mod checker {
    use super::{File, faults};

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: format!("//! x\n{text}") };
        faults(&files.iter().map(file).collect::<Vec<_>>())
    }

    #[test]
    fn what_the_plan_allows_is_silent() {
        let fine = [
            (
                "smtp/session.rs",
                "use super::Reply; use crate::{sasl, wire::{Engine, framing}}; use super::super::wire;",
            ),
            (
                "app.rs",
                "use crate::connection::{Request, failure::Failure}; use tui_textarea::TextArea; use ratatui::x;",
            ),
            ("connection.rs", "mod request; mod task; pub use request::{Request, Target}; pub use task::Handle;"),
            (
                "run.rs",
                "use crate::{app, ui}; use tokio::x; use crossterm::event; fn f() { crate::connection::Handle; }",
            ),
            (
                "wire.rs",
                "/* crate::smtp /* */ */ // crate::smtp\nconst A: &str = \"crate::smtp\"; const B: &str = r#\"\"crate::smtp\"#;",
            ),
            (
                "wire/text.rs",
                "fn f<'a>(x: &'a str) -> char { '\"' } // \"\nconst C: char = '\\''; const D: u8 = b'\"';",
            ),
            ("mail.rs", "#[cfg(test)]\nmod tests { use crate::smtp; fn f() { { } } }"),
            ("mail/tests.rs", "use crate::smtp;"),
            ("layout.rs", "fn f() { self.tokio.x(); my::tokio::x(); }"),
        ];
        assert_eq!(found(&fine), [""; 0]);
    }

    #[test]
    fn each_rule_is_held() {
        let cases = [
            ("wire.rs", "use crate::smtp;", "wire.rs:2: wire may not import smtp"),
            ("smtp/reply.rs", "fn f(x: crate::pop3::Reply) {}", "smtp/reply.rs:2: smtp may not import pop3"),
            ("smtp/reply.rs", "use super::super::pop3::Reply;", "smtp/reply.rs:2: smtp may not import pop3"),
            ("smtp.rs", "use super::pop3;", "smtp.rs:2: smtp may not import pop3"),
            ("smtp.rs", "use crate::{wire, pop3};", "smtp.rs:2: smtp may not import pop3"),
            ("smtp.rs", "use crate::{\n wire::{a, b},\n pop3::{c}};", "smtp.rs:4: smtp may not import pop3"),
            ("ui/pane.rs", "use crate::run::Loop;", "ui/pane.rs:2: ui may not import run"),
            (
                "app.rs",
                "use crate::connection::Handle;",
                "app.rs:2: app sees only what crosses, not connection::Handle",
            ),
            ("app.rs", "use crate::connection;", "app.rs:2: app sees only what crosses, not connection::itself"),
            (
                "ui.rs",
                "use crate::connection::{failure::Failure, task};",
                "ui.rs:2: ui sees only what crosses, not connection::task",
            ),
            ("app.rs", "use tokio::sync;", "app.rs:2: tokio is not for app"),
            ("app.rs", "#[tokio::test]\nfn f() {}", "app.rs:2: tokio is not for app"),
            ("app.rs", "fn f() { ::tokio::spawn(x) }", "app.rs:2: tokio is not for app"),
            ("app/list.rs", "use ratatui::style;", "app/list.rs:2: ratatui without a text area in app"),
            ("mail.rs", "use ratatui;", "mail.rs:2: ratatui is not for mail"),
            ("ui.rs", "use crossterm::event;", "ui.rs:2: crossterm is not for ui"),
            ("cli.rs", "use rustls::x;", "cli.rs:2: rustls is not for cli"),
            ("wire/mod.rs", "", "wire/mod.rs: a room is foo.rs beside foo/, there is no mod.rs"),
            ("wire.rs", "#[allow(dead_code)]\nfn f() {}", "wire.rs:2: expect with a reason, never allow"),
            ("wire.rs", "#![allow(dead_code)]", "wire.rs:2: expect with a reason, never allow"),
            ("attic.rs", "use crate::wire;", "attic.rs: the room attic is in no plan"),
            ("run.rs", "use crate::Reply;", "run.rs:2: no room is called Reply"),
            ("keymap.rs", "#[cfg(test)]\nuse crate::a;\nuse crate::wire;", "keymap.rs:4: keymap may not import wire"),
        ];
        for (path, text, fault) in cases {
            assert_eq!(found(&[(path, text)]), [fault], "{text}");
        }
    }

    #[test]
    fn every_file_says_what_it_is_for() {
        let bare = |path: &str| File { path: path.into(), text: "fn f() {}".into() };
        assert_eq!(faults(&[bare("wire.rs"), bare("wire/tests.rs")]), ["wire.rs: does not open with //!"]);
    }

    #[test]
    fn rooms_that_import_each_other_are_found() {
        let round =
            [("run.rs", "use crate::cli;"), ("cli.rs", "use crate::terminal;"), ("cli/a.rs", "use crate::run;")];
        assert_eq!(found(&round), ["rooms import each other in a circle: cli → run → cli"]);
    }
}
