//! Mechanisms in which the client says all at once: PLAIN (RFC 4616), EXTERNAL (RFC 4422 A), ANONYMOUS (RFC 4505).

use zeroize::Zeroizing;

use super::{MASK, Message, Misfit, Step, Steps, acting, something, without_nul};
use crate::sasl::SignIn;

/// Longest trace information, in characters (RFC 4505 3).
const TRACE: usize = 255;

/// Behind the first message there is nothing to say.
pub(super) struct AllSaid;

impl Steps for AllSaid {
    fn answer(&mut self, _challenge: &[u8]) -> Result<Step, Misfit> {
        Err(Misfit::new("the server asks on, though everything was said"))
    }
}

pub(super) fn plain(sign_in: &SignIn) -> Result<Message, Misfit> {
    let whom = without_nul("the name to act as", sign_in.authorization.as_deref().unwrap_or_default())?;
    let user = something("the user name", &sign_in.user)?;
    let password = something("the password", sign_in.secret.expose())?;
    let octets = Zeroizing::new([whom, "\0", user, "\0", password].concat().into_bytes());
    let told = format!("{}user name \"{user}\", password {MASK}", acting(sign_in));
    Ok(Message { octets, told })
}

/// Who one is follows from the line; said is only whom to act as, if somebody else.
pub(super) fn external(sign_in: &SignIn) -> Result<Message, Misfit> {
    let whom = without_nul("the name to act as", sign_in.authorization.as_deref().unwrap_or_default())?;
    let told =
        if whom.is_empty() { "who we are follows from the line".to_owned() } else { format!("acts as \"{whom}\"") };
    Ok(Message::new(whom, told))
}

pub(super) fn anonymous(sign_in: &SignIn) -> Result<Message, Misfit> {
    let trace = sign_in.user.as_str();
    if trace.chars().count() > TRACE || trace.chars().any(char::is_control) {
        let why = format!("the trace information has more than {TRACE} characters, or a control character among them");
        return Err(Misfit::new(why));
    }
    let told = if trace.is_empty() { "nobody".to_owned() } else { format!("nobody, trace \"{trace}\"") };
    Ok(Message::new(trace, told))
}
