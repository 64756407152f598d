//! The command prompt: what completes a line, what is foretold of it, how several lines go out, and where one is.

use std::sync::{Arc, Mutex};

use telepost::app::Account;
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

use crate::support::actor::Actor;
use crate::support::stage::{Stage, account, secure_account, settings};

const SIZE: (u16, u16) = (120, 40);

/// The prompt of a fresh line to the sandbox.
fn at_smtp() -> Stage {
    let mut stage = Stage::demo(SIZE);
    stage.press(&["^X", "4", "F8"]);
    stage
}

fn at_pop3() -> Stage {
    let mut stage = Stage::demo(SIZE);
    stage.press(&["^X", "4", "^X", "O", "F8"]);
    stage
}

/// The prompt of a line to an actor.
fn opposite(part: &[(&str, &str)]) -> Stage {
    let mut stage = Stage::demo(SIZE);
    stage.understudy = Some(Actor::playing("220 mx.example.test", part));
    stage.press(&["^X", "4", "F8"]);
    stage
}

fn enter(stage: &mut Stage, line: &str) {
    stage.type_text(line);
    stage.press(&["Enter"]);
}

fn clear(stage: &mut Stage) {
    stage.press(&["^U"]);
}

/// The row of the prompt.
fn prompt_row(stage: &Stage) -> String {
    stage
        .screen()
        .lines()
        .find(|row| row.starts_with(">SMTP") || row.starts_with(">POP3"))
        .expect("a prompt")
        .to_owned()
}

#[test]
fn tab_alone_takes_a_whole_mail_to_its_end() {
    let mut stage = at_smtp();
    for _ in 0..4 {
        stage.press(&["Tab", "Enter"]);
    }
    stage.sees("-> DATA");
    stage.sees(">SMTP mail>");
    enter(&mut stage, "Subject: by hand");
    stage.press(&["Enter", "Tab", "Enter"]);
    stage.sees("queued as");
}

#[test]
fn the_key_of_the_card_is_one_that_works_where_the_caret_is() {
    let mut stage = at_smtp();
    enter(&mut stage, "NOOP");
    stage.sees("[^X i]");
    stage.lacks("[e]");
    stage.press(&["^X", "i"]);
    stage.sees("Esc closes");
    stage.press(&["Esc", "^X", "2"]);
    stage.lacks("^X i");
}

#[test]
fn behind_a_mail_typed_by_hand_quit_comes_next() {
    let mut stage = at_smtp();
    for line in ["HELO lab.test", "MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob@sandbox.test>", "DATA"] {
        enter(&mut stage, line);
    }
    enter(&mut stage, "Subject: mine");
    enter(&mut stage, ".");
    stage.sees("queued as");
    assert!(prompt_row(&stage).starts_with(">SMTP> QUIT"), "{}", stage.screen());
    stage.sees("your mail was accepted");
}

#[test]
fn the_name_that_the_sandbox_account_says_is_not_found_fault_with() {
    let mut stage = Stage::open(SIZE, settings(Some(Account { hello: "localhost".to_owned(), ..account() })));
    stage.press(&["^X", "4", "F8"]);
    enter(&mut stage, "EHLO localhost");
    stage.lacks("no full name");
    enter(&mut stage, "EHLO elsewhere");
    stage.sees("no full name");
}

#[test]
fn no_command_of_the_pane_comes_between_those_typed_by_hand() {
    let mut stage = at_pop3();
    for line in ["USER bob", "PASS opensesame", "STAT", "LIST"] {
        enter(&mut stage, line);
    }
    stage.sees("-> LIST");
    stage.lacks("TOP ");
    stage.press(&["^X", "3"]);
    stage.sees("-> TOP 3 0");
}

#[test]
fn the_list_of_candidates_opens_on_tab_and_puts_one_in() {
    let mut stage = at_smtp();
    enter(&mut stage, "EHLO lab.test");
    stage.type_text("r");
    stage.lacks("Esc closes");
    stage.press(&["Tab"]);
    stage.sees("1 of 2, Tab takes it, Esc closes");
    stage.sees("drops the mail that is begun");
    stage.press(&["Esc"]);
    stage.lacks("Esc closes");
    stage.sees(">SMTP> r");
    stage.press(&["Tab", "Enter"]);
    assert!(prompt_row(&stage).starts_with(">SMTP> RSET"), "what is in order stands first\n{}", stage.screen());
    stage.lacks("-> RSET");
    stage.press(&["Enter"]);
    stage.sees("-> RSET");
}

#[test]
fn parameters_and_addresses_are_completed() {
    let mut stage = opposite(&[("EHLO lab.test", "250-mx.example.test\r\n250-SIZE 1000\r\n250 8BITMIME")]);
    enter(&mut stage, "EHLO lab.test");
    stage.type_text("mail from:<ad");
    stage.press(&["Tab"]);
    assert!(prompt_row(&stage).contains("MAIL FROM:<ada@sandbox.test>"), "{}", stage.screen());
    stage.type_text(" b");
    stage.press(&["Tab"]);
    stage.sees("BODY=8BITMIME");
    stage.lacks("RET=HDRS");
    stage.press(&["Enter"]);
    stage.type_text(" SIZE=2000");
    stage.sees("expect 552: the server takes 1,000 octets at most");
}

#[test]
fn message_numbers_are_completed_with_their_subjects() {
    let mut stage = Stage::demo(SIZE);
    stage.press(&["^X", "3", "^X", "4"]);
    stage.type_text("RETR ");
    stage.press(&["^E"]);
    let whole = prompt_row(&stage);
    assert!(whole.contains("RETR "), "{whole}");
    clear(&mut stage);
    stage.type_text("dele ");
    stage.press(&["Tab"]);
    stage.sees("of 3, Tab takes it");
    stage.press(&["Down", "Enter"]);
    assert!(prompt_row(&stage).starts_with(">POP3> dele 2"), "{}", stage.screen());
    stage.press(&["Enter"]);
    stage.sees("1 marked");
    stage.type_text("RETR 2");
    stage.sees("expect -ERR: message 2 is marked as deleted");
    clear(&mut stage);
    stage.type_text("RETR 9");
    stage.sees("expect -ERR: there is no message 9; 3 are listed");
    clear(&mut stage);
    stage.type_text("QUIT");
    stage.sees("QUIT deletes the message that is marked");
}

#[test]
fn the_ladder_tells_what_was_passed_and_refused() {
    let part = [
        ("EHLO lab.test", "250 mx.example.test"),
        ("MAIL FROM:<a@b>", "250 ok"),
        ("RCPT TO:<c@d>", "550 no"),
        ("RCPT TO:<e@f>", "250 ok"),
        ("RSET", "250 ok"),
    ];
    let mut stage = opposite(&part);
    stage.sees("BANNER+ [EHLO] MAIL RCPT DATA");
    enter(&mut stage, "EHLO lab.test");
    stage.sees("BANNER+ EHLO+ [MAIL] RCPT DATA");
    enter(&mut stage, "MAIL FROM:<a@b>");
    stage.sees("BANNER+ EHLO+ MAIL+ [RCPT] DATA");
    enter(&mut stage, "RCPT TO:<c@d>");
    stage.sees("BANNER+ EHLO+ MAIL+ [RCPT-] DATA");
    stage.type_text("DATA");
    stage.sees("expect 503 or 554: no recipient was accepted");
    clear(&mut stage);
    enter(&mut stage, "RCPT TO:<e@f>");
    stage.sees("MAIL+ RCPT+ [DATA]");
    enter(&mut stage, "RSET");
    stage.sees("BANNER+ EHLO+ [MAIL] RCPT DATA");
}

#[test]
fn pop3_has_a_ladder_of_its_own() {
    let mut stage = at_pop3();
    stage.sees("BANNER+ [USER] PASS TRANSACTION QUIT");
    enter(&mut stage, "USER bob");
    stage.sees("BANNER+ USER+ [PASS] TRANSACTION QUIT");
    enter(&mut stage, "PASS opensesame");
    stage.sees("[TRANSACTION] QUIT");
}

#[test]
fn the_ladder_gives_way_on_a_narrow_screen_and_never_covers_the_line() {
    for width in [20, 40, 60, 80, 100, 120, 200] {
        let mut stage = at_smtp();
        enter(&mut stage, "EHLO lab.test");
        stage.resize((width, 24));
        stage.type_text("NOOP 12345");
        let row = prompt_row(&stage);
        assert!(row.starts_with(">SMTP> NOOP 12345"), "{width}: {row}");
        assert!(row.chars().count() <= usize::from(width));
        assert_eq!(row.contains("[MAIL]"), width >= 40, "{width}: {row}");
    }
}

#[test]
fn inside_of_tls_the_prompt_says_so_and_starttls_is_foretold() {
    let mut stage = Stage::open(SIZE, settings(Some(secure_account())));
    stage.press(&["F5", "^X", "4"]);
    stage.sees(">SMTP~>");
    stage.sees("TLS+");
    stage.type_text("STARTTLS");
    stage.sees("the line is encrypted already");
    clear(&mut stage);
    stage.type_text("AUTH PLAIN");
    stage.sees("signed in already");
}

#[test]
fn slips_are_told_before_the_line_goes_out_and_it_goes_out_all_the_same() {
    let mut stage = at_smtp();
    for (typed, right) in [("ehlo: lab.test", "EHLO lab.test"), ("rctp", "RCPT"), ("MAIL FORM:", "MAIL FROM:")] {
        stage.type_text(typed);
        stage.sees(&format!("Meant: {right} "));
        clear(&mut stage);
    }
    stage.type_text("HELO");
    stage.sees("a name comes behind HELO, as in HELO lab.test");
    clear(&mut stage);
    stage.type_text("MAIL FROM <a@b>");
    stage.sees("Meant: MAIL FROM:<a@b>");
    stage.press(&["Enter"]);
    stage.sees("-> MAIL FROM <a@b>");
    let mut stage = at_pop3();
    stage.type_text("retrive 1");
    stage.sees("Meant: RETR 1");
    stage.press(&["Enter"]);
    stage.sees("-> retrive 1");
}

/// A server that answers only when it is told to, and keeps what it heard: each write as it came.
struct Slow {
    heard: Arc<Mutex<Vec<String>>>,
    in_body: bool,
}

impl Conversation for Slow {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        out.line("220 slow.example.test");
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        let text = String::from_utf8_lossy(input).into_owned();
        let Some(end) = text.find("\r\n") else { return 0 };
        let line = text[..end].to_owned();
        // Whatever was written behind this line, before its reply, would be seen here.
        assert!(self.in_body || text.len() == end + 2, "merged with the next: {text:?}");
        self.heard.lock().expect("one thread holds it").push(line.clone());
        match (self.in_body, line.as_str()) {
            (true, ".") => {
                self.in_body = false;
                out.line("250 queued");
            }
            (true, _) => {}
            (false, "DATA") => {
                self.in_body = true;
                out.line("354 go on");
            }
            (false, _) => out.line("250 ok"),
        }
        end + 2
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        false
    }
}

/// Lines pasted before the server said a word, sent one by one; what it heard.
fn sent_ahead(lines: &[String]) -> Vec<String> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut stage = Stage::demo(SIZE);
    stage.understudy = Some(Box::new(Slow { heard: Arc::clone(&heard), in_body: false }));
    stage.press(&["^X", "4", "F8"]);
    stage.paste(&lines.join("\n"));
    stage.sees(&format!("{} lines were pasted", lines.len()));
    stage.press(&["o"]);
    heard.lock().expect("one thread holds it").clone()
}

#[test]
fn two_hundred_lines_typed_ahead_go_out_whole_and_one_a_reply() {
    let lines: Vec<String> = (0..200).map(|number| format!("NOOP {number}")).collect();
    assert_eq!(sent_ahead(&lines), lines);
}

#[test]
fn lines_ahead_with_a_mail_among_them_arrive_as_they_were_meant() {
    let dialogue =
        ["EHLO a", "MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA", "Subject: x", "", "RSET", ".dot", "", ".", "QUIT"];
    let lines: Vec<String> = dialogue.map(str::to_owned).to_vec();
    let heard = sent_ahead(&lines);
    let wire: Vec<String> = dialogue.map(|line| line.replace(".dot", "..dot")).to_vec();
    assert_eq!(heard, wire);
}

#[test]
fn the_paste_guard_shows_two_lines_and_no_password() {
    let mut stage = at_pop3();
    stage.paste("USER bob\nPASS opensesame\nSTAT\nQUIT\n");
    stage.sees("4 lines were pasted");
    stage.sees("USER bob");
    stage.sees("PASS ****(10 B)");
    stage.sees("and 2 more");
    stage.sees("there is a password in it");
    stage.lacks("opensesame");
    stage.press(&["Esc"]);
    stage.lacks("-> USER");
    stage.paste("STAT\nLIST");
    stage.sees("All at once as a block");
    stage.press(&["i"]);
    assert!(prompt_row(&stage).starts_with(">POP3> STAT"), "{}", stage.screen());
}

#[test]
fn what_cannot_be_a_block_or_a_mail_says_why() {
    let mut stage = at_smtp();
    stage.paste("STARTTLS\nEHLO a");
    stage.sees("Not at once (p): the reply to STARTTLS decides");
    stage.sees("Not as a mail (b): DATA wants a recipient");
    stage.press(&["p"]);
    stage.sees("2 lines were pasted");
    stage.press(&["Esc"]);
    enter(&mut stage, "EHLO lab.test");
    enter(&mut stage, "MAIL FROM:<ada@sandbox.test>");
    enter(&mut stage, "RCPT TO:<bob@sandbox.test>");
    stage.paste("Subject: x\n\ny");
    stage.sees("The text of the mail: DATA first");
    stage.press(&["b"]);
    stage.sees("-> DATA");
    stage.sees("354");
}

#[test]
fn a_block_goes_out_line_by_line_in_its_order() {
    let part =
        [("EHLO lab.test", "250 mx.example.test"), ("NOOP 1", "250 ok"), ("RSET", "250 ok"), ("NOOP 2", "250 ok")];
    let mut stage = opposite(&part);
    enter(&mut stage, "EHLO lab.test");
    stage.paste("NOOP 1\nRSET\nNOOP 2\n");
    stage.press(&["p"]);
    stage.sees("-> NOOP 2");
}

#[test]
fn dots_of_a_mail_typed_by_hand_are_doubled_and_that_is_said() {
    let part = [
        ("EHLO lab.test", "250 mx.example.test"),
        ("MAIL FROM:<a@b>", "250 ok"),
        ("RCPT TO:<c@d>", "250 ok"),
        ("DATA", "354 go on"),
        (".", "250 queued"),
    ];
    let mut stage = opposite(&part);
    for (line, _) in &part[..4] {
        enter(&mut stage, line);
    }
    stage.sees(">SMTP mail>");
    stage.sees("a line with a single dot ends the mail");
    stage.type_text(".x");
    stage.sees("goes out as ..x");
    stage.press(&["Enter"]);
    stage.type_text("..y");
    stage.sees("doubled already: it arrives as .y");
    stage.press(&["Enter"]);
    stage.type_text(".");
    stage.sees("a lone dot ends the mail");
    stage.press(&["Enter"]);
    stage.sees(">SMTP>");
    stage.sees("..x");
    stage.lacks("...y");
}

#[test]
fn control_bytes_are_shown_as_symbols_with_the_octets_of_the_line() {
    let mut stage = at_smtp();
    stage.type_text("NOOP ");
    stage.press(&["^X", "v", "^G"]);
    stage.press(&["^X", "v", "Tab"]);
    stage.sees("NOOP ␇␉");
    stage.sees("octets: 4e 4f 4f 50 20 07 09");
    clear(&mut stage);
    stage.type_text("NOOP");
    stage.lacks("octets:");
}

#[test]
fn a_secret_is_neither_completed_nor_shown_nor_remembered() {
    let mut stage = at_pop3();
    enter(&mut stage, "USER bob");
    for word in ["PASS", "PSAS"] {
        stage.type_text(&format!("{word} opensesame\u{fc}"));
        stage.lacks("opensesame");
        stage.lacks("6f 70 65 6e");
        stage.sees("octets: 50");
        clear(&mut stage);
    }
    stage.type_text("PAS opensesame");
    stage.press(&["Enter", "^R"]);
    stage.lacks("opensesame");
    stage.press(&["Up"]);
    stage.lacks("opensesame");
}

#[test]
fn an_empty_prompt_says_why_the_next_command_comes_next() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::demo(size);
        stage.press(&["^X", "4", "F8"]);
        stage.sees(">SMTP> EHLO lab.test");
        stage.sees("Next: the server wants to know who we are");
        enter(&mut stage, "RCPT TO:<a@b>");
        stage.sees("503");
        stage.lacks("Next: the server wants");
    }
}

#[test]
fn a_line_end_typed_on_purpose_makes_a_block() {
    let mut stage = Stage::open(SIZE, settings(Some(account())));
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("NOOP a");
    stage.press(&["^X", "v", "Enter", "^X", "v", "^J"]);
    stage.type_text("NOOP b");
    stage.sees("NOOP a␍␊NOOP b");
    stage.press(&["Enter"]);
    stage.sees("-> NOOP a");
    stage.sees("-> NOOP b");
}
