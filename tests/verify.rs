//! DKIM, SPF and DMARC over a name server on loopback: mails are signed here, changed, and judged.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

#[path = "reach/names.rs"]
#[expect(dead_code, reason = "only TXT records are wanted here")]
mod names;

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{Name, RData};
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use names::{NameServer, Names};
use rustls::pki_types::PrivateKeyDer;
use telepost::verify::{Check, Findings, Limits, verify, verify_within};

const MAIL: &str = "From: Ada <ada@a.example>\r\nTo: bob@b.example\r\nSubject: Plan\r\n\
    Date: Tue, 10 Nov 2026 10:11:12 +0000\r\n\r\nHello Bob,\r\nthe plan.\r\n";
const COVERED: [&str; 4] = ["From", "To", "Subject", "Date"];

/// One key for all, as PKCS#8.
static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| Ed25519Key::generate_pkcs8().unwrap());

fn key() -> Ed25519Key {
    Ed25519Key::from_pkcs8_maybe_unchecked_der(&KEY).unwrap()
}

fn key_record() -> String {
    format!("v=DKIM1; k=ed25519; p={}", BASE64_STANDARD.encode(key().public_key()))
}

fn signer(domain: &str) -> DkimSigner<Ed25519Key, Done> {
    DkimSigner::from_key(key()).domain(domain).selector("s1").headers(COVERED)
}

/// The mail with a signature on top.
fn signed<K: SigningKey>(signer: &DkimSigner<K, Done>, mail: &str) -> String {
    format!("{}{mail}", signer.sign(mail.as_bytes()).unwrap().to_header())
}

fn by(domain: &str) -> String {
    signed(&signer(domain), MAIL)
}

fn txt(names: Names, name: &str, text: &str) -> Names {
    let pieces = text.as_bytes().chunks(255).map(|piece| String::from_utf8_lossy(piece).into_owned());
    let mut name = Name::from_ascii(name).unwrap();
    name.set_fqdn(true);
    names.record(name, RData::TXT(TXT::new(pieces.collect())))
}

fn zone(records: &[(&str, &str)]) -> Names {
    records.iter().fold(Names::default(), |names, (name, text)| txt(names, name, text))
}

/// The key of a.example, and its policy.
async fn with_policy(policy: &str) -> NameServer {
    zone(&[("s1._domainkey.a.example", &key_record()), ("_dmarc.a.example", policy)]).serve().await
}

async fn judged(mail: &str, dns: SocketAddr) -> Findings {
    verify(Arc::new(mail.as_bytes().to_vec()), Some(dns)).await.unwrap()
}

fn all<'a>(findings: &'a Findings, name: &str) -> Vec<&'a Check> {
    findings.checks.iter().filter(|check| check.name == name).collect()
}

/// The one check of this name: its result, and that its words hold `words`.
fn only(findings: &Findings, name: &str, result: &str, words: &str) {
    let found = all(findings, name);
    assert!(
        matches!(found.as_slice(), [check] if check.result == result && check.detail.contains(words)),
        "{name} {result} {words:?}: {findings:#?}"
    );
}

#[tokio::test]
async fn a_mail_as_it_was_signed_is_vouched_for() {
    let server = with_policy("v=DMARC1; p=reject").await;
    let findings = judged(&by("a.example"), server.address).await;
    only(&findings, "DKIM", "pass", "a.example, selector s1, ed25519-sha256; covers Date, Subject, To, From");
    only(&findings, "DMARC", "pass", "a DKIM signature speaks for the From domain a.example; policy reject");
    only(&findings, "SPF", "none", "no server recorded a result");
    assert_eq!(findings.summary, "a.example vouches for this mail");
}

#[tokio::test]
async fn an_rsa_signature_holds_too() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let der = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
    let key = RsaKey::<Sha256>::from_key_der(der).unwrap();
    let record = format!("v=DKIM1; p={}", BASE64_STANDARD.encode(key.public_key()));
    let server = zone(&[("r._domainkey.a.example", &record)]).serve().await;
    let signer = DkimSigner::from_key(key).domain("a.example").selector("r").headers(["From", "To"]);
    let findings = judged(&signed(&signer, MAIL), server.address).await;
    only(&findings, "DKIM", "pass", "rsa-sha256; covers To, From, but not Subject, Date");
}

#[tokio::test]
async fn what_was_changed_after_signing_is_told_apart() {
    let server = with_policy("v=DMARC1; p=none").await;
    let mail = by("a.example");
    for (changed, words) in [
        (mail.replace("the plan", "no plan"), "the body was changed after signing (mailing lists"),
        (mail.replace("Subject: Plan", "Subject: [list] Plan"), "a signed header field was changed"),
    ] {
        let findings = judged(&changed, server.address).await;
        only(&findings, "DKIM", "fail", words);
        only(&findings, "DMARC", "fail", "neither a valid signature nor SPF speaks for the From domain a.example");
        assert_eq!(findings.summary, "nothing shows that a.example sent this: From may be forged");
    }
}

#[tokio::test]
async fn keys_that_are_not_there_are_explained() {
    for (record, result, words) in [
        (None, "permerror", "no key record: s1._domainkey.a.example has none in the DNS"),
        (Some("v=DKIM1; p="), "permerror", "the key was revoked"),
        (Some("\u{1b}[2J garbage; ===;;"), "permerror", "the record s1._domainkey.a.example is no DKIM key"),
        (Some("v=DKIM1; p=AAAA"), "permerror", "is of another algorithm"),
        (Some("v=DKIM1; k=dsa; p=AAAA"), "permerror", "key type"),
    ] {
        let zone = record.map_or_else(Names::default, |record| zone(&[("s1._domainkey.a.example", record)]));
        let server = zone.serve().await;
        let findings = judged(&by("a.example"), server.address).await;
        only(&findings, "DKIM", result, words);
        assert!(!format!("{findings:?}").contains("\\u{1b}"), "{findings:?}");
    }
}

#[tokio::test]
async fn another_key_than_the_one_that_signed_does_not_fit() {
    let other = Ed25519Key::from_pkcs8_maybe_unchecked_der(&Ed25519Key::generate_pkcs8().unwrap()).unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", BASE64_STANDARD.encode(other.public_key()));
    let server = zone(&[("s1._domainkey.a.example", &record)]).serve().await;
    only(&judged(&by("a.example"), server.address).await, "DKIM", "fail", "or another key made it");
}

#[tokio::test]
async fn an_expired_signature_does_not_count() {
    let server = with_policy("v=DMARC1; p=none").await;
    let mail = signed(&signer("a.example").expiration(60), MAIL);
    let tag = |name: &str| {
        let start = mail.find(name).unwrap();
        &mail[start..start + mail[start..].find(';').unwrap()]
    };
    let expired = mail.replace(tag(" t="), " t=1000").replace(tag(" x="), " x=2000");
    let findings = judged(&expired, server.address).await;
    only(&findings, "DKIM", "fail", "expired at 1970-01-01T00:33:20Z");
    only(&findings, "DMARC", "fail", "policy none");
    only(&judged(&mail, server.address).await, "DKIM", "pass", "");
}

#[tokio::test]
async fn a_body_that_is_covered_in_part_only_is_warned_about() {
    let server = with_policy("v=DMARC1; p=reject").await;
    let mail = signed(&signer("a.example").body_length(true), MAIL);
    let longer = format!("{mail}and pay to somebody else\r\n");
    let findings = judged(&longer, server.address).await;
    only(&findings, "DKIM", "pass", "anybody may have added what follows");
    assert_eq!(findings.summary, "a.example vouches for this mail, but the signature covers a part of the body only");
}

#[tokio::test]
async fn two_signatures_are_judged_each_by_itself() {
    let zone = zone(&[("s1._domainkey.a.example", &key_record()), ("_dmarc.a.example", "v=DMARC1; p=reject")]);
    let server = zone.serve().await;
    let mail = signed(&signer("list.example"), &by("a.example"));
    let findings = judged(&mail, server.address).await;
    let results: Vec<&str> = all(&findings, "DKIM").iter().map(|check| check.result).collect();
    assert_eq!(results, ["permerror", "pass"], "{findings:#?}");
    only(&findings, "DMARC", "pass", "");
}

#[tokio::test]
async fn a_signature_of_another_domain_does_not_speak_for_from() {
    let records = [("s1._domainkey.evil.example", &*key_record()), ("_dmarc.a.example", "v=DMARC1; p=quarantine")];
    let server = zone(&records).serve().await;
    let findings = judged(&by("evil.example"), server.address).await;
    only(&findings, "DKIM", "pass", "evil.example");
    only(&findings, "DMARC", "fail", "(a signature holds, for another domain); policy quarantine");
    let server = zone(&records[..1]).serve().await;
    let findings = judged(&by("evil.example"), server.address).await;
    only(&findings, "DMARC", "none", "a.example has no DMARC policy");
    assert_eq!(findings.summary, "signed by evil.example, which is not the From domain a.example");
}

#[tokio::test]
async fn alignment_is_relaxed_or_strict_as_the_policy_says() {
    for (policy, result, words) in [
        ("v=DMARC1; p=reject; adkim=r", "pass", "alignment DKIM relaxed"),
        ("v=DMARC1; p=reject; adkim=s", "fail", "alignment DKIM strict"),
    ] {
        let records = [("s1._domainkey.mail.a.example", &*key_record()), ("_dmarc.a.example", policy)];
        let server = zone(&records).serve().await;
        only(&judged(&by("mail.a.example"), server.address).await, "DMARC", result, words);
    }
    let server = zone(&[("s1._domainkey.a.example", &key_record())]).serve().await;
    let findings = judged(&by("a.example"), server.address).await;
    only(&findings, "DMARC", "none", "a.example has no DMARC policy");
    assert_eq!(findings.summary, "signed by a.example, which has no DMARC policy");
}

#[tokio::test]
async fn spf_is_computed_from_what_the_header_tells() {
    let trace = "Return-Path: <ada@a.example>\r\nReceived: from mx.b.example ([10.0.0.1]) by store.b.example\r\n\
        Received-SPF: softfail (x) receiver=mx.b.example\r\n\
        Received: from out.a.example (x [192.0.2.7]) by mx.b.example with ESMTP; Tue, 10 Nov 2026 10:11:12 +0000\r\n\
        Received: from forged.example ([192.0.2.99]) by out.a.example\r\n";
    for (record, result, policy) in [
        ("v=spf1 ip4:192.0.2.7 -all", "pass", "pass"),
        ("v=spf1 -all", "fail", "fail"),
        ("v=spf1 ?all", "neutral", "fail"),
    ] {
        let server = zone(&[("a.example", record), ("_dmarc.a.example", "v=DMARC1; p=none")]).serve().await;
        let findings = judged(&format!("{trace}{MAIL}"), server.address).await;
        let found = all(&findings, "SPF");
        assert_eq!(found[0].result, "softfail", "{findings:#?}");
        assert!(found[0].detail.starts_with("recorded by mx.b.example in Received-SPF"), "{findings:#?}");
        assert_eq!(found[1].result, result, "{findings:#?}");
        assert!(found[1].detail.contains("only as true as the server that wrote it (mx.b.example)"), "{findings:#?}");
        only(&findings, "DMARC", policy, "");
        assert!(!findings.summary.contains("vouches"), "the sender may have written that trace: {findings:#?}");
        let believed = findings.summary.contains("if the server that wrote Received is to be believed");
        assert_eq!(believed, policy == "pass", "{findings:#?}");
    }
}

#[tokio::test]
async fn what_is_claimed_in_the_header_does_not_pass_for_a_check() {
    let server = with_policy("v=DMARC1; p=reject").await;
    let forged = format!("Authentication-Results: a.example; spf=pass; dkim=pass; dmarc=pass\r\n{MAIL}");
    let findings = judged(&forged, server.address).await;
    only(&findings, "DKIM", "none", "no DKIM signature");
    only(&findings, "DMARC", "fail", "");
}

#[tokio::test]
async fn a_signature_that_leaves_from_open_counts_for_nothing() {
    let server = with_policy("v=DMARC1; p=reject").await;
    let signer = DkimSigner::from_key(key()).domain("a.example").selector("s1").headers(["Subject"]);
    let findings = judged(&signed(&signer, MAIL), server.address).await;
    only(&findings, "DKIM", "permerror", "does not cover the From field");
    only(&findings, "DMARC", "fail", "");
}

#[tokio::test]
async fn a_name_server_that_is_silent_or_fails_is_no_verdict() {
    let quiet = zone(&[]).silent("s1._domainkey.a.example").silent("_dmarc.a.example").serve().await;
    let short = Limits { answer: Duration::from_millis(100), all: Duration::from_millis(200) };
    let mail = Arc::new(by("a.example").into_bytes());
    let failing = zone(&[]).failing("s1._domainkey.a.example").failing("_dmarc.a.example").serve().await;
    // Nobody answers there.
    let nobody = SocketAddr::from(([127, 0, 0, 1], 9));
    for dns in [quiet.address, failing.address, nobody] {
        let findings = verify_within(mail.clone(), Some(dns), short).await.unwrap();
        only(&findings, "DKIM", "temperror", "the name service gave no answer");
        only(&findings, "DMARC", "temperror", "try again later");
        assert_eq!(findings.summary, "not all could be checked: the name service gave no answer");
    }
}

#[tokio::test]
async fn a_hostile_mail_is_judged_in_part_or_refused() {
    let server = with_policy("v=DMARC1; p=reject").await;
    let lengths = (1..3_000).map(|length| {
        format!("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s{length}; h=From; l={length}; bh=AAAA; b=AAAA\r\n")
    });
    let flood = format!("{}{MAIL}{}", lengths.collect::<String>(), "x".repeat(1_000_000));
    let findings = judged(&flood, server.address).await;
    assert_eq!(all(&findings, "DKIM").len(), 11, "{findings:#?}");
    assert_eq!(all(&findings, "DKIM")[10].result, "policy");

    for (field, words) in [
        ("DKIM-Signature: ;;=;\x1b[2J", "cannot be read: a tag is missing"),
        ("DKIM-Signature: v=1; a=x; d=a", "cannot be read"),
        ("DKIM-Signature: v=1; a=rsa-sha256; d=a..b; s=\x1b; h=From; bh=AAAA; b=AAAA", "the body was changed"),
    ] {
        let findings = judged(&format!("{field}\r\n{MAIL}"), server.address).await;
        let found = all(&findings, "DKIM");
        assert!(found[0].detail.contains(words), "{findings:#?}");
        assert!(!found[0].detail.contains(char::is_control), "{findings:#?}");
    }

    for (mail, words) in [("", "no header"), ("From: a@b\r\nx\r\n".repeat(6_000).as_str(), "fields or more")] {
        let error = verify(Arc::new(mail.as_bytes().to_vec()), Some(server.address)).await.unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn from_without_one_domain_has_no_policy() {
    let server = with_policy("v=DMARC1; p=reject").await;
    for (from, result, words) in [
        ("From: nobody", "permerror", "names no domain"),
        ("From: a@a.example, b@b.example", "permerror", "several domains"),
        ("From: a@a.example\r\nFrom: b@b.example", "permerror", "several domains"),
    ] {
        let findings = judged(&MAIL.replace("From: Ada <ada@a.example>", from), server.address).await;
        only(&findings, "DMARC", result, words);
    }
}
