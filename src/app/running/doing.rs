//! Acts of a script become requests, each as if a person had typed it or pressed its key.

use super::{App, ending};
use crate::app::secrets::Task;
use crate::config::url::Url;
use crate::connection::{Body, Request, Submission, Target};
use crate::sasl::{Mechanism, SignIn};
use crate::script::{Act, Event};
use crate::wire::{BadLine, Side, TlsMode};
use crate::{pop3, smtp};

/// A sign-in of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignsIn {
    side: Side,
    /// The account's, or the strongest that is safe, when none is named.
    mechanism: Option<Mechanism>,
}

impl App {
    pub(super) fn do_act(&mut self, act: Act) {
        match act {
            Act::Connect { side, url } => self.script_connects(side, url.as_deref()),
            Act::Line { side, octets, body: true } => self.script_submits(side, Submission::body_line(octets)),
            Act::Line { side, octets, body: false } => self.script_submits(side, Submission::line(side, octets)),
            Act::Block { side, lines } => self.script_submits(side, Submission::block(side, lines)),
            Act::Body(lines) => self.script_sends_body(Body::Bytes(unstuffed(&lines).into())),
            Act::BodyFile(path) => self.script_sends_body(Body::File(path.into())),
            Act::StartTls { side, hello } => self.script_starts_tls(side, hello),
            Act::SignIn { side, mechanism, user } => self.script_signs_in(side, mechanism, user.as_deref()),
            Act::Quit(side) => self.request(Request::Disconnect(side)),
            Act::Drop(side) => self.request(Request::Drop(side)),
            Act::Done => self.script_done(),
        }
    }

    fn script_connects(&mut self, side: Side, url: Option<&str>) {
        let refused = match (url, self.account.target(side)) {
            (Some(url), target) => elsewhere(url, target),
            (None, None) => Some(format!("no {} server is named", side.name())),
            (None, Some(_)) => None,
        };
        if let Some(why) = refused {
            return self.script_hears(side, Event::Closed(Some(why)));
        }
        // The script says hello itself.
        let greet = std::mem::replace(&mut self.account.greet, false);
        let begun = self.connect(side);
        self.account.greet = greet;
        if !begun {
            self.script_hears(side, Event::Closed(None));
        }
    }

    fn script_submits(&mut self, side: Side, made: Result<Submission, BadLine>) {
        match made {
            Ok(submission) => self.request(Request::Submit(submission)),
            Err(bad) => self.script_hears(side, Event::NotSent(bad.to_string())),
        }
    }

    fn script_sends_body(&mut self, body: Body) {
        self.request(Request::Submit(Submission::Smtp(smtp::Command::Body, Some(body))));
    }

    /// TLS or nothing, whatever the account would put up with.
    fn script_starts_tls(&mut self, side: Side, hello: Option<String>) {
        let mode = self.account.target(side).map(|target| target.tls.mode);
        if mode == Some(TlsMode::None) {
            let why = "the account forbids TLS on this side".to_owned();
            return self.script_hears(side, Event::Secured(Err(why)));
        }
        self.links.of_mut(side).tls_asked = true;
        let hello = hello.unwrap_or_else(|| self.account.hello.clone());
        self.request(Request::Submit(match side {
            Side::Smtp => Submission::Smtp(smtp::Command::Secure { mode: TlsMode::Require, hello }, None),
            Side::Pop3 => Submission::Pop3(pop3::Command::Secure(TlsMode::Require)),
        }));
    }

    /// With the secret of the account, which is fetched or asked for where it is not known.
    fn script_signs_in(&mut self, side: Side, mechanism: Option<Mechanism>, user: Option<&str>) {
        let refused = match (self.account.user_of(side), user) {
            (None, _) => Some(format!("the account names nobody who signs in to {}", side.name())),
            (Some(own), Some(other)) if own != other => {
                Some(format!("the script signs in as {other}, and the secret is that of {own}"))
            }
            _ => None,
        };
        if let Some(why) = refused {
            return self.script_is_stopped(&why);
        }
        if let Some(play) = &mut self.running.play {
            play.signs_in = Some(SignsIn { side, mechanism });
        }
        self.with_secret(Task::Script(side));
    }

    /// The secret is there.
    pub(in crate::app) fn script_has_secret(&mut self) {
        let wanted = self.running.play.as_mut().and_then(|play| play.signs_in.take());
        let Some(SignsIn { side, mechanism }) = wanted else { return };
        match self.plan(side) {
            Some(plan) => {
                let mechanism = mechanism.or(plan.mechanism);
                // What becomes of it is the script's to judge: nothing is tried again by itself.
                self.signing.by_hand[side as usize] = true;
                self.submit_sign_in(side, SignIn { mechanism, ..plan });
            }
            None => self.script_is_stopped("there is no secret to sign in with"),
        }
    }

    /// Nobody wants to give it.
    pub(in crate::app) fn script_has_no_secret(&mut self) {
        if self.running.play.as_mut().and_then(|play| play.signs_in.take()).is_some() {
            self.script_is_stopped("the secret of the account was not given");
        }
    }

    pub(in crate::app) fn script_is_stopped(&mut self, why: &str) {
        if let Some(play) = &mut self.running.play {
            play.runner.stop(why);
        }
    }

    fn script_done(&mut self) {
        if let Some(play) = self.running.play.take() {
            self.script_ended(ending::Ended::of(*play));
        }
    }
}

/// Why a URL of a script is not gone to: the secret of the account must not go elsewhere.
pub(super) fn elsewhere(url: &str, own: Option<&Target>) -> Option<String> {
    let there: Url = match url.parse() {
        Ok(there) => there,
        Err(error) => return Some(format!("{url}: {error}")),
    };
    let same = |own: &Target| {
        let host = own.host.eq_ignore_ascii_case(&there.host);
        let implicit = own.tls.mode == TlsMode::Implicit;
        host && own.port == there.port && own.protocol == there.protocol && implicit == there.tls
    };
    if own.is_some_and(same) {
        return None;
    }
    Some(format!("the script connects to {there}, which is not the account's server: telepost run plays it there"))
}

/// The text of a mail from its lines on the wire: the engine doubles the dots again.
fn unstuffed(lines: &[Vec<u8>]) -> Vec<u8> {
    let lines = lines.iter().flat_map(|line| [line.strip_prefix(b".").unwrap_or(line), b"\r\n"]);
    lines.flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Protocol;

    #[test]
    fn a_script_goes_to_the_server_of_the_account_alone() {
        let own = Target::new(Protocol::Smtp, "mx.example", 25);
        for (url, there) in [
            ("smtp://mx.example", true),
            ("smtp://MX.example:25", true),
            ("smtp://mx.example:26", false),
            ("smtps://mx.example:25", false),
            ("lmtp://mx.example:25", false),
            ("smtp://mx.example.evil.test", false),
            ("smtp://mx.example@evil.test", false),
            ("mx.example", false),
        ] {
            assert_eq!(elsewhere(url, Some(&own)).is_none(), there, "{url}");
        }
        assert!(elsewhere("smtp://mx.example", None).is_some());
    }

    #[test]
    fn dots_that_were_doubled_for_the_wire_are_single_again() {
        let lines = ["Subject: x", "", "..", ".x", "a."].map(|line| line.as_bytes().to_vec());
        assert_eq!(unstuffed(&lines), b"Subject: x\r\n\r\n.\r\nx\r\na.\r\n");
    }
}
