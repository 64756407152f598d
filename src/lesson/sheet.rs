//! The result sheet: what was done in each lesson, when, with how many hints, what went wrong, and the rows that prove
//! it. Markdown; no line of a server becomes markup.

use std::fmt::Write;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::progress::{Book, Done, Progress, Standing};
use crate::wire::printable;

/// The sheet of all lessons in the book, in the order of `ids` and then by id. `words` replaces placeholders.
pub fn markdown(book: &Book, ids: &[&str], now: &Zoned, words: &dyn Fn(&str) -> String) -> String {
    let mut sheet = format!("# Lessons with telepost\n\nWritten {}.\n", now.strftime("%d %b %Y %H:%M %Z"));
    let own = book.lessons.keys().map(String::as_str).filter(|id| !ids.contains(id));
    let mut any = false;
    for progress in ids.iter().copied().chain(own).filter_map(|id| book.lessons.get(id)) {
        any = true;
        lesson(&mut sheet, progress, now.time_zone(), words);
    }
    if !any {
        sheet.push_str("\nNo lesson was begun.\n");
    }
    sheet
}

fn lesson(sheet: &mut String, progress: &Progress, zone: &TimeZone, words: &dyn Fn(&str) -> String) {
    put(sheet, format_args!("\n## {}\n\n", text(&progress.title)));
    let standing = match progress.standing() {
        Standing::New => "not begun".to_owned(),
        standing => standing.to_string(),
    };
    put(sheet, format_args!("- State: {standing}\n- Server: {}\n", text(&progress.server)));
    if let Some(begun) = progress.begun {
        put(sheet, format_args!("- Begun: {}\n", clock(begun, zone, "%d %b %Y %H:%M:%S")));
    }
    if let (Some(begun), Some(finished)) = (progress.begun, progress.finished) {
        let took = finished.duration_since(begun).as_secs().max(0);
        put(sheet, format_args!("- Time taken: {} min {} s\n", took / 60, took % 60));
    }
    let hints: usize = progress.done.iter().map(|done| done.hints).sum();
    put(sheet, format_args!("- Hints: {hints}\n"));
    for (number, done) in (1..).zip(&progress.done) {
        step(sheet, number, done, zone, words);
    }
}

fn step(sheet: &mut String, number: usize, done: &Done, zone: &TimeZone, words: &dyn Fn(&str) -> String) {
    let say = words(&done.say).replace('\n', " ");
    let when = done.when.map_or_else(String::new, |when| clock(when, zone, "%H:%M:%S"));
    put(sheet, format_args!("\n### Step {number}\n\n{}\n\n", text(&say)));
    match &done.skipped {
        Some(why) => put(sheet, format_args!("- Left out: {}\n", text(why))),
        None => put(sheet, format_args!("- Done at {when}, hints: {}\n", done.hints)),
    }
    for wrong in &done.wrong {
        put(sheet, format_args!("- Went wrong first, and was mended: {}\n", text(&wrong.replace('\n', " "))));
    }
    if !done.rows.is_empty() {
        sheet.push('\n');
    }
    for row in &done.rows {
        // The book is a file that anybody may have written: a line end would lead out of the indented block.
        put(sheet, format_args!("    {}\n", printable::text(row)));
    }
}

fn put(sheet: &mut String, text: std::fmt::Arguments<'_>) {
    sheet.write_fmt(text).expect("writing to a String cannot fail");
}

fn clock(when: Timestamp, zone: &TimeZone, format: &str) -> String {
    when.to_zoned(zone.clone()).strftime(format).to_string()
}

/// A text with what Markdown and HTML would take for markup made harmless.
fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&') {
            safe.push('\\');
        }
        safe.push(if character.is_control() { ' ' } else { character });
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(1_763_811_727 + second).ok()
    }

    #[test]
    fn the_sheet_says_what_when_how_and_proves_it() {
        let done = Done {
            say: "Send the mail.\nPress F5.".to_owned(),
            when: at(20),
            hints: 2,
            wrong: vec!["503: too early".to_owned()],
            rows: vec![
                "-> MAIL FROM:<ada@sandbox.test>".to_owned(),
                "<- 250 *ok*".to_owned(),
                "a\n<b>\x1b[2J".to_owned(),
            ],
            skipped: None,
        };
        let skipped = Done { skipped: Some("the server has no <fault>".to_owned()), ..Done::default() };
        let progress = Progress {
            title: "Send a mail".to_owned(),
            steps: 2,
            at: 2,
            begun: at(0),
            finished: at(95),
            server: "sandbox".to_owned(),
            done: vec![done, skipped],
        };
        let mut book = Book::default();
        book.lessons.insert("send".to_owned(), progress);
        let now = at(100).unwrap().to_zoned(TimeZone::UTC);
        let sheet = markdown(&book, &["read", "send"], &now, &str::to_owned);
        for wanted in [
            "## Send a mail",
            "- State: done",
            "- Time taken: 1 min 35 s",
            "- Hints: 2",
            "Send the mail. Press F5.",
            "- Went wrong first, and was mended: 503: too early",
            "    <- 250 *ok*",
            "- Left out: the server has no \\<fault\\>",
        ] {
            assert!(sheet.contains(wanted), "{wanted}\n{sheet}");
        }
        assert!(!sheet.contains('\x1b') && !sheet.contains("\n<b>"), "{sheet}");
        assert!(markdown(&Book::default(), &[], &now, &str::to_owned).contains("No lesson was begun."));
    }
}
