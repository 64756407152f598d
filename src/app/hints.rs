//! Key hints for the footer: help first and never dropped, the others by rank as long as they fit.

use unicode_width::UnicodeWidthStr;

use super::App;
use super::dialog::connect::Kind;
use super::dialog::{Dialog, Shelf};
use super::mailbox::Session;
use crate::keymap::{Action, Scope};
use crate::layout::Pane;

/// A hint: what it runs, its key and its word.
pub(crate) struct Hint {
    pub(crate) action: Action,
    pub(crate) key: String,
    pub(crate) word: &'static str,
}

impl Hint {
    fn width(&self) -> usize {
        self.key.width() + 1 + self.word.width() + 2
    }
}

/// The action whose hint stands at a column.
pub(crate) fn action_at(app: &App, column: u16) -> Option<Action> {
    let mut from = 1;
    fitting(app).into_iter().find_map(|hint| {
        let here = from..from + hint.width();
        from = here.end;
        here.contains(&usize::from(column)).then_some(hint.action)
    })
}

/// The hints that fit the width, by rank.
pub(crate) fn fitting(app: &App) -> Vec<Hint> {
    if let Some(dialog) = &app.dialog {
        return of_dialog(dialog);
    }
    let mut scopes = app.scopes();
    scopes.push(Scope::Leader);
    let mut room = usize::from(app.size.0).saturating_sub(1);
    let mut hints = Vec::new();
    for action in ranked(app) {
        if app.unavailable(action).is_some() && action != Action::Help {
            continue;
        }
        let Some(key) = app.keymap.hint(action, &rest_first(&scopes)) else { continue };
        let hint = Hint { action, key, word: word(app, action) };
        if hint.width() > room {
            continue;
        }
        room -= hint.width();
        hints.push(hint);
    }
    hints.insert(1.min(hints.len()), Hint { action: Action::Palette, key: "^X".to_owned(), word: "menu" });
    if app.focus == Pane::Prompt {
        // Tab belongs to the line there; pressed with the mouse the hint leaves all as it is.
        hints.insert(2.min(hints.len()), Hint { action: Action::FocusPrompt, key: "Tab".to_owned(), word: "complete" });
    }
    while hints.iter().map(Hint::width).sum::<usize>() + 1 > usize::from(app.size.0) && hints.len() > 1 {
        hints.pop();
    }
    hints
}

/// What an action does here, in a word.
fn word(app: &App, action: Action) -> &'static str {
    match action {
        Action::Open if app.steps_focused() => return "send step",
        Action::StepMode if app.steps_focused() => return "leave steps",
        _ => {}
    }
    let switch = app.focus == Pane::Compose && app.compose.switch().is_some();
    if action == Action::Open && switch { "switch" } else { action.info().short }
}

/// In a dialog only its own keys work.
fn of_dialog(dialog: &Dialog) -> Vec<Hint> {
    let hint = |action, key: &str, word| Hint { action, key: key.to_owned(), word };
    let enter = |word| hint(Action::Open, "Enter", word);
    let esc = |word| hint(Action::Back, "Esc", word);
    let updown = || hint(Action::Down, "Up Down", "move");
    match dialog {
        Dialog::Card(card) => {
            let mut hints = vec![esc(if card.question.is_some() { "back" } else { "close" }), updown()];
            hints.extend(card.copies.then(|| hint(Action::Copy, "y", "copy")));
            hints
        }
        Dialog::Many(_) => vec![enter("send"), esc("close"), hint(Action::Down, "Tab", "next")],
        Dialog::Actions(_) => vec![enter("run"), esc("close"), updown()],
        Dialog::Compared(_) => {
            vec![enter("to the row"), esc("close"), hint(Action::FindNext, "n N", "difference"), updown()]
        }
        Dialog::Pick(picker) if picker.shelf == Shelf::Lessons => vec![enter("begin"), esc("close"), updown()],
        Dialog::Pick(picker) if picker.shelf == Shelf::Faults => {
            vec![enter("switch"), esc("close"), updown(), hint(Action::Delete, "Del", "all off")]
        }
        Dialog::Pick(_) => vec![enter("open"), esc("close"), updown(), hint(Action::Delete, "Del", "delete")],
        Dialog::Connect(form) => {
            let mut hints = vec![enter(form.enter_word()), esc("close"), hint(Action::Down, "Tab", "next")];
            let more = match form.row().kind() {
                Kind::Choice => Some(("Left Right", "choose")),
                Kind::Switch => Some(("Space", "switch")),
                Kind::Field(_) | Kind::Button(_) => None,
            };
            hints.extend(more.map(|(key, word)| hint(Action::Open, key, word)));
            hints
        }
        Dialog::Browser(_) => {
            vec![enter("attach or open"), esc("close"), hint(Action::Down, "Tab", "complete"), updown()]
        }
        Dialog::Menu(_) => vec![enter("choose"), esc("close"), updown()],
        Dialog::Question(_) => vec![enter("accept"), esc("close")],
    }
}

/// Single keys of the pane are shown before function keys where both work.
fn rest_first(scopes: &[Scope]) -> Vec<Scope> {
    let mut order: Vec<Scope> =
        scopes.iter().copied().filter(|scope| !matches!(scope, Scope::Global | Scope::Leader)).collect();
    order.extend([Scope::Global, Scope::Leader]);
    order
}

/// What is done with an open message, the most wanted first.
const OF_MESSAGE: &[Action] = &[
    Action::Back,
    Action::Delete,
    Action::NextMessage,
    Action::Reply,
    Action::NextTab,
    Action::PreviousMessage,
    Action::Forward,
    Action::Save,
    Action::Filter,
    Action::SaveParts,
    Action::RawMessage,
    Action::Verify,
    Action::ReplyAll,
    Action::Copy,
    Action::Resend,
    Action::LoopCheck,
    Action::Zoom,
    Action::Explain,
];

/// What is done in step mode.
const OF_STEPS: &[Action] = &[
    Action::Open,
    Action::StepAll,
    Action::StepHere,
    Action::StepChange,
    Action::StepSkip,
    Action::StepRepeat,
    Action::StepMode,
    Action::Explain,
    Action::OtherSide,
];

/// What is done in the list: what is under way and what waits for QUIT first, then the most wanted.
fn of_list(app: &App) -> Vec<Action> {
    let mailbox = &app.mailbox;
    let marks = mailbox.marks().next().is_some();
    let here = mailbox.selected_row().is_some_and(|row| row.marked);
    let when = |is: bool, action: Action| is.then_some(action);
    let first = [
        when(app.is_downloading() || app.watching().is_some(), Action::Cancel),
        when(!here, Action::Open),
        when(!here, Action::Delete),
        when(here, Action::Unmark),
        when(marks, Action::Commit),
        when(marks, Action::UnmarkAll),
        when(mailbox.filter.is_some() || mailbox.selection().next().is_some(), Action::Back),
    ];
    let mut rest = vec![
        Action::Reply,
        Action::Download,
        Action::Refresh,
        Action::Sort,
        Action::Filter,
        Action::Select,
        Action::LoopCheck,
        Action::Forward,
        Action::Jump,
        Action::SelectAll,
        Action::Commit,
        Action::ReplyAll,
        Action::Resend,
        Action::Explain,
    ];
    rest.retain(|action| *action != Action::Download || !app.is_downloading());
    first.into_iter().flatten().chain(rest).collect()
}

fn ranked(app: &App) -> Vec<Action> {
    // What mends the last failure comes first, while there is one.
    let mut actions = vec![Action::Help, Action::Mend];
    let more: &[Action] = match app.focus {
        _ if app.steps_focused() => OF_STEPS,
        Pane::Compose if app.compose.is_typing() => {
            &[Action::Send, Action::NextPane, Action::Wire, Action::Editor, Action::Back, Action::NextCommand]
        }
        Pane::Compose if app.is_in_result() => {
            &[Action::Back, Action::Explain, Action::CopyId, Action::Retry, Action::Send, Action::FocusMailbox]
        }
        Pane::Compose => &[
            Action::Retry,
            Action::Send,
            Action::MendMail,
            Action::Open,
            Action::FocusMailbox,
            Action::Result,
            Action::CopyId,
            Action::NextPane,
            Action::Wire,
            Action::NextTab,
            Action::Explain,
        ],
        Pane::Transcript => &[
            Action::Filter,
            Action::FindNext,
            Action::Open,
            Action::Explain,
            Action::Bytes,
            Action::Bookmark,
            Action::Annotate,
            Action::SelectRows,
            Action::SessionWaterfall,
            Action::Copy,
            Action::Export,
            Action::HideRest,
            Action::TimeMode,
            Action::Bottom,
            Action::NextPane,
        ],
        Pane::Mailbox if app.mailbox.focus_message => OF_MESSAGE,
        Pane::Mailbox if app.mailbox.session == Session::Open => {
            actions.extend(of_list(app));
            &[]
        }
        Pane::Mailbox => &[Action::Refresh, Action::Connect, Action::LoopCheck, Action::Explain],
        Pane::Prompt => &[
            Action::NextCommand,
            Action::StepMode,
            Action::OtherSide,
            Action::Back,
            Action::CopyId,
            Action::Connect,
            Action::Send,
        ],
    };
    actions.extend(more);
    actions.extend([Action::Zoom, Action::Connect, Action::NextPane, Action::Quit, Action::Cancel]);
    let mut seen = Vec::new();
    actions.retain(|action| {
        !seen.contains(action) && {
            seen.push(*action);
            true
        }
    });
    actions
}
