//! Two sessions beside each other: exchanges in pairs, and what is different in each pair.

mod pairing;

use std::collections::BTreeSet;
use std::time::Duration;

use super::exchange::{Exchange, Exchanges, Heard};
use super::volatile::{announced, settled};
use crate::transcript::Transcript;
use pairing::pairs;

/// Two waits are different when one is longer by this factor and by this much.
const SLOWER: (u32, Duration) = (2, Duration::from_millis(50));

/// What is different in a pair: the weightiest of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing.
    Same,
    /// The waits.
    Time,
    /// The text.
    Text,
    /// The enhanced code, or what stands in brackets behind `-ERR`.
    Enhanced,
    /// The code, or whether there was an answer.
    Code,
    /// The right session has no such exchange.
    OnlyLeft,
    /// The left session has none.
    OnlyRight,
}

impl Verdict {
    /// The word shown beside a pair.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Time => "TIME",
            Self::Text => "TEXT",
            Self::Enhanced => "ENH",
            Self::Code => "CODE",
            Self::OnlyLeft => "LEFT",
            Self::OnlyRight => "RIGHT",
        }
    }

    /// Something was said otherwise; waits do not count.
    fn is_said(self) -> bool {
        self > Self::Time
    }
}

/// Two exchanges that stand for each other, or one that stands for none.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What is different.
    pub verdict: Verdict,
    /// The waits are different, whatever else is.
    pub slower: bool,
    /// The command was another; that is no difference by itself.
    pub reworded: bool,
    /// Of the left session.
    pub left: Option<Exchange>,
    /// Of the right session.
    pub right: Option<Exchange>,
}

/// Two sessions compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// In order, those of SMTP first.
    pub pairs: Vec<Pair>,
    /// Capabilities that only the right session was told of; sanitized.
    pub appeared: Vec<String>,
    /// Capabilities that only the left session was told of; sanitized.
    pub vanished: Vec<String>,
    /// A session was so long that its older exchanges were left out.
    pub shortened: bool,
}

impl Comparison {
    /// Pairs in which something was said otherwise.
    pub fn differences(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.verdict.is_said()).count()
    }

    /// Pairs whose waits are different.
    pub fn waits(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.slower).count()
    }
}

/// Compares all that is kept of two sessions.
pub fn compare(left: &Transcript, right: &Transcript) -> Comparison {
    compare_exchanges(Exchanges::of(left), Exchanges::of(right))
}

/// Compares exchanges that were taken out of their transcripts before.
pub fn compare_exchanges(left: Exchanges, right: Exchanges) -> Comparison {
    let shortened = left.shortened || right.shortened;
    let both = pairs(left.smtp, right.smtp).into_iter().chain(pairs(left.pop3, right.pop3));
    let pairs: Vec<Pair> = both.map(|(left, right)| judged(left, right)).collect();
    let told = |side: fn(&Pair) -> Option<&Exchange>| -> BTreeSet<String> {
        let all = pairs.iter().filter_map(side).flat_map(|exchange| exchange.capabilities.iter());
        all.map(|capability| announced(capability)).collect()
    };
    let (before, after) = (told(|pair| pair.left.as_ref()), told(|pair| pair.right.as_ref()));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
    Comparison { appeared: only(&after, &before), vanished: only(&before, &after), pairs, shortened }
}

fn judged(left: Option<Exchange>, right: Option<Exchange>) -> Pair {
    let (verdict, slower, reworded) = match (&left, &right) {
        (Some(left), Some(right)) => {
            let slower = is_slower(left.lapse(), right.lapse());
            let said = said(left, right);
            let verdict = if said == Verdict::Same && slower { Verdict::Time } else { said };
            (verdict, slower, settled(&left.command) != settled(&right.command))
        }
        (Some(_), None) => (Verdict::OnlyLeft, false, false),
        _ => (Verdict::OnlyRight, false, false),
    };
    Pair { verdict, slower, reworded, left, right }
}

fn said(left: &Exchange, right: &Exchange) -> Verdict {
    if left.replies.len() != right.replies.len() {
        return Verdict::Code;
    }
    let lists = left.lists();
    let replies = left.replies.iter().zip(&right.replies).map(|(left, right)| answered(left, right, lists));
    let worst = replies.max().unwrap_or(Verdict::Same);
    if lists && capabilities(left) != capabilities(right) { worst.max(Verdict::Text) } else { worst }
}

fn answered(left: &Heard, right: &Heard, lists: bool) -> Verdict {
    if left.code != right.code {
        Verdict::Code
    } else if left.enhanced != right.enhanced {
        Verdict::Enhanced
    } else if text(left, lists) != text(right, lists) {
        Verdict::Text
    } else {
        Verdict::Same
    }
}

/// What is compared of a text; of a list its heading, as the rest is compared without its order.
fn text(heard: &Heard, lists: bool) -> Vec<String> {
    let most = if lists { 1 } else { usize::MAX };
    heard.lines.iter().take(most).map(|line| words(line)).collect()
}

/// The text of a reply as it is compared: without what is different in every run, letter case and spacing aside.
pub fn words(text: &str) -> String {
    let line = |line: &str| settled(&line.split_whitespace().collect::<Vec<_>>().join(" ")).to_lowercase();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn capabilities(exchange: &Exchange) -> BTreeSet<String> {
    exchange.capabilities.iter().map(|capability| announced(capability)).collect()
}

/// Whether one wait is so much longer than the other that it is no noise.
pub fn is_slower(left: Option<Duration>, right: Option<Duration>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return false };
    let (short, long) = (left.min(right), left.max(right));
    long > short.saturating_mul(SLOWER.0) && long.saturating_sub(short) > SLOWER.1
}

#[cfg(test)]
pub(super) mod tests;
