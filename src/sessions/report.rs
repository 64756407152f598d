//! A comparison as lines of two columns, for the screen and for a text, and as JSON.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::compare::{Comparison, Pair, Verdict};
use super::exchange::{Exchange, Heard};
use super::volatile::announced;
use crate::transcript::text::{self, fit, lapse};
use crate::wire::Side;

/// Cells before the columns: the word for the difference.
const WORD: usize = 7;

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The pair that it is of.
    pub pair: usize,
    /// The first line of a pair holds the command, which is the same for both.
    pub head: bool,
    /// At the left, or over both columns.
    pub left: String,
    /// At the right.
    pub right: String,
    /// The waits, at the end of the columns.
    pub waits: [String; 2],
}

/// All lines, in order.
pub fn lines(comparison: &Comparison) -> Vec<Line> {
    let both = comparison.pairs.iter().any(|pair| side(pair) == Side::Smtp)
        && comparison.pairs.iter().any(|pair| side(pair) == Side::Pop3);
    comparison.pairs.iter().enumerate().flat_map(|(index, pair)| of_pair(index, pair, both)).collect()
}

/// Which protocol a pair is of.
pub fn side(pair: &Pair) -> Side {
    pair.left.as_ref().or(pair.right.as_ref()).map_or(Side::Smtp, |exchange| exchange.side)
}

fn of_pair(index: usize, pair: &Pair, both: bool) -> Vec<Line> {
    let line = |head, left, right| Line { pair: index, head, left, right, waits: Default::default() };
    let protocol = match (both, side(pair)) {
        (false, _) => "",
        (true, Side::Smtp) => "S ",
        (true, Side::Pop3) => "P ",
    };
    let command = |exchange: &Option<Exchange>| exchange.as_ref().map(|of| format!("{protocol}{}", of.command));
    let (left, right) = (command(&pair.left), command(&pair.right));
    let mut lines = match (left, right) {
        (Some(left), Some(right)) if left != right => vec![line(true, left, right)],
        (left, right) => vec![line(true, left.or(right).unwrap_or_default(), String::new())],
    };
    let count = replies(pair.left.as_ref()).len().max(replies(pair.right.as_ref()).len());
    for at in 0..count {
        let here = |exchange: &Option<Exchange>| replies(exchange.as_ref()).get(at).map(told).unwrap_or_default();
        let wait = |exchange: &Option<Exchange>| waited(replies(exchange.as_ref()).get(at));
        let waits = [wait(&pair.left), wait(&pair.right)];
        lines.push(Line { waits, ..line(false, here(&pair.left), here(&pair.right)) });
    }
    lines.extend(details(pair).into_iter().map(|(left, right)| line(false, left, right)));
    lines
}

fn replies(exchange: Option<&Exchange>) -> &[Heard] {
    exchange.map_or(&[], |exchange| &exchange.replies)
}

/// Code and first line of a reply.
fn told(heard: &Heard) -> String {
    let enhanced = heard.enhanced.as_deref().unwrap_or_default();
    let first = heard.lines.first().map(String::as_str).unwrap_or_default();
    let more = heard.lines.len().saturating_sub(1);
    let more = if more > 0 { format!("(+{more})") } else { String::new() };
    let words = [heard.code.as_str(), enhanced, first, &more];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn waited(heard: Option<&Heard>) -> String {
    heard.and_then(|heard| heard.lapse).map(|wait| lapse(wait).replace(' ', "")).unwrap_or_default()
}

/// What the first lines of the replies do not show of a difference.
fn details(pair: &Pair) -> Vec<(String, String)> {
    let (Some(left), Some(right)) = (&pair.left, &pair.right) else { return Vec::new() };
    if left.lists() {
        return listed(left, right);
    }
    if pair.verdict != Verdict::Text {
        return Vec::new();
    }
    let lines = |exchange: &Exchange| exchange.reply().map(|reply| reply.lines.clone()).unwrap_or_default();
    let (left, right) = (lines(left), lines(right));
    let at = |lines: &[String], line: usize| lines.get(line).map(|text| format!("| {text}")).unwrap_or_default();
    let differing = (1..left.len().max(right.len())).filter(|line| left.get(*line) != right.get(*line));
    differing.take(6).map(|line| (at(&left, line), at(&right, line))).collect()
}

/// Capabilities that only one of both lists.
fn listed(left: &Exchange, right: &Exchange) -> Vec<(String, String)> {
    let has = |exchange: &Exchange, wanted: &str| {
        exchange.capabilities.iter().any(|capability| announced(capability) == announced(wanted))
    };
    let gone = left.capabilities.iter().filter(|capability| !has(right, capability));
    let new = right.capabilities.iter().filter(|capability| !has(left, capability));
    let gone = gone.map(|capability| (format!("- {capability}"), String::new()));
    gone.chain(new.map(|capability| (String::new(), format!("+ {capability}")))).collect()
}

/// The whole as text of at most `width` columns; `names`: of the left and of the right session, sanitized.
pub fn text(comparison: &Comparison, names: [&str; 2], width: usize) -> String {
    let column = width.saturating_sub(WORD + 3) / 2;
    let mut out = format!("{}\n", told_in_short(comparison));
    let mut put = |word: &str, left: &str, right: &str| {
        let row = format!("{word:<WORD$}{} | {right}", text::left(left, column));
        out.extend([row.trim_end(), "\n"]);
    };
    put("", &fit(names[0], column), &fit(names[1], column));
    for line in lines(comparison) {
        let pair = &comparison.pairs[line.pair];
        let word = if line.head { pair.verdict.word() } else { "" };
        if line.head && line.right.is_empty() {
            let room = width.saturating_sub(WORD);
            put_over(&mut out, word, &fit(&line.left, room));
            continue;
        }
        let [left, right] = [(&line.left, &line.waits[0]), (&line.right, &line.waits[1])]
            .map(|(text, wait)| with_wait(text, wait, column));
        let row = format!("{word:<WORD$}{} | {right}", text::left(&left, column));
        out.extend([row.trim_end(), "\n"]);
    }
    out
}

fn put_over(out: &mut String, word: &str, text: &str) {
    let row = format!("{word:<WORD$}{text}");
    out.extend([row.trim_end(), "\n"]);
}

/// `text` in a column of that width, with its wait at the right end.
pub fn with_wait(text: &str, wait: &str, column: usize) -> String {
    if wait.is_empty() {
        return fit(text, column);
    }
    let room = column.saturating_sub(wait.width() + 1);
    format!("{} {wait}", text::left(text, room))
}

/// One sentence about it.
pub fn told_in_short(comparison: &Comparison) -> String {
    let count = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
    let said = match comparison.differences() {
        0 => "no difference in what was said".to_owned(),
        number => count(number, "difference in what was said", "differences in what was said"),
    };
    let waits = match comparison.waits() {
        0 => String::new(),
        number => format!(", {}", count(number, "wait differs", "waits differ")),
    };
    let cut = if comparison.shortened { "; older exchanges were left out" } else { "" };
    format!("{}, {said}{waits}{cut}", count(comparison.pairs.len(), "exchange", "exchanges"))
}

/// The whole as one object.
pub fn json(comparison: &Comparison) -> Value {
    json!({
        "differences": comparison.differences(),
        "waits": comparison.waits(),
        "shortened": comparison.shortened,
        "appeared": comparison.appeared,
        "vanished": comparison.vanished,
        "pairs": comparison.pairs.iter().map(pair_json).collect::<Vec<_>>(),
    })
}

fn pair_json(pair: &Pair) -> Value {
    json!({
        "verdict": match pair.verdict {
            Verdict::Same => "same",
            Verdict::Time => "time",
            Verdict::Text => "text",
            Verdict::Enhanced => "enhanced",
            Verdict::Code => "code",
            Verdict::OnlyLeft => "only-left",
            Verdict::OnlyRight => "only-right",
        },
        "side": match side(pair) { Side::Smtp => "smtp", Side::Pop3 => "pop3" },
        "slower": pair.slower,
        "reworded": pair.reworded,
        "left": pair.left.as_ref().map(exchange_json),
        "right": pair.right.as_ref().map(exchange_json),
    })
}

fn exchange_json(exchange: &Exchange) -> Value {
    let reply = |heard: &Heard| {
        json!({
            "code": heard.code,
            "enhanced": heard.enhanced,
            "lines": heard.lines,
            "lapse_ms": heard.lapse.map(|lapse| lapse.as_micros() as f64 / 1e3),
        })
    };
    json!({
        "command": exchange.command,
        "replies": exchange.replies.iter().map(reply).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::compare::tests::session;
    use super::*;

    fn comparison() -> Comparison {
        let left = ["> RCPT TO:<c@d>", "<2 250 2.1.5 ok", "> DATA", "<3 354 go on"];
        let right = ["> RCPT TO:<c@d>", "<2 550 5.1.1 there is no such user here", "> RSET", "<1 250 2.0.0 ok"];
        compare(&session(&left), &session(&right))
    }

    #[test]
    fn two_columns_fit_their_width() {
        for width in [80, 120] {
            let text = text(&comparison(), ["one", "other"], width);
            assert!(text.lines().all(|line| line.width() <= width), "{text}");
            assert!(text.starts_with("3 exchanges, 3 differences in what was said\n"), "{text}");
        }
        let text = text(&comparison(), ["one", "other"], 60);
        let expected = "\
3 exchanges, 3 differences in what was said
       one                       | other
CODE   RCPT TO:<c@d>
       250 2.1.5 ok          2ms | 550 5.1.1 there is n> 2ms
LEFT   DATA
       354 go on             3ms |
RIGHT  RSET
                                 | 250 2.0.0 ok          1ms
";
        assert_eq!(text, expected);
    }

    #[test]
    fn json_tells_the_same() {
        let told = json(&comparison());
        assert_eq!((&told["differences"], &told["pairs"][0]["verdict"]), (&3.into(), &"code".into()));
        assert_eq!(told["pairs"][0]["right"]["replies"][0]["enhanced"], "5.1.1");
        assert!(told["pairs"][1]["right"].is_null());
    }
}
