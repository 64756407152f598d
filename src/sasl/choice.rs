//! Which mechanism is tried, and why: the strongest that the server offers and that is safe on this line. The order of
//! the server's list means nothing.
//!
//! A mechanism that hands the secret itself over is safe inside TLS only, or when that was permitted. CRAM-MD5 and APOP
//! are never chosen, only asked for.

use super::{Mechanism, SecretKind, SignIn};
use crate::wire::Channel;

#[cfg(test)]
mod tests;

/// Why a mechanism that hands the secret over stays at home.
const NOT_PERMITTED: &str = "this line has no TLS, and nobody permitted the secret in clear";

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// How.
    pub mechanism: Mechanism,
    /// Why this one, in words.
    pub why: String,
}

/// No mechanism fits: nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Impossible {
    /// Which are offered, which are safe here, what to do; **not sanitized**.
    pub why: String,
}

/// Chooses among `offered` (names in any letter case, `USER` and `APOP` among them where POP3 has these). `channel`:
/// the TLS line, if there is one.
pub fn choose(offered: &[String], sign_in: &SignIn, channel: Option<&Channel>) -> Result<Choice, Impossible> {
    let line = Line { offered, sign_in, channel };
    match sign_in.mechanism {
        Some(mechanism) => line.asked_for(mechanism),
        None => line.strongest(),
    }
}

/// Whether the form of `mechanism` that binds the channel is among `offered`, as [`super::Exchange::new`] wants to know.
pub fn offers_plus(offered: &[String], mechanism: Mechanism) -> bool {
    let plus = match mechanism {
        Mechanism::ScramSha256 | Mechanism::ScramSha256Plus => Mechanism::ScramSha256Plus,
        Mechanism::ScramSha1 | Mechanism::ScramSha1Plus => Mechanism::ScramSha1Plus,
        _ => return false,
    };
    is_among(offered, plus)
}

fn is_among(offered: &[String], mechanism: Mechanism) -> bool {
    offered.iter().any(|name| name.eq_ignore_ascii_case(mechanism.name()))
}

/// Where the choice is made.
struct Line<'a> {
    offered: &'a [String],
    sign_in: &'a SignIn,
    channel: Option<&'a Channel>,
}

impl Line<'_> {
    fn asked_for(&self, mechanism: Mechanism) -> Result<Choice, Impossible> {
        if let Some(why) = self.unfit(mechanism) {
            return Err(Impossible { why });
        }
        if !is_among(self.offered, mechanism) {
            return Err(self.impossible(&format!("{mechanism} was asked for"), "Ask for another mechanism"));
        }
        match self.danger(mechanism) {
            None => Ok(Choice { mechanism, why: format!("asked for{}", self.caution(mechanism)) }),
            Some(danger) => {
                let remedy = if mechanism.binds_the_channel() { "Ask for the form without -PLUS" } else { "" };
                Err(self.impossible(&format!("{mechanism} was asked for, but {danger}"), remedy))
            }
        }
    }

    fn strongest(&self) -> Result<Choice, Impossible> {
        let mut why = vec!["strongest offered".to_owned()];
        for mechanism in self.candidates() {
            if !is_among(self.offered, mechanism) {
                continue;
            }
            match self.danger(mechanism) {
                None => return Ok(Choice { mechanism, why: why.join("; ") + self.caution(mechanism) }),
                Some(danger) => why.push(format!("{mechanism} is offered, but {danger}")),
            }
        }
        Err(self.none_fits())
    }

    /// What is tried with such a secret without being asked for, the strongest first.
    fn candidates(&self) -> impl Iterator<Item = Mechanism> {
        let (kind, nameless) = (self.sign_in.kind, self.sign_in.user.is_empty());
        Mechanism::ALL.into_iter().filter(move |mechanism| match mechanism {
            Mechanism::OAuthBearer | Mechanism::XOAuth2 => kind == SecretKind::Token,
            Mechanism::External => kind == SecretKind::None,
            Mechanism::Anonymous => kind == SecretKind::None && nameless,
            Mechanism::CramMd5 | Mechanism::Apop => false,
            _ => kind == SecretKind::Password,
        })
    }

    /// Why the secret is none for this mechanism.
    fn unfit(&self, mechanism: Mechanism) -> Option<String> {
        let takes = match mechanism {
            Mechanism::External | Mechanism::Anonymous => return None,
            Mechanism::OAuthBearer | Mechanism::XOAuth2 => "an access token",
            _ => "a password",
        };
        match self.sign_in.kind {
            SecretKind::None => Some(format!("{mechanism} was asked for, and takes {takes}: there is none")),
            SecretKind::Token if takes == "a password" => Some(format!(
                "{mechanism} was asked for, and takes a password: an access token goes with OAUTHBEARER or XOAUTH2"
            )),
            SecretKind::Token | SecretKind::Password => None,
        }
    }

    /// Why it may not be used on this line.
    fn danger(&self, mechanism: Mechanism) -> Option<&'static str> {
        let binds = |channel: &Channel| channel.exporter.is_some() || channel.end_point.is_some();
        if mechanism.reveals_the_secret() && self.channel.is_none() && !self.sign_in.allow_plain {
            return Some(NOT_PERMITTED);
        }
        (mechanism.binds_the_channel() && !self.channel.is_some_and(binds))
            .then_some("this line has no channel binding")
    }

    /// What is to be known of a mechanism that is used all the same.
    fn caution(&self, mechanism: Mechanism) -> &'static str {
        match mechanism {
            Mechanism::CramMd5 | Mechanism::Apop => {
                "; it is obsolete: its digest gives the password to a patient reader"
            }
            _ if mechanism.reveals_the_secret() && self.channel.is_none() => {
                "; it shows the secret on a line without TLS, which was permitted"
            }
            _ => "",
        }
    }

    fn none_fits(&self) -> Impossible {
        let usable: Vec<Mechanism> = self.candidates().filter(|it| is_among(self.offered, *it)).collect();
        if usable.iter().any(|mechanism| mechanism.reveals_the_secret()) {
            let secret = if self.sign_in.kind == SecretKind::Token { "token" } else { "password" };
            let names = names(&usable);
            let why = format!("{names} would show the {secret} to whoever reads the line: {NOT_PERMITTED}");
            return self.impossible(&why, "");
        }
        let asked: Vec<Mechanism> = [Mechanism::CramMd5, Mechanism::Apop]
            .into_iter()
            .filter(|it| self.sign_in.kind == SecretKind::Password && is_among(self.offered, *it))
            .collect();
        if let Some(first) = asked.first() {
            let why = format!("{} is obsolete and used only when asked for", names(&asked));
            return self.impossible(&why, &format!("Ask for {first} by name"));
        }
        let tried = names(&self.candidates().collect::<Vec<_>>());
        let what = match self.sign_in.kind {
            SecretKind::Password => "a password goes",
            SecretKind::Token => "an access token goes",
            SecretKind::None => "signing in without a secret goes",
        };
        let remedy = if self.channel.is_none() { "More may be offered inside TLS" } else { "" };
        self.impossible(&format!("{what} with {tried}"), remedy)
    }

    /// The whole reason: what is offered, what stands against it, what is safe, what to do.
    fn impossible(&self, against: &str, remedy: &str) -> Impossible {
        let offered = match self.offered {
            [] => "The server offers no way to sign in".to_owned(),
            names => format!("The server offers {}", names.join(", ").to_ascii_uppercase()),
        };
        let safe: Vec<Mechanism> = self
            .candidates()
            .filter(|mechanism| is_among(self.offered, *mechanism) && self.danger(*mechanism).is_none())
            .collect();
        let safe = if safe.is_empty() { "none of them".to_owned() } else { names(&safe) };
        let safe = if self.offered.is_empty() { String::new() } else { format!(" Safe here: {safe}.") };
        let stop = if remedy.is_empty() { "" } else { "." };
        Impossible { why: format!("{offered}; {against}.{safe} {remedy}{stop}").trim_end().to_owned() }
    }
}

fn names(mechanisms: &[Mechanism]) -> String {
    mechanisms.iter().map(|mechanism| mechanism.name()).collect::<Vec<_>>().join(", ")
}
