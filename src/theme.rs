//! Styles by meaning. Colour is never the only sign: every meaning has a word or a mark of its own beside it.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

/// The themes one can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Name {
    /// The terminal's own foreground and background, and its 16 colours.
    #[default]
    Terminal,
    /// True colour on a dark background.
    Dark,
    /// True colour on a light background.
    Light,
    /// Safe for red-green blindness.
    Safe,
    /// No colour at all (`NO_COLOR`): bold, dim, underline and reverse only.
    Mono,
}

impl Name {
    /// All, in the order of the theme key.
    pub const ALL: [Self; 5] = [Self::Terminal, Self::Dark, Self::Light, Self::Safe, Self::Mono];

    /// The word in options and configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Safe => "safe",
            Self::Mono => "mono",
        }
    }

    /// The theme with that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word() == word)
    }

    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        let here = Self::ALL.iter().position(|name| *name == self).unwrap_or(0);
        Self::ALL[(here + 1) % Self::ALL.len()]
    }
}

/// Concrete styles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Which one this is.
    pub name: Name,
    /// Whether borders are drawn with `+`, `-`, `|`.
    pub ascii: bool,
    /// Ordinary text; sets the background of the whole screen.
    pub text: Style,
    /// Less important text.
    pub dim: Style,
    /// Headings and labels.
    pub label: Style,
    /// Borders of panes without focus.
    pub border: Style,
    /// Border and title of the focused pane.
    pub focus: Style,
    /// The row under the cursor.
    pub selected: Style,
    /// The same in a pane without focus.
    pub selected_unfocused: Style,
    /// The key in a hint.
    pub key: Style,
    /// Bytes we sent.
    pub sent: Style,
    /// Bytes the server sent.
    pub received: Style,
    /// Events on our side.
    pub event: Style,
    /// Class OK.
    pub ok: Style,
    /// Class MORE.
    pub more: Style,
    /// Class TEMP.
    pub temporary: Style,
    /// Class PERM and ERR, and local errors.
    pub permanent: Style,
    /// What TLS protects.
    pub tls: Style,
    /// Search matches.
    pub found: Style,
    /// Marked for deletion.
    pub marked: Style,
    /// A warning in the form.
    pub warning: Style,
}

impl Theme {
    /// The styles of a theme.
    pub fn new(name: Name, ascii: bool) -> Self {
        let palette = match name {
            Name::Terminal => Palette::TERMINAL,
            Name::Dark => Palette::DARK,
            Name::Light => Palette::LIGHT,
            Name::Safe => Palette::SAFE,
            Name::Mono => return Self::mono(ascii),
        };
        palette.theme(name, ascii)
    }

    /// The border set.
    pub fn borders(&self) -> border::Set<'static> {
        const ASCII: border::Set<'static> = border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        if self.ascii { ASCII } else { border::PLAIN }
    }

    fn mono(ascii: bool) -> Self {
        let (plain, bold) = (Style::new(), Style::new().add_modifier(Modifier::BOLD));
        let dim = plain.add_modifier(Modifier::DIM);
        Self {
            name: Name::Mono,
            ascii,
            text: plain,
            dim,
            label: bold,
            border: dim,
            focus: bold,
            selected: plain.add_modifier(Modifier::REVERSED),
            selected_unfocused: plain.add_modifier(Modifier::UNDERLINED),
            key: bold,
            sent: plain,
            received: plain,
            event: dim,
            ok: plain,
            more: plain,
            temporary: bold,
            permanent: bold.add_modifier(Modifier::UNDERLINED),
            tls: plain,
            found: plain.add_modifier(Modifier::REVERSED),
            marked: plain.add_modifier(Modifier::CROSSED_OUT),
            warning: bold,
        }
    }
}

/// The colours a theme is made of.
struct Palette {
    foreground: Color,
    background: Color,
    dim: Color,
    accent: Color,
    sent: Color,
    ok: Color,
    more: Color,
    temporary: Color,
    permanent: Color,
    tls: Color,
    selection: Color,
}

impl Palette {
    const TERMINAL: Self = Self {
        foreground: Color::Reset,
        background: Color::Reset,
        dim: Color::DarkGray,
        accent: Color::Cyan,
        sent: Color::Cyan,
        ok: Color::Green,
        more: Color::Blue,
        temporary: Color::Yellow,
        permanent: Color::Red,
        tls: Color::Magenta,
        selection: Color::Reset,
    };
    const DARK: Self = Self {
        foreground: Color::Rgb(0xd8, 0xde, 0xe9),
        background: Color::Rgb(0x16, 0x1a, 0x22),
        dim: Color::Rgb(0x8b, 0x95, 0xa7),
        accent: Color::Rgb(0x7c, 0xc4, 0xff),
        sent: Color::Rgb(0x7f, 0xd7, 0xe8),
        ok: Color::Rgb(0x8f, 0xd4, 0x8a),
        more: Color::Rgb(0x8a, 0xb4, 0xff),
        temporary: Color::Rgb(0xf2, 0xc9, 0x6b),
        permanent: Color::Rgb(0xff, 0x8a, 0x80),
        tls: Color::Rgb(0xd7, 0xa6, 0xff),
        selection: Color::Rgb(0x2b, 0x35, 0x47),
    };
    const LIGHT: Self = Self {
        foreground: Color::Rgb(0x1f, 0x24, 0x2d),
        background: Color::Rgb(0xfa, 0xfa, 0xf7),
        dim: Color::Rgb(0x66, 0x6e, 0x7a),
        accent: Color::Rgb(0x0b, 0x5c, 0xad),
        sent: Color::Rgb(0x00, 0x61, 0x75),
        ok: Color::Rgb(0x1b, 0x6e, 0x2c),
        more: Color::Rgb(0x1d, 0x4f, 0xb8),
        temporary: Color::Rgb(0x8a, 0x55, 0x00),
        permanent: Color::Rgb(0xb3, 0x1d, 0x1d),
        tls: Color::Rgb(0x7a, 0x2e, 0xa8),
        selection: Color::Rgb(0xdc, 0xe6, 0xf2),
    };
    const SAFE: Self = Self {
        foreground: Color::Reset,
        background: Color::Reset,
        dim: Color::DarkGray,
        accent: Color::LightCyan,
        sent: Color::LightCyan,
        ok: Color::LightBlue,
        more: Color::Cyan,
        temporary: Color::LightYellow,
        permanent: Color::LightMagenta,
        tls: Color::White,
        selection: Color::Reset,
    };

    fn theme(&self, name: Name, ascii: bool) -> Theme {
        let text = Style::new().fg(self.foreground).bg(self.background);
        let fg = |color: Color| Style::new().fg(color);
        let selected = if self.selection == Color::Reset {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new().bg(self.selection).add_modifier(Modifier::BOLD)
        };
        Theme {
            name,
            ascii,
            text,
            dim: fg(self.dim),
            label: fg(self.accent),
            border: fg(self.dim),
            focus: fg(self.accent).add_modifier(Modifier::BOLD),
            selected,
            selected_unfocused: Style::new().add_modifier(Modifier::BOLD),
            key: fg(self.accent).add_modifier(Modifier::BOLD),
            sent: fg(self.sent),
            received: fg(self.foreground),
            event: fg(self.dim),
            ok: fg(self.ok),
            more: fg(self.more),
            temporary: fg(self.temporary),
            permanent: fg(self.permanent).add_modifier(Modifier::BOLD),
            tls: fg(self.tls),
            found: Style::new().add_modifier(Modifier::REVERSED),
            marked: fg(self.dim).add_modifier(Modifier::CROSSED_OUT),
            warning: fg(self.temporary).add_modifier(Modifier::BOLD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance contrast as WCAG 2 defines it.
    fn contrast(one: Color, other: Color) -> f64 {
        let luminance = |color| {
            let Color::Rgb(red, green, blue) = color else { panic!("only true colours have a known luminance") };
            let linear = |channel: u8| {
                let part = f64::from(channel) / 255.0;
                if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn true_colour_themes_are_readable() {
        for palette in [Palette::DARK, Palette::LIGHT] {
            for color in [
                palette.foreground,
                palette.dim,
                palette.accent,
                palette.sent,
                palette.ok,
                palette.more,
                palette.temporary,
                palette.permanent,
                palette.tls,
            ] {
                assert!(contrast(color, palette.background) >= 4.5, "{color:?}");
            }
            assert!(contrast(palette.foreground, palette.selection) >= 4.5);
        }
    }

    #[test]
    fn mono_has_no_colour() {
        let theme = Theme::new(Name::Mono, false);
        for style in [theme.text, theme.focus, theme.selected, theme.permanent, theme.temporary, theme.key] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn themes_go_round_by_name() {
        for name in Name::ALL {
            assert_eq!(Name::from_word(name.word()), Some(name));
        }
        assert_eq!(Name::Mono.next(), Name::Terminal);
    }
}
