//! What came of a script: said in a line, on a card where it failed, beside the recording where it was one.

use super::{App, Ask, Play};
use crate::app::dialog::{Card, Dialog};
use crate::app::sessions::CompareView;
use crate::app::{TYPING_PAUSE, grouped};
use crate::script::{Failed, Fault, Report, Row, Verdict};
use crate::sessions::{Comparison, Exchanges};
use crate::wire::{Side, printable};

/// Most statements that a card tells, the last ones.
const ROWS: usize = 12;

/// A script that is over.
#[derive(Debug)]
pub(super) struct Ended {
    name: String,
    /// Milliseconds.
    lapse: u128,
    began: std::time::Instant,
    report: Report,
    side: Side,
    recorded: Option<Exchanges>,
    entries: std::ops::Range<u64>,
    fork: bool,
}

impl Ended {
    pub(super) fn of(play: Play) -> Self {
        let first = play.first.unwrap_or_default();
        Self {
            name: play.name,
            lapse: 0,
            began: play.began,
            side: play.runner.side(),
            report: play.runner.into_report(),
            recorded: play.recorded,
            entries: first..play.end.unwrap_or(first),
            fork: play.fork,
        }
    }

    /// How it went, in a sentence; sanitized.
    fn words(&self) -> String {
        match self.report.failed() {
            None => format!("all that was expected came, in {} ms", grouped(self.lapse.try_into().unwrap_or(u64::MAX))),
            Some(Failed { line: 0, why, .. }) => format!("failed: {}", printable::text(why)),
            Some(Failed { line, why, .. }) => format!("failed at line {line}: {}", printable::text(why)),
        }
    }
}

/// What is shown of a script that is over.
#[derive(Debug)]
pub(super) enum Over {
    Card(Card),
    Compared(Box<CompareView>),
}

impl App {
    pub(super) fn script_ended(&mut self, mut ended: Ended) {
        ended.lapse = self.now.instant.saturating_duration_since(ended.began).as_millis();
        let (words, held) = (ended.words(), ended.report.failed().is_none());
        if ended.fork {
            self.hand_over(&ended, held);
        }
        if let Some(recorded) = ended.recorded.take() {
            let came = Exchanges::between(self.live(), ended.entries.clone());
            let names = [ended.name, "this run".to_owned()];
            return self.ask_of_scripts(Ask::Compare(Box::new([recorded, came]), names, words));
        }
        if held {
            if !ended.fork {
                self.info(format!("{}: {words}", ended.name));
            }
            return;
        }
        self.error(format!("{} {words}", ended.name));
        let mut lines = vec![capitalized(&words) + ".", String::new()];
        lines.extend(told(&ended.report));
        self.running.over = Some(Over::Card(Card::new(ended.name, lines)));
        self.show_over();
    }

    /// The line that stands is the person's from here on.
    fn hand_over(&mut self, ended: &Ended, held: bool) {
        self.prompt.side = ended.side;
        self.go_to_prompt();
        if !self.links.of(ended.side).is_up() {
            self.warn(format!("{} was played up to that row, and its line is closed", ended.name));
        } else if held {
            self.info(format!("{} was played up to that row: the line is yours", ended.name));
        }
    }

    /// Shows what waits for that, unless something else is on top.
    pub(super) fn show_over(&mut self) {
        if self.dialog.is_some() || self.leaving.is_some() {
            return;
        }
        let ready = self.last_text_key.map(|last| last + TYPING_PAUSE).filter(|ready| *ready > self.now.instant);
        self.dialog = match self.running.over.take() {
            Some(Over::Card(card)) => Some(Dialog::Card(Card { ready, ..card })),
            Some(Over::Compared(mut view)) => {
                view.prepare(self.size);
                Some(Dialog::Compared(view))
            }
            None => return,
        };
        self.dirty = true;
    }

    pub(super) fn replay_compared(&mut self, comparison: Comparison, names: [String; 2], ended: &str) {
        let view = CompareView::of(names, comparison);
        let said = format!("{}; {ended}", view.sentence);
        if view.comparison.differences() == 0 {
            self.info(format!("{} was played again: no difference in what was said", view.names[0]));
        } else {
            self.warn(format!("{} was played again: {}", view.names[0], view.sentence));
        }
        self.running.over = Some(Over::Compared(Box::new(CompareView { sentence: said, ..view })));
        self.show_over();
    }

    pub(super) fn script_is_faulty(&mut self, name: &str, faults: &[Fault]) {
        let mut lines = vec!["Nothing was sent. Line and column of what is wrong:".to_owned(), String::new()];
        lines.extend(faults.iter().map(|fault| printable::text(&fault.to_string()).into_owned()));
        self.dialog = Some(Dialog::Card(Card::new(format!("{name} cannot be played"), lines)));
    }
}

/// The last statements and what came of them; sanitized.
fn told(report: &Report) -> Vec<String> {
    let rows = &report.rows[report.rows.len().saturating_sub(ROWS)..];
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    if rows.len() < report.rows.len() {
        lines.insert(0, format!("({} statements before)", report.rows.len() - rows.len()));
    }
    lines
}

fn line(row: &Row) -> String {
    let verdict = match row.verdict {
        Verdict::Done => "done",
        Verdict::Held => "held",
        Verdict::Failed => "FAILED",
    };
    let reply = row.reply.as_ref().map_or_else(String::new, |said| {
        let words = [Some(said.code.as_str()), said.enhanced.as_deref(), said.text.lines().next()];
        format!(" -> {}", words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    });
    let text = format!("{:>4}  {verdict:<6}  {}{reply}", row.line, row.what);
    printable::text(&text).into_owned()
}

fn capitalized(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
