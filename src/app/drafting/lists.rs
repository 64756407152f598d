//! The lists of drafts and templates on screen.

use crate::app::dialog::{Dialog, Picker, Shelf};
use crate::app::{App, grouped};
use crate::drafts::{Id, Listed};
use crate::wire::printable;

impl App {
    pub(super) fn show_drafts(&mut self, drafts: Vec<Listed<Id>>) {
        let here = self.compose.standing.id.as_ref();
        let zone = self.now.wall.time_zone();
        let row = |draft: &Listed<Id>| {
            let note = match draft {
                _ if here == Some(&draft.name) => "in the form".to_owned(),
                Listed { elsewhere: true, .. } => "open in another telepost".to_owned(),
                Listed { perhaps_sent: true, .. } => "may have been sent".to_owned(),
                Listed { template: Some(name), .. } => format!("from {name}"),
                _ => String::new(),
            };
            let texts = [&draft.subject, &draft.to, &note].map(|text| printable::text(text).into_owned());
            let [subject, to, note] = texts;
            vec![moment(draft.changed, zone), grouped(draft.octets), note, to, subject]
        };
        let rows = drafts.iter().map(row).collect();
        self.dialog = Some(Dialog::Pick(Picker {
            shelf: Shelf::Drafts,
            title: format!("Drafts: {}", drafts.len()),
            widths: &[16, 13, 24, 24],
            headings: &["saved", "octets", "", "to", "subject"],
            rows,
            selected: 0,
            foot: "Enter opens it (the present one is put away)  Del deletes it  Esc back",
        }));
        self.drafting.drafts = drafts;
    }

    pub(super) fn show_templates(&mut self, templates: Vec<Listed<String>>) {
        let zone = self.now.wall.time_zone();
        let row = |template: &Listed<String>| {
            let [name, to, subject] =
                [&template.name, &template.to, &template.subject].map(|text| printable::text(text).into_owned());
            vec![name, moment(template.changed, zone), to, subject]
        };
        self.dialog = Some(Dialog::Pick(Picker {
            shelf: Shelf::Templates,
            title: format!("Templates: {}", templates.len()),
            widths: &[24, 16, 24],
            headings: &["name", "saved", "to", "subject"],
            rows: templates.iter().map(row).collect(),
            selected: 0,
            foot: "Enter begins a mail from it  Del deletes it  Esc back  (^X j keeps the form as one)",
        }));
        self.drafting.templates = templates;
    }
}

/// `2026-11-22 12:42`.
pub(in crate::app) fn moment(at: jiff::Timestamp, zone: &jiff::tz::TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}
