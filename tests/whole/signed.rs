//! A mail that was signed on sending is vouched for when it is read, and is not when it was changed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{Name, RData};
use serde_json::Value;
use telepost::sandbox::{Options, Sandbox};

use super::names::Names;
use super::support::telepost::Home;

/// The results of the DKIM check of a message of bob's.
fn dkim(home: &Home, sandbox: &Sandbox, dns: &str, number: &str) -> Vec<Value> {
    let url = format!("pop3://bob@{}", sandbox.pop3());
    let call =
        ["mailbox", "show", &url, number, "--tls", "none", "--allow-plain-auth", "--check", "--dns", dns, "--json"];
    let outcome = home.telepost(&call).env("TELEPOST_PASSWORD", sandbox.password()).run();
    let json = outcome.expect(0).json();
    let checks = json["checks"].as_array().expect("a list").clone();
    checks.into_iter().filter(|check| check["name"] == "DKIM").map(|check| check["result"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_holds_on_the_way_through_the_sandbox_and_breaks_with_the_text() {
    let options = Options { samples: false, ..Options::default() };
    let sandbox = Sandbox::start(options).await.expect("loopback has free ports");
    let home = Home::new();
    for (count, algorithm) in [&rcgen::PKCS_ED25519, &rcgen::PKCS_RSA_SHA256].into_iter().enumerate() {
        let pair = rcgen::KeyPair::generate_for(algorithm).expect("a key");
        let key = home.file("key.pem", pair.serialize_pem());
        let kind = if count == 0 { "ed25519" } else { "rsa" };
        let record = format!("v=DKIM1; k={kind}; p={}", BASE64_STANDARD.encode(pair.public_key_raw()));
        let pieces = record.as_bytes().chunks(255).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
        let name = Name::from_ascii("lab._domainkey.sandbox.test.").expect("a name");
        let server = Names::default().record(name, RData::TXT(TXT::new(pieces))).serve().await;
        let (url, dns) = (format!("smtp://{}", sandbox.smtp()), server.address.to_string());
        let mail = ["send", &url, "--tls", "none", "--from", "ada@sandbox.test", "--to", "bob@sandbox.test"];
        let sign = ["--dkim-key", &key, "--dkim-domain", "sandbox.test", "--dkim-selector", "lab"];
        home.run(&[&mail[..], &["--subject", "Grüße", "--body", "Pay 10.\n"], &sign].concat()).expect(0);
        let [signed, forged] = [count * 2 + 1, count * 2 + 2].map(|number| number.to_string());
        assert_eq!(dkim(&home, &sandbox, &dns, &signed), ["pass"], "{kind}");

        let arrived = String::from_utf8(sandbox.mailbox("bob")[count * 2].to_vec()).expect("it is text");
        assert!(arrived.contains("Pay 10."), "{arrived}");
        let changed = home.file("changed.eml", arrived.replace("Pay 10.", "Pay 99."));
        let raw = ["--envelope-from", "ada@sandbox.test", "--envelope-to", "bob@sandbox.test", "--raw", &changed];
        home.run(&[&["send", &url, "--tls", "none"][..], &raw].concat()).expect(0);
        assert_eq!(dkim(&home, &sandbox, &dns, &forged), ["fail"], "{kind}");
    }
}
