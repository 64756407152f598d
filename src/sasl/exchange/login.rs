//! LOGIN: user name, then password, each behind a prompt whose wording means nothing.

use super::{MASK, Message, Misfit, Step, Steps, Turn, something, without_nul};
use crate::sasl::SignIn;
use crate::wire::Secret;

pub(super) struct Login {
    user: Option<String>,
    password: Option<Secret>,
}

impl Login {
    pub(super) fn new(sign_in: &SignIn) -> Result<Self, Misfit> {
        let user = something("the user name", &sign_in.user)?.to_owned();
        without_nul("the password", sign_in.secret.expose())?;
        Ok(Self { user: Some(user), password: Some(sign_in.secret.clone()) })
    }
}

impl Steps for Login {
    fn answer(&mut self, challenge: &[u8]) -> Result<Step, Misfit> {
        let answer = if let Some(user) = self.user.take() {
            let told = format!("user name \"{user}\"");
            Message::new(user, told)
        } else if let Some(password) = self.password.take() {
            Message::new(password.expose(), format!("password {MASK}"))
        } else {
            return Err(Misfit::new("the server asks for more than user name and password"));
        };
        let heard = format!("prompt \"{}\"", String::from_utf8_lossy(challenge));
        Ok(Step::Turn(Turn { heard, answer }))
    }
}
