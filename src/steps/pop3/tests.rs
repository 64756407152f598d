use super::*;
use crate::pop3::{Maildrop, Notice, Response, Verb};
use crate::wire::Secret;

fn announced(lines: &[&str]) -> Capabilities {
    Capabilities::parse(lines.iter().map(|line| (*line).to_owned()).collect())
}

fn heard(dialogue: &[(Verb, Option<u32>, &str)]) -> Heard {
    let mut heard = Heard::default();
    for (verb, number, said) in dialogue {
        let response = Response::parse(said.as_bytes()).unwrap();
        heard.notice(&Notice::Replied { verb: *verb, number: *number, line: String::new(), response });
    }
    heard
}

struct Scene {
    up: bool,
    state: State,
    offers: Option<&'static [&'static str]>,
    encrypted: bool,
    tls: TlsMode,
    named: bool,
    selected: Option<u32>,
    heard: Heard,
}

fn scene(state: State) -> Scene {
    let heard = Heard::default();
    let offers = Some(&["USER", "UIDL"][..]);
    Scene { up: true, state, offers, encrypted: false, tls: TlsMode::None, named: false, selected: None, heard }
}

fn laid(scene: &Scene) -> Course {
    let capabilities = scene.offers.map(announced);
    let bob = SignIn::with_password("bob", Secret::new(""), "");
    course(&Situation {
        up: scene.up,
        server: "pop.test:110",
        state: scene.state,
        capabilities: capabilities.as_ref(),
        encrypted: scene.encrypted,
        tls: scene.tls,
        sign_in: Some(&bob),
        named: scene.named,
        selected: scene.selected,
        heard: &scene.heard,
    })
}

fn steps(scene: &Scene) -> String {
    let word =
        |step: &super::super::Step| if step.out { format!("[{}]", step.line) } else { step.line.trim_end().to_owned() };
    laid(scene).steps.iter().map(word).collect::<Vec<_>>().join("; ")
}

const READS: &str = "STAT; LIST; UIDL; RETR 1; [DELE 1]; QUIT";

#[test]
fn the_steps_follow_from_the_state() {
    for (scene, then) in [
        (
            Scene { up: false, offers: None, ..scene(State::Closed) },
            format!("connect to pop.test:110; CAPA; USER bob; PASS; {READS}"),
        ),
        (Scene { offers: None, ..scene(State::Authorization) }, format!("CAPA; USER bob; PASS; {READS}")),
        (scene(State::Authorization), format!("USER bob; PASS; {READS}")),
        (Scene { named: true, ..scene(State::Authorization) }, format!("PASS; {READS}")),
        (scene(State::Transaction), READS.to_owned()),
        (Scene { offers: Some(&["USER"]), ..scene(State::Transaction) }, READS.replace("UIDL; ", "")),
        (Scene { selected: Some(3), ..scene(State::Transaction) }, READS.replace('1', "3")),
        (scene(State::Auth), "*".to_owned()),
        (scene(State::Update), String::new()),
    ] {
        assert_eq!(steps(&scene), then, "{:?}", scene.state);
    }
    assert!(laid(&scene(State::Greeting)).waits);
}

#[test]
fn tls_is_laid_out_as_it_is_wanted_and_offered() {
    let before = || Scene { tls: TlsMode::Auto, ..scene(State::Authorization) };
    for (scene, begins) in [
        (Scene { offers: None, ..before() }, "CAPA; STLS; CAPA; USER"),
        (Scene { offers: Some(&["USER", "STLS"]), ..before() }, "STLS; CAPA; USER"),
        (before(), "USER"),
        (Scene { tls: TlsMode::Require, ..before() }, "QUIT"),
        (Scene { offers: None, encrypted: true, ..before() }, "CAPA; USER"),
        (Scene { heard: heard(&[(Verb::Stls, None, "-ERR no")]), ..before() }, "QUIT"),
        (Scene { offers: None, heard: heard(&[(Verb::Capa, None, "-ERR what?")]), ..before() }, "USER"),
    ] {
        assert!(steps(&scene).starts_with(begins), "{begins}: {}", steps(&scene));
    }
}

#[test]
fn auth_is_the_way_in_where_user_is_not_offered_or_refused() {
    let offers = Some(&["SASL PLAIN"][..]);
    let inside = || Scene { offers, encrypted: true, ..scene(State::Authorization) };
    assert!(steps(&inside()).starts_with("AUTH PLAIN; STAT"), "{}", steps(&inside()));
    let both = Some(&["USER", "SASL PLAIN"][..]);
    assert!(steps(&Scene { offers: both, ..inside() }).starts_with("USER bob"));
    let refused = heard(&[(Verb::User, None, "-ERR no")]);
    assert!(steps(&Scene { offers: both, heard: refused, ..inside() }).starts_with("AUTH PLAIN"));
    let wrong = Scene { heard: heard(&[(Verb::Pass, None, "-ERR wrong")]), ..scene(State::Authorization) };
    assert!(laid(&wrong).steps[0].why.contains("refused"), "and USER again");
}

#[test]
fn what_was_asked_is_not_asked_again_and_an_empty_mailbox_is_left() {
    let asked = [(Verb::Stat, None, "+OK 2 9"), (Verb::List, None, "+OK"), (Verb::Uidl, None, "-ERR what?")];
    let with = |heard| Scene { heard, ..scene(State::Transaction) };
    let mut known = heard(&asked);
    known.notice(&Notice::Maildrop(Maildrop { messages: 2, octets: 9 }));
    // The newest, where nobody chose.
    assert_eq!(steps(&with(known.clone())), "RETR 2; [DELE 2]; QUIT");
    known.notice(&Notice::Replied {
        verb: Verb::Retr,
        number: Some(2),
        line: String::new(),
        response: Response::parse(b"+OK").unwrap(),
    });
    known.notice(&Notice::Marked(2));
    assert_eq!(steps(&with(known.clone())), "QUIT");
    assert!(laid(&with(known)).steps[0].why.contains("deletes"));
    let mut empty = heard(&asked);
    empty.notice(&Notice::Maildrop(Maildrop { messages: 0, octets: 0 }));
    assert_eq!(steps(&with(empty)), "QUIT");
}
