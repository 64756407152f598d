use proptest::prelude::*;

use super::*;
use crate::lesson::format::{Kind, Pattern, Press, Wrong};
use crate::lesson::happened::{By, Place};
use crate::wire::Side;

fn reply(verb: &str, code: u16) -> Happened {
    let class = match code / 100 {
        2 => Class::Ok,
        3 => Class::More,
        4 => Class::Temp,
        _ => Class::Perm,
    };
    Happened::Reply(Reply {
        side: Side::Smtp,
        verb: verb.to_owned(),
        asked: verb.to_owned(),
        code: Some(code),
        class: Some(class),
        enhanced: None,
        text: format!("{code} text"),
        by: By::Hand,
    })
}

fn to(verb: &str, code: u16) -> Pattern {
    Pattern { kind: Kind::Reply, verbs: vec![verb.to_owned()], codes: vec![code], ..Pattern::default() }
}

fn step(until: &[(&str, u16)]) -> Step {
    Step {
        until: until.iter().map(|(verb, code)| to(verb, *code)).collect(),
        done: "{verb}: {code}".to_owned(),
        hints: vec!["a hint".to_owned()],
        keys: vec![Press::Keys("{key:send}".to_owned())],
        ..Step::default()
    }
}

fn course(steps: Vec<Step>, before: Option<Progress>) -> Course {
    let lesson = Lesson {
        id: "x".to_owned(),
        title: "X".to_owned(),
        goal: String::new(),
        part: String::new(),
        needs: crate::lesson::format::Needs::default(),
        faults: Vec::new(),
        steps,
    };
    Course::new(Arc::new(lesson), before, "sandbox", Timestamp::UNIX_EPOCH)
}

fn words(name: &str) -> Option<String> {
    (name == "key:send").then(|| "F5".to_owned())
}

fn tell(course: &mut Course, happened: &Happened) -> Vec<Told> {
    course.event(happened, &words, Timestamp::UNIX_EPOCH)
}

#[test]
fn it_moves_on_when_all_was_seen_in_whatever_order() {
    let mut course = course(vec![step(&[("MAIL", 250), ("RCPT", 250)]), step(&[("DATA", 354)])], None);
    assert!(tell(&mut course, &reply("RCPT", 250)).is_empty());
    let told = tell(&mut course, &reply("MAIL", 250));
    assert_eq!(told, [Told::Done("MAIL: 250".to_owned()), Told::Begins]);
    assert_eq!(tell(&mut course, &reply("DATA", 354)), [Told::Done("DATA: 354".to_owned()), Told::Finished]);
    assert!(course.step().is_none() && course.progress().finished.is_some());
    assert!(tell(&mut course, &reply("DATA", 354)).is_empty());
}

#[test]
fn what_comes_a_step_early_counts() {
    let mut course = course(vec![step(&[("MAIL", 250)]), step(&[("RCPT", 250)]), step(&[("DATA", 354)])], None);
    assert!(tell(&mut course, &reply("RCPT", 250)).is_empty());
    assert_eq!(tell(&mut course, &reply("MAIL", 250)).len(), 4);
    assert_eq!(course.at(), 2);
}

#[test]
fn one_event_counts_once() {
    let mut course = course(vec![step(&[("MAIL", 250)]), step(&[("MAIL", 250)])], None);
    tell(&mut course, &reply("MAIL", 250));
    assert_eq!(course.at(), 1);
}

#[test]
fn a_wrong_turn_is_told_and_kept_and_nothing_is_lost() {
    let mut first = step(&[("MAIL", 250)]);
    first.wrong = vec![Wrong { when: to("RCPT", 503), say: "{verb} came too early".to_owned() }];
    let mut course = course(vec![first], None);
    let told = tell(&mut course, &reply("RCPT", 503));
    assert_eq!(told, [Told::Wrong("RCPT came too early".to_owned())]);
    let told = tell(&mut course, &reply("NOPE", 500));
    assert!(matches!(&told[..], [Told::Wrong(why)] if why.contains("does not know that command")), "{told:?}");
    assert!(tell(&mut course, &reply("NOOP", 250)).is_empty());
    tell(&mut course, &reply("MAIL", 250));
    let done = &course.progress().done[0];
    assert_eq!((done.wrong.len(), done.rows.len()), (2, 4));
}

#[test]
fn hints_get_plainer_and_the_last_gives_the_keys() {
    let mut course = course(vec![step(&[("MAIL", 250)])], None);
    let mut hint = || course.hint(&words).unwrap();
    assert_eq!([hint(), hint(), hint()], ["a hint", "Press F5.", "Press F5."]);
    tell(&mut course, &reply("MAIL", 250));
    assert_eq!(course.progress().done[0].hints, 2);
}

#[test]
fn it_is_gone_on_with_at_a_step_that_needs_no_line_from_before() {
    let fresh = Step { fresh: true, ..step(&[("EHLO", 250)]) };
    let steps = vec![step(&[("MAIL", 250)]), fresh, step(&[("RCPT", 250)])];
    let mut first = course(steps.clone(), None);
    tell(&mut first, &reply("MAIL", 250));
    tell(&mut first, &reply("EHLO", 250));
    let second = course(steps.clone(), Some(first.progress().clone()));
    assert_eq!((second.at(), second.progress().done.len()), (1, 1));
    let shorter = course(steps[..1].to_vec(), Some(first.progress().clone()));
    assert_eq!(shorter.at(), 0);
}

#[test]
fn a_step_that_cannot_be_done_is_left_out_and_says_why() {
    let mut course = course(vec![step(&[("MAIL", 250)]), step(&[("RCPT", 250)])], None);
    assert_eq!(course.skip("the server cannot do it", Timestamp::UNIX_EPOCH).len(), 2);
    assert_eq!(course.progress().done[0].skipped.as_deref(), Some("the server cannot do it"));
    assert_eq!(course.at(), 1);
}

fn any_event() -> impl Strategy<Value = Happened> {
    let verbs = prop::sample::select(vec!["MAIL", "RCPT", "DATA", ".", "QUIT", "EHLO", ""]);
    let codes = prop::sample::select(vec![220, 221, 250, 354, 421, 451, 500, 503, 550, 999]);
    prop_oneof![
        4 => (verbs.clone(), codes).prop_map(|(verb, code)| reply(verb, code)),
        1 => (verbs, ".{0,20}").prop_map(|(verb, line)| Happened::Command {
            side: Side::Smtp,
            verb: verb.to_owned(),
            line,
            by: By::Form,
        }),
        1 => ".{0,20}".prop_map(|text| Happened::Line { text, by: By::Hand }),
        1 => any::<bool>().prop_map(|clean| Happened::Closed(Side::Pop3, clean)),
        1 => any::<usize>().prop_map(Happened::Marked),
        1 => Just(Happened::Looks(Place::Form)),
        1 => any::<u64>().prop_map(|stuffed| Happened::Dot { stuffed, by: By::Hand }),
    ]
}

proptest! {
    #[test]
    fn no_sequence_of_events_panics_or_goes_back(
        events in prop::collection::vec(any_event(), 0..60),
        skips in prop::collection::vec(any::<bool>(), 60),
    ) {
        for (lesson, _) in crate::lesson::shelf::built_in() {
            let mut course = Course::new(lesson, None, "x", Timestamp::UNIX_EPOCH);
            let mut at = 0;
            for (happened, skip) in events.iter().zip(&skips) {
                tell(&mut course, happened);
                if *skip {
                    course.hint(&words);
                }
                prop_assert!(course.at() >= at && course.at() <= course.lesson().steps.len());
                at = course.at();
                prop_assert_eq!(course.progress().done.len(), at);
            }
        }
    }
}
