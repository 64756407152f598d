use super::*;
use crate::smtp::{MailId, Notice, Reply, Verb};
use crate::wire::Secret;

fn reply(text: &str) -> Reply {
    text.parse().unwrap()
}

fn announced(lines: &str) -> Capabilities {
    let lines = lines.split('|').map(str::to_owned).collect();
    Capabilities::parse(&Reply { code: 250, enhanced: None, lines })
}

fn mail() -> Transaction {
    let to = ["bob@b.test", "carol@c.test"].map(str::to_owned).to_vec();
    Transaction { size: Some(512), ..Transaction::new(MailId(0), "ada@a.test", to) }
}

fn ada() -> SignIn {
    SignIn::with_password("ada", Secret::new(""), "")
}

fn heard(dialogue: &[(Verb, &str, &str)]) -> Heard {
    let mut heard = Heard::default();
    for (verb, line, said) in dialogue {
        let line = (*line).to_owned();
        heard.notice(&Notice::Replied { verb: *verb, line, reply: reply(said), expected: true }, None);
    }
    heard
}

/// A conversation in the middle of things, and what it is changed by for a case.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Scene {
    up: bool,
    state: State,
    offers: &'static str,
    encrypted: bool,
    tls: TlsMode,
    signs_in: bool,
    lmtp: bool,
    fresh: bool,
    body_typed: bool,
    heard: Heard,
}

fn scene(state: State) -> Scene {
    Scene {
        up: true,
        state,
        offers: "mx.test|SIZE 1000",
        encrypted: false,
        tls: TlsMode::None,
        signs_in: false,
        lmtp: false,
        fresh: true,
        body_typed: false,
        heard: Heard::default(),
    }
}

fn laid(scene: &Scene) -> Course {
    let (capabilities, mail, ada) = (announced(scene.offers), mail(), ada());
    course(&Situation {
        up: scene.up,
        server: "mx.test:25",
        state: scene.state,
        lmtp: scene.lmtp,
        hello: "lab",
        capabilities: &capabilities,
        encrypted: scene.encrypted,
        tls: scene.tls,
        sign_in: scene.signs_in.then_some(&ada),
        mail: Some(&mail),
        fresh: scene.fresh,
        body_typed: scene.body_typed,
        heard: &scene.heard,
    })
}

/// The steps in short, those left out in brackets.
fn steps(scene: &Scene) -> String {
    let short = |line: &str| match line.split_once(' ') {
        Some(("connect" | "the", _)) => if line.starts_with("the") { "body" } else { "connect" }.to_owned(),
        _ => line.to_owned(),
    };
    let word = |step: &super::super::Step| if step.out { format!("[{}]", step.line) } else { short(&step.line) };
    laid(scene).steps.iter().map(word).collect::<Vec<_>>().join("; ")
}

const REST: &str = "MAIL FROM:<ada@a.test> SIZE=512; RCPT TO:<bob@b.test>; RCPT TO:<carol@c.test>; DATA; body; QUIT";

#[test]
fn the_steps_follow_from_the_state() {
    let bare = REST.replace(" SIZE=512", "");
    for (scene, steps_then) in [
        (Scene { up: false, ..scene(State::Closed) }, format!("connect; EHLO lab; {bare}")),
        (scene(State::Greeting), format!("EHLO lab; {bare}")),
        (scene(State::Greeted), format!("EHLO lab; {bare}")),
        (Scene { lmtp: true, ..scene(State::Greeted) }, format!("LHLO lab; {bare}")),
        (scene(State::Ready), REST.to_owned()),
        (scene(State::Mail), REST.split_once("; ").unwrap().1.to_owned()),
        (scene(State::Body), "body; QUIT".to_owned()),
        (Scene { body_typed: true, ..scene(State::Body) }, ".; QUIT".to_owned()),
        (scene(State::Auth), "*".to_owned()),
        (scene(State::Ending), String::new()),
        (scene(State::Closed), String::new()),
    ] {
        assert_eq!(steps(&scene), steps_then, "{:?}", scene.state);
    }
}

#[test]
fn nothing_can_be_sent_while_the_server_speaks_first() {
    assert!(laid(&scene(State::Greeting)).waits && laid(&scene(State::Tls)).waits);
    assert!(!laid(&scene(State::Ready)).waits);
}

#[test]
fn ehlo_refused_leads_to_helo_and_both_refused_to_quit() {
    let refused = [(Verb::Ehlo, "EHLO lab", "502 no")];
    let with = Scene { heard: heard(&refused), tls: TlsMode::Auto, signs_in: true, ..scene(State::Greeted) };
    // HELO announces nothing: neither TLS nor a sign-in can follow.
    assert!(steps(&with).starts_with("HELO lab; MAIL FROM:<ada@a.test>;"), "{}", steps(&with));
    let both = heard(&[refused[0], (Verb::Helo, "HELO lab", "554 go away")]);
    assert_eq!(steps(&Scene { heard: both, ..scene(State::Greeted) }), "QUIT");
    let for_now = heard(&[(Verb::Ehlo, "EHLO lab", "421 later")]);
    assert!(steps(&Scene { heard: for_now, ..scene(State::Greeted) }).starts_with("EHLO"));
}

#[test]
fn tls_is_laid_out_as_it_is_wanted_and_offered() {
    let offers = "mx.test|STARTTLS";
    let refused = heard(&[(Verb::StartTls, "STARTTLS", "454 not now")]);
    for (tls, offers, heard, begins, note) in [
        (TlsMode::Auto, offers, Heard::default(), "STARTTLS; EHLO lab; MAIL", None),
        (TlsMode::Require, offers, Heard::default(), "STARTTLS; EHLO lab; MAIL", None),
        (TlsMode::None, offers, Heard::default(), "MAIL", None),
        (TlsMode::Auto, "mx.test", Heard::default(), "MAIL", Some("STARTTLS is not offered")),
        (TlsMode::Require, "mx.test", Heard::default(), "QUIT", Some("TLS is a must")),
        (TlsMode::Auto, offers, refused, "QUIT", None),
    ] {
        let with = Scene { offers, tls, heard, ..scene(State::Ready) };
        assert!(steps(&with).starts_with(begins), "{tls:?} {offers}: {}", steps(&with));
        assert_eq!(laid(&with).notes.first().map(|it| it.contains(note.unwrap_or(" none "))), note.map(|_| true));
    }
    let inside = Scene { tls: TlsMode::Require, encrypted: true, ..scene(State::Greeted) };
    assert!(steps(&inside).starts_with("EHLO lab; MAIL"), "{}", steps(&inside));
    assert_eq!(laid(&inside).steps[0].key, Key::Hello("EHLO", true), "not the one before TLS");
    let begun = Scene { tls: TlsMode::Auto, offers: "mx.test|STARTTLS", ..scene(State::Mail) };
    assert!(steps(&begun).starts_with("RCPT"), "no TLS inside of a mail");
}

#[test]
fn behind_helo_only_ehlo_tells_whether_the_tls_that_is_a_must_can_be_had() {
    let greeted = [(Verb::Helo, "HELO lab", "250 mx.test")];
    let with = |tls, dialogue: &[_]| Scene { tls, offers: "mx.test", heard: heard(dialogue), ..scene(State::Ready) };
    let first = with(TlsMode::Require, &greeted);
    assert!(steps(&first).starts_with("EHLO lab; STARTTLS; EHLO lab; MAIL"), "{}", steps(&first));
    let without = with(TlsMode::Auto, &greeted);
    assert!(steps(&without).starts_with("MAIL"), "{}", steps(&without));
    for told in [("EHLO lab", "250 mx.test"), ("EHLO lab", "502 no")] {
        let then = with(TlsMode::Require, &[greeted[0], (Verb::Ehlo, told.0, told.1)]);
        assert_eq!(steps(&then), "QUIT", "{told:?}");
    }
}

#[test]
fn a_sign_in_that_was_refused_is_tried_by_another_mechanism_and_then_anew() {
    let offers = "mx.test|AUTH PLAIN LOGIN";
    let with = |heard| Scene { signs_in: true, encrypted: true, offers, heard, ..scene(State::Ready) };
    let refused = |verbs: &[&str]| {
        let lines: Vec<String> = verbs.iter().map(|name| format!("AUTH {name}")).collect();
        heard(&lines.iter().map(|line| (Verb::Auth, line.as_str(), "535 5.7.8 no")).collect::<Vec<_>>())
    };
    assert!(steps(&with(Heard::default())).starts_with("AUTH PLAIN; MAIL"));
    assert!(steps(&with(refused(&["PLAIN"]))).starts_with("AUTH LOGIN; MAIL"));
    let anew = with(refused(&["PLAIN", "LOGIN"]));
    assert!(steps(&anew).starts_with("AUTH PLAIN; MAIL") && laid(&anew).steps[0].why.contains("another password"));
    let done = heard(&[(Verb::Auth, "AUTH PLAIN ****", "235 2.7.0 ok")]);
    assert!(steps(&with(done)).starts_with("MAIL"));
    let clear = Scene { encrypted: false, ..with(Heard::default()) };
    assert!(steps(&clear).starts_with("MAIL"), "no password in clear: {}", steps(&clear));
    assert!(laid(&clear).notes[0].contains("AUTH is left out"));
}

#[test]
fn without_a_user_auth_can_be_taken_in_and_is_due_once_the_server_asks() {
    let offers = "mx.test|AUTH LOGIN";
    let with = |heard| Scene { offers, heard, ..scene(State::Ready) };
    assert!(steps(&with(Heard::default())).starts_with("[AUTH LOGIN]; MAIL"));
    let asked = heard(&[(Verb::Mail, "MAIL FROM:<ada@a.test>", "530 5.7.0 Authentication required")]);
    assert!(steps(&with(asked)).starts_with("AUTH LOGIN; MAIL"));
    let tls = heard(&[(Verb::Mail, "MAIL FROM:<ada@a.test>", "530 5.7.0 Must issue a STARTTLS command first")]);
    let with = Scene { offers: "mx.test|STARTTLS", heard: tls, ..scene(State::Ready) };
    assert!(steps(&with).starts_with("STARTTLS; EHLO lab; MAIL"), "{}", steps(&with));
}

#[test]
fn recipients_are_named_until_each_was_answered() {
    let bob = (Verb::Rcpt, "RCPT TO:<bob@b.test>", "250 ok");
    let no_bob = (Verb::Rcpt, "RCPT TO:<bob@b.test>", "550 5.1.1 no such");
    let no_carol = (Verb::Rcpt, "RCPT TO:<carol@c.test>", "450 4.7.1 later");
    let mail = (Verb::Mail, "MAIL FROM:<ada@a.test>", "250 ok");
    for (state, dialogue, then) in [
        (State::Rcpt, &[mail, bob][..], "RCPT TO:<carol@c.test>; DATA; body; QUIT"),
        (State::Rcpt, &[mail, bob, no_carol], "DATA; body; QUIT"),
        (State::Mail, &[mail, no_bob], "RCPT TO:<carol@c.test>; DATA; body; QUIT"),
        (State::Mail, &[mail, no_bob, no_carol], "RSET; QUIT"),
        (State::Rcpt, &[mail, bob, no_carol, (Verb::Data, "DATA", "554 no")], "RSET; QUIT"),
        // MAIL was to come first: that says nothing of bob.
        (State::Ready, &[(Verb::Rcpt, "RCPT TO:<bob@b.test>", "503 MAIL first")], REST),
        (State::Mail, &[mail, no_bob, (Verb::Rset, "RSET", "250 ok"), mail], REST.split_once("; ").unwrap().1),
    ] {
        assert_eq!(steps(&Scene { heard: heard(dialogue), ..scene(state) }), then, "{dialogue:?}");
    }
}

#[test]
fn a_recipient_whose_line_was_changed_is_answered_by_that_line() {
    let mut heard = heard(&[(Verb::Mail, "MAIL FROM:<ada@a.test>", "250 ok")]);
    let line = "RCPT TO:<dave@d.test>".to_owned();
    let notice = Notice::Replied { verb: Verb::Rcpt, line, reply: reply("250 ok"), expected: true };
    heard.notice(&notice, Some(&Key::Rcpt("bob@b.test".to_owned())));
    assert_eq!(steps(&Scene { heard, ..scene(State::Rcpt) }), "RCPT TO:<carol@c.test>; DATA; body; QUIT");
}

#[test]
fn a_mail_that_was_accepted_is_not_begun_again_before_the_form_changes() {
    let done = || heard(&[(Verb::FinalDot, ".", "250 queued as 1")]);
    assert_eq!(steps(&Scene { heard: done(), fresh: false, ..scene(State::Ready) }), "QUIT");
    assert_eq!(steps(&Scene { heard: done(), ..scene(State::Ready) }), REST);
    let refused = Scene { heard: heard(&[(Verb::FinalDot, ".", "554 spam")]), ..scene(State::Ready) };
    assert!(laid(&refused).steps[0].why.contains("the mail was refused"));
    let sender = [(Verb::Mail, "MAIL FROM:<ada@a.test>", "553 5.1.8 no such domain")];
    let sender = Scene { heard: heard(&sender), ..scene(State::Ready) };
    assert!(laid(&sender).steps[0].why.contains("the sender was refused"));
    let early = Scene { heard: heard(&[(Verb::Mail, "MAIL FROM:<>", "503 HELO first")]), ..scene(State::Ready) };
    assert_eq!(laid(&early).steps[0].why, "a mail starts with its sender");
}

#[test]
fn what_the_server_cannot_be_asked_is_noted_and_the_line_stays_bare() {
    let small = Scene { offers: "mx.test|SIZE 10", ..scene(State::Ready) };
    let course = laid(&small);
    assert!(course.notes[0].contains("takes at most 10"), "{:?}", course.notes);
    assert_eq!(course.steps[0].line, "MAIL FROM:<ada@a.test>");
    assert_eq!(course.notes.len(), 1, "said once");
}

#[test]
fn of_very_many_recipients_the_next_are_laid_out() {
    let (capabilities, heard) = (announced("mx.test"), Heard::default());
    let to = (0..10_000).map(|number| format!("{number}@b.test")).collect();
    let mail = Transaction::new(MailId(0), "ada@a.test", to);
    let course = course(&Situation {
        up: true,
        server: "",
        state: State::Mail,
        lmtp: false,
        hello: "lab",
        capabilities: &capabilities,
        encrypted: false,
        tls: TlsMode::None,
        sign_in: None,
        mail: Some(&mail),
        fresh: true,
        body_typed: false,
        heard: &heard,
    });
    assert_eq!(course.steps.len(), RECIPIENTS + 3);
    assert_eq!(course.notes, [format!("{} more recipients follow", 10_000 - RECIPIENTS)]);
}
