//! Commands that take several lines: securing the line and signing in. While one is under way, nothing that is queued
//! goes out, and each answer leads to its next line.
//!
//! Whoever submits a plan need not wait for its end: where it fails, it drops what is queued behind it, but for QUIT.

mod securing;
mod signing_in;

use std::time::Instant;

use super::Session;
use crate::pop3::{Line, Verb};
use crate::sasl::SignIn;
use crate::wire::TlsMode;
use signing_in::SigningIn;

/// Whether CAPA was asked on this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Not,
    /// The server does not know it, so nothing is announced.
    Refused,
    Answered,
}

/// A command of several lines under way.
pub(super) enum Plan {
    /// CAPA is asked, to see whether STLS is offered.
    Secure(TlsMode),
    /// STLS, and the handshake behind it. What was announced before.
    Stls(Vec<String>),
    /// CAPA is asked once more, inside TLS.
    Compare(Vec<String>),
    /// CAPA is asked, to choose a way to sign in.
    Choose(Box<SignIn>),
    /// Signing in.
    SignIn(Box<SigningIn>),
}

/// A line of a plan that is due.
pub(super) struct Step {
    line: Line,
    /// What it says, decoded.
    told: Option<String>,
    /// Something in it must be found again when it is quoted.
    secret: bool,
}

impl Step {
    fn command(line: Line) -> Self {
        Self { line, told: None, secret: true }
    }
}

impl Session {
    /// Sends the line of a plan.
    pub(super) fn take_step(&mut self, step: &Step, now: Instant) {
        if step.secret {
            self.transmit(&step.line, now);
        } else {
            self.write(&step.line, now);
        }
        if let Some(told) = &step.told {
            self.decoded(true, told);
        }
    }

    /// Begins with CAPA, or goes on at once when its answer is known.
    fn begin_plan(&mut self, plan: Plan) {
        self.plan = Some(plan);
        if self.asked == Asked::Not {
            self.step = Some(Step::command(Line::bare(Verb::Capa)));
        } else {
            self.capabilities_are_known();
        }
    }

    /// CAPA was answered, with or without success.
    pub(super) fn capabilities_are_known(&mut self) {
        match self.plan.take() {
            Some(Plan::Secure(mode)) => self.secure(mode),
            Some(Plan::Compare(before)) => self.compare(&before),
            Some(Plan::Choose(sign_in)) => self.choose(&sign_in),
            other => self.plan = other,
        }
    }

    pub(super) fn capabilities_refused(&mut self) {
        if self.asked == Asked::Not {
            self.asked = Asked::Refused;
        }
        self.capabilities_are_known();
    }

    /// The conversation ended under the plan. A sign-in that was begun has its end, like any other.
    pub(super) fn lose_plan(&mut self, why: &str) {
        self.step = None;
        match self.plan.take() {
            Some(Plan::SignIn(plan)) => self.sign_in_lost(*plan, why),
            Some(Plan::Choose(_)) => self.notify_dropped(Verb::Auth, None, why),
            Some(Plan::Secure(_) | Plan::Stls(_) | Plan::Compare(_)) | None => {}
        }
    }
}
