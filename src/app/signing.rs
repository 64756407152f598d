//! Signing in: the plan that goes to the engine, and what became of it.
//!
//! Whether a secret may go over a line is the engine's decision; here is what a person is asked about it.

use std::time::Instant;

use super::asking::Asking;
use super::dialog::{Choice, Item, Menu};
use super::secrets::Task;
use super::{App, mailbox};
use crate::config::secret::Source;
use crate::connection::{Request, Submission};
use crate::keymap::{Action, Scope};
use crate::sasl::{Mechanism, Progress, SecretKind, SignIn};
use crate::wire::{Secret, Side, TlsMode, printable};
use crate::{pop3, smtp};

/// What is known of secrets and sign-ins under way.
#[derive(Debug, Default)]
pub(super) struct Signing {
    /// What goes on once the secret is there.
    pub(super) waiting: Vec<Task>,
    /// Since when it is being fetched.
    pub(super) fetching: Option<Instant>,
    /// It was typed: worth keeping once a server took it.
    pub(super) typed: bool,
    /// A fresh token was fetched since one was accepted.
    pub(super) refreshed: bool,
    /// What was fetched and a server refused: the same again would be refused again.
    pub(super) refused: Option<Secret>,
    /// The sign-in under way on a side is not the account's, but one begun in the prompt.
    pub(super) by_hand: [bool; 2],
    /// The mail in the form was given up before its first command: what mends that may send it.
    pub(super) resend: bool,
    /// A side is to be connected again as soon as its line is down.
    pub(super) reopen: [bool; 2],
    /// Sign-ins made so far, so that no two have the same nonce.
    pub(super) made: u64,
}

impl App {
    /// Submits the account's sign-in on a side, if it has one there.
    pub(super) fn sign_in(&mut self, side: Side) {
        let Some(sign_in) = self.plan(side) else { return };
        self.signing.by_hand[side as usize] = false;
        self.submit_sign_in(side, sign_in);
    }

    /// Submits TLS as the account wants it on a side.
    pub(super) fn secure(&mut self, side: Side) {
        let Some(mode) = self.account.target(side).map(|target| target.tls.mode) else { return };
        self.links.of_mut(side).tls_asked = true;
        let hello = self.account.hello.clone();
        self.request(Request::Submit(match side {
            Side::Smtp => Submission::Smtp(smtp::Command::Secure { mode, hello }, None),
            Side::Pop3 => Submission::Pop3(pop3::Command::Secure(mode)),
        }));
    }

    /// Submits what the account wants and the SMTP line that stands has not: TLS, and a sign-in.
    pub(super) fn complete_line(&mut self) {
        let link = &self.links.smtp;
        let mode = self.account.smtp.as_ref().map(|target| target.tls.mode).unwrap_or_default();
        let greeted = self.links.smtp_state != smtp::State::Greeting;
        let wanted = matches!(mode, TlsMode::Require | TlsMode::Implicit) || mode == TlsMode::Auto && greeted;
        let (tls, sign_in) = (wanted && link.protection.is_none() && !link.tls_asked, !link.sign_in_asked);
        if tls {
            self.secure(Side::Smtp);
        }
        if sign_in {
            self.sign_in(Side::Smtp);
        }
    }

    pub(super) fn submit_sign_in(&mut self, side: Side, sign_in: SignIn) {
        self.links.of_mut(side).sign_in_asked = true;
        let plan = Box::new(sign_in);
        self.request(Request::Submit(match side {
            Side::Smtp => Submission::Smtp(smtp::Command::SignIn(plan), None),
            Side::Pop3 => Submission::Pop3(pop3::Command::SignIn(plan)),
        }));
    }

    /// The sign-in of the account on a side.
    pub(super) fn plan(&mut self, side: Side) -> Option<SignIn> {
        let user = self.account.user_of(side)?.to_owned();
        let secret = if self.account.needs_no_secret() { None } else { Some(self.account.password.clone()?) };
        let kind = match (&secret, self.account.token) {
            (None, _) => SecretKind::None,
            (_, true) => SecretKind::Token,
            (_, false) => SecretKind::Password,
        };
        let secret = secret.unwrap_or_else(|| Secret::new(""));
        let plan = self.plan_of(side, user, secret);
        let mechanism = self.step_mechanism(side).or(self.account.mechanism);
        Some(SignIn { kind, mechanism, allow_plain: self.account.allow_plain_auth, ..plan })
    }

    /// A sign-in with a password on a side.
    pub(super) fn plan_of(&mut self, side: Side, user: String, password: Secret) -> SignIn {
        self.signing.made += 1;
        let nonce = format!("{:032x}{:x}", self.now.random, self.signing.made);
        let server = self.account.target(side).map(|target| (target.host.clone(), target.port)).unwrap_or_default();
        SignIn { server, ..SignIn::with_password(user, password, nonce) }
    }

    /// A step of a sign-in.
    pub(super) fn sign_in_progress(&mut self, side: Side, progress: Progress) {
        let by_hand = self.signing.by_hand[side as usize];
        if !matches!(progress, Progress::Accepted { .. }) && progress.is_end() {
            self.links.of_mut(side).sign_in_asked = false;
        }
        match progress {
            Progress::Chosen { .. } | Progress::Decoded { .. } => {}
            Progress::Accepted { mechanism, user } => self.signed_in(side, mechanism, user, by_hand),
            Progress::Impossible { why } => self.sign_in_impossible(side, &why, by_hand),
            Progress::BrokenOff { why, .. } => {
                self.not_opening(side);
                self.error(format!("sign-in broken off: {why}; the password was not judged"));
            }
            Progress::Refused { why, temporary, stale_token, .. } => {
                self.not_opening(side);
                self.explain_refusal(side, &why, temporary);
                if by_hand {
                    self.error(format!("sign-in refused: {why}"));
                } else {
                    self.sign_in_refused(side, &why, temporary, stale_token);
                }
            }
        }
    }

    fn signed_in(&mut self, side: Side, mechanism: Mechanism, user: String, by_hand: bool) {
        self.links.of_mut(side).signed_in = Some((mechanism, user));
        if by_hand {
            return;
        }
        self.signing.refreshed = false;
        self.signing.refused = None;
        if std::mem::take(&mut self.signing.typed) && self.account.source == Source::KeyRing {
            self.ask(Asking::KeepSecret);
        }
    }

    fn sign_in_refused(&mut self, side: Side, why: &str, temporary: bool, stale_token: bool) {
        if temporary {
            self.error(format!("sign-in not possible now: {why}; the password may be right, try again later"));
            return;
        }
        let fetched = self.account.source != Source::Prompt && !self.signing.typed;
        // The other side may have been refused with it before.
        if let Some(refused) = self.account.password.take().filter(|_| fetched) {
            self.signing.refused = Some(refused);
        }
        if stale_token && self.account.token && fetched && !std::mem::replace(&mut self.signing.refreshed, true) {
            self.info("the server does not take that token any more: a fresh one is fetched, and tried once");
            let task = match side {
                Side::Pop3 => Task::OpenMailbox,
                Side::Smtp if self.compose.sending.is_some() => Task::Send,
                Side::Smtp => Task::SignIn,
            };
            // The engine gives the mail up only after this.
            self.with_secret(task);
            return;
        }
        let key = self.again_key(side);
        let how = if fetched { "fetches the password again" } else { "asks for the password" };
        self.error(format!("sign-in refused: {why}; {key} {how} and tries once more"));
    }

    /// The key that works here and signs in again on a side.
    fn again_key(&self, side: Side) -> String {
        let action = if side == Side::Smtp { Action::Send } else { Action::Refresh };
        let mut scopes = self.scopes();
        scopes.push(Scope::Leader);
        self.keymap.hint(action, &scopes).unwrap_or_else(|| action.info().text.to_owned())
    }

    /// A sign-in that was under way for the mailbox is not any more.
    pub(super) fn not_opening(&mut self, side: Side) {
        if side == Side::Pop3 {
            self.named = false;
            self.mailbox.session = mailbox::Session::Closed;
        }
    }

    fn sign_in_impossible(&mut self, side: Side, why: &str, by_hand: bool) {
        self.not_opening(side);
        // That TLS was a must and is missing was said; it is not to be talked away.
        if self.links.of(side).insecure {
            return;
        }
        self.explain_impossible(side, why);
        if by_hand || !self.clear_text_would_do(side) {
            self.error(format!("not signed in, and nothing was sent: {why}"));
            return;
        }
        if side == Side::Smtp {
            // What was given up by an earlier sign-in has waited for its own answer.
            self.signing.resend = self.compose.sending.is_some();
        }
        self.ask(Asking::PlainAuth(side));
    }

    /// Whether it is the missing TLS alone that keeps the secret back.
    pub(super) fn clear_text_would_do(&self, side: Side) -> bool {
        if self.links.of(side).protection.is_some() || self.account.allow_plain_auth || self.account.needs_no_secret() {
            return false;
        }
        let offered: Vec<String> = match (side, &self.links.pop3_capabilities) {
            (Side::Smtp, _) => self.links.smtp_capabilities.auth.clone(),
            // Without CAPA, USER and PASS are what there is.
            (Side::Pop3, None) => vec![Mechanism::UserPass.name().to_owned()],
            (Side::Pop3, Some(capabilities)) => {
                let user = capabilities.user.then(|| Mechanism::UserPass.name().to_owned());
                capabilities.sasl.iter().cloned().chain(user).collect()
            }
        };
        let fits = |mechanism: &Mechanism| {
            let token = matches!(mechanism, Mechanism::XOAuth2 | Mechanism::OAuthBearer);
            mechanism.reveals_the_secret()
                && token == self.account.token
                && self.account.mechanism.is_none_or(|forced| forced == *mechanism)
        };
        offered.iter().filter_map(|name| name.parse().ok()).any(|mechanism| fits(&mechanism))
    }

    pub(super) fn plain_auth_menu(&self, side: Side) -> Menu {
        let server = self.account.target(side).map(|target| target.host.clone()).unwrap_or_default();
        let mode = self.account.target(side).map(|target| target.tls.mode).unwrap_or_default();
        let mut items = vec![Item::new('n', "No, do not sign in", Choice::Stay)];
        items.push(if mode == TlsMode::None {
            Item::new('t', "Connect again with TLS, and sign in behind it", Choice::UseTls(side, TlsMode::Require))
        } else {
            let port = if side == Side::Smtp { 465 } else { 995 };
            let text = format!("Connect again with TLS from the first octet, on port {port}");
            Item::new('t', text, Choice::UseTls(side, TlsMode::Implicit))
        });
        items.push(Item::new('y', "Yes, send it in clear, until I leave the program", Choice::AllowPlainAuth(side)));
        let text = vec![format!(
            "The {} line to {} is not encrypted: whoever sees its packets can read the password. Nothing was sent yet, not \
             even the user name.",
            side.name(),
            printable::text(&server)
        )];
        Menu::new("Password over a line without TLS?", text, items)
    }

    pub(super) fn allow_plain_auth(&mut self, side: Side) {
        self.account.allow_plain_auth = true;
        self.sign_in_again(side);
    }

    /// Goes on where the sign-in stopped, over the line that stands if it does.
    fn sign_in_again(&mut self, side: Side) {
        let resend = std::mem::take(&mut self.signing.resend);
        match side {
            Side::Pop3 => self.open_mailbox(),
            Side::Smtp if resend => self.send_now(),
            Side::Smtp if self.links.smtp.is_up() => self.with_secret(Task::SignIn),
            Side::Smtp => self.with_secret(Task::Connect),
        }
    }
}

/// What a failed fetch advises, for somebody who has a form instead of the command line's switches.
pub(super) fn for_the_form(advice: &str) -> String {
    advice.replace("password-command, password-file or the prompt", "a command, a file or you (connect form, F2)")
}
