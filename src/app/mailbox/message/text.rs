//! The Text tab, and one part of the Parts tab: headers people read, notes, text, links.

use super::line::{Line, Mark, push};
use super::place::Source;
use crate::mail::View;

/// Widest lines of text: longer ones are hard to read, however wide the pane is.
pub(super) const READING: usize = 100;

/// A text with what stands before and behind it.
pub(super) struct Reading<'a> {
    pub(super) before: &'a [Line],
    pub(super) text: &'a [String],
    pub(super) after: &'a [Line],
}

impl Reading<'_> {
    fn len(&self) -> usize {
        self.before.len() + self.text.len() + self.after.len()
    }
}

impl Source for Reading<'_> {
    fn line(&self, at: usize) -> Line {
        let in_text = at.checked_sub(self.before.len());
        let in_after = in_text.and_then(|at| at.checked_sub(self.text.len()));
        match (in_text, in_after) {
            (None, _) => self.before[at].clone(),
            (Some(at), None) => Line::plain(self.text[at].as_str()),
            (_, Some(at)) => self.after.get(at).cloned().unwrap_or_default(),
        }
    }

    fn next(&self, at: usize) -> Option<usize> {
        (at + 1 < self.len()).then_some(at + 1)
    }

    fn previous(&self, at: usize) -> Option<usize> {
        at.checked_sub(1)
    }

    fn nearest(&self, at: usize) -> usize {
        at.min(self.len().saturating_sub(1))
    }
}

/// What stands before the text: short headers and notes.
pub(super) fn before(view: &View) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, value) in &view.headers_short {
        push(&mut lines, Mark::Plain, &format!("{name}: {value}"));
    }
    for note in &view.notes {
        push(&mut lines, Mark::Warning, &format!("! {note}"));
    }
    lines.push(Line::default());
    lines
}

/// What stands behind it: the links, by their numbers in the text.
pub(super) fn after(view: &View) -> Vec<Line> {
    let mut lines = Vec::new();
    if !view.links.is_empty() {
        lines.extend([Line::default(), Line::new(Mark::Heading, "Links (nothing was fetched):")]);
    }
    for (index, link) in view.links.iter().enumerate() {
        push(&mut lines, Mark::Plain, &format!("[{}] {}", index + 1, link.target));
        if let Some(warning) = &link.warning {
            push(&mut lines, Mark::Warning, &format!("! [{}] {warning}", index + 1));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Link;

    #[test]
    fn notes_come_first_and_links_last_with_a_warning_beside_the_false_one() {
        let links = vec![
            Link { target: "https://a.example".into(), warning: None },
            Link { target: "https://evil.example".into(), warning: Some("it reads bank.example".into()) },
        ];
        let view = View {
            headers_short: vec![("From".into(), "a@b".into())],
            notes: vec!["odd".into()],
            text: vec!["hello [1]".into(), "! not a note".into()],
            links,
            ..View::default()
        };
        let (before, after) = (before(&view), after(&view));
        let reading = Reading { before: &before, text: &view.text, after: &after };
        let lines: Vec<Line> =
            std::iter::successors(Some(0), |at| reading.next(*at)).map(|at| reading.line(at)).collect();
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts[..5], ["From: a@b", "! odd", "", "hello [1]", "! not a note"]);
        assert_eq!(texts[7..], ["[1] https://a.example", "[2] https://evil.example", "! [2] it reads bank.example"]);
        let warned: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].mark == Mark::Warning).collect();
        assert_eq!(warned, [1, 9], "a mail cannot write notes of its own");
    }
}
