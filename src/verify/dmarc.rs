//! DMARC (RFC 9989): the policy of the From domain, and whether a signature or SPF speaks for that domain.
//!
//! What servers claim in the header does not count here: a sender could have written it.

use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::dmarc::{Alignment, Dmarc};
use mail_auth::{AuthenticatedMessage, DkimOutput, DmarcOutput, DmarcResult, DnsError, Error, SpfOutput};

use super::Check;
use super::dkim::{name, silence};
use super::names::Names;
use super::spf::Computed;

/// What the policy of the From domain says.
pub(super) async fn verify(
    names: &Names,
    message: &AuthenticatedMessage<'_>,
    signatures: &[DkimOutput<'_>],
    sender: Option<&Computed>,
) -> DmarcOutput {
    let none = SpfOutput::new(String::new());
    let parameters = DmarcParameters {
        message,
        dkim_output: signatures,
        dkim2_output: None,
        rfc5321_mail_from_domain: sender.map_or("", |sender| &sender.domain),
        spf_output: sender.map_or(&none, |sender| &sender.output),
    };
    names.in_time(names.library.verify_dmarc(parameters)).await.unwrap_or_else(|| {
        let late = DmarcResult::TempError(Error::Dns(DnsError::Resolver(String::new())));
        DmarcOutput::new(from_domain(message)).with_dkim_result(late)
    })
}

/// The domain of the first From address.
pub(super) fn from_domain(message: &AuthenticatedMessage<'_>) -> String {
    message.from().rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned())
}

pub(super) fn check(message: &AuthenticatedMessage<'_>, output: &DmarcOutput) -> Check {
    let (result, detail) = judged(message, output);
    Check { name: "DMARC", result, detail }
}

fn judged(message: &AuthenticatedMessage<'_>, output: &DmarcOutput) -> (&'static str, String) {
    let domain = name(&from_domain(message));
    if domain.is_empty() {
        return ("permerror", "the From field names no domain".to_owned());
    }
    if output.domain().is_empty() {
        return ("permerror", "the From field names several domains: no policy applies".to_owned());
    }
    match (output.result(), output.dmarc_record()) {
        (DmarcResult::TempError(error), _) => ("temperror", silence(&why(&error))),
        (DmarcResult::PermError(error), _) => ("permerror", format!("{domain}: {}", name(&error.to_string()))),
        (DmarcResult::Pass, Some(record)) => {
            ("pass", format!("{}; {}", aligned(&domain, output), policy(record, output)))
        }
        (_, Some(record)) => ("fail", format!("{}; {}", not_aligned(&domain, output), policy(record, output))),
        (_, None) => ("none", format!("{domain} has no DMARC policy: it does not say how to tell a forged From")),
    }
}

fn why(error: &Error) -> String {
    match error {
        Error::Dns(DnsError::Resolver(why)) => why.clone(),
        other => other.to_string(),
    }
}

fn aligned(domain: &str, output: &DmarcOutput) -> String {
    let passes = |result: &DmarcResult| *result == DmarcResult::Pass;
    let by = match (passes(output.dkim_result()), passes(output.spf_result())) {
        (true, true) => "a DKIM signature and SPF speak",
        (true, false) => "a DKIM signature speaks",
        _ => "only SPF, computed from what the header tells and as true as the server that wrote it, speaks",
    };
    format!("{by} for the From domain {domain}")
}

fn not_aligned(domain: &str, output: &DmarcOutput) -> String {
    let other = |result: &DmarcResult| matches!(result, DmarcResult::Fail(Error::NotAligned));
    let found = match (other(output.dkim_result()), other(output.spf_result())) {
        (true, true) => " (a signature and SPF hold, for other domains)",
        (true, false) => " (a signature holds, for another domain)",
        (false, true) => " (SPF holds, for another domain)",
        (false, false) => "",
    };
    format!("neither a valid signature nor SPF speaks for the From domain {domain}{found}")
}

fn policy(record: &Dmarc, output: &DmarcOutput) -> String {
    let word = |alignment| if alignment == Alignment::Strict { "strict" } else { "relaxed" };
    format!("policy {}, alignment DKIM {}, SPF {}", output.policy(), word(record.adkim), word(record.aspf))
}
