use super::*;
use crate::smtp::{
    DeliverBy, Dsn, FutureRelease, Hold, Late, MailId, Manner, Notify, Requests, Ret, Transaction, WireFlaws,
};

fn mail(to: &[&str]) -> Transaction {
    let to = to.iter().map(|to| (*to).to_owned()).collect();
    Transaction { size: Some(9), ..Transaction::new(MailId(1), "a@b", to) }
}

fn asking(requests: Requests) -> Transaction {
    Transaction { manner: Manner { requests, ..Manner::default() }, ..mail(&["c@d"]) }
}

/// The same, although the server does not announce it.
fn forced(requests: Requests) -> Transaction {
    let flaws = WireFlaws { unannounced: true, ..WireFlaws::default() };
    Transaction { manner: Manner { requests, flaws, ..Manner::default() }, ..mail(&["c@d"]) }
}

fn with_dsn(dsn: Dsn) -> Requests {
    Requests { dsn, ..Requests::default() }
}

fn by(seconds: i32, late: Late) -> Requests {
    Requests { deliver_by: Some(DeliverBy { seconds, late, trace: false }), ..Requests::default() }
}

fn until(moment: &str) -> Requests {
    Requests { hold: Some(Hold::Until(moment.to_owned())), ..Requests::default() }
}

fn for_seconds(seconds: u32) -> Requests {
    Requests { hold: Some(Hold::For(seconds)), ..Requests::default() }
}

fn able() -> Capabilities {
    let until = Some("2026-11-23T00:00:00Z".to_owned());
    Capabilities {
        size: Some(Some(10)),
        eight_bit_mime: true,
        smtputf8: true,
        dsn: true,
        chunking: true,
        binary_mime: true,
        deliver_by: Some(Some(60)),
        future_release: Some(FutureRelease { seconds: Some(3_600), until }),
        require_tls: true,
        limits: [("RCPTMAX", "2"), ("RCPTDOMAINMAX", "1")].map(|(a, b)| (a.to_owned(), b.to_owned())).to_vec(),
        ..Capabilities::default()
    }
}

/// All that stands behind MAIL.
fn behind_mail(mail: &Transaction, able: &Capabilities) -> String {
    parameters(mail, able, Cover::Trusted).unwrap().mail.join(" ")
}

fn refusal(mail: &Transaction, able: &Capabilities, cover: Cover) -> String {
    parameters(mail, able, cover).unwrap_err()
}

#[test]
fn what_is_announced_and_needed_is_said() {
    assert_eq!(behind_mail(&mail(&["c@d"]), &Capabilities::default()), "");
    assert_eq!(behind_mail(&mail(&["c@d"]), &able()), "SIZE=9");
    let all = Transaction { body: BodyKind::EightBit, utf8: true, ..mail(&["c@d"]) };
    assert_eq!(behind_mail(&all, &able()), "SIZE=9 BODY=8BITMIME SMTPUTF8");
    assert_eq!(behind_mail(&mail(&["ü@d"]), &able()), "SIZE=9 SMTPUTF8");
    let unknown = Transaction { size: None, ..mail(&["c@d"]) };
    assert_eq!(behind_mail(&unknown, &able()), "");
    let binary = Transaction { body: BodyKind::Binary, ..unknown };
    assert_eq!(behind_mail(&binary, &able()), "BODY=BINARYMIME");
}

#[test]
fn what_is_asked_for_has_the_form_of_its_rfc() {
    let dsn = Dsn { ret: Some(Ret::Hdrs), envid: Some("a=b +".to_owned()), ..Dsn::default() };
    let times = |late| DeliverBy { seconds: 120, late, trace: true };
    for (requests, said) in [
        (with_dsn(dsn), "RET=HDRS ENVID=a+3Db+20+2B"),
        (with_dsn(Dsn { ret: Some(Ret::Full), ..Dsn::default() }), "RET=FULL"),
        (by(120, Late::Return), "BY=120;R"),
        (by(-5, Late::Notify), "BY=-5;N"),
        (Requests { deliver_by: Some(times(Late::Return)), ..Requests::default() }, "BY=120;RT"),
        (for_seconds(3_600), "HOLDFOR=3600"),
        (until("2026-11-22T12:00:00+01:00"), "HOLDUNTIL=2026-11-22T11:00:00Z"),
        (Requests { require_tls: true, ..Requests::default() }, "REQUIRETLS"),
    ] {
        assert_eq!(behind_mail(&asking(requests), &able()), format!("SIZE=9 {said}"));
    }
}

#[test]
fn what_is_asked_for_a_recipient_stands_behind_each() {
    let cases = |success, failure, delay| Some(Notify::On { success, failure, delay });
    for (notify, orcpt, to, said) in [
        (cases(true, true, true), false, "c@d", "NOTIFY=SUCCESS,FAILURE,DELAY"),
        (cases(false, true, false), false, "c@d", "NOTIFY=FAILURE"),
        (Some(Notify::Never), true, "c+x@d", "NOTIFY=NEVER ORCPT=rfc822;c+2Bx@d"),
        (None, true, "jürgen=@d", "ORCPT=utf-8;jürgen\\x{3D}@d"),
        (None, false, "c@d", ""),
    ] {
        let manner = Manner { requests: with_dsn(Dsn { notify, orcpt, ..Dsn::default() }), ..Manner::default() };
        let said_here = parameters(&Transaction { manner, ..mail(&[to]) }, &able(), Cover::Clear).unwrap();
        assert_eq!(said_here.recipients, [(to.to_owned(), said.split_whitespace().map(str::to_owned).collect())]);
    }
}

#[test]
fn an_original_recipient_beyond_its_limit_is_refused() {
    let of = |octets: usize| {
        let to = format!("{}@d", "+".repeat((octets - "rfc822;@d".len()) / 3));
        let manner = Manner { requests: with_dsn(Dsn { orcpt: true, ..Dsn::default() }), ..Manner::default() };
        parameters(&Transaction { manner, ..mail(&[&to]) }, &able(), Cover::Clear)
    };
    assert!(of(498).is_ok());
    assert!(of(501).unwrap_err().contains("has 501 octets as original recipient; the limit is 500"));
}

#[test]
fn what_the_server_does_not_announce_is_named_with_its_rfc() {
    let none = Capabilities::default();
    for (mail, why) in [
        (Transaction { body: BodyKind::EightBit, ..mail(&["c@d"]) }, "8BITMIME (RFC 6152)"),
        (Transaction { body: BodyKind::Binary, ..mail(&["c@d"]) }, "BINARYMIME with CHUNKING (RFC 3030)"),
        (Transaction { utf8: true, ..mail(&["c@d"]) }, "SMTPUTF8 (RFC 6531)"),
        (mail(&["ü@d"]), "SMTPUTF8 (RFC 6531)"),
        (mail(&["c@b＞.example"]), "has no form in ASCII (IDNA, RFC 5890)"),
        (asking(with_dsn(Dsn { notify: Some(Notify::Never), ..Dsn::default() })), "DSN, RFC 3461"),
        (asking(with_dsn(Dsn { orcpt: true, ..Dsn::default() })), "DSN, RFC 3461"),
        (asking(by(60, Late::Notify)), "DELIVERBY, RFC 2852"),
        (asking(for_seconds(5)), "FUTURERELEASE, RFC 4865"),
        (asking(Requests { require_tls: true, ..Requests::default() }), "REQUIRETLS, RFC 8689"),
    ] {
        let refusal = refusal(&mail, &none, Cover::Trusted);
        assert!(refusal.contains(why), "{refusal}");
    }
}

#[test]
fn what_the_server_or_the_rfc_limits_is_refused_here() {
    let id = "x".repeat(101);
    let envid = |envid: &str| asking(with_dsn(Dsn { envid: Some(envid.to_owned()), ..Dsn::default() }));
    let no_case = Some(Notify::On { success: false, failure: false, delay: false });
    for (mail, why) in [
        (Transaction { size: Some(11), ..mail(&["c@d"]) }, "at most 10"),
        (mail(&[]), "no recipient"),
        (mail(&["c@d", ""]), "empty"),
        (mail(&["c@d", "e@d", "f@d"]), "RCPTMAX"),
        (mail(&["c@d", "e@f"]), "RCPTDOMAINMAX"),
        (envid(&id), "101 octets"),
        (envid("a\r\nb"), "printable"),
        (envid(""), "printable"),
        (asking(with_dsn(Dsn { notify: no_case, ..Dsn::default() })), "no case"),
        (asking(by(59, Late::Return)), "below 60 s"),
        (asking(by(0, Late::Return)), "above 0 s"),
        (asking(by(i32::MIN, Late::Notify)), "nine digits"),
        (asking(for_seconds(3_601)), "more than 3600 s"),
        (asking(for_seconds(0)), "1 to 999999999 s"),
        (asking(until("2026-11-23T00:00:01Z")), "beyond 2026-11-23T00:00:00Z"),
        (asking(until("tomorrow")), "RFC 3339"),
    ] {
        let refusal = refusal(&mail, &able(), Cover::Trusted);
        assert!(refusal.contains(why), "{refusal}");
    }
}

#[test]
fn requiretls_wants_a_line_with_a_certificate_that_is_believed() {
    let wanted = asking(Requests { require_tls: true, ..Requests::default() });
    assert!(refusal(&wanted, &able(), Cover::Clear).contains("connect with TLS"));
    assert!(refusal(&wanted, &able(), Cover::Unverified).contains("certificate"));
    assert!(parameters(&wanted, &able(), Cover::Trusted).is_ok());
}

#[test]
fn a_domain_goes_out_in_ascii_where_smtputf8_is_missing() {
    let none = Capabilities::default();
    let mail = Transaction { from: "ada@bücher.example".to_owned(), ..mail(&["Bob@EXÄMPLE.test", "c@d"]) };
    let said = parameters(&mail, &none, Cover::Clear).unwrap();
    assert_eq!(said.from, "ada@xn--bcher-kva.example");
    assert_eq!(said.recipients[0].0, "Bob@xn--exmple-cua.test");
    assert!(said.mail.is_empty());
    let same = parameters(&mail, &Capabilities { smtputf8: true, ..none.clone() }, Cover::Clear).unwrap();
    assert_eq!((same.from, same.mail), (mail.from, vec!["SMTPUTF8".to_owned()]));
    let nowhere = Transaction { from: "ada@a\u{5d0}b.example".to_owned(), ..asking(Requests::default()) };
    assert!(refusal(&nowhere, &none, Cover::Clear).contains("IDNA"));
}

#[test]
fn done_wrong_on_purpose_it_goes_out_all_the_same() {
    let none = Capabilities::default();
    let mut odd = forced(Requests { require_tls: true, ..by(5, Late::Return) });
    (odd.body, odd.utf8, odd.to) = (BodyKind::EightBit, true, vec!["ü@d".to_owned()]);
    let said = parameters(&odd, &none, Cover::Clear).unwrap();
    assert_eq!((said.mail.join(" ").as_str(), said.recipients[0].0.as_str()), ("BY=5;R REQUIRETLS", "ü@d"));
    let mut big = Transaction { size: Some(11), ..mail(&["c@d"]) };
    big.manner.flaws.oversize = true;
    assert_eq!(behind_mail(&big, &able()), "SIZE=11");
}
