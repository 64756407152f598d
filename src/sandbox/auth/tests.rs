use super::*;
use crate::sandbox::Options;

fn site(faults: &[Fault]) -> Arc<Site> {
    let clock = Some("2026-11-22T11:42:07Z".parse().unwrap());
    let options = Options { samples: false, clock, faults: faults.to_vec(), ..Options::default() };
    Arc::new(Site::new(&options).unwrap())
}

fn tls() -> Channel {
    Channel { exporter: Some(vec![1; 32]), end_point: Some(vec![2; 32]), ..Channel::default() }
}

fn exchange(site: &Arc<Site>, mechanism: Mechanism) -> Exchange {
    Exchange::new(site, Some(&tls()), Side::Smtp, mechanism.name()).unwrap()
}

fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

fn decoded(step: &Step) -> String {
    let Step::Challenge(challenge) = step else { panic!("{step:?}") };
    String::from_utf8(STANDARD.decode(challenge).unwrap()).unwrap()
}

/// The last step after an initial message and further ones.
fn play(exchange: &mut Exchange, messages: &[&str]) -> Step {
    let (first, others) = messages.split_first().unwrap();
    let mut step = exchange.start(Some(&encoded(first)));
    for message in others {
        assert!(matches!(step, Step::Challenge(_)), "{step:?} before {message:?}");
        step = exchange.answer(encoded(message).as_bytes());
    }
    step
}

const ADA: Step = Step::Accepted(Identity::User(0));
const BOB: Step = Step::Accepted(Identity::User(1));
const WRONG: Step = Step::Refused(Refusal::Wrong);

#[test]
fn each_line_offers_what_is_safe_on_it() {
    let site = site(&[]);
    assert_eq!(names(&site, false, Side::Smtp), "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5");
    assert_eq!(names(&site, false, Side::Pop3), names(&site, false, Side::Smtp));
    assert!(offered(&site, false, Side::Smtp).iter().all(|mechanism| !mechanism.reveals_the_secret()));
    let everything = "SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 OAUTHBEARER XOAUTH2 PLAIN LOGIN \
                      CRAM-MD5 EXTERNAL";
    assert_eq!(names(&site, true, Side::Pop3), everything);
    assert_eq!(names(&site, true, Side::Smtp), format!("{everything} ANONYMOUS"));
}

#[test]
fn what_is_not_offered_does_not_begin() {
    let (site, changed, tls) = (site(&[]), site(&[Fault::CapsChange]), tls());
    let begin = |site, channel, side, name| Exchange::new(site, channel, side, name).map(|exchange| exchange.mechanism);
    for name in ["PLAIN", "login", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS", "SCRAM-SHA-256-PLUS"] {
        assert_eq!(begin(&site, None, Side::Smtp, name), Err(Denied::NeedsTls), "{name}");
    }
    for (site, channel, side, name) in [
        (&site, None, Side::Smtp, "NTLM"),
        (&site, Some(&tls), Side::Smtp, "USER"),
        (&site, Some(&tls), Side::Smtp, "APOP"),
        (&site, Some(&tls), Side::Pop3, "ANONYMOUS"),
        (&changed, Some(&tls), Side::Smtp, "SCRAM-SHA-256"),
    ] {
        assert_eq!(begin(site, channel, side, name), Err(Denied::Unknown), "{name}");
    }
    assert_eq!(begin(&site, None, Side::Pop3, "cram-md5"), Ok(Mechanism::CramMd5));
}

#[test]
fn mechanisms_of_one_or_two_messages() {
    use Mechanism::{Anonymous, External, Login, OAuthBearer, Plain, XOAuth2};

    let site = site(&[]);
    let unreadable = Step::Unreadable("that is no message of this mechanism");
    for (mechanism, messages, end) in [
        (Plain, &["\0ada\0opensesame"][..], &ADA),
        (Plain, &["bob@sandbox.test\0bob\0opensesame"], &BOB),
        (Plain, &["ada\0bob\0opensesame"], &WRONG),
        (Plain, &["\0ada\0Sandbox"], &WRONG),
        (Plain, &["\0eve\0opensesame"], &WRONG),
        (Plain, &["\0eve\0"], &WRONG),
        (Plain, &["ada"], &unreadable),
        (Login, &["Bob", "opensesame"], &BOB),
        (Login, &["bob", "wrong"], &WRONG),
        (Login, &["eve", "opensesame"], &WRONG),
        (Login, &["bob", ""], &WRONG),
        (External, &["ada"], &ADA),
        (External, &["eve"], &WRONG),
        (External, &[""], &WRONG),
        (Anonymous, &["guest@lab.test"], &Step::Accepted(Identity::Anonymous)),
        (XOAuth2, &["user=ada\x01auth=Bearer sandbox-token\x01\x01"], &ADA),
        (XOAuth2, &["user=ada\x01auth=Bearer sandbox\x01\x01", ""], &WRONG),
        (XOAuth2, &["user=eve\x01auth=Bearer sandbox-token\x01\x01", ""], &WRONG),
        (XOAuth2, &["user=ada"], &unreadable),
        (OAuthBearer, &["n,a=bob,\x01auth=Bearer sandbox-token\x01\x01"], &BOB),
        (OAuthBearer, &["n,a=bob,\x01auth=Bearer old\x01\x01", "\x01"], &WRONG),
        (OAuthBearer, &["n,,\x01auth=Bearer sandbox-token\x01\x01", "\x01"], &WRONG),
    ] {
        assert_eq!(play(&mut exchange(&site, mechanism), messages), *end, "{mechanism} {messages:?}");
    }
    let stale = exchange(&site, OAuthBearer).start(Some(&encoded("n,a=ada,\x01auth=Bearer old\x01\x01")));
    assert_eq!(decoded(&stale), r#"{"status":"invalid_token","schemes":"bearer","scope":"mail"}"#);
}

#[test]
fn without_an_initial_response_the_server_asks() {
    let site = site(&[]);
    for (mechanism, challenge) in [(Mechanism::Plain, ""), (Mechanism::Login, "Username:"), (Mechanism::ScramSha1, "")]
    {
        assert_eq!(decoded(&exchange(&site, mechanism).start(None)), challenge, "{mechanism}");
    }
    let mut login = exchange(&site, Mechanism::Login);
    login.start(None);
    assert_eq!(decoded(&login.answer(encoded("ada").as_bytes())), "Password:");
    assert_eq!(login.answer(encoded("opensesame").as_bytes()), ADA);
    assert_eq!(exchange(&site, Mechanism::Anonymous).start(Some("=")), Step::Accepted(Identity::Anonymous));
}

#[test]
fn a_star_cancels_and_broken_base64_is_told() {
    let site = site(&[]);
    let begun = || {
        let mut exchange = exchange(&site, Mechanism::Plain);
        exchange.start(None);
        exchange
    };
    assert_eq!(begun().answer(b"*"), Step::Cancelled);
    for line in [&b"AGFkYQ"[..], b"A G F", b"\xff", b"====", b"**"] {
        assert_eq!(begun().answer(line), Step::Unreadable("that is no base64"), "{}", line.escape_ascii());
    }
    assert!(matches!(exchange(&site, Mechanism::CramMd5).start(Some("AA==")), Step::Unreadable(_)));
}

#[test]
fn cram_md5_takes_the_digest_over_its_challenge_and_no_other() {
    let site = site(&[]);
    let try_it = |user: &str, password: &str, tail: &str| {
        let mut exchange = exchange(&site, Mechanism::CramMd5);
        let challenge = decoded(&exchange.start(None)) + tail;
        assert!(challenge.starts_with('<') && challenge.contains("@sandbox.test>"), "{challenge}");
        let digest = hexadecimal(&scram::mac::<Md5>(password.as_bytes(), challenge.as_bytes()));
        exchange.answer(encoded(&format!("{user} {digest}")).as_bytes())
    };
    assert_eq!(try_it("ada", "opensesame", ""), ADA);
    for (user, password, tail) in
        [("ada", "wrong", ""), ("ada", "opensesame", "x"), ("eve", "", ""), ("eve", "opensesame", "")]
    {
        assert_eq!(try_it(user, password, tail), WRONG, "{user} {password} {tail}");
    }
    assert_eq!(
        hexadecimal(&scram::mac::<Md5>(b"tanstaaftanstaaf", b"<1896.697170952@postoffice.reston.mci.net>")),
        "b913a602c7eda7a495b4e6e7334d3890",
        "the example of RFC 2195"
    );
}

/// A client of SCRAM-SHA-256 by the formulas of RFC 5802 3. `header`: GS2 header; `bound`: what it claims to be bound to.
fn scram(site: &Arc<Site>, mechanism: Mechanism, who: [&str; 2], header: &str, bound: &[u8]) -> Step {
    let [user, password] = who;
    let mut exchange = exchange(site, mechanism);
    let bare = format!("n={user},r=clientnonce");
    let step = exchange.start(Some(&encoded(&format!("{header}{bare}"))));
    let Step::Challenge(_) = step else { return step };
    let challenge = decoded(&step);
    let parts: Vec<&str> = challenge.splitn(3, ',').collect();
    assert!(parts[0].starts_with("r=clientnonce") && parts[2] == "i=4096", "{challenge}");
    let salt = STANDARD.decode(&parts[1][2..]).unwrap();
    let salted = pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(password.as_bytes(), &salt, 4096);
    let without_proof = format!("c={},{}", STANDARD.encode([header.as_bytes(), bound].concat()), parts[0]);
    let known = format!("{bare},{challenge},{without_proof}");
    let hmac = |key: &[u8], text: &str| scram::mac::<sha2::Sha256>(key, text.as_bytes());
    let key = hmac(&salted, "Client Key");
    let stored = <sha2::Sha256 as sha2::Digest>::digest(&key);
    let proof: Vec<u8> = key.iter().zip(hmac(&stored, &known)).map(|(a, b)| a ^ b).collect();
    let step = exchange.answer(encoded(&format!("{without_proof},p={}", STANDARD.encode(proof))).as_bytes());
    let Step::Challenge(_) = step else { return step };
    let signature = STANDARD.encode(hmac(&hmac(&salted, "Server Key"), &known));
    assert_eq!(decoded(&step), format!("v={signature}"), "the server proves itself");
    exchange.answer(b"")
}

#[test]
fn scram_binds_to_the_line_and_no_other() {
    let site = site(&[]);
    let (plain, plus) = (Mechanism::ScramSha256, Mechanism::ScramSha256Plus);
    let ada = ["ada", "opensesame"];
    for (mechanism, who, header, bound, end) in [
        (plain, ada, "n,,", &[][..], &ADA),
        (plain, ["bob", "opensesame"], "n,a=bob,", &[], &BOB),
        (plain, ada, "n,a=bob,", &[], &WRONG),
        (plain, ada, "y,,", &[], &WRONG),
        (plain, ["ada", "wrong"], "n,,", &[], &WRONG),
        (plain, ["eve", "opensesame"], "n,,", &[], &WRONG),
        (plus, ada, "p=tls-exporter,,", &[1; 32], &ADA),
        (plus, ada, "p=tls-server-end-point,,", &[2; 32], &ADA),
        (plus, ada, "p=tls-exporter,,", &[2; 32], &WRONG),
        (plus, ada, "p=tls-unique,,", &[1; 32], &WRONG),
        (plus, ada, "n,,", &[], &WRONG),
    ] {
        assert_eq!(scram(&site, mechanism, who, header, bound), *end, "{mechanism} {who:?} {header}");
    }
}

#[test]
fn faults_have_the_last_word() {
    let good = ["\0ada\0opensesame"];
    let end = |fault| play(&mut exchange(&site(&[fault]), Mechanism::Plain), &good);
    assert_eq!(end(Fault::Auth535), WRONG);
    assert_eq!(end(Fault::Auth454), Step::Refused(Refusal::Temporary));
    let quoted = "AGFkYQBvcGVuc2VzYW1l ( ada opensesame)".to_owned();
    assert_eq!(end(Fault::AuthEcho), Step::Refused(Refusal::Quoting(quoted)));
    let mut endless = exchange(&site(&[Fault::AuthEndless]), Mechanism::Plain);
    endless.start(Some(&encoded(good[0])));
    for _ in 0..100 {
        assert_eq!(decoded(&endless.answer(b"")), "and then?");
    }
    assert_eq!(endless.answer(b"*"), Step::Cancelled);
}
