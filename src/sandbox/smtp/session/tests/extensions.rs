//! What can be asked for with a mail, and mails in pieces.

use super::*;

const OPEN: &str = "EHLO lab.test\r\nMAIL FROM:<ada@sandbox.test>\r\nRCPT TO:<bob@sandbox.test>\r\n";

fn text_of(site: &Site, mailbox: usize, index: usize) -> String {
    String::from_utf8(site.store.letters(mailbox).remove(index).to_vec()).unwrap()
}

/// The replies behind those of [`OPEN`].
fn in_pieces(site: &Arc<Site>, input: &str) -> Vec<String> {
    let mut session = session(site);
    say(&mut session, OPEN);
    say(&mut session, input).lines().map(str::to_owned).collect()
}

#[test]
fn a_mail_in_pieces_is_taken_octet_by_octet() {
    let site = site(Limits::default());
    let said = in_pieces(&site, "BDAT 14\r\nSubject: x\r\n\r\nBDAT 7\r\n.\r\n..b\nBDAT 3 LAST\r\nQUIRSET\r\n");
    let expected = [
        "250 2.0.0 14 octets received",
        "250 2.0.0 7 octets received",
        "250 2.0.0 queued as 7F3A000001",
        "250 2.0.0 OK",
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    assert!(said.iter().zip(expected).all(|(said, expected)| said.starts_with(expected)), "{said:?}");
    assert!(text_of(&site, 1, 0).ends_with("Subject: x\r\n\r\n.\r\n..b\nQUI\r\n"));
    assert!(site.store.letters(1)[0].body().is_dotted(), "POP3 has to stuff it");
}

#[test]
fn an_empty_last_piece_ends_a_mail() {
    let site = site(Limits::default());
    let said = in_pieces(&site, "BDAT 4\r\n\r\na\nBDAT 0 LAST\r\n");
    assert!(said[1].starts_with("250 2.0.0 queued as "), "{said:?}");
}

#[test]
fn the_octets_of_a_refused_piece_are_no_commands_and_nothing_but_rset_helps() {
    let site = site(Limits { message: 10, ..Limits::default() });
    let said = in_pieces(&site, "BDAT 12\r\nQUIT\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nRSET\r\nNOOP\r\n");
    let codes: Vec<&str> = said.iter().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["552", "503", "250", "250"], "{said:?}");
    assert!(site.store.is_empty());
    let mut early = fresh();
    let said = say(&mut early, "EHLO a\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
    assert!(said.contains("503 5.5.1 Need MAIL before BDAT") && said.ends_with("250 2.0.0 OK\r\n"), "{said}");
}

#[test]
fn pieces_and_data_do_not_mix() {
    let site = site(Limits::default());
    let said = in_pieces(&site, "BDAT 1\r\naDATA\r\nRCPT TO:<ada@sandbox.test>\r\nBDAT 1 LAST\r\nb");
    let codes: Vec<&str> = said.iter().map(|line| &line[..3]).collect();
    assert_eq!(codes, ["250", "503", "503", "250"], "{said:?}");
    let mut binary = session(&site);
    let open = OPEN.replace("ada@sandbox.test>", "ada@sandbox.test> BODY=BINARYMIME");
    assert!(say(&mut binary, &format!("{open}DATA\r\n")).ends_with("503 5.5.1 A binary mail comes by BDAT only\r\n"));
}

#[test]
fn what_was_asked_for_is_in_the_trace() {
    let site = site(Limits::default());
    let mail = "EHLO a\r\nMAIL FROM:<x@example.org> RET=HDRS ENVID=q+2B1 BY=60;N\r\n\
                RCPT TO:<bob@sandbox.test> NOTIFY=FAILURE ORCPT=rfc822;b+2Bc@d.test\r\nDATA\r\nSubject: x\r\n\r\n.\r\n";
    assert!(say(&mut session(&site), mail).contains("queued as"));
    let text = text_of(&site, 1, 0);
    assert!(text.contains("\r\nX-Sandbox-Asked: RET=HDRS ENVID=q+2B1 BY=60;N NOTIFY=FAILURE\r\n"), "{text}");
    assert!(text.contains("\r\nOriginal-Recipient: rfc822;b+c@d.test\r\n"), "{text}");
}

/// Sends a mail from `from` to bob with NOTIFY=SUCCESS.
fn notified(site: &Arc<Site>, from: &str, more: &str) {
    let mail = format!(
        "EHLO a\r\nMAIL FROM:<{from}> ENVID=q1 RET=FULL{more}\r\n\
         RCPT TO:<bob@sandbox.test> NOTIFY=SUCCESS ORCPT=rfc822;bob@sandbox.test\r\n\
         RCPT TO:<postmaster@sandbox.test> NOTIFY=NEVER\r\nDATA\r\nSubject: lunch\r\n\r\nsecret text\r\n.\r\n"
    );
    assert!(say(&mut session(site), &mail).contains("queued as"));
}

#[test]
fn a_report_of_delivery_lies_in_the_mailbox_of_a_sender_who_asked() {
    let site = site(Limits::default());
    notified(&site, "ada@sandbox.test", "");
    // Ada is the postmaster too, and has the mail itself before its report.
    let report = text_of(&site, 0, 1);
    assert!(report.starts_with("Return-Path: <>\r\n"), "{report}");
    for part in [
        "Content-Type: multipart/report; report-type=delivery-status;",
        "\r\nReporting-MTA: dns; sandbox.test\r\nOriginal-Envelope-Id: q1\r\n",
        "\r\n\r\nOriginal-Recipient: rfc822;bob@sandbox.test\r\nFinal-Recipient: rfc822; bob@sandbox.test\r\n\
         Action: delivered\r\nStatus: 2.0.0\r\n",
        "Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: lunch\r\n\r\n--report-of-",
    ] {
        assert!(report.contains(part), "{part:?} in {report}");
    }
    assert!(!report.contains("secret text") && !report.contains("postmaster@sandbox.test>\r\nAction"), "{report}");
    let parsed = mail_parser::MessageParser::default().parse(report.as_bytes()).unwrap();
    assert_eq!(parsed.attachment_count(), 2, "the status and the headers");
}

#[test]
fn nobody_is_told_who_is_nobody_here() {
    for from in ["", "x@example.org"] {
        let site = site(Limits::default());
        notified(&site, from, "");
        assert_eq!(site.store.len(), 2, "{from}");
    }
}

#[test]
fn a_held_mail_is_seen_when_its_time_has_come() {
    let site = site(Limits::default());
    notified(&site, "ada@sandbox.test", " HOLDFOR=60");
    assert_eq!((site.store.len(), site.store.letters(0).len(), site.store.letters(1).len()), (3, 0, 0));
    assert_eq!(site.store.lock(1).unwrap().letters().len(), 0);
    let past = "HOLDUNTIL=2026-11-22T11:42:07Z";
    let mail = OPEN.replace("ada@sandbox.test>", &format!("ada@sandbox.test> {past}"));
    assert!(say(&mut session(&site), &format!("{mail}DATA\r\nSubject: x\r\n\r\n.\r\n")).contains("queued as"));
    assert_eq!(site.store.letters(1).len(), 1);
}

#[test]
fn requiretls_belongs_to_a_tls_line() {
    let mut clear = fresh();
    assert!(!say(&mut clear, "EHLO a\r\n").contains("REQUIRETLS"));
    let mut encrypted = fresh();
    encrypted.tls_started(Channel::default());
    assert!(say(&mut encrypted, "EHLO a\r\n").contains("250-REQUIRETLS\r\n"));
    assert!(say(&mut encrypted, "MAIL FROM:<ada@sandbox.test> REQUIRETLS\r\n").starts_with("250 "));
}

#[test]
fn xclient_names_another_client_where_it_is_on() {
    let options = Options { samples: false, xclient: true, ..Options::default() };
    let site = Arc::new(Site::new(&options).unwrap());
    let mut session = session(&site);
    assert!(say(&mut session, "EHLO a\r\n").contains("250-XCLIENT NAME ADDR LOGIN\r\n"));
    for wrong in ["ADDR", "ADDR=x", "ADDR=+0A", "ODD=1"] {
        assert!(say(&mut session, &format!("XCLIENT {wrong}\r\n")).starts_with("501 5.5.4 "), "{wrong}");
    }
    let said = say(&mut session, "XCLIENT NAME=far.example ADDR=IPv6:2001:db8::7 LOGIN=ada\r\n");
    assert!(said.starts_with("220 sandbox.test ESMTP "), "{said}");
    assert!(say(&mut session, "MAIL FROM:<>\r\n").starts_with("503 5.5.1 Say HELO"), "it is a new conversation");
    assert!(say(&mut session, "EHLO a\r\n").starts_with("250-sandbox.test greets a far.example [2001:db8::7]\r\n"));
    assert!(say(&mut session, "AUTH PLAIN\r\n").starts_with("503 5.5.1 You are signed in"));
    say(&mut session, "MAIL FROM:<>\r\n");
    assert!(say(&mut session, "XCLIENT ADDR=::1\r\n").starts_with("503 "));
}
