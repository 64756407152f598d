//! `W`: where the time of the session went, as a card that can be copied.

use super::super::App;
use super::super::dialog::{Card, Dialog};
use crate::transcript::waterfall::{draw, lanes};

/// What stands above the bars.
const FOOT: &str = "Each wait as a bar from the first row of its connection to the last; dots are pauses in which the \
                    server owed nothing: somebody was thinking.";

impl App {
    pub(super) fn show_session_waterfall(&mut self) {
        let (lanes, cut) = lanes(&self.transcript.store);
        let sign = if self.theme.ascii { '#' } else { '█' };
        let mut lines = draw(&lanes, Card::width(self.size.0), sign);
        lines.extend([String::new(), FOOT.to_owned()]);
        if cut {
            lines.push("Older rows are not counted.".to_owned());
        }
        let card = Card { copies: true, ..Card::new("Where the time of the session went", lines) };
        self.dialog = Some(Dialog::Card(card));
    }
}
