//! Secrets and sign-ins: fetched, asked for, refused, and helped in the prompt.

use telepost::app::{Account, Effect, Message};
use telepost::config::secret::Source;
use telepost::wire::{Secret, TlsMode};

use crate::support::actor::Actor;
use crate::support::stage::{Stage, account, secure_account, settings};

fn open(account: Account) -> Stage {
    Stage::open((120, 40), settings(Some(account)))
}

/// A server in clear that offers AUTH and then plays `part`.
fn playing(part: &[(&str, &str)]) -> Box<dyn telepost::sandbox::server::Conversation> {
    let hello = ("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN XOAUTH2");
    let whole: Vec<(&str, &str)> = [&[hello][..], part].concat();
    Actor::playing("220 mx.example.test", &whole)
}

/// Signs in to SMTP in clear, which is allowed.
fn in_clear() -> Account {
    Account { smtp_user: Some("ada".to_owned()), user: None, password: None, ..account() }
}

fn fetches(stage: &Stage) -> usize {
    stage.others.iter().filter(|effect| matches!(effect, Effect::FetchSecret { .. })).count()
}

fn secret(text: &str) -> Message {
    Message::Secret(Ok(Some(Secret::new(text))))
}

#[test]
fn a_secret_is_fetched_before_anything_is_sent_and_then_all_goes_on() {
    let mut stage = open(Account { source: Source::Variable("MAIL_PASSWORD".to_owned()), ..in_clear() });
    let part = [
        ("AUTH PLAIN AGFkYQBodW50ZXIy", "235 ok"),
        ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
        ("RCPT TO:<bob@sandbox.test>", "250 ok"),
        ("DATA", "354 go on"),
        (".", "250 queued as 1A"),
    ];
    stage.understudy = Some(playing(&part));
    stage.press(&["F5"]);
    assert_eq!((fetches(&stage), stage.dialled.len()), (1, 0));
    let key = stage.others.iter().find_map(|effect| match effect {
        Effect::FetchSecret { key, .. } => Some(key.clone()),
        _ => None,
    });
    assert_eq!(key.as_deref(), Some("ada@127.0.0.1"));
    stage.tell(secret("hunter2"));
    stage.sees("queued as 1A");
    stage.lacks("hunter2");
}

#[test]
fn without_a_source_the_password_is_asked_for_and_not_shown() {
    let mut stage = open(in_clear());
    stage.understudy = Some(playing(&[("AUTH PLAIN AGFkYQBodW50ZXIy", "535 5.7.8 no")]));
    stage.press(&["F5"]);
    stage.sees("Password of ada");
    stage.type_text("hunter2");
    stage.lacks("hunter2");
    stage.press(&["Enter"]);
    stage.lacks("hunter2");
    stage.sees("sign-in refused");
    stage.press(&["^X", "i"]);
    stage.sees("User name or password wrong");
    stage.press(&["Esc", "F5"]);
    stage.sees("Password of ada");
}

#[test]
fn a_secret_that_cannot_be_fetched_is_asked_for_with_the_reason() {
    let mut stage = open(Account { source: Source::Command("false".to_owned()), ..in_clear() });
    stage.press(&["F5"]);
    stage.tell(Message::Secret(Err("the command ended with 1".to_owned())));
    stage.sees("Password of ada");
    stage.sees("It could not be fetched: the command ended with 1");
    stage.lacks("the password could not be fetched");
    stage.press(&["Esc"]);
    assert!(stage.dialled.is_empty());
}

#[test]
fn a_typed_password_is_offered_to_the_key_ring_once_a_server_took_it() {
    let mut stage = open(Account { source: Source::KeyRing, ..in_clear() });
    let part = [("AUTH PLAIN AGFkYQBodW50ZXIy", "235 ok"), ("MAIL FROM:<ada@sandbox.test>", "550 no")];
    stage.understudy = Some(playing(&part));
    stage.press(&["F5"]);
    stage.tell(Message::Secret(Ok(None)));
    let kept = |stage: &Stage| stage.others.iter().any(|effect| matches!(effect, Effect::KeepSecret { .. }));
    stage.type_text("hunter2");
    stage.press(&["Enter"]);
    stage.sees("Keep the password in the key ring?");
    assert!(!kept(&stage));
    stage.press(&["y"]);
    assert!(kept(&stage));
}

#[test]
fn a_stale_token_is_fetched_anew_and_tried_once_more() {
    let source = Source::Command("token".to_owned());
    let mut stage = open(Account { source, token: true, ..in_clear() });
    let stale = "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=";
    let tokens = ["dXNlcj1hZGEBYXV0aD1CZWFyZXIgb25lAQE=", "dXNlcj1hZGEBYXV0aD1CZWFyZXIgdHdvAQE="];
    let tries = tokens.map(|token| format!("AUTH XOAUTH2 {token}"));
    let part =
        [(tries[0].as_str(), stale), ("", "535 5.7.8 expired"), (tries[1].as_str(), stale), ("", "535 5.7.8 no")];
    stage.understudy = Some(playing(&part));
    stage.press(&["F5"]);
    stage.tell(secret("one"));
    assert_eq!(fetches(&stage), 2, "{}", stage.screen());
    stage.tell(secret("two"));
    assert_eq!(fetches(&stage), 2, "once, and not for ever");
    stage.sees("sign-in refused");
}

#[test]
fn the_missing_tls_is_said_when_the_engine_holds_the_password_back() {
    let clear = Account { allow_plain_auth: false, password: Some(Secret::new("hunter2")), ..in_clear() };
    let mut stage = open(clear.clone());
    stage.understudy = Some(playing(&[]));
    stage.press(&["F5"]);
    stage.sees("Password over a line without TLS?");
    stage.sees("> n  No, do not sign in");
    stage.press(&["Enter"]);
    assert_eq!(stage.dialled.len(), 1);

    let mut stage = open(clear.clone());
    let part = [("AUTH PLAIN AGFkYQBodW50ZXIy", "235 ok"), ("MAIL FROM:<ada@sandbox.test>", "550 5.7.1 no")];
    stage.understudy = Some(playing(&part));
    stage.press(&["F5", "y"]);
    stage.sees("550 5.7.1 no");

    let mut stage = open(clear);
    stage.understudy = Some(playing(&[]));
    stage.press(&["F5"]);
    stage.understudy = Some(Actor::playing("220 mx", &[("EHLO lab.test", "250 mx.example.test")]));
    stage.press(&["t"]);
    let target = stage.dialled.last().expect("it connects again");
    assert_eq!((stage.dialled.len(), target.tls.mode), (2, TlsMode::Require));
}

#[test]
fn what_an_open_line_lacks_is_made_up_for_before_the_mail() {
    let mut stage = open(secure_account());
    let part = [
        ("EHLO lab.test", "250-mx.example.test\r\n250 STARTTLS"),
        ("STARTTLS", "220 go"),
        ("EHLO lab.test", "250-mx.example.test\r\n250 AUTH PLAIN"),
        ("AUTH PLAIN AGFkYQBvcGVuc2VzYW1l", "535 5.7.8 no"),
    ];
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("EHLO lab.test");
    stage.press(&["Enter", "F5"]);
    stage.sees("sign-in refused");
    stage.lacks(" ~> MAIL FROM");
}

/// The prompt of a line in clear.
fn at_the_prompt(part: &[(&str, &str)]) -> Stage {
    let mut stage = open(Account { user: Some("ada".to_owned()), ..in_clear() });
    stage.understudy = Some(playing(part));
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("EHLO lab.test");
    stage.press(&["Enter"]);
    stage
}

#[test]
fn a_typed_auth_is_helped_and_warns_on_a_plain_line() {
    for (line, sent) in [("AUTH PLAIN", "AUTH PLAIN AGFkYQBodW50ZXIy"), ("auth", "AUTH PLAIN AGFkYQBodW50ZXIy")] {
        let mut stage = at_the_prompt(&[(sent, "235 2.7.0 welcome")]);
        stage.type_text(line);
        stage.press(&["Enter"]);
        stage.sees("NOT encrypted");
        stage.sees("The server offers PLAIN, XOAUTH2");
        stage.sees("> n  Nothing");
        stage.press(&[if line == "auth" { "p" } else { "y" }]);
        stage.sees("User name for AUTH PLAIN");
        stage.sees("│ ada");
        stage.press(&["Enter"]);
        stage.type_text("hunter2");
        stage.lacks("hunter2");
        stage.press(&["Enter"]);
        stage.sees("235 2.7.0 welcome");
        stage.sees("auth:ada");
        stage.press(&["^X", "4", "Up"]);
        stage.lacks("hunter2");
    }
}

#[test]
fn no_answer_is_cut_off_on_a_small_screen() {
    let mut stage = at_the_prompt(&[]);
    stage.resize((80, 24));
    stage.type_text("AUTH PLAIN");
    stage.press(&["Enter"]);
    stage.sees("      is done for you");
    stage.lacks("base64 >");
}

#[test]
fn a_typed_auth_goes_out_as_typed_when_that_is_chosen_and_nothing_is_sent_by_default() {
    let mut stage = at_the_prompt(&[("AUTH LOGIN", "334 VXNlcm5hbWU6"), ("YWRh", "334 UGFzc3dvcmQ6")]);
    stage.type_text("AUTH LOGIN");
    stage.press(&["Enter", "Enter"]);
    stage.lacks("-> AUTH");
    stage.sees("SMTP> AUTH LOGIN");
    stage.press(&["Enter", "s"]);
    stage.sees("-> AUTH LOGIN");
    stage.type_text("YWRh");
    stage.lacks("YWRh");
    stage.press(&["Enter"]);
    stage.lacks("YWRh");
    stage.press(&["Up"]);
    stage.lacks("YWRh");
}

#[test]
fn a_wrong_password_of_the_prompt_does_not_forget_the_accounts() {
    let mut stage = at_the_prompt(&[("AUTH PLAIN AGFkYQB4", "535 5.7.8 no")]);
    stage.tell(secret("never asked for"));
    stage.type_text("AUTH PLAIN");
    stage.press(&["Enter", "y", "Enter"]);
    stage.type_text("x");
    stage.press(&["Enter"]);
    stage.sees("sign-in refused");
    stage.lacks("F5 asks for the password");
}

#[test]
fn the_mailbox_is_opened_with_the_strongest_way_and_its_refusal_asks_again() {
    let mut stage = open(account());
    let part = [("CAPA", "+OK\r\nUSER\r\nUIDL\r\n."), ("USER bob", "+OK"), ("PASS opensesame", "-ERR [AUTH] no")];
    stage.understudy = Some(Actor::playing("+OK ready", &part));
    stage.press(&["^X", "3"]);
    stage.sees("sign-in refused");
    stage.press(&["r"]);
    stage.sees("Password of bob");
}

#[test]
fn a_fetched_password_that_was_refused_is_not_tried_again_but_asked_for() {
    let mut stage = open(Account { source: Source::KeyRing, ..in_clear() });
    stage.understudy = Some(playing(&[("AUTH PLAIN AGFkYQBodW50ZXIy", "535 5.7.8 no")]));
    stage.press(&["F5"]);
    stage.tell(secret("hunter2"));
    stage.sees("fetches the password again");
    stage.press(&["Esc", "F5"]);
    assert_eq!(fetches(&stage), 2);
    stage.tell(secret("hunter2"));
    stage.sees("Password of ada");
    stage.sees("The same was fetched again that the server refused");
    stage.lacks("hunter2");
}

#[test]
fn the_wait_for_a_password_has_words_and_an_end() {
    let mut stage = open(Account { source: Source::Command("pass mail".to_owned()), ..in_clear() });
    stage.press(&["F5"]);
    stage.tell_after(std::time::Duration::from_secs(2), Message::Wake);
    stage.sees("WAITING 2.0 s for the password, ^C stops it");
    stage.press(&["^C"]);
    stage.sees("stopped waiting for the password");
    stage.lacks("WAITING");
    stage.tell(secret("hunter2"));
    assert!(stage.dialled.is_empty(), "what waited for it was given up");
}

#[test]
fn both_sides_refused_with_one_password_do_not_try_it_a_third_time() {
    use telepost::connection::Report;
    use telepost::sasl::{Mechanism, Progress};
    let mut stage = open(Account { source: Source::KeyRing, ..in_clear() });
    stage.understudy = Some(playing(&[("AUTH PLAIN AGFkYQBodW50ZXIy", "535 5.7.8 no")]));
    stage.press(&["F5"]);
    stage.tell(secret("hunter2"));
    let why = "no".to_owned();
    let refused = Progress::Refused { mechanism: Mechanism::Plain, why, temporary: false, stale_token: false };
    stage.tell(Message::Report(Report::Pop3 { link: 0, notice: telepost::pop3::Notice::SignIn(refused) }));
    stage.press(&["Esc", "F5"]);
    stage.tell(secret("hunter2"));
    stage.sees("The same was fetched again that the server refused");
}

#[test]
fn words_of_the_config_file_are_not_said_to_somebody_with_a_form() {
    let mut stage = open(Account { source: Source::KeyRing, ..in_clear() });
    stage.press(&["F5"]);
    let why = "no key ring; without one the password can come from password-command, password-file or the prompt";
    stage.tell(Message::Secret(Err(why.to_owned())));
    stage.sees("no key ring");
    stage.lacks("password-command");
}

#[test]
fn who_has_no_mailbox_is_not_sent_there_to_read() {
    let mut stage = open(Account { pop3: None, ..in_clear() });
    let part = [
        ("AUTH PLAIN AGFkYQBodW50ZXIy", "235 ok"),
        ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
        ("RCPT TO:<bob@sandbox.test>", "250 ok"),
        ("DATA", "354 go on"),
        (".", "250 queued as 1A"),
    ];
    stage.understudy = Some(playing(&part));
    stage.press(&["F5"]);
    stage.type_text("hunter2");
    stage.press(&["Enter"]);
    stage.sees("queued as 1A");
    stage.lacks("press 3");
}
