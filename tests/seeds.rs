//! What the five guides of `requirements.rs` teach, done with the workbench: keys in, screen out, and where bytes are
//! the point, over real sockets.

mod support {
    pub mod actor;
    pub mod client;
    #[expect(dead_code, reason = "the guides need a part of what a script can do")]
    pub mod scripted;
    #[expect(dead_code, reason = "the guides use a part of the stage")]
    pub mod stage;
    #[expect(dead_code, reason = "the guides wait for ends only")]
    pub mod wait;
}

mod guides {
    mod headers;
    mod listing;
    mod problems;
    mod step_by_step;
    mod trouble;
}

use telepost::app::Effect;

use support::actor::Actor;
use support::stage::{Stage, account, settings};

const WIDE: (u16, u16) = (160, 50);

/// The workbench, connected to an actor that plays this part; the prompt has the focus.
fn opposite(greeting: &str, part: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::demo(WIDE);
    stage.understudy = Some(Actor::playing(greeting, part));
    stage.press(&["^X", "4", "F8"]);
    stage
}

/// Types a line and sends it.
fn enter(stage: &mut Stage, line: &str) {
    stage.type_text(line);
    stage.press(&["Enter"]);
}

/// The form's mail, sent to an actor that answers MAIL and RCPT like this.
fn sent_to(mail: &str, rcpt: &str) -> Stage {
    let mut stage = Stage::demo(WIDE);
    let part = [
        ("EHLO lab.test", "250 mx.example.test"),
        ("MAIL FROM:<ada@sandbox.test>", mail),
        ("RCPT TO:<bob@sandbox.test>", rcpt),
        ("RSET", "250 reset"),
    ];
    stage.understudy = Some(Actor::playing("220 mx.example.test", &part));
    stage.press(&["F5"]);
    stage
}

fn copied(stage: &Stage) -> Vec<&str> {
    let copies = stage.others.iter().filter_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    copies.collect()
}

fn last_letter(stage: &Stage, user: usize) -> String {
    String::from_utf8(stage.letters(user).pop().expect("a letter")).expect("text")
}

/// An empty form with this sender.
fn blank(from: &str) -> Stage {
    let mut account = account();
    from.clone_into(&mut account.from);
    account.example = None;
    Stage::open(WIDE, settings(Some(account)))
}
