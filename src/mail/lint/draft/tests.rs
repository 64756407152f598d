//! Each rule fires, and its mend makes it go away.

use super::*;
use crate::mail::lint::{Request, Server, mend};

fn good() -> Draft {
    Draft {
        from: "a@b.example".into(),
        to: "c@d.example".into(),
        subject: "s".into(),
        body: "t".into(),
        ..Draft::default()
    }
}

fn whats(lints: &[Lint]) -> String {
    lints.iter().map(|lint| lint.what.as_str()).collect::<Vec<_>>().join("; ")
}

fn extra_headers(headers: &[(&str, &str)]) -> Draft {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Draft { headers, ..good() }
}

fn enveloped(from: &str, to: &[&str]) -> Draft {
    let envelope = Envelope { from: from.into(), to: to.iter().map(|to| (*to).to_owned()).collect() };
    Draft { envelope: Some(envelope), ..good() }
}

#[test]
fn an_ordinary_draft_has_nothing_to_say_of() {
    assert_eq!(draft(&good()), []);
    let envelope = good().envelope().ok();
    let server = Server { known: true, ..Server::default() };
    assert_eq!(of(&good(), &Context { envelope, server, octets: Some(9), unannounced: Vec::new() }), []);
    assert_eq!(whats(&draft(&Draft::default())), "no subject; no From; no text");
}

#[test]
fn each_rule_fires_and_its_mend_makes_it_go_away() {
    let long = format!("{} {}", "word ".repeat(300), "x".repeat(2_000));
    let from = "a@b.example";
    for (rule, it) in [
        (Rule::NoSubject, Draft { subject: " ".into(), body: "-- \nHello, Bob\n".into(), ..good() }),
        (Rule::NoSender, Draft { from: "a@b.example, e@f.example".into(), ..good() }),
        (Rule::LongLine, Draft { body: long, ..good() }),
        (Rule::TwoDates, extra_headers(&[("Date", "x"), ("X", "y"), ("date", "z")])),
        (Rule::TwoFroms, extra_headers(&[("From", "x@y.example")])),
        (Rule::TwoMessageIds, extra_headers(&[("Message-ID", "<a@b>"), ("Message-Id", "<c@d>")])),
        (Rule::TwoSubjects, extra_headers(&[("Subject", "t")])),
        (Rule::Bcc, extra_headers(&[("X", "y"), ("bcc", "g@h.example")])),
        (Rule::Stranger, enveloped(from, &["c@d.example", "x@y.example"])),
        (Rule::LeftOut, Draft { cc: "g@h.example".into(), ..enveloped(from, &["c@d.example"]) }),
        (Rule::OtherSender, enveloped("x@y.example", &["c@d.example"])),
        (Rule::NullSender, enveloped("", &["c@d.example"])),
    ] {
        let lints = draft(&it);
        let lint = lints.iter().find(|lint| lint.rule == rule).unwrap_or_else(|| panic!("{rule:?}: {lints:?}"));
        assert!(!lint.advice.is_empty() && !lint.why.is_empty());
        let mut mended = it.clone();
        assert!(mend(&mut mended, lint.mend.expect("it can be mended")), "{rule:?}");
        assert_eq!(draft(&mended), [], "{rule:?}: {mended:?}");
        assert!(!mend(&mut mended, Mend::AlignRecipients), "nothing is left to do");
    }
}

#[test]
fn each_flaw_is_told_and_switched_off_by_its_mend() {
    for flaw in Flaw::ALL {
        let mut it = Draft { flaws: [flaw].into(), ..good() };
        let [lint] = &draft(&it)[..] else { panic!("{flaw:?}") };
        assert!(!lint.weighs() && lint.is_meant(), "what is done on purpose is not asked about");
        assert!(mend(&mut it, lint.mend.expect("a switch")));
        assert_eq!(draft(&it), [], "{flaw:?}");
    }
}

#[test]
fn what_the_server_does_not_take_is_told_once_it_is_known() {
    let path = "jürgen@d.example";
    let it = Draft { flaws: [Flaw::RawBody].into(), body: "ä".into(), to: path.into(), ..good() };
    let context = |server| Context {
        server,
        envelope: Some(Envelope { from: "a@b.example".into(), to: vec![path.into()] }),
        octets: Some(1_001),
        unannounced: vec![Request::Dsn],
    };
    let rules = |server| of(&it, &context(server)).iter().map(|lint| lint.rule).collect::<Vec<_>>();
    assert_eq!(rules(Server::default()), [Rule::Undeclared], "nothing is known of it");
    let server = Server { known: true, size: Some(1_000), ..Server::default() };
    let all = [Rule::Undeclared, Rule::Utf8Address, Rule::EightBit, Rule::Size, Rule::Unannounced];
    assert_eq!(rules(server), all);
    let roomy = Server { size: Some(1_001), eight_bit: true, smtputf8: true, ..server };
    assert_eq!(rules(roomy), [Rule::Undeclared, Rule::Unannounced]);
    let endless = Server { size: Some(0), ..roomy };
    assert_eq!(rules(endless), [Rule::Undeclared, Rule::Unannounced], "SIZE 0 is no limit");
}

#[test]
fn blind_recipients_and_letter_case_of_domains_are_no_mismatch() {
    let it = Draft { bcc: "x@y.example".into(), ..enveloped("a@B.example", &["x@Y.example", "c@d.example"]) };
    assert_eq!(draft(&it), []);
}

#[test]
fn a_forgotten_attachment_is_noticed_but_not_a_quoted_one() {
    let speaks = |body: &str| whats(&draft(&Draft { body: body.to_owned(), ..good() })).contains("attachment");
    assert!(speaks("See the attached file"));
    assert!(speaks("Das steht im Anhang."));
    assert!(!speaks("> See the attached file\nThanks"));
    assert!(!speaks("I am detached"));
}

#[test]
fn wrapped_text_keeps_its_words_and_moved_addresses_their_company() {
    let words = "word ".repeat(400);
    let mut it = Draft { body: format!("short\n{words}\n{}", "ä".repeat(600)), ..good() };
    mend(&mut it, Mend::WrapLines);
    assert!(it.body.lines().all(|line| line.len() <= 998), "{}", it.body);
    assert!(it.body.lines().take(10).all(|line| line.len() <= 78));
    assert_eq!(it.body.split_whitespace().filter(|word| *word == "word").count(), 400);
    assert_eq!(it.body.matches('ä').count(), 600);
    let mut it = Draft { bcc: "a@b".into(), ..extra_headers(&[("Bcc", "c@d")]) };
    mend(&mut it, Mend::MoveBcc(0));
    assert_eq!((it.bcc.as_str(), it.headers.len()), ("a@b, c@d", 0));
    assert!(!mend(&mut it, Mend::MoveBcc(0)) && !mend(&mut it, Mend::DropHeader(0)));
}
