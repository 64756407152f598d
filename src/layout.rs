//! Screen size to rectangles. Pure: the same answer serves drawing, the mouse, and how far a page scrolls.
//!
//! Breakpoints: below 20x6 only a note fits; below 60x16 one pane; up to 99 columns form and transcript over the
//! mailbox; up to 179 two columns; from 180 three.

use ratatui::layout::Position;
pub use ratatui::layout::Rect;

/// A pane that can have the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The compose form.
    Compose,
    /// The transcript.
    Transcript,
    /// The mailbox list and the message view.
    Mailbox,
    /// The command prompt.
    Prompt,
}

impl Pane {
    /// In the order of Tab.
    pub const ALL: [Self; 4] = [Self::Compose, Self::Transcript, Self::Mailbox, Self::Prompt];

    /// The pane `step` places further, around the end.
    #[must_use]
    pub fn step(self, step: isize) -> Self {
        let here = Self::ALL.iter().position(|pane| *pane == self).unwrap_or(0);
        let count = Self::ALL.len();
        Self::ALL[(here + count).wrapping_add_signed(step) % count]
    }
}

/// Rows that no lesson takes from the panes.
const PANES_AT_LEAST: u16 = 5;

/// What the layout depends on besides the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// The focused pane; it grows when space is short.
    pub focus: Pane,
    /// A pane that shall have the whole area.
    pub zoom: Option<Pane>,
    /// The form shows what wants rows: the wire preview, a list, a whole result.
    pub tall: bool,
    /// A message is open.
    pub message: bool,
    /// Rows that a lesson wants above the panes; given up where the panes need them.
    pub guide: u16,
}

/// Where everything goes. An absent or empty rectangle is not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Layout {
    /// The size is below anything useful.
    pub too_small: bool,
    /// The row on top.
    pub header: Rect,
    /// What a lesson says.
    pub guide: Rect,
    /// The compose form, border included.
    pub compose: Rect,
    /// The transcript, border included.
    pub transcript: Rect,
    /// The mailbox list, border included.
    pub mailbox: Rect,
    /// The message view, border included; the same place as `mailbox` when there is room for one only.
    pub message: Rect,
    /// The command line.
    pub prompt: Rect,
    /// What the last reply means.
    pub explain: Rect,
    /// The state of things.
    pub status: Rect,
    /// Key hints.
    pub footer: Rect,
}

impl Layout {
    /// Divides `area`.
    pub fn new(area: Rect, wants: Wants) -> Self {
        if area.width < 20 || area.height < 6 {
            return Self { too_small: true, ..Self::default() };
        }
        let single = area.width < 60 || area.height < 16;
        let explain = match (single, area.width) {
            (true, _) => u16::from(area.height >= 10),
            (false, 100..) if area.height >= 30 => 2,
            _ => 1,
        };
        let status = u16::from(!single);
        let (mut layout, panes) = Self::frame(area, explain, status);
        let panes = layout.place_guide(panes, wants.guide);
        match wants.zoom.filter(|pane| *pane != Pane::Prompt) {
            Some(pane) => layout.place_one(panes, pane, wants.message),
            None if single => layout.place_one(panes, wants.focus, wants.message),
            None if area.width < 100 => layout.place_narrow(panes, wants),
            None if area.width < 180 => layout.place_two_columns(panes, wants),
            None => layout.place_three_columns(panes, wants.message),
        }
        layout
    }

    /// The rows above and below the panes, and what is left for the panes.
    fn frame(area: Rect, explain: u16, status: u16) -> (Self, Rect) {
        let row = |y: u16, height: u16| Rect { x: area.x, y, width: area.width, height };
        let footer = row(area.bottom() - 1, 1);
        let status = row(footer.y - status, status);
        let explain = row(status.y - explain, explain);
        let prompt = row(explain.y - 1, 1);
        let header = row(area.y, 1);
        let panes = row(header.bottom(), prompt.y - header.bottom());
        (Self { header, prompt, explain, status, footer, ..Self::default() }, panes)
    }

    /// The rows of a lesson, if as many are left for the panes as they cannot do without; what is left.
    fn place_guide(&mut self, panes: Rect, rows: u16) -> Rect {
        let rows = rows.min(panes.height.saturating_sub(PANES_AT_LEAST));
        self.guide = Rect { height: rows, ..panes };
        Rect { y: panes.y + rows, height: panes.height - rows, ..panes }
    }

    fn place_one(&mut self, panes: Rect, pane: Pane, message: bool) {
        match pane {
            Pane::Compose => self.compose = panes,
            Pane::Transcript | Pane::Prompt => self.transcript = panes,
            Pane::Mailbox if message => self.message = panes,
            Pane::Mailbox => self.mailbox = panes,
        }
    }

    /// Form and transcript side by side over the mailbox; an open message takes the mailbox's place.
    fn place_narrow(&mut self, panes: Rect, wants: Wants) {
        let share = match wants.focus {
            Pane::Mailbox => 40,
            Pane::Compose if wants.tall => 78,
            // Whoever types by hand reads the replies.
            Pane::Prompt => 70,
            _ if wants.message => 55,
            _ => 62,
        };
        let (top, bottom) = split_rows(panes, share);
        let left = match wants.focus {
            Pane::Compose => 50,
            Pane::Prompt => 30,
            Pane::Transcript | Pane::Mailbox => 42,
        };
        let (left, right) = split_columns(top, left);
        self.compose = left;
        self.transcript = right;
        if wants.message {
            self.message = bottom;
        } else {
            self.mailbox = bottom;
        }
    }

    fn place_two_columns(&mut self, panes: Rect, wants: Wants) {
        let (left, right) = split_columns(panes, 42);
        let (above, below) = split_rows(
            left,
            match wants.focus {
                Pane::Mailbox => 45,
                Pane::Compose if wants.tall => 80,
                _ => 58,
            },
        );
        self.compose = above;
        self.mailbox = below;
        if wants.message {
            let (above, below) = split_rows(right, if wants.focus == Pane::Mailbox { 45 } else { 58 });
            self.transcript = above;
            self.message = below;
        } else {
            self.transcript = right;
        }
    }

    fn place_three_columns(&mut self, panes: Rect, message: bool) {
        let (left, rest) = split_columns(panes, 30);
        let (middle, right) = split_columns(rest, 56);
        self.compose = left;
        self.transcript = middle;
        if message {
            let (above, below) = split_rows(right, 35);
            self.mailbox = above;
            self.message = below;
        } else {
            self.mailbox = right;
        }
    }

    /// The pane at a place on the screen.
    pub fn pane_at(&self, column: u16, row: u16) -> Option<Pane> {
        let at = Position { x: column, y: row };
        [
            (self.compose, Pane::Compose),
            (self.transcript, Pane::Transcript),
            (self.message, Pane::Mailbox),
            (self.mailbox, Pane::Mailbox),
            (self.prompt, Pane::Prompt),
        ]
        .into_iter()
        .find_map(|(rect, pane)| rect.contains(at).then_some(pane))
    }
}

/// The inside of a bordered pane.
pub fn inside(pane: Rect) -> Rect {
    Rect {
        x: pane.x.saturating_add(1),
        y: pane.y.saturating_add(1),
        width: pane.width.saturating_sub(2),
        height: pane.height.saturating_sub(2),
    }
}

/// A box of at most `width` x `height` in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

fn split_columns(area: Rect, percent: u16) -> (Rect, Rect) {
    let left = part(area.width, percent);
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

fn split_rows(area: Rect, percent: u16) -> (Rect, Rect) {
    let above = part(area.height, percent);
    (Rect { height: above, ..area }, Rect { y: area.y + above, height: area.height - above, ..area })
}

fn part(whole: u16, percent: u16) -> u16 {
    u16::try_from(u32::from(whole) * u32::from(percent) / 100).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout(width: u16, height: u16, focus: Pane, message: bool) -> Layout {
        Layout::new(Rect::new(0, 0, width, height), Wants { focus, zoom: None, tall: false, message, guide: 0 })
    }

    fn rects(layout: &Layout) -> [Rect; 9] {
        let Layout { header, compose, transcript, mailbox, message, prompt, explain, status, footer, .. } = *layout;
        [header, compose, transcript, mailbox, message, prompt, explain, status, footer]
    }

    #[test]
    fn the_breakpoints_are_kept() {
        let small = layout(50, 20, Pane::Compose, false);
        assert!(small.transcript.is_empty() && small.mailbox.is_empty() && !small.compose.is_empty());
        let narrow = layout(80, 24, Pane::Compose, false);
        assert!(narrow.mailbox.y > narrow.transcript.y && narrow.transcript.x > 0);
        assert_eq!(narrow.mailbox.width, 80);
        let two = layout(120, 40, Pane::Compose, true);
        assert_eq!(two.mailbox.x, 0);
        assert_eq!(two.message.x, two.transcript.x);
        let three = layout(200, 60, Pane::Compose, true);
        assert!(three.mailbox.x > three.transcript.x && three.message.x == three.mailbox.x);
        assert!(layout(19, 40, Pane::Compose, false).too_small);
    }

    #[test]
    fn a_zoomed_pane_has_all_but_the_rows_that_always_stay() {
        let area = Rect::new(0, 0, 80, 24);
        let zoomed = Layout::new(
            area,
            Wants { focus: Pane::Mailbox, zoom: Some(Pane::Mailbox), tall: false, message: false, guide: 0 },
        );
        assert_eq!(zoomed.mailbox, Rect::new(0, 1, 80, 19));
        assert!(!zoomed.prompt.is_empty() && !zoomed.explain.is_empty() && !zoomed.footer.is_empty());
    }

    #[test]
    fn panes_go_round() {
        assert_eq!(Pane::Prompt.step(1), Pane::Compose);
        assert_eq!(Pane::Compose.step(-1), Pane::Prompt);
    }

    proptest! {
        #[test]
        fn nothing_overlaps_or_leaves_the_screen(
            width in 1_u16..500, height in 1_u16..200, focus in 0_usize..4, message: bool, zoom in 0_usize..5,
            tall: bool,
        ) {
            let area = Rect::new(0, 0, width, height);
            let wants = Wants { focus: Pane::ALL[focus], zoom: Pane::ALL.get(zoom).copied(), tall, message, guide: 0 };
            let layout = Layout::new(area, wants);
            let rects = rects(&layout);
            for (index, rect) in rects.iter().enumerate().filter(|(_, rect)| !rect.is_empty()) {
                prop_assert_eq!(area.intersection(*rect), *rect);
                for other in &rects[index + 1..] {
                    prop_assert!(rect.intersection(*other).is_empty(), "{:?} and {:?}", rect, other);
                }
            }
        }
    }
}
