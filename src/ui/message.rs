//! The message view.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::pane;
use super::text::{span, take};
use crate::app::App;
use crate::app::grouped;
use crate::app::mailbox::Tab;
use crate::layout::Pane;

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let Some(message) = &app.mailbox.message else { return };
    let focused = app.focus == Pane::Mailbox && app.mailbox.focus_message;
    let tabs = Tab::ALL
        .map(|tab| if tab == message.tab { format!("[{}]", tab.title()) } else { tab.title().to_owned() })
        .join(" ");
    let inner = pane::render(frame, app, area, focused, &format!("3 Message {}  {tabs}", message.number), &note(app));
    let height = usize::from(inner.height);
    for (index, text) in message.lines().iter().skip(message.scroll).take(height).enumerate() {
        let style = if text.starts_with("! ") {
            app.theme.warning
        } else if message.tab == Tab::Headers && text.starts_with("+ ") {
            app.theme.more
        } else {
            app.theme.text
        };
        let at = Rect { y: inner.y + index as u16, height: 1, ..inner };
        frame.render_widget(Line::from(span(take(text, usize::from(inner.width)), style)), at);
    }
}

fn note(app: &App) -> String {
    let Some(message) = &app.mailbox.message else { return String::new() };
    let lines = message.lines().len();
    let legend = if message.tab == Tab::Headers { "+ added on the way  " } else { "" };
    let last = (message.scroll + app.message_page()).min(lines);
    format!("{legend}{last}/{lines} lines  {} B", grouped(message.raw.len() as u64))
}
