//! A new line in place of one that would not do: in another mode, or with a certificate that is trusted now.

use super::App;
use super::secrets::Task;
use crate::connection::Request;
use crate::wire::{Side, TlsMode};

impl App {
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

    /// Opens a new line on a side, and goes on with what the old one was for. A line that stands is dropped first.
    pub(super) fn reconnect(&mut self, side: Side) {
        if self.links.of(side).is_up() {
            self.signing.reopen[side as usize] = true;
            self.request(Request::Drop(side));
        } else {
            self.reconnect_now(side);
        }
    }

    /// A line where TLS was a must and could not be had is of no use: it is dropped, and a new one tried in its place.
    pub(super) fn replace_insecure(&mut self, side: Side) -> bool {
        let useless = self.links.of(side).insecure && self.links.of(side).is_up();
        if useless {
            self.info(format!("the {} line is not protected as it must be: a new one is tried", side.name()));
            self.reconnect(side);
        }
        useless
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
}
