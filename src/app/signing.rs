//! Signing in: the secret that is needed, the plan that goes to the engine, and what became of it.
//!
//! Whether a secret may go over a line is the engine's decision; here is what a person is asked about it.

use super::dialog::{Choice, Dialog, Item, Menu, Purpose};
use super::{App, Effect, mailbox};
use crate::config::secret::Source;
use crate::connection::{Request, Submission};
use crate::sasl::{Mechanism, Progress, SecretKind, SignIn};
use crate::wire::{Secret, Side, TlsMode, printable};
use crate::{pop3, smtp};

/// What waits for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Opening the mailbox.
    OpenMailbox,
    /// Connecting the SMTP side.
    Connect,
    /// Sending the mail in the form.
    Send,
    /// Signing in on the SMTP line that stands.
    SignIn,
}

/// What is known of secrets and sign-ins under way.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two make up a state")]
pub(super) struct Signing {
    /// What goes on once the secret is there.
    waiting: Vec<Task>,
    /// It is being fetched.
    fetching: bool,
    /// It was typed: worth keeping once a server took it.
    typed: bool,
    /// A fresh token was fetched since one was accepted.
    refreshed: bool,
    /// The sign-in under way on a side is not the account's, but one begun in the prompt.
    pub(super) by_hand: [bool; 2],
    /// The mail in the form was given up before its first command: what mends that may send it.
    pub(super) resend: bool,
    /// A side is to be connected again as soon as its line is down.
    reopen: [bool; 2],
    /// Sign-ins made so far, so that no two have the same nonce.
    made: u64,
}

impl App {
    /// Does `task` once there is a secret: at once, after it was fetched, or after it was typed.
    pub(super) fn with_secret(&mut self, task: Task) {
        if self.account.password.is_some() || self.account.needs_no_secret() || !self.signs_in(task) {
            self.go_on(task);
            return;
        }
        if !self.signing.waiting.contains(&task) {
            self.signing.waiting.push(task);
        }
        if self.account.source == Source::Prompt {
            self.ask_for_password(None);
        } else if !std::mem::replace(&mut self.signing.fetching, true) {
            let (source, key) = (self.account.source.clone(), self.account.secret_key());
            self.effects.push(Effect::FetchSecret { source, key });
        }
    }

    fn signs_in(&self, task: Task) -> bool {
        let side = if task == Task::OpenMailbox { Side::Pop3 } else { Side::Smtp };
        // Whoever says hello by hand signs in by hand.
        self.account.user_of(side).is_some() && (self.account.greet || task != Task::Connect)
    }

    fn go_on(&mut self, task: Task) {
        match task {
            Task::OpenMailbox => self.open_with_secret(),
            Task::Send => self.send_with_secret(),
            Task::SignIn if self.links.smtp.is_up() => self.sign_in(Side::Smtp),
            Task::Connect | Task::SignIn => {
                self.connect(Side::Smtp);
            }
        }
    }

    fn ask_for_password(&mut self, error: Option<String>) {
        let user = self.account.user.as_ref().or(self.account.smtp_user.as_ref()).cloned().unwrap_or_default();
        let what = if self.account.token { "Access token" } else { "Password" };
        let title = format!("{what} of {}", printable::text(&user));
        let mut dialog = Dialog::question(Purpose::Password, &title, "It is not shown, kept or written anywhere.", "");
        if let Dialog::Question(question) = &mut dialog {
            question.error = error;
        }
        self.dialog = Some(dialog);
    }

    /// The secret was fetched, or why not.
    pub(super) fn secret_came(&mut self, secret: Result<Option<Secret>, String>) {
        self.signing.fetching = false;
        match secret {
            Ok(Some(secret)) => {
                self.signing.typed = false;
                self.have_secret(secret);
            }
            _ if self.signing.waiting.is_empty() => {}
            Ok(None) => self.ask_for_password(None),
            Err(error) => {
                let error = printable::text(&error).into_owned();
                self.error(format!("the password could not be fetched: {error}"));
                self.ask_for_password(Some(format!("It could not be fetched: {error}. Type it, or Esc.")));
            }
        }
    }

    /// The secret was typed.
    pub(super) fn secret_typed(&mut self, text: &str) {
        self.signing.typed = true;
        self.have_secret(Secret::new(text));
    }

    fn have_secret(&mut self, secret: Secret) {
        self.account.password = Some(secret);
        for task in std::mem::take(&mut self.signing.waiting) {
            self.go_on(task);
        }
    }

    /// Another account is used from now on. `typed`: its secret was typed just now.
    pub(super) fn sign_in_anew(&mut self, typed: bool) {
        self.signing = Signing { typed, made: self.signing.made, ..Signing::default() };
    }

    /// What waited for a secret is not wanted any more.
    pub(super) fn no_secret(&mut self) {
        self.signing.waiting.clear();
    }

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
    fn plan(&mut self, side: Side) -> Option<SignIn> {
        let user = self.account.user_of(side)?.to_owned();
        let secret = if self.account.needs_no_secret() { None } else { Some(self.account.password.clone()?) };
        let kind = match (&secret, self.account.token) {
            (None, _) => SecretKind::None,
            (_, true) => SecretKind::Token,
            (_, false) => SecretKind::Password,
        };
        let secret = secret.unwrap_or_else(|| Secret::new(""));
        let plan = self.plan_of(side, user, secret);
        Some(SignIn { kind, mechanism: self.account.mechanism, allow_plain: self.account.allow_plain_auth, ..plan })
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
        if matches!(progress, Progress::Impossible { .. } | Progress::Refused { .. }) {
            self.links.of_mut(side).sign_in_asked = false;
        }
        match progress {
            Progress::Chosen { .. } | Progress::Decoded { .. } => {}
            Progress::Accepted { mechanism, user } => self.signed_in(side, mechanism, user, by_hand),
            Progress::Impossible { why } => self.sign_in_impossible(side, &why, by_hand),
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
        if std::mem::take(&mut self.signing.typed) && self.account.source == Source::KeyRing {
            self.offer_to_keep();
        }
    }

    fn offer_to_keep(&mut self) {
        let text = vec!["The server took it. Kept there, it is not asked for again on this machine.".to_owned()];
        self.ask_later(Menu::new(
            "Keep the password in the key ring?",
            text,
            vec![Item::new('n', "No", Choice::Stay), Item::new('y', "Yes, keep it", Choice::KeepSecret)],
        ));
    }

    pub(super) fn keep_secret(&mut self) {
        if let Some(secret) = self.account.password.clone() {
            self.effects.push(Effect::KeepSecret { key: self.account.secret_key(), secret });
        }
    }

    fn sign_in_refused(&mut self, side: Side, why: &str, temporary: bool, stale_token: bool) {
        if temporary {
            self.error(format!("sign-in not possible now: {why}; the password may be right, try again later"));
            return;
        }
        self.account.password = None;
        let fetched = self.account.source != Source::Prompt;
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
        let key = if side == Side::Smtp { "F5" } else { "r" };
        self.error(format!("sign-in refused: {why}; {key} asks for the password and tries again"));
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
        self.signing.resend |= side == Side::Smtp && self.compose.sending.is_some();
        self.ask_for_plain_auth(side);
    }

    /// Whether it is the missing TLS alone that keeps the secret back.
    fn clear_text_would_do(&self, side: Side) -> bool {
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

    fn ask_for_plain_auth(&mut self, side: Side) {
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
        let text = vec![
            format!(
                "The {} line to {} is not encrypted: whoever sees its packets can read",
                side.name(),
                printable::text(&server)
            ),
            "the password. Nothing was sent yet, not even the user name.".to_owned(),
        ];
        self.ask_later(Menu::new("Password over a line without TLS?", text, items));
    }

    pub(super) fn allow_plain_auth(&mut self, side: Side) {
        self.account.allow_plain_auth = true;
        self.sign_in_again(side);
    }

    /// Connects again in another mode; a port that is registered for the mode used so far moves along.
    pub(super) fn use_tls(&mut self, side: Side, mode: TlsMode) {
        if let Some(target) = self.account.target_mut(side) {
            target.tls.mode = mode;
            target.port = super::dialog::connect::port_for(target.protocol, mode, target.port);
            if mode == TlsMode::Implicit {
                target.port = target.protocol.implicit_tls_port().unwrap_or(target.port);
            }
        }
        self.reconnect(side);
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

    /// Opens a new line on a side, and goes on with what the old one was for. A line that stands is dropped first.
    pub(super) fn reconnect(&mut self, side: Side) {
        if self.links.of(side).is_up() {
            self.signing.reopen[side as usize] = true;
            self.request(Request::Drop(side));
        } else {
            self.reconnect_now(side);
        }
    }

    /// The line is down: opens a new one if that was waited for.
    pub(super) fn reconnect_if_asked(&mut self, side: Side) {
        if std::mem::take(&mut self.signing.reopen[side as usize]) {
            self.reconnect_now(side);
        }
    }

    fn reconnect_now(&mut self, side: Side) {
        match side {
            Side::Smtp if std::mem::take(&mut self.signing.resend) => self.send_now(),
            Side::Smtp => self.with_secret(Task::Connect),
            Side::Pop3 if self.account.user.is_some() => self.open_mailbox(),
            Side::Pop3 => {
                self.connect(Side::Pop3);
            }
        }
    }

    /// A question that no key of the person's led to: it does not cover another one, and a key that was meant for
    /// something else does not answer it.
    pub(super) fn ask_later(&mut self, mut menu: Menu) {
        if self.dialog.is_some() {
            self.warn(format!("{} Close this first, then try again", menu.title));
            return;
        }
        // It says what the toast said, and more.
        self.status.dismiss();
        menu.ready =
            self.last_text_key.map(|last| last + super::TYPING_PAUSE).filter(|ready| *ready > self.now.instant);
        self.dialog = Some(Dialog::Menu(menu));
    }
}
