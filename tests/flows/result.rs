//! What became of the mail: the grid, the waterfall, the countdown after 4yz, and the same as a command.

use std::time::Duration;

use telepost::app::{Effect, Message};
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

use crate::demo;
use crate::support::stage::Stage;

/// A server that puts `b@` off so many times, with these words, and takes everybody else.
struct Moody {
    refusals: usize,
    words: &'static str,
    in_data: bool,
    over: bool,
}

impl Moody {
    fn boxed(refusals: usize, words: &'static str) -> Box<dyn Conversation> {
        Box::new(Self { refusals, words, in_data: false, over: false })
    }

    fn line(&mut self, line: &str, out: &mut Outbox) {
        match line {
            "." if self.in_data => {
                self.in_data = false;
                out.line("250 2.0.0 Ok: queued as 6AB5150038");
            }
            _ if self.in_data => {}
            "DATA" => {
                self.in_data = true;
                out.line("354 go on");
            }
            "QUIT" => {
                out.line("221 bye");
                self.over = true;
            }
            line if line.starts_with("EHLO") => out.line("250 mx.example.test"),
            line if line.starts_with("RCPT TO:<b@") && self.refusals > 0 => {
                self.refusals -= 1;
                out.line(self.words);
            }
            _ => out.line("250 2.1.0 ok"),
        }
    }
}

impl Conversation for Moody {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        out.line("220 mx.example.test ESMTP");
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while let Some(end) = input[used..].windows(2).position(|pair| pair == b"\r\n") {
            let line = String::from_utf8_lossy(&input[used..used + end]).into_owned();
            used += end + 2;
            self.line(&line, out);
        }
        used
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        self.over
    }
}

/// The mail of the form goes to `to`, over a server that puts b@ off.
fn sent_to(to: &str, refusals: usize, words: &'static str) -> Stage {
    let mut stage = demo();
    stage.understudy = Some(Moody::boxed(refusals, words));
    address(&mut stage, to);
    stage.press(&["F5"]);
    stage
}

/// Puts other recipients into the form.
fn address(stage: &mut Stage, to: &str) {
    stage.press(&["Shift-Tab", "Shift-Tab", "Shift-Tab", "Shift-Tab", "End", "^U"]);
    stage.type_text(to);
}

/// Lines that we sent so far and that start so.
fn said(stage: &Stage, start: &str) -> Vec<String> {
    let sent = stage.app.transcript().iter().map(|entry| entry.summary());
    sent.filter(|line| line.starts_with(start)).collect()
}

/// One second passes, again and again.
fn seconds(stage: &mut Stage, count: u64) {
    for _ in 0..count {
        stage.tell_after(Duration::from_secs(1), Message::Wake);
    }
}

#[test]
fn the_grid_is_walked_and_every_recipient_is_explained() {
    let mut stage = sent_to("a@x.test, b@x.test, c@x.test", 9, "450 4.2.0 greylisted, try again later");
    stage.sees("sent to some");
    stage.press(&["^X", "R"]);
    for text in ["SENT TO SOME  2 accepted, 1 deferred", "queue id 6AB5150038   (y copies it)", "~ DEFERRED  b@x.test"]
    {
        stage.sees(text);
    }
    for bar in ["lookup", "TCP", "greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot", "total"] {
        stage.sees(&format!("│{bar} "));
    }
    stage.press(&["Enter"]);
    stage.sees("DEFERRED: b@x.test");
    stage.sees("450 4.2.0 greylisted");
    stage.sees("Usual causes:");
    stage.press(&["Esc", "Down", "e"]);
    stage.sees("accepted: a@x.test");
    stage.press(&["Esc", "y"]);
    assert!(matches!(stage.others.last(), Some(Effect::Copy(id)) if id == "6AB5150038"));
    stage.press(&["Esc"]);
    stage.press(&["Esc"]);
    stage.lacks("queue id");
    stage.sees("Subject");
}

#[test]
fn over_a_line_that_stands_the_stages_of_the_line_are_told_apart() {
    let mut stage = sent_to("a@x.test", 0, "");
    stage.press(&["^X", "R"]);
    stage.lacks("of the connection");
    stage.press(&["Esc", "Esc", "Enter", "^U"]);
    stage.type_text("c@x.test");
    stage.press(&["F5", "^X", "R"]);
    stage.sees("of the connection, which stood already:");
    stage.sees("dot");
}

#[test]
fn who_was_put_off_is_tried_again_alone_with_the_same_message_id() {
    let mut stage = sent_to("a@x.test, b@x.test", 1, "450 4.2.0 greylisted, try again in 3 seconds");
    stage.sees("Put off: ^X g a tries again, in 3 s or at once");
    assert_eq!(said(&stage, "RCPT").len(), 2);
    stage.press(&["^X", "g", "a"]);
    stage.sees("Put off: b@x.test");
    stage.press(&["r"]);
    stage.sees("Next try in 3 s (1 of 5), to b@x.test; ^C stops");
    stage.sees("again in 3 s");
    seconds(&mut stage, 1);
    stage.sees("Next try in 2 s");
    assert_eq!(stage.app.wake_at().map(|at| at - stage.now().instant), Some(Duration::from_secs(1)));
    seconds(&mut stage, 2);
    assert_eq!(said(&stage, "RCPT")[2..], ["RCPT TO:<b@x.test>"], "the other one has it");
    stage.sees("+ accepted  a@x.test");
    stage.sees("+ accepted  b@x.test");
    stage.sees("sent ");
    stage.lacks("Put off");
    let ids: Vec<String> = said_in_bodies(&stage, "Message-ID:");
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[0], ids[1]);
    assert_eq!(stage.app.wake_at().map(|at| at - stage.now().instant > Duration::from_secs(1)), Some(true), "a toast");
}

/// Header lines of the mails that were sent.
fn said_in_bodies(stage: &Stage, start: &str) -> Vec<String> {
    let lines = stage.app.transcript().iter().flat_map(|entry| entry.lines().collect::<Vec<_>>());
    lines.filter(|line| line.starts_with(start)).collect()
}

#[test]
fn tries_get_rarer_and_end_after_five() {
    let mut stage = sent_to("b@x.test", 99, "450 4.2.0 try again later");
    stage.press(&["^X", "g", "a", "r"]);
    for pause in [60, 120, 240, 480, 900] {
        stage.sees("Next try in ");
        seconds(&mut stage, pause - 1);
        let before = said(&stage, "RCPT").len();
        seconds(&mut stage, 1);
        assert_eq!(said(&stage, "RCPT").len(), before + 1, "after {pause} s");
    }
    stage.sees("still deferred after 5 more tries");
    seconds(&mut stage, 2_000);
    assert_eq!(said(&stage, "RCPT").len(), 6);
    stage.press(&["^X", "g", "a", "a"]);
    assert_eq!(said(&stage, "RCPT").len(), 7, "by hand it still can be");
}

#[test]
fn a_countdown_ends_by_control_c_by_no_and_by_any_change_of_the_mail() {
    for stop in [&["^C"][..], &["^X", "g", "a", "n"], &["1", "Enter", "x"], &["^X", "N", "y"]] {
        let mut stage = sent_to("b@x.test", 1, "450 4.2.0 try again later");
        stage.press(&["^X", "g", "a", "r"]);
        stage.sees("Next try in 60 s");
        stage.press(&["Esc"]);
        stage.press(stop);
        stage.lacks("Next try");
        seconds(&mut stage, 70);
        assert_eq!(said(&stage, "RCPT").len(), 1, "{stop:?}");
    }
}

#[test]
fn sending_again_after_some_got_it_asks_and_can_leave_those_out() {
    let mut stage = sent_to("a@x.test, b@x.test, c@x.test", 1, "550 5.1.1 no such user");
    stage.sees("x REFUSED   b@x.test");
    stage.press(&["F5"]);
    stage.sees("sent already, to some: 2 accepted, 1 refused");
    stage.press(&["o"]);
    assert_eq!(said(&stage, "RCPT")[3..], ["RCPT TO:<b@x.test>"]);
    stage.sees("+ accepted  b@x.test");
    stage.press(&["F5"]);
    stage.sees("This very mail was sent already.");
}

#[test]
fn an_unknown_fate_is_said_kept_and_never_tried_again() {
    let mut stage = demo();
    stage.understudy = Some(Box::new(Silent(Moody { refusals: 0, words: "", in_data: false, over: false })));
    stage.press(&["F5"]);
    stage.cut(telepost::wire::Side::Smtp);
    stage.sees("UNKNOWN");
    stage.sees("nothing is sent again by itself");
    stage.sees("? UNKNOWN   bob@sandbox.test");
    seconds(&mut stage, 3_600);
    assert_eq!(said(&stage, "RCPT").len(), 1);
    stage.press(&["^X", "g", "a"]);
    stage.sees("no mail was put off");
    stage.press(&["F5"]);
    stage.sees("Nobody knows whether the last attempt was accepted");
    stage.sees("It keeps its Message-ID");
    stage.press(&["y"]);
    let ids = said_in_bodies(&stage, "Message-ID:");
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
}

/// Never answers the final dot.
struct Silent(Moody);

impl Conversation for Silent {
    fn greet(&mut self, crowded: bool, out: &mut Outbox) {
        self.0.greet(crowded, out);
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        if self.0.in_data { input.len() } else { self.0.receive(input, out) }
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        false
    }
}

#[test]
fn many_recipients_are_cut_in_the_form_and_scroll_in_the_whole_result() {
    let all: Vec<String> = (0..60).map(|number| format!("n{number}@x.test")).collect();
    let mut stage = sent_to(&all.join(", "), 0, "");
    stage.sees("+ accepted  60 recipients: ^X R shows all");
    stage.sees("Hi Bob,");
    stage.press(&["^X", "R"]);
    stage.sees("n0@x.test");
    stage.lacks("n59@x.test");
    stage.press(&["End"]);
    stage.sees("n59@x.test");
    stage.sees("total");
    stage.press(&["Home"]);
    stage.sees("n0@x.test");
}

#[test]
fn the_conversation_is_copied_as_a_command_of_each_tool() {
    let mut stage = demo();
    for (key, start) in
        [("s", "swaks --server 127.0.0.1"), ("c", "curl"), ("o", "# openssl"), ("t", "telepost send smtp:")]
    {
        stage.press(&["^X", "=", key]);
        let Some(Effect::Copy(text)) = stage.others.last() else { panic!("nothing was copied") };
        let joined = text.replace(" \\\n  ", " ");
        assert!(joined.lines().any(|line| line.starts_with(start)), "{text}");
        assert!(text.contains("bob@sandbox.test") && !text.contains("opensesame"), "{text}");
        stage.press(&["Esc"]);
    }
    stage.press(&["^X", "3", "^X", "=", "c"]);
    let copied = "curl --url pop3://127.0.0.1:2110/ --user bob";
    assert!(matches!(stage.others.last(), Some(Effect::Copy(text)) if text == copied));
    stage.sees("Copied, for curl");
}
