//! The row on top: which servers, how far, how protected.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::text::{both_ends, fit, span};
use crate::app::App;
use crate::app::link::{Link, Phase};
use crate::pop3;
use crate::wire::{Side, printable};

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let theme = &app.theme;
    let mut left = vec![span(" telepost ", theme.focus)];
    if !app.account.name.is_empty() {
        left.push(span(format!("[{}] ", fit(&app.account.name, 24)), theme.label));
    }
    if let Some(word) = app.faults_word() {
        left.push(span(format!("{word} "), theme.temporary));
    }
    let used: usize = left.iter().map(ratatui::text::Span::width).sum();
    let room = usize::from(area.width).saturating_sub(used);
    let (smtp, pop3) = (describe(app, Side::Smtp), describe(app, Side::Pop3));
    let both = format!(" {smtp}   {pop3}");
    let text = if both.chars().count() <= room {
        both
    } else {
        format!(" {}", if app.prompt.side == Side::Smtp { smtp } else { pop3 })
    };
    left.push(span(fit(&text, room), theme.text));
    let mut right = Vec::new();
    if let Some(opened) =
        app.links.of(app.prompt.side).opened.filter(|_| app.links.of(app.prompt.side).phase == Phase::Open)
    {
        let minutes = app.now.instant.saturating_duration_since(opened).as_secs() / 60;
        if minutes > 0 {
            right.push(span(format!("{minutes} min "), theme.dim));
        }
    }
    frame.render_widget(both_ends(left, right, usize::from(area.width)), area);
}

/// One side in a few words. The protection is what the stream is, not what was asked for.
fn describe(app: &App, side: Side) -> String {
    let link: &Link = app.links.of(side);
    let name = side.name();
    let detail = match &link.phase {
        Phase::None => return format!("{name} -"),
        Phase::Dialling => "connecting".to_owned(),
        Phase::Failed(_) => "failed".to_owned(),
        Phase::Ended if app.parted(side) => "closed cleanly".to_owned(),
        Phase::Ended => "closed without QUIT".to_owned(),
        Phase::Open => {
            let state = if side == Side::Smtp { smtp_state(app) } else { pop3_state(app) };
            let user = link.signed_in.as_ref().map(|(_, user)| format!("auth:{} ", fit(&printable::text(user), 24)));
            format!("{} {}{state}", link.protection_word(), user.unwrap_or_default())
        }
    };
    format!("{name} {} {detail}", link.server)
}

fn smtp_state(app: &App) -> &'static str {
    use crate::smtp::State;
    match app.links.smtp_state {
        State::Greeting => "GREETING",
        State::Greeted => "HELO?",
        State::Ready => "READY",
        State::Mail => "MAIL",
        State::Rcpt => "RCPT",
        State::Body => "DATA",
        State::Auth => "AUTH",
        State::Tls => "HANDSHAKE",
        State::Ending => "QUIT",
        State::Closed => "CLOSED",
    }
}

fn pop3_state(app: &App) -> &'static str {
    match app.links.pop3_state {
        pop3::State::Greeting => "GREETING",
        pop3::State::Authorization => "AUTHORIZATION",
        pop3::State::Auth => "AUTH",
        pop3::State::Tls => "HANDSHAKE",
        pop3::State::Transaction => "TRANSACTION",
        pop3::State::Update => "UPDATE",
        pop3::State::Closed => "CLOSED",
    }
}
