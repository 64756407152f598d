//! What became of the mail: each recipient, and where the time went. A few lines under the text, or all of it in the
//! form's place.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::app::compose::result::{Fate, by_gravity, deciding, tally, tally_of};
use crate::app::{App, grouped};
use crate::smtp::waterfall::{Bar, hints};
use crate::smtp::{MailOutcome, MailReport, RecipientReport};
use crate::theme::Theme;
use crate::ui::text::{fit, left, right, span, wrap};
use crate::wire::printable;

/// Width of a stage's name.
const STAGE: usize = 9;
/// Width of the figures behind a bar: milliseconds and share.
const FIGURES: usize = 18;
/// A waterfall keeps so many stages.
const FEWEST_STAGES: usize = 2;
/// So many recipients are listed under the text however little room it has.
const LISTED: usize = 4;
/// A grid keeps so many rows, however little room there is.
const FEWEST_ROWS: usize = 3;

/// Under the text, `rows` at most: first those whom the mail did not reach, then the others, who are only counted where
/// they would leave the text little room, and a line on the whole.
pub(super) fn report_lines(app: &App, width: usize, rows: usize) -> Vec<Line<'static>> {
    let Some(report) = &app.compose.result else { return Vec::new() };
    let foot = foot(app, report, width);
    let all = by_gravity(report);
    let fates: Vec<Fate> = all.iter().map(|one| Fate::of(one, report.outcome)).collect();
    let troubles = fates.iter().filter(|fate| **fate != Fate::Accepted).count();
    let room = rows.saturating_sub(foot.len()).max(1);
    let shown = if all.len() <= room.min(LISTED.max(rows / 2)) { all.len() } else { troubles.min(room - 1) };
    let mut lines: Vec<Line> = all.iter().take(shown).map(|one| recipient(app, report, one, width, None)).collect();
    let rest = all.len() - shown;
    if rest > 0 && shown == troubles {
        let text = format!("+ accepted  {}: ^X R shows all", counted(rest));
        lines.push(Line::from(span(fit(&text, width), app.theme.ok)));
    } else if rest > 0 {
        let text = format!("{rest} more ({}): ^X R shows all", tally_of(fates[shown..].iter().copied()));
        lines.push(Line::from(span(fit(&text, width), app.theme.warning)));
    }
    lines.extend(foot);
    lines
}

fn counted(recipients: usize) -> String {
    if recipients == 1 { "1 recipient".to_owned() } else { format!("{} recipients", grouped(recipients as u64)) }
}

/// What is to be known besides the recipients.
fn foot(app: &App, report: &MailReport, width: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let line = |text: &str, style| Line::from(span(fit(&printable::text(text), width), style));
    let mut lines = Vec::new();
    if matches!(report.outcome, MailOutcome::Sent | MailOutcome::Partial) {
        let queued = report.queue_id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
        lines.push(line(&format!("Queued{queued}: accepted, not yet delivered; a bounce may follow."), theme.dim));
    }
    if report.outcome == MailOutcome::Unknown {
        lines.push(line("Accepted or not, nobody knows. Not sent again by itself; same Message-ID.", theme.warning));
    }
    if !app.compose.carried.is_empty() {
        let carried = format!("Wrong on purpose: {}", app.compose.carried.join(", "));
        lines.push(line(&carried, theme.permanent));
    }
    if let Some(words) = app.retry_words() {
        lines.push(line(&words, theme.temporary));
    }
    lines
}

/// In the form's place: the sentence, the grid, the waterfall, what is slow.
pub(super) fn whole(frame: &mut Frame, app: &App, area: Rect) {
    let Some(report) = &app.compose.result else { return };
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let mut top = headline(app, report, width);
    // The first line of the foot tells of the queue id too.
    top.extend(foot(app, report, width).into_iter().skip(usize::from(report.queue_id.is_some())));
    let left_over = height.saturating_sub(top.len());
    let few = report.recipients.len().min(FEWEST_ROWS);
    let below = times(app, width, left_over.saturating_sub(few + 1));
    let rows = left_over.saturating_sub(below.len() + 1).max(FEWEST_ROWS).min(left_over);
    let rows = rows.min(report.recipients.len());
    let mut lines = top;
    lines.extend(grid(app, report, width, rows));
    lines.push(Line::default());
    lines.extend(below);
    frame.render_widget(Paragraph::new(lines), area);
}

/// The outcome, and the queue id with the key that copies it.
fn headline(app: &App, report: &MailReport, width: usize) -> Vec<Line<'static>> {
    let (word, style) = match report.outcome {
        MailOutcome::Sent => ("SENT", app.theme.ok),
        MailOutcome::Partial => ("SENT TO SOME", app.theme.warning),
        MailOutcome::Refused => ("REFUSED", app.theme.permanent),
        MailOutcome::Deferred => ("DEFERRED", app.theme.temporary),
        MailOutcome::Unknown => ("UNKNOWN", app.theme.warning),
        MailOutcome::Failed => ("NOT SENT", app.theme.permanent),
        MailOutcome::Stopped => ("STOPPED", app.theme.warning),
    };
    let mut lines = vec![Line::from(vec![
        span(fit(word, width), style),
        span(fit(&format!("  {}", tally(report)), width.saturating_sub(word.len())), app.theme.text),
    ])];
    let mut line = |text: &str, style| lines.push(Line::from(span(fit(text, width), style)));
    if let Some(id) = &report.queue_id {
        line(&format!("queue id {}   (y copies it)", printable::text(id)), app.theme.text);
    }
    if let Some(why) = &report.why {
        line(&printable::text(why), app.theme.dim);
    }
    lines
}

/// So many rows of recipients, the one under the cursor among them.
fn grid(app: &App, report: &MailReport, width: usize, rows: usize) -> Vec<Line<'static>> {
    let at = app.compose.result_view.at.min(report.recipients.len().saturating_sub(1));
    let from = (at + 1).saturating_sub(rows);
    let all = by_gravity(report);
    let shown = all.iter().copied().enumerate().skip(from).take(rows);
    let focused = app.is_in_result();
    let row = |(index, one): (usize, &RecipientReport)| {
        let style = if focused { app.theme.selected } else { app.theme.selected_unfocused };
        recipient(app, report, one, width, (index == at).then_some(style))
    };
    shown.map(row).collect()
}

/// Mark, word, address, code, enhanced code, text.
fn recipient(
    app: &App,
    report: &MailReport,
    one: &RecipientReport,
    width: usize,
    selected: Option<Style>,
) -> Line<'static> {
    let fate = Fate::of(one, report.outcome);
    let mark = format!("{} {:<9} ", fate.mark(), fate.word());
    let said = deciding(one, report).map(ToString::to_string).unwrap_or_default();
    let room = width.saturating_sub(mark.len());
    let address = printable::text(&one.address).into_owned();
    let said = printable::text(&said).into_owned();
    let text = if width >= 80 {
        let widest = report.recipients.iter().map(|one| one.address.chars().count()).max().unwrap_or(0).min(room / 2);
        format!("{}  {said}", left(&address, widest))
    } else {
        format!("{address}  {said}")
    };
    let (of_mark, of_text) = match selected {
        Some(style) => (style, style),
        None => (style_of(fate, &app.theme), app.theme.text),
    };
    let text = if selected.is_some() { left(&text, room) } else { fit(&text, room) };
    Line::from(vec![span(fit(&mark, width), of_mark), span(text, of_text)])
}

fn style_of(fate: Fate, theme: &Theme) -> Style {
    match fate {
        Fate::Accepted => theme.ok,
        Fate::Refused => theme.permanent,
        Fate::Deferred => theme.temporary,
        Fate::Unknown => theme.warning,
        Fate::NotTaken | Fate::Untried => theme.dim,
    }
}

/// The waterfall, its total, and what slow stages hint at; of more stages than there are rows for the longest.
fn times(app: &App, width: usize, rows: usize) -> Vec<Line<'static>> {
    let fall = app.waterfall();
    let (bars, total) = (fall.bars(), fall.total());
    let hints = hints(&bars).into_iter().flat_map(|(label, words)| wrap(&format!("{label} {words}"), width));
    let hints: Vec<Line> = hints.map(|line| Line::from(span(line, app.theme.warning))).collect();
    let heading = usize::from(bars.iter().any(|bar| bar.of_line));
    let kept = longest(&bars, rows.saturating_sub(hints.len() + heading + 1).max(FEWEST_STAGES));
    let left_out = bars.len() - kept.len();
    let of_line: Vec<&Bar> = kept.iter().copied().filter(|bar| bar.of_line).collect();
    let longest = of_line.iter().map(|bar| bar.from + bar.took).fold(0.0, f64::max);
    let mut lines = Vec::new();
    if !of_line.is_empty() {
        lines.push(Line::from(span(fit("of the connection, which stood already:", width), app.theme.dim)));
        lines.extend(of_line.iter().map(|bar| stage(app, bar, longest, width)));
    }
    lines.extend(kept.iter().filter(|bar| !bar.of_line).map(|bar| stage(app, bar, total, width)));
    let short = if left_out == 0 { String::new() } else { format!("   (shorter stages not shown: {left_out})") };
    let figure = format!("{} {}{short}", left("total", STAGE), milliseconds(total));
    lines.push(Line::from(span(fit(&figure, width), app.theme.label)));
    lines.extend(hints);
    lines
}

/// So many bars that took longest, those of the mail before those of the connection, in their order.
fn longest(bars: &[Bar], rows: usize) -> Vec<&Bar> {
    let mut order: Vec<usize> = (0..bars.len()).collect();
    order.sort_by(|one, other| {
        let (one, other) = (&bars[*one], &bars[*other]);
        one.of_line.cmp(&other.of_line).then(other.took.total_cmp(&one.took))
    });
    order.truncate(rows);
    order.sort_unstable();
    order.into_iter().map(|index| &bars[index]).collect()
}

/// A stage: name, where it lies in the whole as a bar, milliseconds, share.
fn stage(app: &App, bar: &Bar, whole: f64, width: usize) -> Line<'static> {
    let theme = &app.theme;
    let room = width.saturating_sub(STAGE + 1 + FIGURES);
    let share = if whole > 0.0 { bar.took / whole } else { 0.0 };
    let cells = |part: f64| (0..room).filter(|cell| (*cell as f64) + 0.5 <= part * room as f64).count();
    let from = cells(if whole > 0.0 { bar.from / whole } else { 0.0 }).min(room.saturating_sub(1));
    let long = cells(share).max(1).min(room - from.min(room));
    let sign = if theme.ascii { "#" } else { "█" };
    let drawn = format!("{}{}", " ".repeat(from), sign.repeat(long));
    let percent = if bar.of_line { String::new() } else { format!("{:.0} %", share * 100.0) };
    let figures = format!("{}{}", right(&milliseconds(bar.took), 12), right(&percent, 6));
    let (name, shape, text) =
        if bar.of_line { (theme.dim, theme.dim, theme.dim) } else { (theme.label, theme.event, theme.text) };
    let drawn = if room > 0 { left(&drawn, room) } else { String::new() };
    Line::from(vec![span(left(bar.label(), STAGE + 1), name), span(drawn, shape), span(figures, text)])
}

fn milliseconds(ms: f64) -> String {
    if ms < 10_000.0 { format!("{ms:.1} ms") } else { format!("{:.1} s", ms / 1e3) }
}
