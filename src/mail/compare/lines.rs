//! Two mails line by line, with a few lines around each difference. Bounded in time and size: what is too large is
//! compared elsewhere and not set side by side.

use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices_deadline, group_diff_ops};

use super::{Difference, Kind};
use crate::mail::header::{Split, lines};
use crate::wire::printable;

/// Lines around a difference.
const CONTEXT: usize = 3;
/// Most lines shown.
const SHOWN: usize = 10_000;
/// Most octets of a line shown.
const LINE: usize = 2_000;
/// Bodies of more octets, or more lines, are not set side by side.
const OCTETS: usize = 4 * 1024 * 1024;
const LINES: usize = 200_000;
/// After this long what is left is taken as wholly different.
const PATIENCE: Duration = Duration::from_secs(2);

/// The lines of both, header first.
pub(super) fn side_by_side(sent: &Split<'_>, arrived: &Split<'_>) -> Vec<Difference> {
    let deadline = Instant::now() + PATIENCE;
    let mut shown = Shown::default();
    shown.compared("header", sent.head, arrived.head, deadline);
    shown.compared("body", sent.body, arrived.body, deadline);
    shown.lines
}

#[derive(Default)]
struct Shown {
    lines: Vec<Difference>,
}

impl Shown {
    fn compared(&mut self, what: &str, sent: &[u8], arrived: &[u8], deadline: Instant) {
        let size = |part: &[u8]| lines(part).take(LINES + 1).count();
        if sent == arrived {
            return self.remark(&format!("{what}: {} lines, the same", lines(sent).count()));
        }
        if sent.len().max(arrived.len()) > OCTETS || size(sent).max(size(arrived)) > LINES {
            return self.remark(&format!("{what}: it differs, and is too large to be shown line by line"));
        }
        self.remark(&format!("{what}:"));
        let (old, new): (Vec<&[u8]>, Vec<&[u8]>) = (lines(sent).collect(), lines(arrived).collect());
        let ops = capture_diff_slices_deadline(Algorithm::Myers, &old, &new, Some(deadline));
        let mut at = 0;
        for op in group_diff_ops(ops, CONTEXT).into_iter().flatten() {
            self.left_out(op.old_range().start.saturating_sub(at));
            at = op.old_range().end;
            self.operation(&op, &old, &new);
            if self.lines.len() >= SHOWN {
                self.lines.truncate(SHOWN);
                return self.remark(&format!("only the first {SHOWN} lines are shown"));
            }
        }
        self.left_out(old.len() - at);
    }

    fn operation(&mut self, op: &DiffOp, old: &[&[u8]], new: &[&[u8]]) {
        let (tag, old, new) = (op.tag(), &old[op.old_range()], &new[op.new_range()]);
        if tag == DiffTag::Equal {
            return self.push(Kind::Same, old);
        }
        self.push(Kind::Removed, old);
        self.push(Kind::Added, new);
    }

    fn push(&mut self, kind: Kind, lines: &[&[u8]]) {
        let room = SHOWN.saturating_sub(self.lines.len());
        self.lines.extend(lines.iter().take(room).map(|line| Difference { kind, text: visible(line) }));
    }

    fn left_out(&mut self, count: usize) {
        match count {
            0 => {}
            1 => self.remark("1 line that is the same"),
            _ => self.remark(&format!("{count} lines that are the same")),
        }
    }

    fn remark(&mut self, text: &str) {
        self.lines.push(Difference { kind: Kind::Same, text: format!("[{text}]") });
    }
}

/// A line with its end spelled out, cut if it is very long.
fn visible(line: &[u8]) -> String {
    match line.get(..LINE) {
        Some(start) if line.len() > LINE => format!("{} [{} octets more]", printable::wire(start), line.len() - LINE),
        _ => printable::wire(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::header::split;

    fn texts(sent: &[u8], arrived: &[u8]) -> Vec<String> {
        let mark = |kind| match kind {
            Kind::Same => ' ',
            Kind::Added => '+',
            Kind::Removed => '-',
        };
        let lines = side_by_side(&split(sent), &split(arrived));
        lines.into_iter().map(|line| format!("{}{}", mark(line.kind), line.text)).collect()
    }

    #[test]
    fn long_runs_that_are_the_same_are_left_out_and_told() {
        let body = |word: &str| {
            let lines = (0..30).map(|at| if at == 15 { format!("{word}\r\n") } else { format!("{at}\r\n") });
            format!("A: 1\r\n\r\n{}", lines.collect::<String>()).into_bytes()
        };
        let expected = [
            " [header: 1 lines, the same]",
            " [body:]",
            " [12 lines that are the same]",
            " 12\\r\\n",
            " 13\\r\\n",
            " 14\\r\\n",
            "-old\\r\\n",
            "+new\\r\\n",
            " 16\\r\\n",
            " 17\\r\\n",
            " 18\\r\\n",
            " [11 lines that are the same]",
        ];
        assert_eq!(texts(&body("old"), &body("new")), expected);
    }

    #[test]
    fn what_is_too_much_is_not_shown_and_that_is_told() {
        let sent = [b"A: 1\r\n\r\n".as_slice(), &b"x\r\n".repeat(100_000)].concat();
        let arrived = [b"A: 1\r\n\r\n".as_slice(), &b"y\r\n".repeat(100_000)].concat();
        let shown = texts(&sent, &arrived);
        assert_eq!(
            (shown.len(), shown.last().unwrap().as_str()),
            (SHOWN + 1, " [only the first 10000 lines are shown]")
        );
        let huge = [b"A: 1\r\n\r\n".as_slice(), &vec![b'x'; OCTETS + 1]].concat();
        assert_eq!(texts(&sent, &huge)[1], " [body: it differs, and is too large to be shown line by line]");
        let long = [b"A: 1\r\n\r\n".as_slice(), &vec![b'x'; 100_000]].concat();
        assert!(texts(b"A: 1\r\n\r\n", &long).iter().all(|line| line.len() < LINE + 100));
    }
}
