//! Step mode: a send and a visit to the mailbox, command by command.

use telepost::app::Account;
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;
use telepost::wire::Side;

use crate::support::actor::Actor;
use crate::support::stage::{Stage, account, secure_account, settings};

fn open(account: Account) -> Stage {
    Stage::open((120, 40), settings(Some(account)))
}

/// A mail was written, and step mode is on.
fn stepping() -> Stage {
    let mut stage = open(account());
    stage.type_text("x");
    stage.press(&["F7"]);
    stage
}

/// Against a server that plays a part.
fn against(part: &[(&str, &str)]) -> Stage {
    let mut stage = stepping();
    stage.understudy = Some(Actor::playing("220 mx.example.test", part));
    stage
}

/// What was sent and received, row by row.
fn said(stage: &Stage, line: &str) -> usize {
    stage.app.transcript().iter().filter(|entry| entry.summary().contains(line)).count()
}

const MAIL: [(&str, &str); 4] = [
    ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
    ("RCPT TO:<bob@sandbox.test>", "250 ok"),
    ("DATA", "354 go on"),
    (".", "250 queued as 1A"),
];

#[test]
fn a_whole_mail_goes_step_by_step_and_counts_as_sent() {
    let mut stage = stepping();
    stage.sees("> connect to 127.0.0.1:2525");
    assert!(stage.dialled.is_empty(), "nothing happens by itself");
    stage.press(&["Enter"]);
    stage.sees("> EHLO lab.test");
    assert_eq!(said(&stage, "EHLO"), 0, "connecting says no hello");
    for (next, key) in [
        ("> EHLO lab.test", "Enter"),
        ("> MAIL FROM:<ada@sandbox.test> SIZE=", "Enter"),
        ("> RCPT TO:<bob@sandbox.test>", "Enter"),
        ("> DATA", "Enter"),
        ("> the mail of the form", "Enter"),
    ] {
        stage.sees(next);
        stage.press(&[key]);
    }
    stage.sees("queued as 7F3A");
    stage.sees("> QUIT");
    assert_eq!(stage.letters(1).len(), 4);
    let letter = String::from_utf8(stage.letters(1).pop().unwrap()).unwrap();
    assert!(letter.contains("\r\n.a line that starts with a dot"), "{letter}");
    stage.press(&["Enter"]);
    stage.sees("+ QUIT");
    assert_eq!(stage.cupboard.sent.len(), 1, "it is kept as sent");
    stage.press(&["F7", "^X", "N"]);
    stage.lacks("Start a new mail?");
}

#[test]
fn a_run_sends_all_that_is_left_and_the_line_in_tls_too() {
    let mut stage = open(secure_account());
    stage.press(&["F7", "a"]);
    stage.sees("that was the last step");
    assert_eq!(stage.letters(1).len(), 4);
    for line in ["STARTTLS", "AUTH", "MAIL FROM", "RCPT TO", "DATA", "QUIT"] {
        assert!(said(&stage, line) > 0, "{line}");
    }
    assert_eq!(stage.dialled.len(), 1, "and nothing twice");
}

#[test]
fn a_run_goes_up_to_the_cursor() {
    let mut stage = stepping();
    stage.press(&["Down", "Down", "Down", "h"]);
    stage.sees("+ RCPT TO:<bob@sandbox.test>");
    stage.sees("> DATA");
    stage.lacks("+ DATA");
    assert_eq!(stage.letters(1).len(), 3);
    stage.press(&["a"]);
    assert_eq!(stage.letters(1).len(), 4);
}

#[test]
fn ehlo_refused_is_followed_by_helo() {
    let part =
        [&[("EHLO lab.test", "502 no"), ("HELO lab.test", "250 hello")][..], &MAIL, &[("QUIT", "221 bye")]].concat();
    let mut stage = against(&part);
    stage.press(&["Enter", "Enter"]);
    stage.sees("x EHLO lab.test");
    stage.sees("> HELO lab.test");
    stage.sees("why: EHLO was refused: HELO is what older");
    stage.press(&["a"]);
    stage.sees("queued as 1A");
}

#[test]
fn helo_left_out_is_explained_before_and_after() {
    let mut stage = stepping();
    stage.press(&["Enter", "s"]);
    stage.sees("EHLO lab.test is left out; MAIL FROM:");
    stage.press(&["Esc", "Down"]);
    stage.sees("expect 503: HELO or EHLO comes first");
    stage.press(&["Enter"]);
    stage.sees("x MAIL FROM:<ada@sandbox.test>");
    stage.sees("503 PERM");
    stage.sees("- EHLO lab.test");
    // Taken in again, all goes well.
    stage.press(&["Up", "s", "a"]);
    assert_eq!(stage.letters(1).len(), 4);
}

#[test]
fn mail_can_be_said_twice_and_the_refusal_does_not_end_the_mail() {
    let mut stage = stepping();
    stage.press(&["Enter", "Enter", "Esc", "r"]);
    stage.sees("expect 503: a mail is begun already");
    stage.press(&["a"]);
    assert_eq!(said(&stage, "MAIL FROM:<ada@sandbox.test>"), 2);
    stage.sees("503 PERM");
    assert_eq!(stage.letters(1).len(), 4, "what was foretold stops no run");
}

#[test]
fn a_sign_in_that_was_refused_is_tried_again_with_another_password() {
    let mut stage = open(Account { smtp_user: Some("ada".to_owned()), ..account() });
    let part = [
        ("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN"),
        ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", "535 5.7.8 no"),
        ("AUTH PLAIN AGFkYQBodW50ZXIy", "235 2.7.0 welcome"),
    ];
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["F7", "a"]);
    stage.sees("535 PERM");
    stage.sees("> AUTH PLAIN");
    stage.sees("the sign-in was refused: once more");
    stage.press(&["Esc", "Enter"]);
    stage.sees("Password of");
    stage.type_text("hunter2");
    stage.press(&["Enter"]);
    stage.sees("235");
    stage.sees("> MAIL FROM:<ada@sandbox.test>");
    stage.lacks("hunter2");
}

#[test]
fn a_sign_in_given_up_is_awaited_no_longer() {
    let mut stage = open(Account { smtp_user: Some("ada".to_owned()), password: None, user: None, ..account() });
    let part = [("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN")];
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["F7", "Enter", "Enter", "Enter"]);
    stage.sees("Password of");
    stage.press(&["Esc"]);
    stage.sees("NOT SENT");
    stage.sees("> AUTH PLAIN");
}

#[test]
fn when_every_recipient_is_refused_a_run_stops_before_data() {
    let part = [
        ("EHLO lab.test", "250 mx.example.test"),
        ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
        ("RCPT TO:<bob@sandbox.test>", "550 5.1.1 no such user"),
    ];
    let mut stage = against(&part);
    stage.press(&["a"]);
    stage.sees("stopped at RCPT TO:<bob@sandbox.test> (550)");
    stage.sees("> RSET");
    stage.lacks("the mail of the form");
}

#[test]
fn a_line_is_changed_in_the_prompt_and_goes_into_the_plan_and_nowhere_else() {
    let mut stage = stepping();
    stage.press(&["Enter", "Enter", "m"]);
    stage.sees("\n>SMTP> MAIL FROM:<ada@sandbox.test>");
    stage.press(&["^U"]);
    stage.type_text("MAIL FROM:<eve@sandbox.test>");
    stage.press(&["Enter"]);
    stage.sees("> MAIL FROM:<eve@sandbox.test>");
    stage.sees("changed");
    assert_eq!(said(&stage, "MAIL FROM"), 0);
    stage.press(&["m", "^U"]);
    stage.type_text("nonsense");
    stage.press(&["Esc"]);
    stage.sees("> MAIL FROM:<eve@sandbox.test>");
    stage.press(&["Enter"]);
    assert_eq!(said(&stage, "MAIL FROM:<eve@sandbox.test>"), 1);
    stage.sees("> RCPT TO:<bob@sandbox.test>");
}

#[test]
fn a_visit_to_the_mailbox_goes_step_by_step_and_deletes_only_what_was_asked_for() {
    let mut stage = open(account());
    stage.press(&["^X", "O", "F7"]);
    stage.sees("Steps of the visit");
    stage.press(&["Enter", "Enter"]);
    stage.sees("> USER bob");
    stage.press(&["a"]);
    stage.sees("nothing was deleted");
    stage.lacks("opensesame");
    for line in ["USER bob", "PASS", "STAT", "LIST", "UIDL", "RETR", "QUIT"] {
        assert!(said(&stage, line) > 0, "{line}");
    }
    assert_eq!((said(&stage, "DELE"), stage.letters(1).len()), (0, 3));
}

#[test]
fn dele_is_there_to_be_taken_in() {
    let mut stage = open(account());
    stage.press(&["^X", "O", "F7", "End", "Up"]);
    stage.sees("- DELE");
    stage.press(&["s", "Esc", "a"]);
    assert_eq!((said(&stage, "DELE "), stage.letters(1).len()), (1, 2));
}

/// Greets, and then says no more.
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

#[test]
fn nothing_goes_twice_while_an_answer_is_awaited_and_a_run_can_be_stopped() {
    let mut stage = stepping();
    stage.understudy = Some(Box::new(Mute));
    stage.press(&["a"]);
    stage.sees("~ EHLO lab.test");
    stage.press(&["^C"]);
    stage.sees("no further step goes out by itself");
    stage.press(&["Esc", "Enter", "Enter"]);
    assert_eq!(said(&stage, "EHLO"), 1);
    stage.sees("the answer to EHLO lab.test is still awaited");
}

#[test]
fn a_line_lost_behind_the_final_dot_leaves_the_mail_unknown_and_unsent() {
    let mut part = [&[("EHLO lab.test", "250 mx.example.test")][..], &MAIL].concat();
    part[4].1 = "";
    let mut stage = against(&part);
    stage.press(&["a"]);
    stage.sees("unknown: the line went away after the final dot");
    stage.press(&["Esc", "F7", "^X", "N"]);
    stage.sees("Start a new mail?");
}

#[test]
fn the_form_is_sent_between_mails_only_and_leaving_leaves_all_as_it_is() {
    let mut stage = stepping();
    stage.press(&["Enter", "Enter", "Enter", "F5"]);
    stage.sees("a mail is begun step by step");
    assert_eq!(stage.letters(1).len(), 3);
    stage.press(&["F7"]);
    stage.sees("the conversation stays as it is");
    assert_eq!((said(&stage, "QUIT"), said(&stage, "RSET")), (0, 0));
    stage.press(&["F7"]);
    stage.sees("> RCPT TO:<bob@sandbox.test>");
    stage.press(&["a"]);
    assert_eq!(stage.letters(1).len(), 4);
}

#[test]
fn a_click_selects_and_the_second_one_sends() {
    let mut stage = stepping();
    stage.click("connect to 127");
    stage.sees("> EHLO lab.test");
    stage.click("MAIL FROM");
    assert_eq!(said(&stage, "MAIL FROM"), 0);
    stage.click("EHLO lab.test");
    stage.click("EHLO lab.test");
    stage.sees("> MAIL FROM:<ada@sandbox.test>");
}

#[test]
fn the_ghost_in_the_prompt_is_the_next_step() {
    let mut stage = stepping();
    stage.press(&["Enter"]);
    assert!(stage.screen().contains(" SMTP> EHLO lab.test"), "{}", stage.screen());
    stage.press(&["s"]);
    assert!(stage.screen().contains(" SMTP> MAIL FROM:<ada@sandbox.test>"), "{}", stage.screen());
    stage.cut(Side::Smtp);
    stage.sees("> connect to 127.0.0.1:2525");
}

#[test]
fn a_sign_in_put_in_once_more_ends_like_the_first() {
    let mut stage = open(Account { smtp_user: Some("ada".to_owned()), ..account() });
    let part = [
        ("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN"),
        ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", "535 5.7.8 no"),
        ("AUTH PLAIN AGFkYQBodW50ZXIy", "535 5.7.8 no"),
    ];
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["F7", "a", "Esc", "r", "a"]);
    stage.sees("Password of ada");
    stage.type_text("hunter2");
    stage.press(&["Enter"]);
    stage.lacks("running: ^C stops");
    stage.lacks("~ AUTH PLAIN");
    assert_eq!(said(&stage, "MAIL FROM"), 0, "the run stops where it is refused again");
}

#[test]
fn a_mail_that_may_have_come_is_asked_about_before_it_is_said_again() {
    let mut part = [&[("EHLO lab.test", "250 mx.example.test")][..], &MAIL].concat();
    part[4].1 = "";
    let mut stage = against(&part);
    stage.press(&["a"]);
    stage.sees("the mail: unknown");
    stage.understudy = Some(Actor::playing(
        "220 mx.example.test",
        &[&[("EHLO lab.test", "250 mx.example.test")][..], &MAIL, &[("QUIT", "221 bye")]].concat(),
    ));
    stage.press(&["Esc", "a"]);
    stage.sees("Send it again?");
    assert_eq!(said(&stage, "MAIL FROM"), 1, "nothing of it goes out before the answer");
    stage.press(&["n", "Esc", "a", "y"]);
    stage.sees("that was the last step; the mail: queued as 1A");
    assert_eq!(said(&stage, "MAIL FROM"), 2);
}

#[test]
fn what_is_rarely_meant_is_asked_about_once_and_before_data() {
    let mut stage = open(account());
    stage.type_text("See the attached file. ");
    stage.press(&["F7", "a"]);
    stage.sees("Send it like this?");
    assert_eq!((said(&stage, "RCPT TO"), said(&stage, "DATA")), (1, 0));
    stage.press(&["s"]);
    stage.sees("that was the last step");
    assert_eq!(stage.letters(1).len(), 4);
}

#[test]
fn the_steps_of_the_other_side_keep_the_keys() {
    let mut stage = stepping();
    stage.press(&["^X", "O", "Enter"]);
    stage.sees("+ connect to 127.0.0.1:2110");
}

#[test]
fn a_run_tells_who_did_not_get_the_mail() {
    let mut part = [&[("EHLO lab.test", "250 mx.example.test")][..], &MAIL, &[("QUIT", "221 bye")]].concat();
    part.insert(3, ("RCPT TO:<nobody@sandbox.test>", "550 5.1.1 no such user"));
    let mut stage = open(account());
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["Shift-Tab", "Shift-Tab"]);
    stage.type_text(", nobody@sandbox.test");
    stage.press(&["F7", "a"]);
    stage.sees("that was the last step; the mail: queued as 1A, but for");
    stage.press(&["^X", "R"]);
    stage.sees("nobody@sandbox.test  550 5.1.1 no such user");
}
