//! The tools of the tests, tried on programs whose behaviour is known.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use rustix::process::Signal;
use support::dovecot::PASSWORD;
use support::mailboxes::without_trace;
use support::pty::{Ended, Session};
use support::scripted::{Script, Scripted, Step, say};
use support::servers::Servers;

/// Talks to a port: sends everything at once and gives what came until the other side closed.
fn talk(port: u16, text: &str) -> (String, std::io::Result<usize>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("someone listens");
    stream.write_all(text.as_bytes()).expect("the line is open");
    let mut heard = Vec::new();
    let end = stream.read_to_end(&mut heard);
    (String::from_utf8(heard).expect("replies are text"), end)
}

fn shell(script: &str, size: (u16, u16)) -> Session {
    let environment = [("PATH", "/usr/bin:/bin"), ("TERM", "xterm")].map(|(name, value)| (name.into(), value.into()));
    Session::start(Path::new("/bin/sh"), &["-c", script], &environment, size)
}

#[test]
fn servers_run_side_by_side_and_deliver_what_they_show() {
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let Some(servers) = Servers::start() else { return };
                let mail = "EHLO lab\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<alice@example.test>\r\nDATA\r\n\
                            Subject: hi\r\n\r\n..dot\r\n.\r\nQUIT\r\n";
                let replies = talk(servers.smtp.port, mail).0;
                assert!(replies.contains("250 2.0.0 Ok: queued as"), "{replies}");
                let kept = servers.mail.wait_for("alice", 1);
                assert!(without_trace(&kept[0]) == b"Subject: hi\n\n.dot\n", "{}", kept[0].escape_ascii());
                assert!(servers.smtp.wait_for_connections(1)[0].contains("rcpt=1"));

                let shown = talk(servers.pop3.port, &format!("USER alice\r\nPASS {PASSWORD}\r\nRETR 1\r\nQUIT\r\n")).0;
                assert!(shown.contains("\r\nSubject: hi\r\n\r\n..dot\r\n.\r\n"), "{shown}");
            });
        }
    });
}

#[test]
fn the_servers_refuse_strangers_and_take_what_was_put_by_hand() {
    let Some(servers) = Servers::start() else { return };
    let dialogue = "EHLO lab\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<nobody@example.test>\r\n\
                    RCPT TO:<carol@example.com>\r\nQUIT\r\n";
    let replies = talk(servers.smtp.port, dialogue).0;
    for words in ["PIPELINING", "SIZE ", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES", "CHUNKING", "SMTPUTF8"] {
        assert!(replies.contains(words), "{words}: {replies}");
    }
    assert!(replies.contains("550 5.1.1 <nobody@example.test>"), "{replies}");
    assert!(replies.contains("554 5.7.1 <carol@example.com>"), "{replies}");

    servers.mail.put("bob", "one", b"Subject: put\n\nbody\n");
    let login = |password: &str| talk(servers.pop3.port, &format!("USER bob\r\nPASS {password}\r\nSTAT\r\nQUIT\r\n")).0;
    assert!(login(PASSWORD).contains("+OK 1 "));
    assert!(login("wrong").contains("-ERR [AUTH]"));
}

#[test]
fn a_server_is_gone_with_its_children_when_its_test_is_over() {
    let Some(servers) = Servers::start() else { return };
    let (smtp, pop3, folder) = (servers.smtp.port, servers.pop3.port, servers.mail.path().to_owned());
    drop(servers);
    assert!(TcpStream::connect(("127.0.0.1", smtp)).is_err());
    assert!(TcpStream::connect(("127.0.0.1", pop3)).is_err());
    assert!(!folder.exists());
    let lives = |entry: std::fs::DirEntry| {
        let inside = std::fs::read_link(entry.path().join("cwd")).is_ok_and(|path| path.starts_with(&folder));
        inside.then(|| entry.path())
    };
    support::wait::until("all processes in the folder to end", || {
        std::fs::read_dir("/proc").unwrap().flatten().find_map(lives).is_none().then_some(())
    });
}

#[test]
fn a_script_answers_as_told_and_remembers_what_it_heard() {
    let odd = Script::smtp()
        .on("RCPT TO:<BOB", [say("550 5.1.1 no bob\r\n")])
        .on("NOOP", [Step::Drip(b"250 slow\r\n".into())]);
    let server = Scripted::start(odd);
    let dialogue = "ehlo me\r\nrcpt to:<al>\r\nRCPT TO:<bob>\r\nNOOP\r\nDATA\r\nx\r\n.y\r\n.\r\nNONE\r\nQUIT\r\n";
    let (replies, _) = talk(server.port, dialogue);
    let codes: Vec<&str> = replies.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(codes, ["220", "250", "250", "550", "250", "354", "250", "500", "221"]);
    assert_eq!(server.finish(), [dialogue.as_bytes()]);
}

#[test]
fn a_scripted_mailbox_speaks_pop3() {
    let server = Scripted::start(Script::pop3("Subject: x\r\n\r\nbody\r\n"));
    let (replies, _) = talk(server.port, "LIST\r\nLIST 1\r\nTOP 1 0\r\nRETR 1\r\nQUIT\r\n");
    assert_eq!(
        replies,
        "+OK ready\r\n+OK\r\n1 20\r\n.\r\n+OK 1 20\r\n+OK\r\nSubject: x\r\n\r\n.\r\n\
         +OK 20 octets\r\nSubject: x\r\n\r\nbody\r\n.\r\n+OK bye\r\n"
    );
}

#[test]
fn a_script_can_break_off_flood_and_be_silent() {
    let reset = Scripted::start(Script::smtp().on("DATA", [say("354 go\r\n"), Step::HearOctets(3), Step::Reset]));
    let (_, end) = talk(reset.port, "DATA\r\nabc");
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);

    let flood = Scripted::start(Script::smtp().greeting([Step::Flood(b"x".into())]));
    let mut stream = TcpStream::connect(("127.0.0.1", flood.port)).unwrap();
    stream.read_exact(&mut vec![0; 1 << 20]).unwrap();
    drop(stream);
    assert_eq!(flood.finish(), [b""]);

    let silent = Scripted::start_many(vec![Script::smtp().greeting([Step::Silence]), Script::smtp()]);
    let mut stream = TcpStream::connect(("127.0.0.1", silent.port)).unwrap();
    stream.write_all(b"hello?").unwrap();
    silent.wait_for("hello?");
    drop(stream);
    assert_eq!(talk(silent.port, "QUIT\r\n").0, "220 mx.example.test ESMTP\r\n221 bye\r\n");
    assert_eq!(silent.finish(), [b"hello?".to_vec(), b"QUIT\r\n".to_vec()]);
}

#[test]
fn a_terminal_shows_what_is_drawn_and_types_what_is_pressed() {
    let mut session =
        shell("stty raw -echo; printf '\\033[2;3Hready'; dd bs=1 count=19 2>/dev/null | od -An -c -w99", (60, 6));
    session.wait_until("the word at its place", |screen| screen.rows(0, 60).nth(1).is_some_and(|row| row == "  ready"));
    session.send("ä");
    session.press("F5");
    session.press("^X");
    session.paste("p");
    session.wait_for("~");
    let ended = session.finish();
    let sent =
        ["303", "244", "033", "[", "1", "5", "~", "030", "033", "[", "2", "0", "0", "~", "p", "033", "[", "2", "0"];
    let shown = String::from_utf8(ended.raw).unwrap();
    let words: Vec<&str> = shown.split_once("ready").unwrap().1.split_whitespace().collect();
    assert_eq!(words, sent);
    assert_eq!(ended.status, Ok(0));
}

#[test]
fn a_terminal_that_is_left_untidy_is_noticed() {
    let end = |script: &str| -> Ended { shell(script, (80, 24)).finish() };
    assert!(end("true").untidy().is_empty());
    assert!(end("old=$(stty -g); stty raw; stty $old").untidy().is_empty());
    assert_eq!(end("stty raw").untidy(), ["left behind: the modes of the line"]);
    let modes = [
        ("1049h", "the alternate screen"),
        ("25l", "the hidden cursor"),
        ("2004h", "bracketed paste"),
        ("1002h", "the mouse"),
    ];
    for (mode, what) in modes {
        assert_eq!(end(&format!("printf '\\033[?{mode}'")).untidy(), [format!("left behind: {what}")]);
    }
}

#[test]
fn a_terminal_passes_signals_and_sizes() {
    let mut session = shell("trap 'stty size; exit 7' WINCH; echo up; while :; do read x; done", (80, 24));
    session.wait_for("up");
    session.resize((100, 30));
    session.wait_for("30 100");
    assert_eq!(session.finish().status, Ok(7));

    let mut session = shell("echo up; read x", (80, 24));
    session.wait_for("up");
    session.signal(Signal::TERM);
    assert_eq!(session.finish().status, Err("Terminated".to_owned()));
}

#[test]
#[should_panic(expected = "ended: Exited with code 3")]
fn waiting_for_a_program_that_has_ended_fails_at_once() {
    shell("exit 3", (80, 24)).wait_for("never");
}
