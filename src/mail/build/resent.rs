//! The fields in front of a mail that is sent on as it is, so that it says who did that (RFC 5322 3.6.6).

use jiff::Zoned;

use super::header_line::{self, Words};
use crate::mail::address::AddressList;
use crate::mail::fault::{Fault, Field};

/// Resent-From, Resent-To, Resent-Date and Resent-Message-ID, to be put in front of the first header field.
/// `message_id` is without angle brackets.
pub fn resent(from: &str, to: &str, date: &Zoned, message_id: &str) -> Result<Vec<u8>, Vec<Fault>> {
    let mut out = Vec::with_capacity(256);
    let at = jiff::fmt::rfc2822::to_string(date)
        .map_err(|_| vec![Fault::new(Field::Date, 0, "a date beyond the year 9999", "set the clock")])?;
    header_line::addresses(&mut out, "Resent-From", &AddressList::parse(Field::From, from)?, Words::Encoded);
    header_line::addresses(&mut out, "Resent-To", &AddressList::parse(Field::To, to)?, Words::Encoded);
    header_line::plain(&mut out, "Resent-Date", &at);
    if !super::is_message_id(message_id) {
        return Err(vec![Fault::new(Field::MessageId, 0, "not a Message-ID", "write left@right, without blanks")]);
    }
    header_line::plain(&mut out, "Resent-Message-ID", &format!("<{message_id}>"));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resent_mail_says_by_whom_to_whom_and_when() {
        let date = "2026-11-22T14:46:17+01:00[Europe/Berlin]".parse().unwrap();
        let fields = resent("Jörg <j@a.example>", "b@b.example, c@c.example", &date, "1@h").expect("all is good");
        let expected = "Resent-From: =?utf-8?B?SsO2cmc=?= <j@a.example>\r\nResent-To: b@b.example, c@c.example\r\n\
            Resent-Date: Sun, 22 Nov 2026 14:46:17 +0100\r\nResent-Message-ID: <1@h>\r\n";
        assert_eq!(String::from_utf8_lossy(&fields), expected);
        assert_eq!(resent("j@a.example", "a b", &date, "1@h").expect_err("no address")[0].field, Field::To);
        assert_eq!(resent("j@a", "b@b", &date, "1\r\n@h").expect_err("a line break")[0].field, Field::MessageId);
    }
}
