//! What all checks together mean for the reader, in one sentence.

use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, DmarcOutput, DmarcResult};

use super::dkim::name;
use super::dmarc::from_domain;

pub(super) fn of(message: &AuthenticatedMessage<'_>, signatures: &[DkimOutput<'_>], policy: &DmarcOutput) -> String {
    let domain = name(&from_domain(message));
    match policy.result() {
        _ if domain.is_empty() => "nothing can be said about the sender: the From field names no domain".to_owned(),
        DmarcResult::Pass if *policy.dkim_result() == DmarcResult::Pass => {
            partly(signatures, &domain, format!("{domain} vouches for this mail"))
        }
        // The sender may have written the fields that SPF was computed from.
        DmarcResult::Pass => {
            format!("no signature of {domain} holds; SPF fits, if the server that wrote Received is to be believed")
        }
        DmarcResult::TempError(_) => "not all could be checked: the name service gave no answer".to_owned(),
        DmarcResult::PermError(_) => format!("the policy of {domain} cannot be read"),
        DmarcResult::Fail(_) => format!("nothing shows that {domain} sent this: From may be forged"),
        DmarcResult::None => without_policy(&domain, signatures),
    }
}

/// A signature over a part of the body vouches for that part only.
fn partly(signatures: &[DkimOutput<'_>], domain: &str, text: String) -> String {
    let mut passed = signatures
        .iter()
        .filter(|output| *output.result() == DkimResult::Pass)
        .filter_map(|output| output.signature())
        .filter(|signature| are_related(&signature.d, domain))
        .peekable();
    if passed.peek().is_some() && passed.all(|signature| signature.l > 0) {
        format!("{text}, but the signature covers a part of the body only")
    } else {
        text
    }
}

/// Whether two domains end alike: only such signatures can speak for the From domain.
fn are_related(one: &str, other: &str) -> bool {
    let end = |domain: &str| domain.rsplitn(3, '.').take(2).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    end(one) == end(other)
}

fn without_policy(domain: &str, signatures: &[DkimOutput<'_>]) -> String {
    let signed: Vec<String> = signatures
        .iter()
        .filter(|output| *output.result() == DkimResult::Pass)
        .filter_map(|output| output.signature().map(|signature| name(&signature.d)))
        .collect();
    let late = signatures.iter().any(|output| matches!(output.result(), DkimResult::TempError(_)));
    match signed.as_slice() {
        _ if late => "not all could be checked: the name service gave no answer".to_owned(),
        [] => format!("nobody vouches for this mail, and {domain} has no policy: From may be anybody's"),
        signers if signers.iter().any(|signer| signer.eq_ignore_ascii_case(domain)) => {
            partly(signatures, domain, format!("signed by {domain}, which has no DMARC policy"))
        }
        [signer, ..] => format!("signed by {signer}, which is not the From domain {domain}"),
    }
}
