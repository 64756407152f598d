//! Many mails out of the form: what is asked for, how far it is, how it is stopped, and what is told at the end.

use std::time::Duration;

use crate::demo;
use crate::support::stage::{Stage, account, secure_account, settings};
use telepost::app::batching::{List, ManySummary, Order, Wanted};
use telepost::app::{Account, Effect, Message};
use telepost::batch::Counts;

/// What was ordered last.
fn order(stage: &Stage) -> &Order {
    let orders = stage.others.iter().rev().find_map(|effect| match effect {
        Effect::SendMany(order) => Some(&**order),
        _ => None,
    });
    orders.unwrap_or_else(|| panic!("nothing was ordered:\n{}", stage.screen()))
}

fn stops(stage: &Stage) -> usize {
    stage.others.iter().filter(|effect| matches!(effect, Effect::StopMany)).count()
}

/// 120 of 500 mails have their result.
fn under_way() -> Stage {
    let mut stage = demo();
    stage.press(&["^X", "g", "m", "Enter"]);
    let counts = Counts { total: 500, done: 120, sent: 117, refused: 2, deferred: 1, ..Counts::default() };
    stage.tell(Message::ManyProgress(Counts { elapsed: Duration::from_secs(12), ..counts }));
    stage
}

fn summary() -> ManySummary {
    let lines = ["sent 498 of 500 mails", "", "ms              p50", "mail           0.31"].map(str::to_owned).to_vec();
    ManySummary { word: "partial", counts: Counts::default(), lines }
}

#[test]
fn what_the_form_says_is_ordered_with_the_account_of_the_workbench() {
    let mut stage = Stage::open((120, 40), settings(Some(Account { smtp_user: Some("ada".to_owned()), ..account() })));
    stage.press(&["^X", "g", "m"]);
    stage.sees("Send many");
    stage.press(&["^U"]);
    stage.type_text("50");
    stage.press(&["Down"]);
    stage.type_text("300/min");
    stage.press(&["Down", "^U"]);
    stage.type_text("4");
    stage.press(&["Down"]);
    stage.type_text("~/who.txt");
    stage.press(&["Down", "Down", "Space", "Enter"]);
    let order = order(&stage);
    let (rate, list) = (Some("300/min".parse().unwrap()), Some(List::Recipients("~/who.txt".into())));
    assert_eq!(order.wanted, Wanted { count: 50, rate, connections: 4, list, each: true });
    let draft = (order.draft.subject.as_str(), order.draft.to.as_str(), &order.draft.message_id);
    assert_eq!(draft, ("Hello", "bob@sandbox.test", &None));
    let sign_in = order.sign_in.as_ref().expect("the account signs in");
    assert_eq!((sign_in.user.as_str(), sign_in.secret.expose()), ("ada", "opensesame"));
    assert!(!format!("{order:?}").contains("opensesame"));
    assert_eq!(order.target.port, 2525);
}

#[test]
fn a_password_is_asked_for_first_and_without_it_nothing_is_ordered() {
    let account = Account { password: None, ..secure_account() };
    let mut stage = Stage::open((120, 40), settings(Some(account)));
    stage.press(&["^X", "g", "m", "Enter"]);
    stage.sees("Password of");
    stage.press(&["Esc"]);
    stage.press(&["^X", "g", "m", "Enter"]);
    stage.type_text("opensesame");
    stage.press(&["Enter"]);
    let orders = stage.others.iter().filter(|effect| matches!(effect, Effect::SendMany(_))).count();
    assert_eq!(orders, 1);
    let sign_in = order(&stage).sign_in.as_ref().expect("the account signs in");
    assert_eq!(sign_in.secret.expose(), "opensesame");
}

#[test]
fn a_mistake_in_the_form_is_said_there() {
    let mut stage = demo();
    stage.press(&["^X", "g", "m", "^U"]);
    stage.type_text("many");
    stage.press(&["Enter"]);
    stage.sees("give a number from 1 to 1000000");
    stage.sees("Send many");
    assert!(!stage.others.iter().any(|effect| matches!(effect, Effect::SendMany(_))));
}

#[test]
fn the_status_row_tells_how_far_it_is_and_the_workbench_goes_on() {
    let mut stage = under_way();
    stage.sees("120 OF 500: 117 sent, 2 refused, 1 deferred, 10.0/s, 38 s left, ^C stops");
    stage.press(&["^X", "g", "m"]);
    stage.lacks("At most");
    stage.press(&["F5"]);
    stage.sees("queued as");
}

#[test]
fn the_first_stop_waits_the_second_drops_and_leaving_asks() {
    let mut stage = under_way();
    stage.press(&["^C"]);
    assert_eq!(stops(&stage), 1);
    stage.sees("no more mails are handed out");
    stage.sees("10.0/s, stopping");
    stage.press(&["^Q"]);
    stage.sees("leaving now drops their lines");
    stage.press(&["Esc", "^C"]);
    assert_eq!(stops(&stage), 2);
    stage.press(&["^C"]);
    assert_eq!(stops(&stage), 2, "there is nothing more to stop");
}

#[test]
fn the_end_is_a_card_that_can_be_copied_and_waits_for_its_turn() {
    let mut stage = under_way();
    stage.press(&["^P"]);
    stage.tell(Message::ManyDone(Ok(Box::new(summary()))));
    stage.lacks("Many mails: partial");
    stage.press(&["Esc"]);
    stage.sees("Many mails: partial");
    stage.sees("mail           0.31");
    stage.press(&["y"]);
    let copied = stage.others.iter().any(|effect| matches!(effect, Effect::Copy(text) if text.contains("498 of 500")));
    assert!(copied);
    stage.press(&["Esc"]);
    stage.lacks("Many mails");
    stage.lacks("120 OF 500");
}

#[test]
fn an_order_that_cannot_be_carried_out_says_that_nothing_was_sent() {
    let mut stage = under_way();
    stage.tell(Message::ManyDone(Err("who.txt: No such file".to_owned())));
    stage.sees("nothing was sent: who.txt: No such file");
    stage.press(&["^X", "g", "m"]);
    stage.sees("Send many");
}

#[test]
fn keys_of_typing_do_not_close_the_end() {
    let mut stage = under_way();
    stage.type_text("q");
    stage.tell(Message::ManyDone(Ok(Box::new(summary()))));
    stage.type_text("q");
    stage.sees("Many mails: partial");
    stage.tell_after(Duration::from_secs(1), Message::Wake);
    stage.type_text("q");
    stage.lacks("Many mails: partial");
}
