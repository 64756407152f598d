//! What the sandbox does wrong when told to: a list to switch from, and the word in the header as long as anything is on.
//! The switching itself is the sandbox's, behind [`Effect::Faults`].

use super::dialog::{Dialog, Picker, Shelf};
use super::{App, Effect};

/// One thing that the sandbox can do wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultRow {
    /// Its word on the command line.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// It does it now.
    pub on: bool,
}

/// What is known of the sandbox's faults.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rows: Vec<FaultRow>,
    /// The list was asked for; others switch faults without wanting to see it.
    asked: bool,
}

impl Faults {
    /// How many are on.
    pub(crate) fn count(&self) -> usize {
        self.rows.iter().filter(|row| row.on).count()
    }

    /// The names of those that are on, with the one at `place` switched over.
    fn switched(&self, place: usize) -> Vec<String> {
        let after = self.rows.iter().enumerate().filter(|(at, row)| row.on != (*at == place));
        after.map(|(_, row)| row.name.to_owned()).collect()
    }
}

impl App {
    pub(super) fn ask_faults(&mut self) {
        self.faults.asked = true;
        self.effects.push(Effect::Faults(None));
    }

    pub(super) fn faults_unavailable(&self) -> Option<&'static str> {
        (!self.account.is_practice()).then_some("only the sandbox goes wrong on request: ^X b starts it")
    }

    pub(super) fn faults_came(&mut self, faults: Result<Vec<FaultRow>, String>) {
        let asked = std::mem::take(&mut self.faults.asked);
        match faults {
            Ok(rows) => self.faults.rows = rows,
            Err(why) => return self.error(why),
        }
        let open = match &self.dialog {
            Some(Dialog::Pick(picker)) if picker.shelf == Shelf::Faults => Some(picker.selected),
            _ => None,
        };
        if let Some(selected) = open.or((asked && self.dialog.is_none()).then_some(0)) {
            self.dialog = Some(Dialog::Pick(self.fault_list(selected)));
        }
    }

    /// The first row switches all off, each other one its fault.
    fn fault_list(&self, selected: usize) -> Picker {
        let row = |row: &FaultRow| {
            let mark = if row.on { "[x]" } else { "[ ]" };
            vec![mark.to_owned(), row.name.to_owned(), row.summary.to_owned()]
        };
        let none = vec![String::new(), "none".to_owned(), "everything right again".to_owned()];
        let title = match self.faults.count() {
            0 => "What the sandbox does wrong: nothing".to_owned(),
            count => format!("What the sandbox does wrong: {count}"),
        };
        Picker {
            shelf: Shelf::Faults,
            title,
            widths: &[3, 20],
            headings: &["on", "fault", "what happens"],
            rows: [none].into_iter().chain(self.faults.rows.iter().map(row)).collect(),
            selected,
            foot: "Enter switches  Del all off  Esc back  TLS, greeting: when connecting",
        }
    }

    /// The row of the list was chosen.
    pub(super) fn fault_picked(&mut self, index: usize) {
        let names = index.checked_sub(1).map_or_else(Vec::new, |place| self.faults.switched(place));
        self.effects.push(Effect::Faults(Some(names)));
    }

    pub(super) fn clear_faults(&mut self) {
        self.effects.push(Effect::Faults(Some(Vec::new())));
    }

    /// What the header says of the sandbox; nothing when it does everything right.
    pub(crate) fn faults_word(&self) -> Option<String> {
        match self.faults.count() {
            0 => None,
            _ if !self.account.is_practice() => None,
            1 => Some("1 fault on".to_owned()),
            count => Some(format!("{count} faults on")),
        }
    }
}
