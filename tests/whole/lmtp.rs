//! Dovecot takes mail by LMTP and answers for each recipient.

use serde_json::Value;

use super::support::dovecot::Dovecot;
use super::support::mailboxes::{Mailboxes, without_trace};
use super::support::servers::Servers;
use super::support::telepost::Home;

#[test]
fn dovecot_answers_for_each_recipient_by_data_and_by_bdat() {
    if !Servers::can_start() {
        return;
    }
    let mail = Mailboxes::new();
    let Some((dovecot, port)) = Dovecot::start_lmtp(&mail) else { return };
    let home = Home::new();
    let text = "From: eve@example.org\r\nSubject: local\r\n\r\n.\r\n..dot\r\nend\r\n";
    let file = home.file("mail.eml", text);
    let url = format!("lmtp://127.0.0.1:{port}");
    for (count, more) in [&["--data"][..], &["--bdat"]].iter().enumerate() {
        let call = ["send", &url, "--envelope-from", "eve@example.org", "--raw", &file, "--json", "-v"];
        let to = ["alice", "nobody", "bob"].map(|user| format!("{user}@example.test"));
        let to: Vec<&str> = to.iter().flat_map(|address| ["--envelope-to", address]).collect();
        let outcome = home.run(&[&call[..], &to, more].concat()).expect(3);
        let json = outcome.json();
        let rows = json["recipients"].as_array().expect("a list");
        let rows: Vec<_> = rows.iter().map(|row| (&row["outcome"], &row["code"])).collect();
        let (accepted, refused) = (Value::from("accepted"), Value::from("refused"));
        let expected = [(&accepted, &250.into()), (&refused, &550.into()), (&accepted, &250.into())];
        assert_eq!(
            (rows, json["outcome"].as_str()),
            (expected.to_vec(), Some("partial")),
            "{outcome:?}{}",
            dovecot.log()
        );
        // Each mailbox has an answer of its own behind the mail, where the session's id differs.
        for (place, user) in [(0, "alice"), (2, "bob")] {
            let reply = json["recipients"][place]["reply"].to_string() + &json["recipients"][place].to_string();
            assert!(reply.contains("2.0.0") && reply.contains(&format!("<{user}@example.test>")), "{reply}");
            let mails = mail.wait_for(user, count + 1);
            assert!(mails.iter().all(|mail| without_trace(mail) == text.replace("\r\n", "\n").as_bytes()));
        }
        let by = if more == &["--bdat"] { "BDAT " } else { "DATA" };
        assert!(outcome.err().contains("LHLO") && outcome.err().contains(by), "{outcome:?}");
    }
}
