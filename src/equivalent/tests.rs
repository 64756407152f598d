//! Commands word by word. That other programs do the same with them is held against the sandbox elsewhere.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::connection::{Authority, Family, Proxy, Tls, Trust};
use crate::mail::Attachment;
use crate::smtp::{Dsn, Halt, Notify, Requests, Ret, Stage};

fn target(mode: TlsMode) -> Target {
    Target::new(Protocol::Smtp, "mail.example", 587).with_tls(mode)
}

fn line<'a>(target: &'a Target, user: Option<&'a str>) -> Line<'a> {
    Line { target, user, mechanism: None, allow_plain_auth: false, hello: "lab.test" }
}

fn draft() -> Draft {
    Draft {
        from: "Ada <ada@a.test>".to_owned(),
        to: "bob@b.test".to_owned(),
        bcc: "eve@c.test".to_owned(),
        subject: "It's \"here\"".to_owned(),
        body: "Hi Bob,\n.dot\nEND\n".to_owned(),
        ..Draft::default()
    }
}

fn envelope() -> Envelope {
    Envelope { from: "ada@a.test".to_owned(), to: vec!["bob@b.test".to_owned(), "eve@c.test".to_owned()] }
}

fn sent(tool: Tool, line: &Line, draft: &Draft, manner: &Manner) -> String {
    smtp(tool, line, &Sending { envelope: &envelope(), mail: Mail::Draft(draft), manner })
}

/// The words that the shell makes of the command itself.
fn words(text: &str) -> Vec<String> {
    let command = text.split_once(" <<'").map_or(text, |(command, _)| command);
    shlex::split(&command.replace(" \\\n", " ")).expect("it is a whole command")
}

#[test]
fn a_draft_as_a_command_of_each_tool() {
    let target = target(TlsMode::Require);
    let line = line(&target, Some("ada"));
    let (draft, manner) = (draft(), Manner::default());
    let swaks = words(&sent(Tool::Swaks, &line, &draft, &manner));
    let start = ["swaks", "--server", "mail.example", "--port", "587", "--tls", "--tls-verify", "--ehlo", "lab.test"];
    assert_eq!(swaks[..9], start);
    let rest = ["--auth", "--auth-user", "ada", "--from", "ada@a.test", "--to", "bob@b.test,eve@c.test"];
    assert_eq!(swaks[9..16], rest);
    let headers = ["--header", "From: Ada <ada@a.test>", "--header", "To: bob@b.test", "--header"];
    assert_eq!(swaks[16..21], headers);
    assert_eq!(swaks[21..], ["Subject: It's \"here\"", "--body", "Hi Bob,\n.dot\nEND\n"]);
    let curl = sent(Tool::Curl, &line, &draft, &manner);
    let expected = ["curl", "--url", "smtp://mail.example:587/lab.test", "--ssl-reqd", "--user", "ada"];
    assert_eq!(words(&curl)[..6], expected);
    assert!(curl.contains("--crlf") && curl.ends_with("\n\nHi Bob,\n.dot\nEND\nEND_"), "{curl}");
    assert!(!curl.contains("eve@c.test\n") && !swaks.contains(&"Bcc: eve@c.test".to_owned()), "Bcc is no header");
    let telepost = words(&sent(Tool::Telepost, &line, &draft, &manner));
    let expected = ["telepost", "send", "smtp://mail.example:587", "--tls", "require", "--user", "ada", "--helo"];
    assert_eq!(telepost[..8], expected);
    assert!(telepost.windows(2).any(|pair| pair == ["--bcc", "eve@c.test"]), "{telepost:?}");
    assert!(!telepost.contains(&"--envelope-to".to_owned()), "it follows from the headers: {telepost:?}");
    let openssl = sent(Tool::Openssl, &line, &draft, &manner);
    let first = "openssl s_client -quiet -crlf -starttls smtp -connect mail.example:587";
    assert!(openssl.replace(" \\\n  ", " ").starts_with(first), "{openssl}");
    for typed in ["EHLO lab.test", "AUTH PLAIN <base64 of NUL, ada, NUL, password>", "MAIL FROM:<ada@a.test>"] {
        assert!(openssl.contains(&format!("#   {typed}\n")), "{openssl}");
    }
}

#[test]
fn the_tls_of_the_line_is_that_of_the_command() {
    let manner = Manner::default();
    let cases: [(TlsMode, [&str; 4]); 4] = [
        (TlsMode::None, ["", "smtp://", "telnet mail.example 587", "--tls none"]),
        (TlsMode::Auto, ["--tls-optional-strict", "--ssl ", "-starttls smtp", "smtp://"]),
        (TlsMode::Require, ["--tls ", "--ssl-reqd", "-verify_return_error", "--tls require"]),
        (TlsMode::Implicit, ["--tls-on-connect", "smtps://", "-connect mail.example:587", "smtps://"]),
    ];
    for (mode, parts) in cases {
        let target = target(mode);
        for (tool, part) in Tool::of(Side::Smtp).iter().zip(parts) {
            let text = sent(*tool, &line(&target, None), &draft(), &manner).replace(" \\\n  ", " ");
            assert!(text.contains(part), "{mode:?}: {part} in {text}");
            assert!(mode != TlsMode::None || !text.contains("--ssl") && !text.contains("verify"), "{text}");
            assert!(mode != TlsMode::Implicit || !text.contains("-starttls"), "{text}");
        }
    }
}

#[test]
fn what_a_tool_cannot_do_is_said_above_its_command() {
    let target = target(TlsMode::None);
    let manner = Manner {
        requests: Requests {
            dsn: Dsn { notify: Some(Notify::Never), ret: Some(Ret::Hdrs), ..Dsn::default() },
            ..Requests::default()
        },
        transfer: Transfer::Bdat,
        halt: Some(Halt { after: Stage::Rcpt, how: Leave::Quit }),
        ..Manner::default()
    };
    let swaks = sent(Tool::Swaks, &line(&target, None), &draft(), &manner);
    for left in ["NOTIFY (DSN)", "RET (DSN)", "BDAT"] {
        assert!(swaks.contains(&format!("# not in this swaks command: {left}\n")), "{swaks}");
    }
    assert!(swaks.contains("--quit-after RCPT") && !swaks.contains("early QUIT"), "{swaks}");
    let curl = sent(Tool::Curl, &line(&target, None), &draft(), &manner);
    assert!(curl.contains("# not in this curl command: the early QUIT\n"), "{curl}");
    let telepost = sent(Tool::Telepost, &line(&target, None), &draft(), &manner);
    for said in ["--stop-after rcpt", "--dsn-notify never", "--dsn-ret hdrs", "--bdat"] {
        assert!(telepost.replace(" \\\n  ", " ").contains(said), "{telepost}");
    }
    assert!(!telepost.contains('#'), "nothing is left out: {telepost}");
}

#[test]
fn what_no_command_line_can_hold_goes_by_a_file() {
    let target = target(TlsMode::None);
    let of = |draft: &Draft, tool| sent(tool, &line(&target, None), draft, &Manner::default());
    let hostile = Draft { body: "\u{1b}[201~\nrm -rf /\n".to_owned(), ..draft() };
    let markdown = Draft { format: Format::Markdown, ..draft() };
    let octets = vec![Attachment::new("a", "text/plain", Content::Bytes(vec![1].into()))];
    let attached = Draft { attachments: octets, ..draft() };
    for draft in [&hostile, &markdown, &attached] {
        assert!(of(draft, Tool::Swaks).contains("--data @mail.eml"));
        assert!(of(draft, Tool::Curl).contains("--upload-file mail.eml"));
        let own = of(draft, Tool::Telepost);
        let (by_file, by_option) = (own.contains("--raw mail.eml"), own.contains("--markdown"));
        assert!(by_file != by_option && by_option == (draft.format == Format::Markdown), "{own}");
        assert!(by_option || own.contains("--envelope-to eve@c.test"), "{own}");
        assert!(of(draft, Tool::Swaks).contains("# mail.eml: the mail as it goes out"));
    }
    let foreign = Draft { subject: "Grüße".to_owned(), ..draft() };
    assert!(of(&foreign, Tool::Curl).contains("mail.eml"), "curl encodes nothing");
    assert!(of(&foreign, Tool::Telepost).contains("Grüße"), "this program does");
    let from_file = Draft { attachments: vec![Attachment::from_path("/a b.pdf")], ..draft() };
    assert!(of(&from_file, Tool::Swaks).contains("--attach '@/a b.pdf'"), "{}", of(&from_file, Tool::Swaks));
    let sending = Sending { envelope: &envelope(), mail: Mail::File("own.eml"), manner: &Manner::default() };
    assert!(smtp(Tool::Curl, &line(&target, None), &sending).contains("--upload-file own.eml"));
}

#[test]
fn everything_about_the_line_is_there() {
    let tls = Tls {
        mode: TlsMode::Require,
        trust: Trust::Roots(vec![Authority::File(PathBuf::from("/the ca.pem"))]),
        ..Tls::default()
    };
    let target = Target {
        family: Family::V4,
        source: Some([192, 0, 2, 1].into()),
        proxy: Some(Proxy::Socks5 { host: "proxy.test".to_owned(), port: 1080 }),
        tls,
        mx: true,
        ..Target::new(Protocol::Smtp, "::1", 25)
    };
    let cases = [
        (Tool::Swaks, &["--server ::1", "-4", "--local-interface 192.0.2.1", "--tls-ca-path '/the ca.pem'"][..]),
        (Tool::Curl, &["smtp://[::1]:25/lab.test", "-4", "--proxy socks5h://proxy.test:1080", "--cacert"][..]),
        (Tool::Openssl, &["-connect '[::1]:25'", "-CAfile '/the ca.pem'", "knows no SOCKS", "-verify_ip ::1"][..]),
        (Tool::Telepost, &["smtp://[::1]:25", "--source 192.0.2.1", "--proxy socks5://proxy.test:1080", "--mx"][..]),
    ];
    for (tool, parts) in cases {
        let text = sent(tool, &line(&target, None), &draft(), &Manner::default());
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn the_mailbox_is_read_by_three_of_them() {
    let target = Target::new(Protocol::Pop3, "mail.example", 995).with_tls(TlsMode::Implicit);
    let line = line(&target, Some("bob"));
    assert_eq!(pop3(Tool::Swaks, &line, None), None);
    assert_eq!(pop3(Tool::Curl, &line, Some(3)).unwrap(), "curl --url pop3s://mail.example:995/3 --user bob");
    let listing = "telepost mailbox list pop3s://mail.example:995 --user bob";
    assert_eq!(pop3(Tool::Telepost, &line, None).unwrap(), listing);
    let shown = pop3(Tool::Telepost, &line, Some(3)).unwrap();
    assert!(shown.ends_with("--user bob 3 --raw"), "{shown}");
    let typed = pop3(Tool::Openssl, &line, Some(3)).unwrap();
    assert!(typed.contains("#   PASS <password>\n#   RETR 3\n#   QUIT"), "{typed}");
}

proptest! {
    #[test]
    fn no_text_of_a_mail_leaves_its_word(text in "(?s).{0,40}", name in "[a-z' ;$`|&]{0,12}") {
        let target = target(TlsMode::None);
        let draft = Draft { subject: text.replace(['\r', '\n'], " "), body: text.clone(), ..draft() };
        let line = line(&target, Some(&name));
        for tool in [Tool::Swaks, Tool::Telepost] {
            let command = sent(tool, &line, &draft, &Manner::default());
            let words = words(&command);
            prop_assert!(words.iter().all(|word| word != "rm"), "{command}");
            prop_assert!(words.contains(&name), "{command}");
            if is_tame(&text) && draft.subject.is_ascii() && text.is_ascii() && !text.is_empty() && tool == Tool::Telepost {
                // A text that begins with a dash is tied to its option.
                let tied = format!("--body={text}");
                prop_assert!(words.contains(&text) || words.contains(&tied), "{command}");
            }
        }
    }
}
