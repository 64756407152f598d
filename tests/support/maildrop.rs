//! A POP3 server for the stage with many messages of different senders, sizes and days.

use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

const SENDERS: [&str; 6] = [
    "Ada Lovelace <ada@sandbox.test>",
    "\"Hopper, Grace\" <grace@navy.example>",
    "=?utf-8?Q?J=C3=BCrgen_M=C3=BCller?= <jm@example.de>",
    "Support Team <support@mx.example>",
    "=?utf-8?B?5bGx55Sw5aSq6YOO?= <taro@example.jp>",
    "no-reply@shop.example",
];
const SUBJECTS: [&str; 7] = [
    "The minutes of Tuesday",
    "Re: your invoice",
    "Build 4711 failed",
    "Fwd: tickets for the concert",
    "A question about dot-stuffing",
    "Holiday pictures",
    "Your order is on its way",
];

/// The server.
pub struct Maildrop {
    messages: usize,
    /// From this message on RETR is not answered.
    silent_from: usize,
    over: bool,
}

impl Maildrop {
    /// So many messages; RETR is answered for those below `silent_from`.
    pub fn of(messages: usize, silent_from: usize) -> Box<dyn Conversation> {
        Box::new(Self { messages, silent_from, over: false })
    }

    fn size(number: usize) -> usize {
        400 + number * number * 7_919 % 90_000
    }

    fn header(number: usize) -> Vec<String> {
        let (from, subject) = (SENDERS[number * 5 % SENDERS.len()], SUBJECTS[number * 3 % SUBJECTS.len()]);
        let mixed = if number.is_multiple_of(4) { "multipart/mixed; boundary=b" } else { "text/plain" };
        vec![
            format!("From: {from}"),
            format!("Subject: {subject}"),
            format!("Date: {:02} Nov 2026 {:02}:30:00 +0000", number % 21 + 1, number % 12 + 8),
            format!("Content-Type: {mixed}"),
            String::new(),
        ]
    }

    fn list(&self, out: &mut Outbox, line: impl Fn(usize) -> String) {
        out.line("+OK");
        (1..=self.messages).for_each(|number| out.line(&line(number)));
        out.line(".");
    }

    fn hear(&mut self, line: &str, out: &mut Outbox) {
        let mut words = line.split(' ');
        let (verb, number) = (words.next().unwrap_or_default(), words.next().and_then(|word| word.parse().ok()));
        match (verb, number) {
            ("CAPA", _) => ["+OK", "USER", "TOP", "UIDL", "PIPELINING", "."].iter().for_each(|line| out.line(line)),
            ("STAT", _) => {
                let octets: usize = (1..=self.messages).map(Self::size).sum();
                out.line(&format!("+OK {} {octets}", self.messages));
            }
            ("LIST", None) => self.list(out, |number| format!("{number} {}", Self::size(number))),
            ("UIDL", None) => self.list(out, |number| format!("{number} id-{number}")),
            ("RETR", Some(number)) if number >= self.silent_from => {}
            ("TOP" | "RETR", Some(number)) => {
                out.line("+OK");
                for line in &Self::header(number) {
                    out.line(line);
                }
                if verb == "RETR" {
                    for _ in 0..Self::size(number) / 70 {
                        out.line(&"x".repeat(68));
                    }
                }
                out.line(".");
            }
            ("QUIT", _) => {
                out.line("+OK bye");
                self.over = true;
            }
            _ => out.line("+OK"),
        }
    }
}

impl Conversation for Maildrop {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        out.line("+OK ready");
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            self.hear(String::from_utf8_lossy(line).trim_end(), out);
        }
        input.len()
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        self.over
    }
}
