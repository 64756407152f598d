//! Drawing only: `&App` in, cells out. One file a pane, named as in [`crate::app`].
//!
//! Whatever came from a server or a mail is sanitized before it is part of the state that is drawn here.

mod compose;
mod dialog;
mod footer;
mod guide;
mod header;
mod mailbox;
mod message;
mod pane;
mod prompt;
mod sessions;
mod status;
mod steps;
mod text;
mod transcript;

use ratatui::Frame;
use ratatui::layout::Position;
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::app::App;
use crate::layout::Pane;
use crate::wire::Side;

/// Draws everything, and puts the cursor where the caret is.
pub fn render(frame: &mut Frame, app: &App) {
    let area = frame.area();
    frame.render_widget(Block::new().style(app.theme.text), area);
    let layout = app.layout();
    if layout.too_small {
        let note = Paragraph::new(format!("telepost needs 20x6; this is {}x{}", area.width, area.height));
        frame.render_widget(note.wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    header::render(frame, app, layout.header);
    guide::render(frame, app, layout.guide);
    let mut caret = None;
    if !layout.compose.is_empty() && app.shows_steps(Pane::Compose) {
        steps::render(frame, app, layout.compose, Side::Smtp);
    } else if !layout.compose.is_empty() {
        caret = compose::render(frame, app, layout.compose);
    }
    if !layout.transcript.is_empty() {
        transcript::render(frame, app, layout.transcript);
    }
    if !layout.mailbox.is_empty() && app.shows_steps(Pane::Mailbox) {
        steps::render(frame, app, layout.mailbox, Side::Pop3);
    } else if !layout.mailbox.is_empty() {
        mailbox::render(frame, app, layout.mailbox);
    }
    if !layout.message.is_empty() {
        message::render(frame, app, layout.message);
    }
    caret = prompt::render(frame, app, layout.prompt).or(caret);
    if !app.shows_steps(Pane::Compose) {
        compose::completion::render(frame, app, layout.compose);
    }
    prompt::render_explain(frame, app, layout.explain);
    prompt::render_list(frame, app, layout.prompt);
    status::render(frame, app, layout.status);
    footer::render(frame, app, layout.footer);
    status::render_toast(frame, app, area, layout.prompt.y);
    if let Some(at) = dialog::render(frame, app, area) {
        caret = at;
    }
    if let Some(at) = caret.filter(|at| area.contains(*at)) {
        frame.set_cursor_position(at);
    }
}

/// Where the caret is, if anywhere.
type Caret = Option<Position>;

/// An empty box in front of everything.
fn clear(frame: &mut Frame, app: &App, area: ratatui::layout::Rect) {
    frame.render_widget(Clear, area);
    frame.render_widget(Block::new().style(app.theme.text), area);
}
