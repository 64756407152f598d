//! The list of the mailbox: what is asked of the server and when, sorting, filtering, selecting, deleting, and servers
//! that lie.

use std::sync::{Arc, Mutex};

use telepost::app::{Account, Effect, Message};
use telepost::ledger::{Maildrop, Remembered};
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;

use crate::support::stage::{Stage, account, settings};

/// A POP3 server that says what a test wants, and keeps what it was told.
#[derive(Clone, Default)]
struct Server {
    capabilities: Vec<&'static str>,
    stat: String,
    list: Vec<String>,
    /// Nothing: UIDL is refused.
    uidl: Vec<String>,
    heard: Arc<Mutex<Vec<String>>>,
    refuses: Vec<&'static str>,
    goodbye: &'static str,
    over: bool,
}

impl Server {
    /// So many honest messages.
    fn of(messages: usize) -> Self {
        Self {
            capabilities: vec!["USER", "TOP", "UIDL", "PIPELINING"],
            stat: format!("{messages} {}", messages * 100),
            list: (1..=messages).map(|number| format!("{number} 100")).collect(),
            uidl: (1..=messages).map(|number| format!("{number} id-{number}")).collect(),
            goodbye: "+OK bye",
            ..Self::default()
        }
    }

    fn heard(&self, verb: &str) -> Vec<String> {
        let heard = self.heard.lock().expect("nobody panics with it");
        heard.iter().filter(|line| line.starts_with(verb)).cloned().collect()
    }

    /// What was told between signing in and now.
    fn after_sign_in(&self) -> Vec<String> {
        let heard = self.heard.lock().expect("nobody panics with it");
        heard.iter().skip_while(|line| !line.starts_with("STAT")).cloned().collect()
    }
}

fn listing(lines: &[String], out: &mut Outbox) {
    out.line("+OK");
    for line in lines {
        out.line(line);
    }
    out.line(".");
}

impl Conversation for Server {
    fn greet(&mut self, _crowded: bool, out: &mut Outbox) {
        out.line("+OK ready");
    }

    fn receive(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line).trim_end().to_owned();
            let mut words = line.split(' ');
            let (verb, number) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            match verb {
                _ if self.refuses.iter().any(|refused| line.starts_with(refused)) => out.line("-ERR no"),
                "CAPA" if self.capabilities.is_empty() => out.line("-ERR what?"),
                "CAPA" => listing(&self.capabilities.iter().map(|&it| it.to_owned()).collect::<Vec<_>>(), out),
                "STAT" => out.line(&format!("+OK {}", self.stat)),
                "LIST" => listing(&self.list, out),
                "UIDL" if self.uidl.is_empty() => out.line("-ERR what?"),
                "UIDL" => listing(&self.uidl, out),
                "TOP" | "RETR" => {
                    let day = number.parse::<u32>().map_or(1, |number| number % 28 + 1);
                    let mail = format!(
                        "From: {} <x@y>|Subject: message {number}|Date: {day:02} Nov 2026 10:00:00 +0000||",
                        if day % 2 == 0 { "Ada" } else { "Bob" }
                    );
                    listing(&mail.split('|').map(str::to_owned).collect::<Vec<_>>(), out);
                }
                "QUIT" => {
                    out.line(self.goodbye);
                    self.over = true;
                }
                _ => out.line("+OK"),
            }
            self.heard.lock().expect("nobody panics with it").push(line);
        }
        input.len()
    }

    fn timed_out(&mut self, _out: &mut Outbox) {}

    fn is_over(&self) -> bool {
        self.over
    }
}

/// A stage with that mailbox open and its pane over the whole screen.
fn opened(server: &Server) -> Stage {
    let mut stage = Stage::open((120, 40), settings(Some(account())));
    stage.understudy = Some(Box::new(server.clone()));
    stage.press(&["^X", "3", "z"]);
    stage
}

fn answer(stage: &mut Stage, key: &str, text: &str) {
    stage.press(&[key]);
    stage.type_text(text);
    stage.press(&["Enter"]);
}

/// Numbers of the rows on screen, from above.
fn numbers(stage: &Stage) -> Vec<u32> {
    let screen = stage.screen();
    let rows = screen.lines().skip_while(|line| !line.contains("Flg")).skip(1);
    rows.filter_map(|line| line.trim_start_matches(['│', '>', ' ']).split(' ').next()?.parse().ok()).collect()
}

#[test]
fn the_first_screen_comes_before_the_listings() {
    let server = Server::of(300);
    let mut stage = Stage::open((120, 40), settings(Some(account())));
    stage.understudy = Some(Box::new(server.clone()));
    stage.press(&["^X", "3"]);
    let told = server.after_sign_in();
    let list = told.iter().position(|line| line == "LIST").unwrap();
    assert_eq!((told[0].as_str(), told[1].as_str()), ("STAT", "TOP 300 0"));
    assert!(told[1..list].iter().all(|line| line.starts_with("TOP ")), "{told:?}");
    assert_eq!(told[list + 1], "UIDL");
    assert_eq!(list - 1, numbers(&stage).len(), "the rows on screen and no more");
    stage.sees("message 300");
    stage.sees("300 msgs");
}

#[test]
fn headers_follow_the_screen() {
    let server = Server::of(2_000);
    let mut stage = opened(&server);
    let before = server.heard("TOP").len();
    assert!(before < 70, "{before}");
    answer(&mut stage, "#", "1000");
    stage.sees("message 1000");
    assert!(server.heard("TOP").len() < before + 70);
    assert!(!server.heard("TOP").contains(&"TOP 1500 0".to_owned()));
}

#[test]
fn servers_without_this_or_that_are_listed_all_the_same_and_the_reason_is_said() {
    let bare = Server { capabilities: Vec::new(), ..Server::of(3) };
    opened(&bare).sees("message 3");
    let no_uidl = Server { uidl: Vec::new(), ..Server::of(3) };
    let mut stage = opened(&no_uidl);
    stage.sees("no UIDL here");
    stage.press(&["d"]);
    assert_eq!(no_uidl.heard("DELE"), ["DELE 3"], "by number, in this session");
    let no_top = Server { capabilities: vec!["USER", "UIDL"], ..Server::of(3) };
    opened(&no_top).sees("no TOP here");
    assert!(no_top.heard("TOP").is_empty());
    let refuses_top = Server { refuses: vec!["TOP"], ..Server::of(9) };
    opened(&refuses_top).sees("no TOP here");
    assert!(refuses_top.heard("TOP").len() <= 18, "no more than a screen and a little ahead");
}

#[test]
fn lies_of_stat_are_told_and_list_counts() {
    for (stat, count) in [("1000000 1", "5 msgs"), ("2 1", "5 msgs"), ("0 0", "5 msgs"), ("what", "5 msgs")] {
        let server = Server { stat: stat.to_owned(), ..Server::of(5) };
        let stage = opened(&server);
        stage.sees(count);
        stage.sees("message 5");
        stage.sees(if stat == "what" { "STAT gave no numbers" } else { "LIST counts" });
    }
}

#[test]
fn a_message_that_is_not_surely_the_one_shown_is_not_deleted() {
    let ids = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
    for uidl in [
        ids(&["1 a", "2 b"]),
        ids(&["1 a", "2 b", "3 b"]),
        ids(&["1 a", "2 b", "3 \u{7f}"]),
        ids(&["1 a", "2 b", "3 c", "3 d"]),
    ] {
        let server = Server { uidl, ..Server::of(3) };
        let mut stage = opened(&server);
        stage.press(&["d"]);
        stage.sees("message 3 is not deleted");
        assert!(server.heard("DELE").is_empty());
        stage.press(&["Down", "Down", "d"]);
        assert_eq!(server.heard("DELE"), ["DELE 1"]);
    }
}

#[test]
fn after_a_new_session_the_cursor_is_on_the_same_message_whatever_its_number() {
    let server = Server::of(9);
    let mut stage = opened(&server);
    answer(&mut stage, "#", "id-4");
    let uidl = (1..=9).map(|number| format!("{number} id-{}", 10 - number)).collect();
    let shuffled = Server { uidl, heard: Arc::default(), ..Server::of(9) };
    stage.understudy = Some(Box::new(shuffled.clone()));
    stage.press(&["r"]);
    stage.sees("> 6 ");
    stage.press(&["d"]);
    assert_eq!(shuffled.heard("DELE"), ["DELE 6"]);
}

#[test]
fn many_are_marked_after_a_summary_and_the_result_is_told() {
    let server = Server { refuses: vec!["DELE 7", "DELE 11"], ..Server::of(40) };
    let mut stage = opened(&server);
    stage.press(&["*", "d"]);
    stage.sees("Mark 40 messages for deletion?");
    stage.sees("4,000 octets");
    stage.sees("oldest 01 Nov 2026, newest 28 Nov 2026");
    stage.press(&["Enter"]);
    assert!(server.heard("DELE").is_empty(), "the safe answer comes first");
    stage.press(&["d", "y"]);
    stage.sees("38 marked, 2 refused");
    stage.press(&["Q"]);
    stage.sees("1  Ada  message 1  100");
    stage.sees("and 33 more");
    stage.sees("38 messages, 3,800 octets in all");
    stage.press(&["q"]);
    stage.sees("the server deleted 38 messages (it says: bye)");
}

#[test]
fn what_the_server_says_to_quit_is_shown_without_its_control_characters() {
    let server = Server { goodbye: "+OK \u{1b}[2Jgone", ..Server::of(2) };
    let mut stage = opened(&server);
    stage.press(&["d", "Q", "q"]);
    stage.sees("␛[2Jgone");
}

#[test]
fn undoing_one_mark_sets_the_others_again() {
    let server = Server::of(5);
    let mut stage = opened(&server);
    stage.press(&["d", "d", "d", "Up", "u"]);
    stage.sees("2 marked: deleted by QUIT");
    assert_eq!(server.heard("DELE")[3..], ["DELE 4", "DELE 5"]);
    stage.sees("marked again");
}

#[test]
fn the_list_is_sorted_by_what_is_chosen_and_back_by_the_same() {
    let server = Server::of(60);
    let mut stage = opened(&server);
    stage.press(&["t", "d"]);
    assert_eq!(numbers(&stage)[..3], [55, 27, 54], "by date: the newest day first");
    assert_eq!(server.heard("TOP").len(), 60, "the headers of all are fetched");
    stage.sees("by date");
    stage.press(&["t", "d"]);
    assert_eq!(numbers(&stage)[..3], [28, 56, 1]);
    stage.press(&["t", "n", "t", "n"]);
    assert_eq!(numbers(&stage)[..2], [1, 2]);
}

#[test]
fn the_filter_hides_what_does_not_match_and_esc_takes_it_away() {
    let server = Server::of(50);
    let mut stage = opened(&server);
    answer(&mut stage, "/", "size>");
    stage.sees("at 1:");
    stage.press(&["Esc"]);
    answer(&mut stage, "/", "from:ada since:2026-11-27");
    stage.sees("1 of 50  /from:ada");
    assert_eq!(numbers(&stage), [27]);
    stage.press(&["Esc"]);
    stage.sees("50 msgs");
}

#[test]
fn a_selection_survives_the_filter_and_says_what_is_hidden() {
    let server = Server::of(30);
    let mut stage = opened(&server);
    stage.press(&["Space", "Space"]);
    stage.sees("2 selected");
    answer(&mut stage, "/", "uid:id-1");
    stage.press(&["d"]);
    stage.sees("Mark 2 messages");
    stage.sees("2 of the selected are hidden by the filter");
    stage.press(&["Esc", "Esc", "Esc"]);
    stage.sees("30 msgs");
    stage.press(&["Esc"]);
    stage.lacks("selected");
}

#[test]
fn neighbours_open_from_the_message_and_expire_0_is_accepted_once() {
    let mut server = Server::of(5);
    server.capabilities.push("EXPIRE 0");
    let mut stage = opened(&server);
    stage.press(&["Enter"]);
    stage.sees("EXPIRE 0");
    assert!(server.heard("RETR").is_empty());
    stage.press(&["y", "n", "n", "p"]);
    assert_eq!(server.heard("RETR"), ["RETR 5", "RETR 4", "RETR 3", "RETR 4"]);
}

fn remembered(stage: &Stage) -> Vec<&telepost::ledger::Visit> {
    let visits = stage.others.iter().filter_map(|effect| match effect {
        Effect::Remember(_, visit) => Some(visit.as_ref()),
        _ => None,
    });
    visits.collect()
}

#[test]
fn a_visit_is_recalled_and_remembered_but_never_that_of_the_sandbox() {
    let server = Server::of(3);
    let sandbox = opened(&server);
    assert!(!sandbox.others.iter().any(|effect| matches!(effect, Effect::Recall(_) | Effect::Remember(..))));
    let mut stage = Stage::open((120, 40), settings(Some(Account { example: None, ..account() })));
    stage.understudy = Some(Box::new(server.clone()));
    stage.press(&["^X", "3", "z"]);
    let maildrop = Maildrop { user: "bob".to_owned(), host: "127.0.0.1".to_owned(), port: 2110 };
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::Recall(asked) if *asked == maildrop)));
    let [visit] = remembered(&stage)[..] else { panic!("{:?}", stage.others) };
    assert_eq!((visit.listed.len(), visit.complete, visit.headers.len()), (3, true, 3));
    let seen = ["id-1", "id-2"].into_iter().map(Box::from).collect();
    let known = Remembered { seen, visited: true, ..Remembered::default() };
    stage.tell(Message::Recalled(maildrop, Box::new(Ok(known))));
    stage.sees("> 3 N");
    stage.lacks("  2 N");
}

#[test]
fn nothing_wakes_the_program_once_all_is_done() {
    let later = std::time::Duration::from_mins(1);
    for keys in [&[][..], &["W"], &["D", "Enter", "Enter"], &["*", "d", "y"]] {
        let mut stage = Stage::demo((120, 40));
        stage.press(&["F5", "3"]);
        stage.press(keys);
        if keys == ["W"] {
            super::loop_check::compare_asked(&mut stage);
        }
        // The toast goes, and the draft is saved.
        stage.tell_after(later, Message::Wake);
        assert_eq!(stage.app.wake_at(), None, "{keys:?}");
        stage.app.take_dirty();
        stage.tell_after(later, Message::Wake);
        assert!(!stage.app.take_dirty(), "{keys:?}: a frame without a change");
    }
}

#[test]
fn the_footer_names_what_can_be_done_now() {
    let mut stage = opened(&Server::of(5));
    let footer = |stage: &Stage| stage.screen().lines().last().unwrap_or_default().to_owned();
    let shown = footer(&stage);
    assert!(shown.contains("R:reply") && shown.contains("D:download") && !shown.contains("unmark"), "{shown}");
    stage.press(&["d", "Up"]);
    let shown = footer(&stage);
    assert!(shown.contains("u:unmark") && shown.contains("Q:QUIT") && !shown.contains("Enter:open"), "{shown}");
    stage.press(&["Down", "Enter"]);
    let shown = footer(&stage);
    assert!(["n:next", "p:mail before", "R:reply", "F:forward"].iter().all(|hint| shown.contains(hint)), "{shown}");
}

#[test]
fn answers_and_the_heading_can_be_clicked() {
    let mut stage = opened(&Server::of(5));
    stage.click("Flg");
    stage.sees("Sort the list by");
    stage.click("subject");
    stage.sees("by subject");
}

#[test]
fn what_is_typed_behind_a_filter_adds_to_it() {
    let mut stage = opened(&Server::of(5));
    answer(&mut stage, "/", "size>1");
    answer(&mut stage, "/", "size<2k");
    stage.sees("/size>1 size<2k");
}

#[test]
fn esc_takes_the_filter_then_the_selection_then_the_zoom() {
    let mut stage = opened(&Server::of(5));
    stage.press(&["Space"]);
    answer(&mut stage, "/", "size>1");
    stage.press(&["Esc"]);
    stage.lacks("/size>1");
    stage.sees("1 selected");
    stage.press(&["Esc"]);
    stage.lacks("1 selected");
    stage.lacks("Transcript");
    stage.press(&["Esc"]);
    stage.sees("Transcript");
}
