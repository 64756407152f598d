use proptest::prelude::*;

use super::*;

fn heard(text: &str) -> Vec<(String, String)> {
    dialogue(text).into_iter().map(|heard| (heard.verb, heard.said)).collect()
}

fn verbs(text: &str) -> Vec<String> {
    dialogue(text).into_iter().map(|heard| heard.verb).collect()
}

#[test]
fn a_telnet_log_is_followed_without_marks() {
    let text = "Trying 192.0.2.1...\nConnected to mx.x.test.\nEscape character is '^]'.\n220 mx.x.test ESMTP Postfix\n\
                EHLO lab\n250-mx.x.test\n250-PIPELINING\n250 SIZE 1000\nMAIL FROM:<a@b>\n250 2.1.0 Ok\n\
                RCPT TO:<c@d>\n554 5.7.1 <c@d>: Relay access denied\nDATA\n354 go on\nSubject: 550 x\n\n\
                QUIT is a word here\n250 is a number\n.\n250 2.0.0 Ok: queued as 4F\nquit\n221 2.0.0 Bye\n\
                Connection closed by foreign host.\n";
    assert_eq!(verbs(text), ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"]);
    let all = dialogue(text);
    assert_eq!(all[1].said, "250-mx.x.test PIPELINING SIZE 1000");
    assert_eq!(all[3].card().expect("a card").title, "Relaying denied");
}

#[test]
fn marks_of_many_tools_are_known() {
    for (sent, received) in
        [("C: ", "S: "), (" -> ", "<-  "), (" ~> ", "<~  "), (">>> ", "<<< "), ("> ", "< "), ("client: ", "server: ")]
    {
        let text = format!("{received}220 hi\n{sent}MAIL FROM:<a@b>\n{received}503 first\n=== note 550 x\n");
        assert_eq!(verbs(&text), ["GREETING", "MAIL"], "{sent}");
    }
    let swaks = "=== Trying mx:25...\n<-  220 hi\n -> RCPT TO:<a@b>\n<** 550 5.1.1 no\n";
    assert_eq!(verbs(swaks), ["GREETING", "RCPT"]);
    let timed = "+0.001 <-  220 hi\n+0.002  -> NOOP\n+0.003 <-  250 ok\n";
    assert_eq!(verbs(timed), ["GREETING", "NOOP"]);
}

#[test]
fn commands_sent_ahead_get_their_own_replies() {
    let text = "C: MAIL FROM:<a@b>\nC: RCPT TO:<c@d>\nC: DATA\nS: 250 ok\nS: 550 no\nS: 503 no\n";
    let expected = [("MAIL", "250 ok"), ("RCPT", "550 no"), ("DATA", "503 no")];
    assert_eq!(heard(text), expected.map(|(verb, said)| (verb.to_owned(), said.to_owned())));
}

#[test]
fn a_sign_in_and_a_second_mail_are_remembered() {
    let text = "S: 220 hi\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: YWRh\nS: 334 UGFzc3dvcmQ6\nC: eA==\nS: 235 ok\n\
                C: MAIL FROM:<a@b>\nS: 250 ok\nC: RCPT TO:<c@d>\nS: 550 relay denied\nC: DATA\nS: 354 go\nC: x\nC: .\n\
                S: 250 ok\nC: RCPT TO:<c@d>\nS: 503 no\n";
    let all = dialogue(text);
    let verbs: Vec<&str> = all.iter().map(|heard| heard.verb.as_str()).collect();
    assert_eq!(verbs, ["GREETING", "AUTH", "AUTH", "AUTH", "MAIL", "RCPT", "DATA", ".", "RCPT"]);
    assert_eq!(all[5].state, Some(SIGNED_IN));
    assert_eq!(all[8].state, Some(SECOND_MAIL));
}

#[test]
fn pop3_is_told_apart() {
    let text = "+OK ready\nUSER ada\n+OK\nPASS x\n-ERR [IN-USE] locked\nRETR 1\n+OK 3 octets\n+OK in a mail\n.\nQUIT\n+OK bye\n";
    let all = dialogue(text);
    assert!(all.iter().all(|heard| heard.side == Side::Pop3));
    assert_eq!(all[2].card().expect("a card").title, "Maildrop in use");
    assert_eq!(all[2].verb, "PASS");
}

#[test]
fn bodies_that_our_own_export_folds_are_at_their_end() {
    let text = "+0.1  ~> DATA\n+0.2 <~  354 End data with <CR><LF>.<CR><LF>\n+0.2  ~> [-] body 10 lines 286 B\n\
                +0.3 <~  250 2.0.0 Ok: queued as CE79\n+0.3  ~> QUIT\n+0.3 <~  221 2.0.0 Bye\n";
    assert_eq!(heard(text).last().expect("replies"), &("QUIT".to_owned(), "221 2.0.0 Bye".to_owned()));
    assert_eq!(verbs(text), ["DATA", ".", "QUIT"]);
    let text = "<-  +OK hi\n -> TOP 1 0\n<-  +OK\n<-  [-] body 9 lines 281 B\n -> DELE 1\n<-  +OK marked\n";
    assert_eq!(verbs(text), ["GREETING", "TOP", "DELE"]);
}

#[test]
fn bounces_and_logs_are_searched_for_what_they_quote() {
    for (line, verb, code) in [
        (
            "<bob@x.test>: host mx.x.test[192.0.2.1] said: 550 5.1.1 <bob@x.test>: User unknown (in reply to RCPT TO command)",
            "RCPT",
            "550",
        ),
        ("Diagnostic-Code: smtp; 552 5.2.2 Mailbox full", "?", "552"),
        ("  SMTP error from remote mail server after RCPT TO:<bob@x.test>: 550 no such user", "RCPT", "550"),
        ("Remote server returned '550 5.7.1 no'", "?", "550"),
    ] {
        let found = heard(line);
        assert_eq!(found.len(), 1, "{line}");
        assert!(found[0].0 == verb || verb == "?", "{line}: {}", found[0].0);
        assert!(found[0].1.starts_with(code), "{line}");
    }
    assert!(heard("Nov 23 03:00:00 mx postfix/smtpd[550]: connect from x[192.0.2.1]").is_empty());
}

proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "(?s).{0,400}", lines in proptest::collection::vec("(C:|S:|<-|->|) ?(250[- ]|334 |354 |\\+OK|\\.|MAIL|ü)?.{0,12}", 0..30)) {
        for heard in dialogue(&text).iter().chain(&dialogue(&lines.join("\n"))) {
            heard.card();
        }
    }
}
