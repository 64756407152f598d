//! Each switch does what its row says, and undoes it.

use super::*;
use crate::app::Account;
use crate::smtp::{Manner, Pace};

fn form() -> Compose {
    let account = Account { from: "ada@sandbox.test".to_owned(), ..Account::empty("lab.test".to_owned()) };
    Compose::new(&account)
}

#[test]
fn every_switch_has_a_name_and_a_line_and_is_off_in_a_new_mail() {
    let form = form();
    let all = [Switch::of(Tab::Options), Switch::of(Tab::Faults)].concat();
    for switch in &all {
        assert!(!switch.label().is_empty() && !switch.explanation().is_empty(), "{switch:?}");
        let off = [State::Off, State::Text(String::new()), State::Button];
        assert!(off.contains(&form.state(*switch)), "{switch:?}");
        assert_eq!(all.iter().filter(|other| other.label() == switch.label()).count(), 1, "{switch:?}");
    }
    assert_eq!(form.faults_on_purpose(), Vec::<String>::new());
}

#[test]
fn a_switch_is_on_after_one_press_and_all_is_as_before_after_two() {
    for switch in [Switch::of(Tab::Options), Switch::of(Tab::Faults)].concat() {
        let (mut form, now) = (form(), Instant::now());
        if form.state(switch) != State::Off {
            continue;
        }
        assert_eq!(form.flip(switch, now), Used::Switched, "{switch:?}");
        assert_eq!(form.state(switch), State::On, "{switch:?}");
        form.flip(switch, now);
        assert_eq!((form.state(switch), &form.manner, form.pace), (State::Off, &Manner::default(), Pace::default()));
    }
}

#[test]
fn the_first_row_of_the_faults_switches_all_of_them_off() {
    let (mut form, now) = (form(), Instant::now());
    let flaws = [Switch::Flaw(Flaw::NoDate), Switch::Wire(WireFlaw::Unstuffed), Switch::Halt(Stage::Body, Leave::Drop)];
    for switch in flaws {
        form.flip(switch, now);
    }
    assert_eq!(form.faults_on_purpose(), ["no-date", "unstuffed", "drop-after-body"]);
    form.flip(Switch::Halt(Stage::Mail, Leave::Quit), now);
    form.flip(Switch::Flaw(Flaw::TwoDates), now);
    assert_eq!(form.faults_on_purpose(), ["two-dates", "unstuffed", "quit-after-mail"], "one of each kind");
    form.flip(Switch::of(Tab::Faults)[0], now);
    assert_eq!(form.faults_on_purpose(), Vec::<String>::new());
    assert_eq!(form.manner, Manner::default());
}

#[test]
fn notify_never_shuts_out_the_cases_and_they_shut_it_out() {
    let (mut form, now) = (form(), Instant::now());
    form.flip(Switch::NotifySuccess, now);
    form.flip(Switch::NotifyDelay, now);
    assert_eq!([Switch::NotifySuccess, Switch::NotifyDelay].map(|it| form.state(it)), [State::On, State::On]);
    form.flip(Switch::NotifyNever, now);
    assert_eq!([Switch::NotifySuccess, Switch::NotifyNever].map(|it| form.state(it)), [State::Off, State::On]);
    form.flip(Switch::NotifyFailure, now);
    assert_eq!([Switch::NotifyFailure, Switch::NotifyNever].map(|it| form.state(it)), [State::On, State::Off]);
}

#[test]
fn texts_are_checked_as_they_are_typed() {
    for (switch, typed, shown) in [
        (Switch::EnvelopeId, " QQ314159 ", Some("QQ314159")),
        (Switch::EnvelopeId, "a\u{a0}b", None),
        (Switch::EnvelopeId, &"x".repeat(101), None),
        (Switch::DeliverBy, "3600;r", Some("3600;R")),
        (Switch::DeliverBy, "-5;NT", Some("-5;NT")),
        (Switch::DeliverBy, "120", Some("120;N")),
        (Switch::DeliverBy, "0;R", None),
        (Switch::DeliverBy, "soon", None),
        (Switch::Hold, "86400", Some("86400")),
        (Switch::Hold, "2026-12-24T19:00:00+01:00", Some("2026-12-24T18:00:00Z")),
        (Switch::Hold, "0", None),
        (Switch::Hold, "tomorrow", None),
        (Switch::DkimDomain, "example.com", Some("example.com")),
        (Switch::DkimSelector, "a b", None),
    ] {
        let (mut form, now) = (form(), Instant::now());
        assert!(matches!(form.flip(switch, now), Used::Asks(..)), "{switch:?}");
        let taken = form.set_switch(switch, typed, now).is_ok();
        assert_eq!(taken.then(|| form.state(switch)), shown.map(|text| State::Text(text.to_owned())), "{typed}");
        form.set_switch(switch, "", now).unwrap();
        assert_eq!(form.state(switch), State::Text(String::new()));
        assert_eq!((&form.manner, &form.dkim), (&Manner::default(), &None));
    }
}

#[test]
fn a_key_brings_the_domain_of_from_and_a_selector_along() {
    let (mut form, now) = (form(), Instant::now());
    form.set_switch(Switch::DkimKey, "key.pem", now).unwrap();
    let state = |form: &Compose, switch| form.state(switch);
    assert_eq!(state(&form, Switch::DkimDomain), State::Text("sandbox.test".to_owned()));
    assert_eq!(state(&form, Switch::DkimSelector), State::Text("test".to_owned()));
    form.set_switch(Switch::DkimKey, "", now).unwrap();
    assert_eq!(form.dkim, None);
}
