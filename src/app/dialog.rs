//! What lies on top of the panes: menus, questions, lists, cards, the connect form. One at a time.

mod card;
pub(crate) mod connect;
pub(crate) mod list;
pub(crate) mod many;
pub(crate) mod menu;
pub(crate) mod pick;

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::Input;

use super::compose::attaching::{Browser, Step};
use super::compose::switches::Switch;
use super::{
    attaching, browsing, downloading, drafting, edit, lessons, linting, parts, replying, retrying, rows, running, sent,
    sessions, stepping,
};
use crate::equivalent::Tool;
use crate::keymap::Action;
use crate::sasl::Mechanism;
use crate::wire::{Side, TlsMode};
pub(crate) use card::Card;
pub(crate) use connect::{Button, ConnectForm};
pub(crate) use list::ActionList;
pub(crate) use many::ManyForm;
pub(crate) use menu::Menu;
pub(crate) use pick::{Picker, Shelf};

/// An answer to a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Stay,
    StartSandbox,
    ConnectForm,
    Leave,
    /// Leave, and throw the draft away.
    LeaveWithoutDraft,
    /// Leave after RSET: nothing is deleted.
    LeaveReset,
    /// Leave by dropping the lines: nothing is deleted.
    LeaveDrop,
    PasteOneByOne,
    /// All lines in one write, whatever the server announced.
    PasteBlock,
    PasteBody,
    PasteFirst,
    /// A password may go over lines without TLS; sign in there again.
    AllowPlainAuth(Side),
    /// Connect again with TLS in this mode.
    UseTls(Side, TlsMode),
    /// Believe the one certificate that was shown, and connect again.
    Trust(Side),
    /// The same, and keep it in the profile.
    TrustAndKeep(Side),
    /// Look at the chain that was refused.
    CertificateCard(Side),
    /// Put the password into the key ring.
    KeepSecret,
    /// Go over to the profile at this place of the list.
    UseProfile(usize),
    RemoveProfile,
    BackToForm,
    /// Ask for user and password, and sign in this way.
    HelpAuth(Mechanism),
    AuthAsTyped,
    NoAuth,
    RestoreDraft,
    DiscardDraft,
    ClearForm,
    /// End the POP3 session although messages are marked, then list anew.
    RefreshCommit,
    /// Take the marks back, end the session, list anew.
    RefreshReset,
    SendAgain,
    /// Copy the command of another tool that does the same.
    CopyAs(Side, Tool),
    /// When a mail that was put off is tried again.
    Retry(retrying::Choice),
    /// Open a message although the server deletes what was read.
    ReadAll,
    /// Check a message although name servers learn of it.
    AskDns,
    /// End the POP3 session by QUIT: what is marked is deleted.
    Commit,
    /// End it after RSET: nothing is deleted.
    CommitReset,
    Attach(attaching::Choice),
    Browse(browsing::Choice),
    Parts(parts::Choice),
    Lint(linting::Choice),
    Reply(replying::Choice),
    Lesson(lessons::Choice),
    Running(running::Choice),
    Session(sessions::Choice),
    Step(stepping::Choice),
    Drafting(drafting::Choice),
    Sent(sent::Choice),
    Download(downloading::Choice),
}

/// A line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) key: char,
    pub(crate) text: String,
    pub(crate) choice: Choice,
}

impl Item {
    pub(crate) fn new(key: char, text: impl Into<String>, choice: Choice) -> Self {
        Self { key, text: text.into(), choice }
    }
}

/// What a typed answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Filter,
    Export,
    SaveMessage,
    Password,
    /// User of a sign-in begun in the prompt.
    AuthUser,
    /// Its password.
    AuthPassword,
    Attach(attaching::Purpose),
    /// The name of a template.
    TemplateName,
    Browse(browsing::Purpose),
    Parts(parts::Purpose),
    /// The text of a switch of the form.
    Switch(Switch),
    Reply(replying::Purpose),
    Lesson(lessons::Purpose),
    Row(rows::Purpose),
    Running(running::Purpose),
    Session(sessions::Purpose),
    Download(downloading::Purpose),
}

impl Purpose {
    /// What is typed must not be seen.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::AuthPassword)
    }
}

/// A question that wants a line of text.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) title: String,
    pub(crate) hint: String,
    pub(crate) purpose: Purpose,
    pub(crate) input: Input,
    pub(crate) error: Option<String>,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is typed may be a password.
        f.debug_struct("Question").field("title", &self.title).finish_non_exhaustive()
    }
}

/// What lies on top.
#[derive(Debug)]
pub(crate) enum Dialog {
    Menu(Menu),
    Question(Question),
    Card(Card),
    Browser(Browser),
    Many(Box<ManyForm>),
    Actions(ActionList),
    Compared(Box<sessions::CompareView>),
    Pick(Picker),
    Connect(Box<ConnectForm>),
}

/// What a key in a dialog led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing to do outside.
    None,
    /// Close it without an answer.
    Close,
    Choice(Choice),
    Text(Purpose, String),
    Run(Action),
    /// Many mails are to be sent, as the form says.
    Many,
    /// The text of the card is to be copied.
    CopyCard(String),
    /// The row of the transcript that a line of a comparison is about, if there is one.
    ToRow(Option<u64>),
    /// The file browser wants something.
    Browse(Step),
    /// The row of a list was chosen.
    Picked(Shelf, usize),
    /// The row of a list shall go.
    Remove(Shelf, usize),
    /// A button of the connect form.
    Form(Button),
}

impl Dialog {
    /// A question with a text to start from.
    pub(crate) fn question(purpose: Purpose, title: &str, hint: &str, text: &str) -> Self {
        Self::Question(Question {
            title: title.to_owned(),
            hint: hint.to_owned(),
            purpose,
            input: edit::field(text),
            error: None,
        })
    }

    pub(crate) fn is_typing(&self) -> bool {
        !matches!(self, Self::Menu(_) | Self::Card(_) | Self::Compared(_) | Self::Pick(_))
    }

    pub(crate) fn key(&mut self, key: KeyEvent, now: Instant) -> Answer {
        if key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL) {
            return Answer::Close;
        }
        match self {
            Self::Menu(menu) if menu.ready.is_some_and(|ready| now < ready) => Answer::None,
            Self::Card(card) if card.ready.is_some_and(|ready| now < ready) => Answer::None,
            Self::Menu(menu) => menu.key(key),
            Self::Question(question) => question.key(key),
            Self::Card(card) => card.key(key),
            Self::Browser(browser) => browser.key(key),
            Self::Many(form) => form.key(key),
            Self::Actions(list) => list.key(key),
            Self::Compared(view) => view.key(key),
            Self::Pick(picker) => picker.key(key),
            Self::Connect(form) => form.key(key),
        }
    }

    /// What the wheel does: what is longer than the screen moves.
    pub(crate) fn scroll(&mut self, step: isize) {
        let code = if step < 0 { KeyCode::Up } else { KeyCode::Down };
        for _ in 0..step.unsigned_abs() {
            match self {
                Self::Card(card) => drop(card.key(code.into())),
                Self::Actions(list) => drop(list.key(code.into())),
                Self::Browser(browser) => browser.select(step.signum()),
                Self::Compared(view) => drop(view.key(code.into())),
                Self::Pick(picker) => drop(picker.key(code.into())),
                Self::Menu(menu) => menu.scroll(step.signum()),
                Self::Question(_) | Self::Many(_) | Self::Connect(_) => {}
            }
        }
    }

    pub(crate) fn paste(&mut self, text: &str) -> Answer {
        match self {
            Self::Browser(browser) => return browser.paste(text),
            Self::Question(question) => drop(edit::paste_line(&mut question.input, text)),
            Self::Actions(list) => list.paste(text),
            Self::Many(form) => form.paste(text),
            Self::Connect(form) => form.paste(text),
            Self::Menu(_) | Self::Card(_) | Self::Compared(_) | Self::Pick(_) => {}
        }
        Answer::None
    }
}

impl Question {
    fn key(&mut self, key: KeyEvent) -> Answer {
        if key.code == KeyCode::Enter {
            return Answer::Text(self.purpose, self.input.value().to_owned());
        }
        self.error = None;
        edit::line(&mut self.input, key);
        Answer::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(dialog: &mut Dialog, code: KeyCode) -> Answer {
        dialog.key(KeyEvent::new(code, KeyModifiers::NONE), Instant::now())
    }

    #[test]
    fn the_first_answer_has_the_focus_and_keys_choose() {
        let items = vec![Item::new('s', "Stay", Choice::Stay), Item::new('q', "QUIT", Choice::Leave)];
        let mut dialog = Dialog::Menu(Menu::new("Leave?", Vec::new(), items));
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::Choice(Choice::Stay));
        assert_eq!(press(&mut dialog, KeyCode::Char('q')), Answer::Choice(Choice::Leave));
        assert_eq!(press(&mut dialog, KeyCode::Char('z')), Answer::None);
        press(&mut dialog, KeyCode::Down);
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::Choice(Choice::Leave));
        assert_eq!(press(&mut dialog, KeyCode::Esc), Answer::Close);
    }

    #[test]
    fn a_question_gives_its_text() {
        let mut dialog = Dialog::question(Purpose::Filter, "Filter", "", "class:");
        press(&mut dialog, KeyCode::Char('5'));
        assert_eq!(press(&mut dialog, KeyCode::Enter), Answer::Text(Purpose::Filter, "class:5".to_owned()));
    }

    #[test]
    fn a_question_that_came_up_while_one_was_typing_takes_no_key_at_once() {
        let now = Instant::now();
        let mut menu = Menu::new("Trust it?", Vec::new(), vec![Item::new('n', "No", Choice::Stay)]);
        menu.ready = Some(now + std::time::Duration::from_millis(500));
        let mut dialog = Dialog::Menu(menu);
        assert_eq!(dialog.key(KeyCode::Char('n').into(), now), Answer::None);
        assert_eq!(dialog.key(KeyCode::Enter.into(), now), Answer::None);
        let later = now + std::time::Duration::from_millis(500);
        assert_eq!(dialog.key(KeyCode::Char('n').into(), later), Answer::Choice(Choice::Stay));
    }
}
