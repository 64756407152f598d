//! Sending, whole, by `telepost send`: many mails to Postfix, large ones, LMTP to Dovecot, aiosmtpd as a second opinion,
//! signatures that hold, endings that end nothing, and faults that reach the wire as they are named.

#[path = "reach/names.rs"]
#[expect(dead_code, reason = "only TXT records are wanted here")]
#[expect(clippy::unwrap_used, reason = "in a test a panic is the message")]
mod names;
#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

#[path = "whole/faults.rs"]
mod faults;
#[path = "whole/lmtp.rs"]
mod lmtp;
#[path = "whole/many.rs"]
mod many;
#[path = "whole/python.rs"]
mod python;
#[path = "whole/signed.rs"]
mod signed;
#[path = "whole/smuggling.rs"]
mod smuggling;

/// The value of the first header with this name, folded lines left out.
fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    mail.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
