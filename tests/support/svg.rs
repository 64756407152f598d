//! A screen as SVG: runs of equal style become pieces of text on coloured ground.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Size of a cell in pixels.
const CELL: (f32, f32) = (8.4, 18.0);
/// Space around the screen in pixels.
const MARGIN: f32 = 12.0;

/// What "the terminal's own" colours are in the picture.
#[derive(Clone, Copy)]
pub struct Ground {
    /// Foreground.
    pub text: &'static str,
    /// Background.
    pub back: &'static str,
}

/// A dark terminal.
pub const DARK: Ground = Ground { text: "#d8dee9", back: "#161a22" };
/// A light terminal.
pub const LIGHT: Ground = Ground { text: "#1f242d", back: "#fafaf7" };

/// Draws a screen.
pub fn draw(buffer: &Buffer, ground: Ground) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let width = f32::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        ground.back
    );
    for row in 0..rows {
        for run in runs(buffer, row) {
            piece(&mut svg, buffer, row, run, ground);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Column ranges of equal style.
fn runs(buffer: &Buffer, row: u16) -> Vec<(u16, u16)> {
    let style = |column: u16| {
        let cell = &buffer[(column, row)];
        (cell.fg, cell.bg, cell.modifier)
    };
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for column in 0..buffer.area.width {
        match runs.last_mut().filter(|(from, _)| style(*from) == style(column)) {
            Some(run) => run.1 = column + 1,
            None => runs.push((column, column + 1)),
        }
    }
    runs
}

fn piece(svg: &mut String, buffer: &Buffer, row: u16, (from, to): (u16, u16), ground: Ground) {
    let first = &buffer[(from, row)];
    let (text, back) = colours(first, ground);
    let x = MARGIN + f32::from(from) * CELL.0;
    let y = MARGIN + f32::from(row) * CELL.1;
    let width = f32::from(to - from) * CELL.0;
    if back != ground.back {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{back}\"/>",
            CELL.1
        );
    }
    let symbols: String = (from..to).map(|column| buffer[(column, row)].symbol()).collect();
    let shown = symbols.trim_end();
    if shown.trim().is_empty() {
        return;
    }
    let lead = shown.len() - shown.trim_start().len();
    let x = x + lead as f32 * CELL.0;
    let shown = shown.trim_start();
    let mut style = String::new();
    if first.modifier.contains(Modifier::BOLD) {
        style.push_str(" font-weight=\"bold\"");
    }
    if first.modifier.contains(Modifier::CROSSED_OUT) {
        style.push_str(" text-decoration=\"line-through\"");
    }
    if first.modifier.contains(Modifier::UNDERLINED) {
        style.push_str(" text-decoration=\"underline\"");
    }
    if first.modifier.contains(Modifier::DIM) {
        style.push_str(" opacity=\"0.7\"");
    }
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{text}\"{style}>{}</text>",
        y + 13.5,
        shown.width() as f32 * CELL.0,
        escaped(shown)
    );
}

fn colours(cell: &Cell, ground: Ground) -> (String, String) {
    let text = colour(cell.fg).unwrap_or_else(|| ground.text.to_owned());
    let back = colour(cell.bg).unwrap_or_else(|| ground.back.to_owned());
    if cell.modifier.contains(Modifier::REVERSED) { (back, text) } else { (text, back) }
}

fn colour(color: Color) -> Option<String> {
    let name = match color {
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Black => "#2e3440",
        Color::Red => "#ff6b6b",
        Color::Green => "#8fd48a",
        Color::Yellow => "#f2c96b",
        Color::Blue => "#8ab4ff",
        Color::Magenta => "#d7a6ff",
        Color::Cyan => "#6cc7dc",
        Color::DarkGray => "#7d8799",
        Color::LightMagenta => "#f5a6ff",
        Color::LightCyan => "#9be9f7",
        Color::LightYellow => "#ffe08a",
        Color::LightBlue => "#a9c8ff",
        Color::White | Color::Gray => "#e8ecf2",
        _ => return None,
    };
    Some(name.to_owned())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
