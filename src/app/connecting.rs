//! Connecting and opening the mailbox: the requests that a connection starts with.

use super::account::Account;
use super::dialog::connect::Row;
use super::dialog::{Choice, ConnectForm, Dialog, Item, Menu};
use super::secrets::Task;
use super::{App, Effect, mailbox};
use crate::connection::{Request, Submission};
use crate::layout::Pane;
use crate::wire::{Side, TlsMode};
use crate::{pop3, smtp};

impl App {
    /// The first thing on screen: the first-run card, or a draft of an earlier run.
    pub(super) fn greet(&mut self, first_run: bool) {
        if first_run {
            self.dialog = Some(Dialog::Menu(Menu::new(
                "telepost",
                vec![
                    "A workbench for mail conversations: write a mail, watch SMTP and POP3".to_owned(),
                    "byte by byte, read and delete what is in a mailbox.".to_owned(),
                ],
                vec![
                    Item::new(
                        's',
                        "Start the sandbox   a mail server in this program; nothing leaves it",
                        Choice::StartSandbox,
                    ),
                    Item::new('c', "Connect to a server", Choice::ConnectForm),
                    Item::new(
                        'g',
                        "Guided tour   seven lessons of three minutes, on the sandbox",
                        Choice::Lesson(super::lessons::Choice::List),
                    ),
                    Item::new('q', "Quit", Choice::Leave),
                ],
            )));
        }
        self.offer_draft();
    }

    /// Uses other servers from now on.
    pub(super) fn use_account(&mut self, account: Account) {
        self.leave_servers();
        self.info(format!("using {}: F5 sends the mail, ^X 3 opens the mailbox", account.name));
        self.compose.fill(&account);
        self.effects.push(Effect::Title(format!("telepost: {}", account.name)));
        self.account = account;
        self.know_own_addresses();
        self.sign_in_anew(false);
        self.offer_draft();
    }

    /// Drops the lines there are: what is meant for other servers must not go over them. Nothing gets deleted.
    pub(super) fn leave_servers(&mut self) {
        self.forget_script();
        for side in [Side::Smtp, Side::Pop3] {
            if self.links.of(side).is_up() {
                self.request(Request::Drop(side));
            }
        }
        self.remember_visit(true);
        self.mailbox = mailbox::Mailbox::default();
        self.mailbox.stale = true;
    }

    pub(super) fn open_connect_form(&mut self) {
        let form = ConnectForm::new(&self.account, &self.profiles, &self.presets);
        self.dialog = Some(Dialog::Connect(Box::new(form)));
    }

    /// Takes the connect form's answer and connects.
    pub(super) fn connect_from_form(&mut self) {
        let Some(Dialog::Connect(form)) = &mut self.dialog else { return };
        let Some(account) = form.account() else { return };
        self.dialog = None;
        self.leave_servers();
        self.mailbox.reopen = self.links.pop3.is_up() && account.pop3.is_some() && account.user.is_some();
        let secret = |account: &Account| account.password.as_ref().map(|secret| secret.expose().to_owned());
        let typed = account.password.is_some() && secret(&account) != secret(&self.account);
        self.account = account;
        self.sign_in_anew(typed);
        self.compose.fill(&self.account);
        self.connect_named();
    }

    /// Connects to what the account names: the mailbox is opened if we know who we are there.
    pub(super) fn connect_named(&mut self) {
        if self.account.smtp.is_none() && self.account.pop3.is_some() {
            self.focus_on(Pane::Mailbox);
        }
        if self.account.smtp.is_some() {
            self.with_secret(Task::Connect);
        }
        if self.account.pop3.is_some() {
            if self.mailbox.reopen {
                // It is opened as soon as the line to the server used so far is down.
            } else if self.account.user.is_some() {
                self.open_mailbox();
            } else if self.account.smtp.is_none() {
                self.connect(Side::Pop3);
            }
        }
    }

    /// Opens a link. Hello, TLS and, for SMTP, the sign-in follow by themselves, unless the person wants to say hello.
    pub(super) fn connect(&mut self, side: Side) -> bool {
        let Some(target) = self.account.target(side).cloned() else {
            self.error(format!("no {} server is named: press c (or ^X c) and fill it in", side.name()));
            return false;
        };
        self.prompt.side = side;
        self.accepted = 0;
        self.named = false;
        self.mail_accepted &= side == Side::Pop3;
        let mode = target.tls.mode;
        self.links.limit(side, target.timeouts, mode == TlsMode::Implicit);
        self.links.event(side, self.links.of(side).number, &dialling(&target), self.now.instant);
        self.request(Request::Connect(Box::new(target)));
        if self.account.greet {
            self.plan_line(side, mode);
        }
        if side == Side::Pop3 {
            self.mailbox.begin();
            self.expire_accepted = false;
        }
        true
    }

    fn plan_line(&mut self, side: Side, mode: TlsMode) {
        if side == Side::Pop3 {
            self.secure(side);
            return;
        }
        let hello = smtp::Command::Hello(self.account.hello.clone());
        self.request(Request::Submit(Submission::Smtp(hello, None)));
        if mode != TlsMode::None {
            self.secure(side);
        }
        self.sign_in(side);
    }

    pub(super) fn submit_pop3(&mut self, command: pop3::Command) {
        self.request(Request::Submit(Submission::Pop3(command)));
    }

    /// Signs in to the POP3 server and lists the mailbox, asking for what is missing.
    pub(super) fn open_mailbox(&mut self) {
        if self.account.pop3.is_none() {
            self.error("no POP3 server is named: press c (or ^X c) and fill it in");
            return;
        }
        if self.account.user.is_none() {
            self.open_connect_form();
            if let Some(Dialog::Connect(form)) = &mut self.dialog {
                form.complain(Row::User, "the mailbox needs a user name and a password");
            }
            return;
        }
        self.with_secret(Task::OpenMailbox);
    }

    /// Signs in to the POP3 server, over a line that is protected as the account wants it.
    pub(super) fn open_with_secret(&mut self) {
        if self.replace_insecure(Side::Pop3) {
            return;
        }
        if !self.links.pop3.is_up() && !self.connect(Side::Pop3) {
            return;
        }
        self.mailbox.session = mailbox::Session::Opening;
        self.mailbox.ended = None;
        self.recall_maildrop();
        if !self.links.pop3.tls_asked {
            self.secure(Side::Pop3);
        }
        self.sign_in(Side::Pop3);
    }

    /// Asks how many messages there are, once the server let us in. The headers of the first screen, LIST and UIDL
    /// follow when it is known.
    pub(super) fn list_mailbox(&mut self) {
        self.mailbox.begin_listing();
        self.submit_pop3(pop3::Command::Line(pop3::Line::bare(pop3::Verb::Stat)));
    }

    /// Lists anew: POP3 shows new mail in a new session only.
    pub(super) fn refresh_mailbox(&mut self) {
        if self.links.pop3_state != pop3::State::Transaction {
            self.open_mailbox();
            return;
        }
        if !self.would_delete() {
            self.end_and_reopen();
            return;
        }
        let marks = self.mailbox.marked_count();
        self.dialog = Some(Dialog::Menu(Menu::new(
            format!("{marks} marked: a new session is needed to see new mail"),
            self.what_will_go(),
            vec![
                Item::new('s', "Stay in this session", Choice::Stay),
                Item::new('r', "RSET, then a new session     keep all messages", Choice::RefreshReset),
                Item::new('q', "QUIT, then a new session     the server deletes what is marked", Choice::RefreshCommit),
            ],
        )));
    }

    pub(super) fn end_and_reopen(&mut self) {
        self.mailbox.stop_marking();
        self.mailbox.reopen = true;
        self.request(Request::Disconnect(Side::Pop3));
    }
}

fn dialling(target: &crate::connection::Target) -> crate::connection::LinkEvent {
    crate::connection::LinkEvent::Dialling { protocol: target.protocol, host: target.host.clone(), port: target.port }
}
