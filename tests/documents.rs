//! The documents, held against the program: links, keys, commands, scripts and lessons, and the rooms, rules, functions
//! and files that ARCHITECTURE.md names.

use std::path::{Path, PathBuf};

use clap::Parser;
use telepost::keymap::action::ALL;
use telepost::keymap::{Chord, Keymap, Lookup, Scope};
use telepost::lesson::check::{self, Known};
use telepost::sandbox::Fault;
use telepost::script::Script;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Path and text of every document: those beside the manifest, and those in `docs`.
fn documents() -> Vec<(String, String)> {
    let mut names: Vec<String> = ["", "docs/"].into_iter().flat_map(markdown_in).collect();
    names.sort();
    assert!(names.len() >= 6 && names.iter().any(|name| name.starts_with("docs/")), "{names:?}");
    names.into_iter().map(|name| (name.clone(), read(name))).collect()
}

/// Markdown files of a folder, by their path.
fn markdown_in(folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(root().join(folder)).expect("the project is there").flatten();
    let names = files.map(|file| format!("{folder}{}", file.file_name().display()));
    names.filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "md")).collect()
}

/// What stands between `start` and the next `end`, each time.
fn between<'a>(text: &'a str, start: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// Words in backquotes.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The text under a heading, up to the next heading of any level.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let body = &text[start + heading.len() + 2..];
    body.find("\n#").map_or(body, |end| &body[..end])
}

/// Tables as rows of cells, the heading first and without the line under it.
fn tables(text: &str) -> Vec<Vec<Vec<&str>>> {
    let mut tables: Vec<Vec<Vec<&str>>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let row = line.strip_prefix('|').and_then(|line| line.strip_suffix('|'));
        match row {
            Some(row) if row.starts_with("---") => {}
            Some(row) => {
                let row = row.split('|').map(str::trim).collect();
                match tables.last_mut().filter(|_| inside) {
                    Some(table) => table.push(row),
                    None => tables.push(vec![row]),
                }
            }
            None => {}
        }
        inside = row.is_some();
    }
    tables
}

/// What stands in fences of this language.
fn fences<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.match_indices(&open).filter_map(|(at, open)| text[at + open.len()..].split("\n```").next()).collect()
}

/// Lines of the shell in fences marked `sh`.
fn shell_lines(text: &str) -> Vec<&str> {
    fences(text, "sh").into_iter().flat_map(str::lines).collect()
}

/// Words of a simple command line: quotes, no expansion; ends at a redirection.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for sign in line.chars() {
        match sign {
            '"' | '\'' if quote.is_none() => quote = Some(sign),
            _ if quote == Some(sign) => quote = None,
            '>' if quote.is_none() => break,
            ' ' if quote.is_none() => words.push(std::mem::take(&mut word)),
            _ => word.push(sign),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_link_and_picture_is_there() {
    for (name, text) in documents() {
        let quoted = between(&text, "src=\"", '"').chain(between(&text, "srcset=\"", '"'));
        for target in between(&text, "](", ')').chain(quoted) {
            let outside = ["https://", "http://"].iter().any(|scheme| target.starts_with(scheme));
            let path = root().join(&name).with_file_name(target.split('#').next().unwrap_or_default());
            assert!(outside || path.exists(), "{name} links to {target}");
        }
    }
}

#[test]
fn every_path_that_is_named_is_there() {
    for (name, text) in documents() {
        let folders = ["src/", "tests/", "assets/", "benches/", "docs/", "screenshots/", ".ci/"];
        for path in code(&text).into_iter().filter(|path| folders.iter().any(|folder| path.starts_with(folder))) {
            assert!(root().join(path).exists(), "{name} names {path}");
        }
    }
}

#[test]
fn the_keys_of_the_readme_do_what_it_says() {
    let readme = read("README.md");
    let keymap = Keymap::default();
    let table = &tables(section(&readme, "## Keys"))[0];
    for row in &table[1..] {
        let [key, place, _, action] = row[..] else { panic!("{row:?}") };
        let scope = match place {
            "everywhere" => Scope::Global,
            "outside text fields" => Scope::Browse,
            "form" => Scope::Compose,
            "transcript" => Scope::Transcript,
            "mailbox" => Scope::Mailbox,
            "message" => Scope::Message,
            "steps" => Scope::Steps,
            other => panic!("where is {other:?}?"),
        };
        let chord: Chord = code(key)[0].parse().unwrap();
        let Lookup::Action(found) = keymap.lookup(&[scope], &[chord]) else { panic!("{key} does nothing {place}") };
        assert_eq!(found.info().id, code(action)[0], "{key} {place}");
    }
}

#[test]
fn the_keys_behind_ctrl_x_that_the_documents_name_do_something() {
    let keymap = Keymap::default();
    let mut seen = 0;
    for (name, text) in documents() {
        let leader = |text: &&str| text.starts_with("Ctrl-X ") || text.starts_with("^X ");
        // Fences would make code of what stands between them.
        let prose: String = text.split("```").step_by(2).collect();
        for text in code(&prose).into_iter().filter(leader).filter(|text| *text != "^X v") {
            let keys: Vec<Chord> = text.split(' ').skip(1).map(|key| key.parse().unwrap()).collect();
            assert!(matches!(keymap.lookup(&[Scope::Leader], &keys), Lookup::Action(_)), "{name}: {text}");
            seen += 1;
        }
    }
    assert!(seen > 5, "only {seen} keys were found");
}

#[test]
fn the_scripts_of_the_documents_read() {
    let mut seen = 0;
    for (name, text) in documents() {
        for script in fences(&text, "telepost") {
            let read = Script::parse(script);
            assert!(read.is_ok(), "{name}: {:?} in\n{script}", read.err());
            seen += 1;
        }
    }
    assert!(seen > 4, "only {seen} scripts were found");
}

#[test]
fn the_lessons_of_the_documents_are_sound() {
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    let actions: Vec<&str> = ALL.iter().map(|info| info.id).collect();
    let mut seen = 0;
    for (name, text) in documents() {
        for file in fences(&text, "toml").into_iter().filter(|file| file.contains("[[step]]")) {
            let read = telepost::lesson::read::parse(file).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
            let faults = check::faults(&read.lesson, &Known { faults: &faults, actions: &actions });
            assert!(faults.is_empty(), "{name}: {faults:?}");
            seen += 1;
        }
    }
    assert!(seen > 0, "no lesson was found");
}

#[test]
fn the_commands_of_the_documents_parse() {
    let mut seen = 0;
    for (name, text) in documents() {
        for line in shell_lines(&text) {
            let command = line.rsplit(" | ").next().unwrap();
            let words = words(command);
            if words[0] == "telepost" {
                let parsed = telepost::cli::Cli::try_parse_from(&words);
                assert!(parsed.is_ok(), "{name}: {line}: {}", parsed.unwrap_err());
                seen += 1;
            }
            if let Some(at) = words.iter().position(|word| word == "--test") {
                assert!(root().join(format!("tests/{}.rs", words[at + 1])).exists(), "{name}: {line}");
            }
        }
    }
    assert!(seen > 5, "only {seen} commands were found");
}

#[test]
fn the_rooms_are_those_of_the_crate() {
    let (architecture, root_module) = (read("ARCHITECTURE.md"), read("src/lib.rs"));
    let mut rooms: Vec<&str> = between(&root_module, "\npub mod ", ';').collect();
    let table = &tables(section(&architecture, "## Rooms"))[0];
    let mut named: Vec<&str> = table[1..].iter().map(|row| code(row[0])[0]).collect();
    rooms.sort_unstable();
    named.sort_unstable();
    assert_eq!(named, rooms);
    for row in &table[1..] {
        let folder = root().join("src").join(code(row[0])[0]);
        for file in code(row[2]).into_iter().filter(|file| !file.starts_with("assets/")) {
            assert!(holds(&folder, &format!("{file}.rs")), "{} has no {file}", folder.display());
        }
    }
}

/// Whether `folder`, or a folder in it, has this file.
fn holds(folder: &Path, file: &str) -> bool {
    let inner = || std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    folder.join(file).exists() || inner().filter(|path| path.is_dir()).any(|path| holds(&path, file))
}

#[test]
fn the_rules_are_those_that_the_test_holds() {
    let (architecture, test) = (read("ARCHITECTURE.md"), read("tests/architecture.rs"));
    let tables = tables(section(&architecture, "## Who may import whom"));
    for (table, name) in tables.iter().zip(["ROOMS", "CRATES"]) {
        let start = test.find(&format!("const {name}:")).expect("the list has this name");
        let list = test[start..].split("];").next().unwrap();
        // A pair may be on lines of its own; there is nothing but strings in it.
        let strings: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        let held: Vec<(&str, &str)> = strings.chunks(2).map(|pair| (pair[0], pair[1])).collect();
        let told = table[1..].iter().map(|row| (code(row[0])[0], row[1]));
        let told: Vec<(&str, &str)> = told
            .map(|(room, rooms)| match rooms {
                "nothing" => (room, ""),
                "everything" => (room, "*"),
                _ => (room, rooms),
            })
            .collect();
        assert_eq!(told, held, "{name}");
    }
}

#[test]
fn functions_and_limits_are_where_the_architecture_says() {
    let architecture = read("ARCHITECTURE.md");
    let mut seen = 0;
    for table in tables(&architecture).into_iter().filter(|table| table[0].last() == Some(&"File")) {
        let names = ["Functions", "How", "Limit"];
        let column = table[0].iter().position(|title| names.contains(title)).expect("a column of names");
        for row in &table[1..] {
            let path = code(row.last().unwrap())[0];
            let source = read(path);
            for name in code(row[column]) {
                assert!(declares(&source, name), "{path} has no {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "only {seen} names were found");
}

/// Whether `source` declares `name`, a function or type; of `Type::function` both, the type at least in an `impl`.
fn declares(source: &str, name: &str) -> bool {
    let (owner, item) = name.split_once("::").map_or((None, name), |(owner, item)| (Some(owner), item));
    let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let has_word = |line: &str, word: &str| line.split(|sign| !is_word(sign)).any(|other| other == word);
    let kinds = ["fn", "struct", "enum", "const", "trait"];
    let declared = kinds.iter().any(|kind| {
        let starts = between(source, kind, '\n').filter_map(|rest| rest.strip_prefix(' '));
        starts.into_iter().any(|rest| rest.split(|sign| !is_word(sign)).next() == Some(item))
    });
    let has_owner = |owner| {
        let mut heads = source.lines().filter(|line| line.starts_with("impl") || line.contains("trait "));
        heads.any(|line| has_word(line, owner))
    };
    declared && owner.is_none_or(has_owner)
}
