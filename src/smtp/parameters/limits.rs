//! What a server says it will not take in one mail (LIMITS, RFC 9422), and envelopes that are none.

use std::collections::BTreeSet;

use crate::smtp::{Capabilities, Transaction};

/// Whether the recipients of `mail` are there, and not too many.
pub(super) fn check(mail: &Transaction, capabilities: &Capabilities) -> Result<(), String> {
    if mail.to.is_empty() {
        return Err("the mail has no recipient".to_owned());
    }
    if mail.to.iter().any(String::is_empty) {
        return Err("a recipient is empty".to_owned());
    }
    let count = mail.to.len();
    if let Some(most) = capabilities.rcpt_max().filter(|most| count > *most) {
        return Err(format!(
            "the mail has {count} recipients and the server takes at most {most} in one mail (LIMITS RCPTMAX, RFC 9422); \
             send it in parts"
        ));
    }
    let Some(most) = capabilities.rcpt_domain_max() else { return Ok(()) };
    let domains: BTreeSet<String> = mail.to.iter().map(|to| domain(to)).collect();
    if domains.len() > most {
        return Err(format!(
            "the mail goes to {} domains and the server takes at most {most} in one mail (LIMITS RCPTDOMAINMAX, RFC \
             9422); send it once for each",
            domains.len()
        ));
    }
    Ok(())
}

fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_lowercase())
}
