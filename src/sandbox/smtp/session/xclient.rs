//! XCLIENT: a client may speak in another's name, where the sandbox is told to let it (the XCLIENT protocol of Postfix).

use std::net::IpAddr;

use super::{Answer, Session};
use crate::sandbox::auth::Identity;
use crate::wire::xtext;

/// What may be named, as announced.
pub(super) const ATTRIBUTES: &str = "NAME ADDR LOGIN";

impl Session {
    /// Takes over what is named and greets anew; nothing is changed where one attribute is wrong.
    pub(super) fn xclient(&mut self, argument: &str) -> Answer {
        if !self.site.xclient {
            return Err("550 5.7.0 XCLIENT is for trusted clients; this sandbox was started without it".into());
        }
        if self.hello.is_none() {
            return Err("503 5.5.1 Say EHLO first".into());
        }
        if self.mail.is_some() {
            return Err("503 5.5.1 Not in the middle of a mail; RSET starts over".into());
        }
        let (mut name, mut peer, mut login) = (None, None, None);
        for word in argument.split_ascii_whitespace() {
            let malformed =
                || format!("501 5.5.4 Attribute not understood: {}", if word.is_ascii() { word } else { "it" });
            let (key, value) = word.split_once('=').ok_or_else(malformed)?;
            let value = xtext::decode(value).ok_or_else(malformed)?;
            let value = Some(value).filter(|value| !matches!(value.as_str(), "[UNAVAILABLE]" | "[TEMPUNAVAIL]"));
            match key.to_ascii_uppercase().as_str() {
                "NAME" => name = value.filter(|name| name.bytes().all(|byte| byte.is_ascii_graphic())),
                "ADDR" => peer = value.map(|value| address(&value).ok_or_else(malformed)).transpose()?,
                "LOGIN" => login = value.and_then(|user| self.site.accounts.mailbox(&user)).map(Identity::User),
                _ => return Err(malformed().into()),
            }
        }
        self.peer = peer.unwrap_or(self.peer);
        (self.peer_name, self.signed_in) = (name, login);
        (self.hello, self.exchange) = (None, None);
        Ok(format!("220 {} ESMTP telepost sandbox ready", self.name()).into())
    }
}

fn address(text: &str) -> Option<IpAddr> {
    match text.split_at_checked(5) {
        Some((tag, inside)) if tag.eq_ignore_ascii_case("IPV6:") => inside.parse().ok(),
        _ => text.parse().ok(),
    }
}
