//! A server for the stage that plays a part: each line it must hear, and what it says to it.

use std::collections::VecDeque;

use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

/// A part, line by line.
pub struct Actor {
    greeting: String,
    part: VecDeque<(String, String)>,
    in_body: bool,
    over: bool,
}

impl Actor {
    /// Says `greeting`, then answers each line of `part`. A line that differs from the part ends the test. Lines of a
    /// body are taken as they come, up to the dot. An empty answer: it goes away instead.
    pub fn playing(greeting: &str, part: &[(&str, &str)]) -> Box<dyn Conversation> {
        let part = part.iter().map(|(line, answer)| ((*line).to_owned(), (*answer).to_owned())).collect();
        Box::new(Self { greeting: greeting.to_owned(), part, in_body: false, over: false })
    }

    fn hear(&mut self, line: &str, out: &mut Outbox) {
        if self.in_body && line != "." {
            return;
        }
        let (expected, answer) = self.part.pop_front().unwrap_or_else(|| panic!("{line:?} is not in the part"));
        assert_eq!(line, expected, "the line the server heard, and the one in its part");
        self.in_body = answer.starts_with("354");
        self.over = answer.starts_with("221") || answer.is_empty();
        if !answer.is_empty() {
            out.line(&answer);
        }
    }
}

impl Conversation for Actor {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        if !self.greeting.is_empty() {
            out.line(&self.greeting);
        }
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let mut used = 0;
        while let Some(end) = input[used..].windows(2).position(|two| two == b"\r\n") {
            let line = String::from_utf8_lossy(&input[used..used + end]).into_owned();
            used += end + 2;
            self.hear(&line, out);
        }
        used
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        self.over
    }
}
