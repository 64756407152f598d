//! What the sandbox does wrong, switched in the workbench while it runs.

use telepost::app::{Effect, Message};

use crate::support::stage::{Stage, account, settings};

fn listed() -> Stage {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["^X", "B"]);
    stage
}

/// Goes to the row of a fault and switches it.
fn switch(stage: &mut Stage, name: &str) {
    stage.press(&["Home"]);
    let at =
        telepost::sandbox::Fault::ALL.iter().position(|fault| fault.name() == name).expect("there is such a fault");
    for _ in 0..=at {
        stage.press(&["Down"]);
    }
    stage.press(&["Enter"]);
}

#[test]
fn a_fault_is_switched_on_meets_the_next_mail_and_is_switched_off_again() {
    let mut stage = listed();
    stage.sees("What the sandbox does wrong: nothing");
    switch(&mut stage, "greylist");
    stage.sees("[x]  greylist");
    stage.sees("What the sandbox does wrong: 1");
    stage.press(&["Esc"]);
    stage.sees("1 fault on");
    stage.press(&["F5"]);
    stage.sees("451 4.7.1");
    stage.press(&["^X", "B"]);
    switch(&mut stage, "greylist");
    stage.sees("[ ]  greylist");
    stage.press(&["Esc"]);
    stage.lacks("fault on");
    stage.press(&["F5"]);
    stage.sees("queued as 7F3A");
}

#[test]
fn the_list_stays_on_its_row_and_its_first_row_and_del_switch_all_off() {
    let mut stage = listed();
    switch(&mut stage, "no-ehlo");
    stage.press(&["Down", " "]);
    stage.sees("[x]  no-ehlo");
    stage.sees("[x]  service-421");
    stage.press(&[" "]);
    stage.sees("[ ]  service-421");
    stage.press(&[" ", "Delete"]);
    stage.sees("does wrong: nothing");
    stage.press(&[" "]);
    stage.sees("[x]  service-421");
    stage.press(&["Home", "Enter"]);
    stage.sees("does wrong: nothing");
    stage.lacks("[x]");
}

#[test]
fn only_the_sandbox_goes_wrong_on_request() {
    let mut stage = Stage::open((120, 40), settings(Some(telepost::app::Account { example: None, ..account() })));
    stage.press(&["^X", "B"]);
    stage.sees("only the sandbox goes wrong on request");
    assert!(!stage.others.iter().any(|effect| matches!(effect, Effect::Faults(_))));
    stage.lacks("What the sandbox does wrong");
}

#[test]
fn whoever_switches_faults_without_asking_for_the_list_sees_the_word_only() {
    let mut stage = Stage::demo((120, 40));
    let row = telepost::app::faults::FaultRow { name: "noise", summary: "noise", on: true };
    stage.tell(Message::Faults(Ok(vec![row.clone(), telepost::app::faults::FaultRow { name: "flood", ..row }])));
    stage.sees("2 faults on");
    stage.lacks("What the sandbox does wrong");
    stage.tell(Message::Faults(Err("the sandbox does not run".to_owned())));
    stage.sees("the sandbox does not run");
    stage.press(&["^X", "b"]);
    stage.lacks("faults on");
}

#[test]
fn what_has_no_room_in_the_list_is_told_below_it() {
    let mut stage = Stage::demo((80, 24));
    stage.press(&["^X", "B"]);
    stage.sees("Enter:switch");
    stage.lacks("then refused for now");
    stage.press(&["Down", "Down"]);
    stage.sees("STARTTLS and STLS are offered, then refused for now");
    stage.sees(&format!("3/{}", telepost::sandbox::Fault::ALL.len() + 1));
}
