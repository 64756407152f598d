//! Whether a mail is what it says: DKIM signatures (RFC 6376), the SPF result (RFC 7208), DMARC alignment (RFC 9989). By
//! library, over DNS, and only when a person asks for it.
//!
//! Nothing is decided here: the reader is told what was found, and what it rests on. What servers on the way claim to
//! have checked is `mail::claims`.

mod dkim;
mod dmarc;
mod material;
mod names;
mod spf;
mod summary;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mail_auth::AuthenticatedMessage;
use tokio::time::Instant;

use crate::mail::Claim;

/// What was found out about a mail. Every text has passed `wire::printable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// One for each thing looked at, in order: DKIM signatures, SPF, DMARC.
    pub checks: Vec<Check>,
    /// What it means for the reader, in one sentence.
    pub summary: String,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// `DKIM`, `SPF`, `DMARC`.
    pub name: &'static str,
    /// `pass`, `fail`, `none`, `temperror`, … as in RFC 8601 2.7.
    pub result: &'static str,
    /// Domain, selector, reason.
    pub detail: String,
}

/// How long the name service may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one question.
    pub answer: Duration,
    /// For everything together.
    pub all: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { answer: Duration::from_secs(5), all: Duration::from_secs(10) }
    }
}

/// Checks `mail`, asking the system's name servers or the name server `dns`. The error says why nothing was checked.
pub async fn verify(mail: Arc<Vec<u8>>, dns: Option<SocketAddr>) -> Result<Findings, String> {
    verify_within(mail, dns, Limits::default()).await
}

/// [`verify`] with other limits.
pub async fn verify_within(mail: Arc<Vec<u8>>, dns: Option<SocketAddr>, limits: Limits) -> Result<Findings, String> {
    // On a thread of its own: hashing a large mail takes long, and should the library panic over a hostile mail or
    // record, it takes down nothing else.
    let runtime = tokio::runtime::Handle::current();
    let checking = tokio::task::spawn_blocking(move || runtime.block_on(check(&mail, dns, limits)));
    checking.await.unwrap_or_else(|_| {
        Err("the check broke down over this mail or over a record in the DNS; nothing is known about it".to_owned())
    })
}

async fn check(mail: &[u8], dns: Option<SocketAddr>, limits: Limits) -> Result<Findings, String> {
    let material = material::bounded(mail)?;
    let message = AuthenticatedMessage::parse_with_opts(&material.mail, None, false)
        .ok_or_else(|| "the mail has no header: there is nothing to check".to_owned())?;
    let names = names::Names::new(dns, limits.answer, Instant::now() + limits.all)?;
    let singles = dkim::singles(&message);
    let claims: Vec<Claim> = crate::mail::claims(mail);
    let (signatures, sender) =
        futures_util::future::join(dkim::verify(&names, &singles), spf::compute(&names, mail)).await;
    let policy = dmarc::verify(&names, &message, &signatures, sender.as_ref()).await;

    let mut checks = dkim::checks(&message, &signatures, material.passed_over);
    checks.extend(spf::checks(&claims, sender.as_ref()));
    checks.push(dmarc::check(&message, &policy));
    Ok(Findings { summary: summary::of(&message, &signatures, &policy), checks })
}
