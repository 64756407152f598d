//! Lesson one in a real terminal, as a newcomer does it: what the strip says is done, and nothing else is read.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use support::pty::Session;
use support::telepost::Home;
use support::wait;

/// Presses Enter until the screen has the text: a card that came up by itself takes no key at once.
fn enter_until(session: &mut Session, text: &str) {
    wait::until(text, || {
        if session.text().contains(text) {
            return Some(());
        }
        session.press("Enter");
        None
    });
}

#[test]
fn a_newcomer_does_lesson_one_and_it_is_kept() {
    for size in [(80, 24), (120, 40)] {
        let home = Home::new();
        let mut session = home.open(&["demo"], size);
        session.wait_for("Compose");
        session.press("^X");
        session.wait_for("Ctrl-X, then");
        session.send("G");
        session.wait_for("Send a mail");
        session.press("Enter");
        session.wait_for("step 1/3");
        session.wait_for("Press F5 to send it.");
        session.press("F5");
        session.wait_for("step 2/3");
        session.wait_for("the server has the mail now");
        session.wait_for("Go there: ^X 2.");
        session.press("^X");
        session.wait_for("Ctrl-X, then");
        session.send("2");
        session.wait_for("step 3/3");
        session.wait_for("^X C says QUIT");
        session.press("^X");
        session.wait_for("Ctrl-X, then");
        session.send("C");
        session.wait_for("Done: Send a mail");
        enter_until(&mut session, "Lesson 2 Read a mail");
        let kept = home.path("state/telepost/lessons.json");
        wait::until("the progress to be kept", || {
            let text = std::fs::read_to_string(&kept).ok()?;
            (text.contains("\"read\"") && text.contains("queued as")).then_some(())
        });
    }
}

#[test]
fn the_demo_opens_at_a_lesson_and_at_a_file_of_ones_own() {
    let home = Home::new();
    let mut session = home.open(&["demo", "--lesson", "ehlo"], (80, 24));
    session.wait_for("Lesson 3 Say EHLO by hand");
    session.wait_for("step 1/4");
    drop(session);
    let text = include_str!("../src/lesson/check/sample.toml").replace("faults = [\"greylist\"]\n", "");
    let file = home.file("mine.toml", text);
    let mut session = home.open(&["demo", "--lesson", &file], (80, 24));
    session.wait_for("Lesson 13 Do nothing");
}
