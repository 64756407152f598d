//! The lessons that come with the program: sound, and each played through on the sandbox by a person who knows nothing
//! but the keys that the last hint gives.

mod support {
    #[expect(dead_code, reason = "the lessons need a part of the stage")]
    pub mod stage;
}

use support::stage::Stage;
use telepost::app::Message;
use telepost::app::lessons::Told;
use telepost::keymap::action::ALL;
use telepost::lesson::check::{self, Known};
use telepost::lesson::progress::{Progress, Standing};
use telepost::lesson::shelf::built_in;
use telepost::sandbox::Fault;

/// Wide enough that no hint is broken.
const SIZE: (u16, u16) = (420, 60);

fn begin(id: &str, size: (u16, u16)) -> Stage {
    let mut stage = Stage::demo(size);
    stage.tell(Message::Lessons(Told::Wanted(id.to_owned())));
    stage
}

fn progress<'s>(stage: &'s Stage, id: &str) -> &'s Progress {
    &stage.cupboard.lessons.lessons[id]
}

/// The last hint, as it stands above the panes.
fn last_hint(stage: &mut Stage) -> String {
    for _ in 0..6 {
        stage.press(&["^X", "g", "h"]);
    }
    let screen = stage.screen();
    let line = screen.lines().find_map(|line| line.strip_prefix(" Hint: "));
    line.unwrap_or_else(|| panic!("no hint:\n{screen}")).trim_end().to_owned()
}

/// Does what a hint such as `Press F5, then type QUIT Enter.` says, to the letter.
fn follow(stage: &mut Stage, hint: &str) {
    let hint = hint.strip_suffix('.').expect("a sentence");
    for (number, part) in hint.split(", then ").enumerate() {
        let part = if number == 0 { part.replacen(&part[..1], &part[..1].to_lowercase(), 1) } else { part.to_owned() };
        if let Some(keys) = part.strip_prefix("press ") {
            stage.press(&keys.split(' ').collect::<Vec<_>>());
        } else if let Some(typed) = part.strip_prefix("type ") {
            type_line(stage, typed);
        } else {
            panic!("{part:?} says neither press nor type");
        }
    }
}

fn type_line(stage: &mut Stage, typed: &str) {
    let Some(text) = typed.strip_suffix(" Enter") else { return stage.type_text(typed) };
    stage.type_text(text);
    stage.press(&["Enter"]);
    // A warned line waits for a second Enter.
    let waits =
        |line: &str| (line.starts_with("SMTP") || line.starts_with("POP3")) && line.contains(&format!("> {text}"));
    if stage.screen().lines().any(waits) {
        stage.press(&["Enter"]);
    }
}

#[test]
fn our_lessons_are_sound() {
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    let actions: Vec<&str> = ALL.iter().map(|info| info.id).collect();
    for (lesson, _) in built_in() {
        let found = check::faults(&lesson, &Known { faults: &faults, actions: &actions });
        assert!(found.is_empty(), "{}: {found:#?}", lesson.id);
        assert!(!lesson.steps.iter().any(|step| step.hints.len() < 2), "{}: several hints a step", lesson.id);
    }
}

#[test]
fn the_example_of_the_documentation_is_sound() {
    let text = include_str!("../docs/lessons.md");
    let (_, rest) = text.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    let read = telepost::lesson::read::parse(example).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let actions: Vec<&str> = ALL.iter().map(|info| info.id).collect();
    assert_eq!(check::faults(&read.lesson, &Known { faults: &[], actions: &actions }), []);
}

#[test]
fn the_tour_has_seven_lessons_and_each_text_has_one() {
    let lessons = built_in();
    let of = |part: &str| lessons.iter().filter(|(lesson, _)| lesson.part == part).count();
    assert_eq!(of("tour"), 7);
    for number in 1..=5 {
        assert_eq!(of(&format!("guide {number}")), 1, "{number}");
    }
}

#[test]
fn every_lesson_is_finished_with_the_keys_of_the_last_hints_alone() {
    for (lesson, _) in built_in() {
        let id = lesson.id.as_str();
        let mut stage = begin(id, SIZE);
        while progress(&stage, id).standing() != Standing::Done {
            let at = progress(&stage, id).at;
            let hint = last_hint(&mut stage);
            follow(&mut stage, &hint);
            let reached = progress(&stage, id).at;
            assert!(reached > at, "{id}, step {}: {hint:?} does not lead on\n{}", at + 1, stage.screen());
        }
        stage.sees(&format!("Done: {}", lesson.title));
        let done = &progress(&stage, id).done;
        assert_eq!(done.len(), lesson.steps.len(), "{id}");
        let skipped: Vec<_> = done.iter().filter_map(|done| done.skipped.as_ref()).collect();
        assert!(skipped.is_empty(), "{id}: {skipped:?}");
        let wrong: Vec<_> = done.iter().flat_map(|done| &done.wrong).collect();
        assert!(wrong.is_empty(), "{id}: {wrong:?}");
    }
}

#[test]
fn all_that_a_step_says_is_seen_at_80_columns() {
    for (lesson, _) in built_in() {
        let mut stage = begin(&lesson.id, (80, 24));
        stage.sees("step 1/");
        stage.sees("Why: ");
        let say = lesson.steps[0].say.lines().last().unwrap_or_default();
        let end = say.rsplit(' ').next().unwrap_or_default();
        if !end.contains(['{', '}']) {
            stage.sees(end);
        }
        stage.resize((20, 6));
        stage.resize((60, 16));
        stage.sees("step 1/");
    }
}
