//! SPF: what the receiving server recorded, and what it comes to when done again from what the header tells.
//!
//! A mail does not bring its envelope along. The sender is taken from Return-Path, the client from Received; both are
//! as true as the server that wrote them.

use std::net::IpAddr;

use mail_auth::spf::verify::SpfParameters;
use mail_auth::{SpfOutput, SpfResult};

use super::Check;
use super::dkim::name;
use super::names::Names;
use crate::mail::{Claim, Hop, header, hops};

/// The check done again.
pub(super) struct Computed {
    pub(super) output: SpfOutput,
    /// Domain of the envelope sender; of HELO where that is null.
    pub(super) domain: String,
    client: IpAddr,
    /// The server whose word it rests on.
    by: String,
}

/// Does the check again; `None` if the header does not tell who the sender and the client were.
pub(super) async fn compute(names: &Names, mail: &[u8]) -> Option<Computed> {
    let sender = return_path(mail)?;
    let hop = hops(mail).into_iter().rev().find(|hop| hop.client().1.is_some_and(is_outside))?;
    let (helo, client) = hop.client();
    let client = client?;
    let domain = sender.rsplit_once('@').map_or(helo, |(_, domain)| domain).to_owned();
    let by = if hop.by.is_empty() { "localhost" } else { &hop.by };
    let parameters = SpfParameters::verify_mail_from(client, helo, by, &sender);
    let output = names.in_time(names.library.verify_spf(parameters)).await;
    let output = output.unwrap_or_else(|| SpfOutput::new(domain.clone()).with_result(SpfResult::TempError));
    Some(Computed { output, domain, client, by: told_by(&hop) })
}

fn told_by(hop: &Hop) -> String {
    if hop.by.is_empty() { "a server without a name".to_owned() } else { hop.by.clone() }
}

/// The envelope sender as the last server wrote it down; empty for the null sender.
fn return_path(mail: &[u8]) -> Option<String> {
    let mut fields = header::fields(header::split(mail).head);
    let value = fields.find(|field| field.is("Return-Path"))?.unfolded();
    (value.len() <= 1_000).then(|| value.trim_matches(['<', '>', ' ']).to_owned())
}

/// Whether an address is one that a mail comes in from. Those of one's own network are stations on the way inside.
fn is_outside(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()),
        IpAddr::V6(v6) => {
            !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified())
        }
    }
}

/// What was recorded, and what was computed.
pub(super) fn checks(claims: &[Claim], computed: Option<&Computed>) -> Vec<Check> {
    let mut checks: Vec<Check> = recorded(claims).into_iter().chain(computed.map(check)).collect();
    if checks.is_empty() {
        let detail = "no server recorded a result, and the header does not tell sender and client to compute one";
        checks.push(Check { name: "SPF", result: "none", detail: detail.to_owned() });
    }
    checks
}

/// The topmost record: that of the last server.
fn recorded(claims: &[Claim]) -> Option<Check> {
    let (claim, result) =
        claims.iter().filter(|claim| claim.method == "spf").find_map(|claim| Some((claim, known(&claim.result)?)))?;
    let by = if claim.by.is_empty() { "a server that does not name itself" } else { &claim.by };
    let detail = format!("recorded by {by} in {}: {}", claim.field, claim.details);
    Some(Check { name: "SPF", result, detail: detail.trim_end_matches([':', ' ']).to_owned() })
}

fn known(result: &str) -> Option<&'static str> {
    ["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy"]
        .into_iter()
        .find(|known| *known == result)
}

fn check(computed: &Computed) -> Check {
    let Computed { output, domain, client, by } = computed;
    let domain = name(domain);
    let (result, meaning) = match output.result() {
        SpfResult::Pass => ("pass", format!("{domain} lets {client} send its mail")),
        SpfResult::Fail => ("fail", format!("{domain} says that {client} may not send its mail (forwarders do)")),
        SpfResult::SoftFail => ("softfail", format!("{domain} doubts that {client} may send its mail")),
        SpfResult::Neutral => ("neutral", format!("{domain} says nothing about {client}")),
        SpfResult::TempError => ("temperror", super::dkim::silence("")),
        SpfResult::PermError => ("permerror", format!("the SPF record of {domain} is broken")),
        SpfResult::None => ("none", format!("{domain} has no SPF record")),
    };
    let detail = format!(
        "{meaning}; computed from Return-Path and the topmost Received field with an address from outside, which is \
         only as true as the server that wrote it ({by})"
    );
    Check { name: "SPF", result, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_inside_are_no_clients() {
        for (address, outside) in [
            ("127.0.0.1", false),
            ("::1", false),
            ("10.1.2.3", false),
            ("192.168.0.1", false),
            ("fd00::1", false),
            ("::ffff:10.0.0.1", false),
            ("192.0.2.1", true),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_outside(address.parse().unwrap()), outside, "{address}");
        }
    }

    #[test]
    fn the_topmost_record_with_a_known_result_is_told() {
        let mail = b"Authentication-Results: mx; dkim=pass; spf=weird\r\nReceived-SPF: softfail (x) receiver=mx\r\n\
            Authentication-Results: forged; spf=pass\r\n\r\n";
        let found = recorded(&crate::mail::claims(mail));
        let detail = "recorded by mx in Received-SPF: (x) receiver=mx".to_owned();
        assert_eq!(found, Some(Check { name: "SPF", result: "softfail", detail }));
    }

    #[test]
    fn the_envelope_sender_is_found() {
        for (mail, sender) in [
            ("Return-Path: <ada@a.example>\r\n\r\n", Some("ada@a.example")),
            ("Return-Path: <>\r\n\r\n", Some("")),
            ("From: a@b\r\n\r\n", None),
        ] {
            assert_eq!(return_path(mail.as_bytes()).as_deref(), sender);
        }
    }
}
