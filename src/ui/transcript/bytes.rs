//! The octets of the row under the cursor below the rows: offset, hexadecimal, text. Secrets are masked in them as they
//! were when they were recorded.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use crate::app::{App, grouped};
use crate::transcript::Entry;
use crate::ui::text::{fit, span};

pub(super) fn render(frame: &mut Frame, app: &App, area: Rect) {
    let (width, lines) = (usize::from(area.width), usize::from(area.height) - 1);
    let per_line = crate::app::transcript::bytes::per_line(width);
    let log = &app.transcript;
    let (Some(entry), Some((shown, len))) = (log.selected(), log.octets_on_screen(lines, per_line)) else { return };
    let heading = heading(&entry, shown.start, shown.end, len);
    let rule = if app.theme.ascii { "-" } else { "─" };
    let heading = fit(&format!("{rule} {heading} "), width);
    let rest = width.saturating_sub(heading.width());
    let row = |index: usize| Rect { y: area.y + index as u16, height: 1, ..area };
    frame.render_widget(Line::from(span(heading + &rule.repeat(rest), app.theme.border)), row(0));
    for (index, at) in shown.clone().step_by(per_line).enumerate() {
        let octets = &entry.raw()[at..(at + per_line).min(len)];
        let line = vec![
            span(format!("{at:05x} "), app.theme.dim),
            span(hex(octets, per_line), app.theme.text),
            span(fit(&text(octets), width.saturating_sub(7 + per_line * 3)), app.theme.label),
        ];
        frame.render_widget(Line::from(line), row(index + 1));
    }
}

fn heading(entry: &Entry<'_>, first: usize, end: usize, len: usize) -> String {
    let missing = match entry.octets_missing() {
        0 => String::new(),
        octets => format!(", {} more not kept", grouped(octets)),
    };
    if len == 0 {
        return format!("no octets are kept{missing}: b closes");
    }
    let of = format!("octets {first}-{} of {}{missing}", end - 1, grouped(len as u64));
    let pages = if end - first < len { "PgUp PgDn, " } else { "" };
    format!("{of}: {pages}b closes")
}

/// Two digits for each octet, a wider gap in the middle.
fn hex(octets: &[u8], per_line: usize) -> String {
    let digits = |at: usize| octets.get(at).map_or_else(|| "  ".to_owned(), |octet| format!("{octet:02x}"));
    let half = per_line / 2;
    let shown: Vec<String> =
        (0..per_line).map(|at| if at + 1 == half { digits(at) + " " } else { digits(at) }).collect();
    shown.join(" ") + " "
}

/// ASCII as it is, control characters as their pictures, so that CR and LF are seen; anything else as a dot.
fn text(octets: &[u8]) -> String {
    let picture = |octet: &u8| match octet {
        0x00..0x20 => char::from_u32(0x2400 + u32::from(*octet)).unwrap_or('.'),
        0x20..0x7f => char::from(*octet),
        0x7f => '\u{2421}',
        _ => '.',
    };
    octets.iter().map(picture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_shown_as_digits_and_as_text_with_their_line_ends() {
        assert_eq!(hex(b"a\r\n", 8), "61 0d 0a                 ");
        assert_eq!(hex(b"abcdefgh", 8), "61 62 63 64  65 66 67 68 ");
        assert_eq!(text(b"ok\r\n\x1b\x7f\xffz"), "ok␍␊␛␡.z");
    }

    #[test]
    fn a_line_of_octets_fits_the_columns_it_was_measured_for() {
        for width in [16, 24, 44, 72, 136] {
            let per_line = crate::app::transcript::bytes::per_line(width);
            let octets = vec![b'x'; per_line];
            let columns = 6 + hex(&octets, per_line).width() + text(&octets).width();
            assert!(columns <= width.max(16), "{columns} of {width}");
        }
    }
}
