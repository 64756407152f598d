//! The Route tab: the stations a mail went through, with the time between them.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::line::{Line, Mark, push};
use crate::mail::Hop;

/// From here on a delay is a long one.
const LONG: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn lines(hops: &[Hop]) -> Vec<Line> {
    if hops.is_empty() {
        return vec![Line::new(Mark::Dim, "No Received field: nothing tells the way that this mail took.")];
    }
    let mut lines = vec![
        Line::new(
            Mark::Dim,
            "From the sender to here, as each server wrote it; what came before yours anybody can write.",
        ),
        Line::new(Mark::Heading, format!("{:>3}  {:21}{:>14}  From, by, with, id", "Hop", "Time (UTC)", "Delay")),
    ];
    for (index, hop) in hops.iter().enumerate() {
        let time = hop.at.map(|at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string());
        let (delay, remark) = hop.delay.map(delay).unwrap_or_default();
        let mark = if remark.is_empty() { Mark::Plain } else { Mark::Warning };
        let time = time.as_deref().unwrap_or("unknown");
        push(&mut lines, mark, &format!("{:>3}  {time:21}{delay:>14}  {}", index + 1, stations(hop)));
        if !remark.is_empty() {
            push(&mut lines, mark, &format!("     ! {remark}"));
        }
    }
    lines.extend(total(hops));
    lines
}

fn stations(hop: &Hop) -> String {
    let named = [("from", &hop.from), ("by", &hop.by), ("with", &hop.with), ("id", &hop.id)];
    let named = named.iter().filter(|(_, value)| !value.is_empty());
    named.map(|(word, value)| format!("{word} {value}")).collect::<Vec<_>>().join(" ")
}

/// A delay in words, and what is odd about it.
fn delay(delay: SignedDuration) -> (String, &'static str) {
    let remark = if delay.is_negative() {
        "the clocks of these two servers disagree"
    } else if delay >= LONG {
        "the mail waited here"
    } else {
        ""
    };
    (words(delay), remark)
}

/// `-3 s`, `4 min 3 s`, `2 h 5 min`, `3 d 4 h`.
fn words(delay: SignedDuration) -> String {
    let sign = if delay.is_negative() { "-" } else { "+" };
    let seconds = delay.as_secs().unsigned_abs();
    let two = |big: u64, unit: &str, rest: u64, small: &str| match rest {
        0 => format!("{big} {unit}"),
        rest => format!("{big} {unit} {rest} {small}"),
    };
    let text = match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    };
    format!("{sign}{text}")
}

fn total(hops: &[Hop]) -> Option<Line> {
    let mut times = hops.iter().filter_map(|hop| hop.at);
    let (first, last) = (times.next()?, times.next_back()?);
    let all = words(last.duration_since(first));
    Some(Line::plain(format!("{:>26}{all:>14}  in all", "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(at: &str, delay: Option<i64>) -> Hop {
        Hop {
            from: "a.example".into(),
            by: "b.example".into(),
            at: Some(at.parse().unwrap()),
            delay: delay.map(SignedDuration::from_secs),
            ..Hop::default()
        }
    }

    #[test]
    fn delays_are_words_and_odd_ones_are_marked() {
        let hops = [
            hop("2026-11-22T11:00:00Z", None),
            hop("2026-11-22T11:00:02Z", Some(2)),
            hop("2026-11-22T10:59:59Z", Some(-3)),
            hop("2026-11-22T13:05:00Z", Some(7_501)),
        ];
        let lines = lines(&hops);
        let line = |words: &str| lines.iter().find(|line| line.text.contains(words)).unwrap();
        assert_eq!(line("+2 s").text, "  2  2026-11-22 11:00:02            +2 s  from a.example by b.example");
        assert_eq!(
            (line("+2 s").mark, line("-3 s").mark, line("+2 h 5 min").mark),
            (Mark::Plain, Mark::Warning, Mark::Warning)
        );
        assert!(line("clocks").text.contains('!') && line("waited here").text.contains('!'));
        assert!(lines.last().unwrap().text.ends_with("+2 h 5 min  in all"), "{lines:?}");
    }

    #[test]
    fn a_mail_without_a_way_says_so() {
        assert!(lines(&[])[0].text.contains("No Received field"));
        let unknown = lines(&[Hop { by: "b".into(), ..Hop::default() }]);
        assert!(unknown[2].text.contains("unknown") && unknown[2].text.ends_with("by b"), "{unknown:?}");
    }
}
