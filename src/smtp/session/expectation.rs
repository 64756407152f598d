//! Which codes a command can have (RFC 5321 4.3.2, RFC 4954 6, RFC 3207 4, RFC 1985 5).

use crate::smtp::{Class, Verb};

/// Whether `code` is an answer that `verb` can have. Refusals are always possible.
pub(super) fn allows(verb: Verb, code: u16) -> bool {
    if is_refusal(code) {
        return true;
    }
    match verb {
        Verb::Helo | Verb::Ehlo | Verb::Lhlo | Verb::Mail | Verb::Rset | Verb::Noop | Verb::FinalDot | Verb::Bdat => {
            code == 250
        }
        Verb::Rcpt => matches!(code, 250 | 251),
        Verb::Data => code == 354,
        Verb::Vrfy | Verb::Expn => matches!(code, 250..=252),
        Verb::Help => matches!(code, 211 | 214 | 250),
        Verb::Etrn => matches!(code, 250..=253),
        Verb::Quit => code == 221,
        Verb::StartTls | Verb::XClient => code == 220,
        Verb::Auth | Verb::SaslResponse => matches!(code, 235 | 334),
        Verb::BodyLine => false,
        Verb::Unknown => true,
    }
}

/// 4yz or 5yz.
pub(super) fn is_refusal(code: u16) -> bool {
    matches!(Class::of(code), Class::Temporary | Class::Permanent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_has_its_codes_and_every_command_can_be_refused() {
        for (verb, good, odd) in [
            (Verb::Ehlo, 250, 220),
            (Verb::Mail, 250, 354),
            (Verb::Rcpt, 251, 354),
            (Verb::Data, 354, 250),
            (Verb::FinalDot, 250, 354),
            (Verb::Bdat, 250, 354),
            (Verb::Quit, 221, 250),
            (Verb::StartTls, 220, 250),
            (Verb::XClient, 220, 250),
            (Verb::Auth, 334, 354),
            (Verb::SaslResponse, 235, 250),
            (Verb::Vrfy, 252, 220),
            (Verb::Help, 214, 354),
            (Verb::Etrn, 253, 220),
        ] {
            assert!(allows(verb, good) && !allows(verb, odd), "{verb:?}");
            assert!(allows(verb, 421) && allows(verb, 550), "{verb:?}");
        }
    }
}
