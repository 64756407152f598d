//! Guide 001. SMTP and POP3 by hand, and what can go wrong: connections, senders, recipients, sign-in, marks.

use std::time::Duration;

use telepost::app::Message;
use telepost::connection::{Failure, FailureKind, LinkEvent, Protocol, Report};
use telepost::sandbox::{Options, Sandbox};
use telepost::transcript::Direction;
use telepost::wire::{Secret, Side};

use crate::support::actor::Actor;
use crate::support::client::{Client, target};
use crate::support::stage::{Stage, account, settings};
use crate::{WIDE, enter, last_letter, opposite, sent_to};

#[test]
fn the_mailbox_is_read_by_hand_and_emptied_by_quit() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "4", "^X", "O", "F8"]);
    stage.type_text("stat");
    stage.sees("expect -ERR: USER and PASS come first");
    stage.press(&["^U"]);
    enter(&mut stage, "user bob");
    enter(&mut stage, "pass opensesame");
    stage.sees("pass ****(10 B)");
    stage.lacks("pass opensesame");
    stage.sees("+OK 3 messages (");
    enter(&mut stage, "stat");
    stage.sees("3 msgs");
    let total: usize = stage.letters(1).iter().map(Vec::len).sum();
    let total = telepost::transcript::text::grouped(total as u64);
    stage.sees(&format!("{total} B"));
    enter(&mut stage, "list");
    let first = telepost::transcript::text::grouped(stage.letters(1)[0].len() as u64);
    stage.sees(&format!("  1         {first} "));
    enter(&mut stage, "retr 1");
    stage.sees("Message 1");
    enter(&mut stage, "dele 1");
    stage.sees("1 marked: deleted by QUIT");
    enter(&mut stage, "rset");
    stage.sees("nothing will be deleted");
    enter(&mut stage, "dele 1");
    enter(&mut stage, "quit");
    stage.sees("the server deleted 1 message");
    assert_eq!(stage.letters(1).len(), 2);
}

#[test]
fn a_mailbox_entered_by_hand_is_listed_when_one_goes_there() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "4", "^X", "O", "F8"]);
    enter(&mut stage, "user bob");
    enter(&mut stage, "pass opensesame");
    stage.press(&["^X", "3"]);
    stage.sees("3 msgs");
    stage.sees("Welcome to your");
}

#[test]
fn stopping_says_what_became_of_the_marks() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "3", "d", "^C"]);
    stage.sees("1 marked, nothing deleted yet; ^C");
    stage.press(&["Q", "q"]);
    stage.tell_after(Duration::from_secs(5), Message::Wake);
    stage.press(&["^C"]);
    stage.sees("(1 deleted, 2 left)); ^C again");
    stage.sees("POP3 session ended: the server deleted");
    stage.lacks("1 marked");
}

#[test]
fn a_wrong_password_is_asked_for_again() {
    let mut account = account();
    account.password = Some(Secret::new("not this"));
    let mut stage = Stage::open(WIDE, settings(Some(account)));
    stage.press(&["^X", "3"]);
    stage.sees("sign-in refused");
    stage.press(&["r"]);
    stage.sees("Password of bob");
    enter(&mut stage, "opensesame");
    stage.sees("3 msgs");
}

#[test]
fn a_provider_without_pop3_is_shown_and_explained() {
    let mut stage = Stage::demo(WIDE);
    let part = [
        ("CAPA", "-ERR no"),
        ("USER bob", "+OK"),
        ("PASS opensesame", "-ERR [SYS/PERM] POP access is not enabled for your account"),
    ];
    stage.understudy = Some(Actor::playing("+OK ready", &part));
    stage.press(&["^X", "3"]);
    stage.sees("POP access is not enabled for your account");
    stage.press(&["e"]);
    stage.sees("No POP3 for this account");
}

#[test]
fn a_refused_auth_leaves_user_and_pass_and_each_attempt_is_seen() {
    let part = [
        ("USER bob", "+OK"),
        ("AUTH LOGIN", "-ERR unknown command"),
        ("USER bob", "+OK"),
        ("PASS opensesame", "+OK welcome to your mail"),
    ];
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "4", "^X", "O"]);
    stage.understudy = Some(Actor::playing("+OK ready", &part));
    stage.press(&["F8"]);
    enter(&mut stage, "USER bob");
    enter(&mut stage, "AUTH LOGIN");
    stage.sees("Send it as typed");
    stage.press(&["s"]);
    enter(&mut stage, "USER bob");
    enter(&mut stage, "PASS opensesame");
    for row in
        ["-> AUTH LOGIN", "-ERR unknown command", "-> PASS ****(10 B)", "+OK welcome to your mail", "TRANSACTION"]
    {
        stage.sees(row);
    }
}

#[test]
fn helo_can_be_left_out_and_the_server_says_what_it_thinks_of_it() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "4", "F8"]);
    stage.type_text("MAIL FROM: yourname@wherever.example");
    stage.sees("expect 503: HELO or EHLO comes first");
    stage.press(&["Enter"]);
    stage.sees("503 5.5.1 Say HELO or EHLO first");
    stage.sees("The server wants HELO or EHLO before anything else.");
    enter(&mut stage, "EHLO anything.you.want");
    stage.sees("READY");
}

#[test]
fn helo_and_ehlo_are_both_there_and_by_itself_ehlo_comes_first() {
    let mut stage = opposite("220 go", &[("HELO a.example", "250 a"), ("EHLO a.example", "250 a")]);
    enter(&mut stage, "HELO a.example");
    enter(&mut stage, "EHLO a.example");
    stage.sees("READY");
    let mut stage = Stage::demo(WIDE);
    let part = [
        ("EHLO lab.test", "502 not here"),
        ("HELO lab.test", "250 old server"),
        ("MAIL FROM:<ada@sandbox.test>", "250 ok"),
        ("RCPT TO:<bob@sandbox.test>", "250 ok"),
        ("DATA", "354 go"),
        (".", "250 ok"),
    ];
    stage.understudy = Some(Actor::playing("220 very old", &part));
    stage.press(&["F5"]);
    for row in ["-> EHLO lab.test", "502 not here", "-> HELO lab.test", "accepted - press 3"] {
        stage.sees(row);
    }
}

#[test]
fn the_null_sender_can_be_sent_with_and_without_a_from() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["Esc", "]", "]", "Enter"]);
    stage.type_text("<>");
    stage.sees("OVERRIDDEN  MAIL <>  RCPT bob@sandbox.test");
    stage.press(&["F5"]);
    stage.sees("-> MAIL FROM:<> SIZE=");
    assert!(last_letter(&stage, 1).starts_with("Return-Path: <>\r\n"), "{}", last_letter(&stage, 1));

    let mut anonymous = account();
    anonymous.from = String::new();
    let mut stage = Stage::open(WIDE, settings(Some(anonymous)));
    stage.press(&["Esc", "]", "]", "Enter"]);
    stage.type_text("<>");
    stage.sees("+ sender   <>, the null sender, for bounces");
    stage.press(&["F5"]);
    stage.sees("queued as");
    assert!(!last_letter(&stage, 1).contains("\nFrom:"), "{}", last_letter(&stage, 1));
}

#[test]
fn a_draft_with_the_null_sender_comes_back_with_it() {
    let mut first = Stage::demo(WIDE);
    first.press(&["Esc", "]", "]", "Enter"]);
    first.type_text("<>");
    first.tell_after(Duration::from_secs(3), Message::Wake);
    let mut settings = settings(Some(account()));
    settings.recovered = first.cupboard.left_open();
    let mut second = Stage::open(WIDE, settings);
    second.press(&["Enter"]);
    second.sees("OVERRIDDEN  MAIL <>");
}

#[test]
fn a_refused_blank_sender_is_explained() {
    let mut stage = Stage::demo(WIDE);
    let part =
        [("EHLO lab.test", "250 x"), ("MAIL FROM:<>", "550 5.1.0 blank sender not allowed here"), ("RSET", "250 ok")];
    stage.understudy = Some(Actor::playing("220 x", &part));
    stage.press(&["Esc", "]", "]", "Enter"]);
    stage.type_text("<>");
    stage.press(&["F5"]);
    stage.sees("550 5.1.0 blank sender not allowed here");
    stage.sees("The server refuses the empty sender <>");
}

#[test]
fn an_unknown_recipient_is_told_with_the_postmaster() {
    let mut stage = sent_to("250 ok", "550 5.1.1 bob... User unknown");
    stage.sees("550 5.1.1 bob... User unknown");
    stage.press(&["^X", "i"]);
    stage.sees("550 5.1.1 bob... User unknown");
    stage.sees("it may go to the postmaster");
    sent_to("250 ok", "550 no such user; it will be sent to the postmaster").sees("goes to its postmaster instead");
}

#[test]
fn relaying_and_a_missing_login_are_told_apart() {
    let relaying = sent_to("250 ok", "550 relaying not allowed");
    relaying.sees("does not pass on mail to other domains for strangers");
    relaying.sees("Log in first; or use the server of your own provider");
    let login = sent_to("530 5.7.0 Authentication required", "");
    login.sees("wants to know who you are before it takes mail");
    login.lacks("pass on mail");
}

#[test]
fn a_wrong_command_needs_no_new_connection() {
    let mut stage = Stage::demo(WIDE);
    stage.press(&["^X", "4", "F8"]);
    for line in ["helo lab.test", "mail from: ada@sandbox.test", "rcpt bob", "rset", "mail from: bob@sandbox.test"] {
        enter(&mut stage, line);
    }
    stage.sees("501 5.5.4 Write RCPT TO:<address>");
    stage.sees("250 2.1.0 <bob@sandbox.test>... sender ok");
    assert_eq!(stage.screen().matches("connected to").count(), 1);
}

#[test]
fn each_way_not_to_connect_has_its_words_and_its_advice() {
    for (kind, what, advice) in [
        (FailureKind::Refused, "connection refused", "Check the port"),
        (FailureKind::ConnectTimeout, "no answer to the connection attempt", "A firewall on the way drops the packets"),
        (FailureKind::UnknownHost, "the name mail.example.test has no address", "Check the spelling of the host name"),
    ] {
        let mut stage = opposite("", &[]);
        let failure = Failure::new(kind, "mail.example.test:25", what);
        let event = LinkEvent::Closed(Some(failure));
        stage.tell(Message::Report(Report::Link { side: Side::Smtp, link: 1, event }));
        stage.sees("failed");
        stage.sees(what);
        stage.sees(advice);
    }
}

#[tokio::test]
async fn refused_unknown_and_unanswered_are_three_failures() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut refused = Client::connect(target(Protocol::Smtp, "127.0.0.1", closed)).await;
    let mut unknown = Client::connect(target(Protocol::Pop3, "mail.nowhere.invalid", 110)).await;
    assert_eq!(refused.end().await.map(|failure| failure.kind), Some(FailureKind::Refused));
    assert_eq!(unknown.end().await.map(|failure| failure.kind), Some(FailureKind::UnknownHost));

    // Nobody accepts here, and the queue is full: what comes now gets no answer, as behind a firewall.
    let deaf = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    deaf.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    deaf.listen(0).unwrap();
    let address = deaf.local_addr().unwrap().as_socket().unwrap();
    let _first = std::net::TcpStream::connect(address).unwrap();
    let mut firewalled = target(Protocol::Smtp, "127.0.0.1", address.port());
    firewalled.timeouts.connect = Duration::from_millis(300);
    let mut unanswered = Client::connect(firewalled).await;
    assert_eq!(unanswered.end().await.map(|failure| failure.kind), Some(FailureKind::ConnectTimeout));
}

#[tokio::test]
async fn a_mailbox_over_real_sockets_shows_its_numbers_and_loses_what_was_marked() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let before = sandbox.mailbox("bob");
    let octets: usize = before.iter().map(|letter| letter.to_vec().len()).sum();
    let mut client = Client::connect(target(Protocol::Pop3, "127.0.0.1", sandbox.pop3().port())).await;
    for line in ["USER bob", "PASS opensesame", "STAT", "LIST", "RETR 1", "DELE 1", "QUIT"] {
        client.pop3(line).await;
    }
    assert_eq!(client.end().await, None);
    assert!(client.kept_step());
    let stat = format!("STAT: +OK {} {octets}", before.len());
    assert!(client.replies.contains(&stat), "{stat:?} {:?}", client.replies);
    let sent = client.lines(Direction::Sent);
    assert_eq!(sent, ["USER bob", "PASS ****(10 B)", "STAT", "LIST", "RETR 1", "DELE 1", "QUIT"]);
    assert_eq!(sandbox.mailbox("bob").len(), before.len() - 1);
}
