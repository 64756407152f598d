//! Addresses beyond ASCII where the server does not announce SMTPUTF8: a domain has a form in ASCII, a local part has none
//! (RFC 5890 2.3.2.1, RFC 6531 3.2).

use crate::smtp::{Capabilities, Transaction};
use crate::wire::idn::domain_in_ascii;

/// Sender and recipients as they are said, in the order of the mail.
pub(super) fn envelope(mail: &Transaction, capabilities: &Capabilities) -> Result<(String, Vec<String>), String> {
    if capabilities.smtputf8 || mail.manner.flaws.unannounced {
        return Ok((mail.from.clone(), mail.to.clone()));
    }
    let to = mail.to.iter().map(|to| in_ascii(to)).collect::<Result<_, _>>()?;
    Ok((in_ascii(&mail.from)?, to))
}

/// An address with its domain as A-labels.
fn in_ascii(address: &str) -> Result<String, String> {
    if address.is_ascii() {
        return Ok(address.to_owned());
    }
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    if !local.is_ascii() {
        return Err(format!(
            "{address} has a name beyond ASCII before the @, which needs SMTPUTF8 (RFC 6531), and the server does not \
             announce it; ask for an address in ASCII"
        ));
    }
    domain_in_ascii(domain).map(|ascii| format!("{local}@{ascii}")).ok_or_else(|| {
        format!(
            "the domain of {address} has no form in ASCII (IDNA, RFC 5890), and the server does not announce SMTPUTF8 \
             (RFC 6531); check its spelling"
        )
    })
}
