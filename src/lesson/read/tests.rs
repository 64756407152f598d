use super::*;
use crate::lesson::format::Kind;

pub const SMALL: &str = r#"
id = "noop"
title = "Do nothing"
goal = "You say NOOP."
needs = ["smtp"]

[[step]]
say = """
  Say NOOP.
  Nothing happens.
"""
why = "It keeps the line open."
hints = ["Type the verb."]
keys = ["{key:prompt}", "'NOOP'", "Enter"]
until = [{ reply = "noop", code = 250, by = "hand" }]
wrong = [{ reply = "NOP", say = "NOOP has two Os." }]
done = "{code}: nothing happened."
"#;

#[test]
fn a_lesson_is_read_whole() {
    let lesson = parse(SMALL).unwrap().lesson;
    assert_eq!((lesson.id.as_str(), lesson.part.as_str(), lesson.needs.smtp), ("noop", "own", true));
    let [step] = &lesson.steps[..] else { panic!() };
    assert_eq!(step.say, "Say NOOP.\nNothing happens.");
    assert_eq!(step.keys[1], Press::Text("NOOP".to_owned()));
    assert_eq!((step.until[0].kind, &step.until[0].verbs[..]), (Kind::Reply, &["NOOP".to_owned()][..]));
    assert_eq!(step.wrong[0].say, "NOOP has two Os.");
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let text = SMALL
        .replace("code = 250", "code = \"250\"")
        .replace("needs = [\"smtp\"]", "needs = [\"imap\"]\nneed = 1")
        .replace("by = \"hand\"", "by = \"foot\"")
        .replace("done = ", "don = ")
        .replace("id = \"noop\"", "id = \"No op\"");
    let mistakes = parse(&text).unwrap_err();
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    for wanted in [
        "line 2, column 6: id is made of",
        "line 5, column 10: \"imap\"",
        "line 6, column 1: there is no key \"need\"",
        "code is a number",
        "by is one of hand, form, any",
        "done is missing",
        "there is no key \"don\" here; there are say, why",
    ] {
        assert!(told.iter().any(|told| told.contains(wanted)), "{wanted}: {told:#?}");
    }
    assert_eq!(told.len(), 7, "{told:#?}");
}

#[test]
fn what_is_needed_for_a_step_to_be_reached_is_asked_for() {
    for (from, to, told) in [
        ("until = [{ reply = \"noop\", code = 250, by = \"hand\" }]", "", "never done"),
        ("reply = \"noop\", ", "", "not what happens"),
        ("reply = \"noop\", ", "reply = \"noop\", sent = \"NOOP\", ", "twice"),
        ("hints = [\"Type the verb.\"]", "", "no hints"),
        ("keys = [\"{key:prompt}\", \"'NOOP'\", \"Enter\"]", "", "no keys"),
        ("[[step]]", "[step]", "list of tables"),
        ("say = \"\"\"", "say = 1\nx = \"\"\"", "say is a text"),
        ("id = ", "id = = ", "line 2"),
    ] {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL);
        let mistakes = parse(&text).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.to_string().contains(told)), "{told}: {mistakes:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}", at in 0..SMALL.len()) {
        let _ = parse(&text);
        let _ = parse(&format!("{}{text}{}", &SMALL[..at], &SMALL[at..]));
    }
}
