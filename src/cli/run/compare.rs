//! Two plays of one script side by side: where the replies differ, and where the waits do. The script says which
//! statements belong together; what counts as a difference is the same as between saved sessions.

use std::cmp::Ordering;

use crate::script::Row;
use crate::sessions::compare::{is_slower, words};

/// A statement in both plays, or in one.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// The first play's.
    pub one: Option<&'a Row>,
    /// The second play's.
    pub other: Option<&'a Row>,
}

/// What two rows do not share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only one play came here.
    Missing,
    /// Code or status indicator.
    Code,
    /// Enhanced code or response code.
    Enhanced,
    /// The words, apart from what differs between any two servers.
    Text,
    /// How long it took.
    Time,
}

impl Difference {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Code => "code",
            Self::Enhanced => "enhanced",
            Self::Text => "text",
            Self::Time => "time",
        }
    }
}

/// The rows of both plays by statement, in the order of the script.
pub fn pairs<'a>(one: &'a [Row], other: &'a [Row]) -> Vec<Pair<'a>> {
    let key = |row: &Row| (row.step, row.part);
    let (mut ones, mut others) = (one.iter().peekable(), other.iter().peekable());
    let mut pairs = Vec::new();
    loop {
        let order = match (ones.peek(), others.peek()) {
            (None, None) => return pairs,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => key(one).cmp(&key(other)),
        };
        let one = if order == Ordering::Greater { None } else { ones.next() };
        let other = if order == Ordering::Less { None } else { others.next() };
        pairs.push(Pair { one, other });
    }
}

impl Pair<'_> {
    /// The row that is there.
    pub fn any(&self) -> Option<&Row> {
        self.one.or(self.other)
    }

    /// What is not the same. Words alone are compared where the codes agree.
    pub fn differences(&self) -> Vec<Difference> {
        let (Some(one), Some(other)) = (self.one, self.other) else { return vec![Difference::Missing] };
        let mut found = Vec::new();
        match (&one.reply, &other.reply) {
            (Some(one), Some(other)) if one.code != other.code => found.push(Difference::Code),
            (Some(one), Some(other)) => {
                if one.enhanced != other.enhanced {
                    found.push(Difference::Enhanced);
                }
                if words(&one.text) != words(&other.text) {
                    found.push(Difference::Text);
                }
            }
            (None, None) => {}
            _ => found.push(Difference::Missing),
        }
        if is_slower(one.lapse, other.lapse) {
            found.push(Difference::Time);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::script::Verdict;
    use crate::script::report::Said;

    fn row(step: usize, reply: &str, milliseconds: u64) -> Row {
        let (code, text) = reply.split_once(' ').unwrap();
        let said = Said { code: code.into(), enhanced: None, text: text.into() };
        Row {
            step,
            part: 0,
            line: 1,
            side: None,
            what: "x".into(),
            reply: Some(said),
            lapse: Some(Duration::from_millis(milliseconds)),
            verdict: Verdict::Done,
            note: String::new(),
        }
    }

    #[test]
    fn statements_meet_each_other_though_the_branches_differ() {
        let one = [row(0, "220 a", 1), row(2, "250 b", 1), row(5, "221 c", 1)];
        let other = [row(0, "220 a", 1), row(3, "250 b", 1), row(5, "221 c", 1)];
        let met: Vec<(bool, bool)> =
            pairs(&one, &other).iter().map(|pair| (pair.one.is_some(), pair.other.is_some())).collect();
        assert_eq!(met, [(true, true), (true, false), (false, true), (true, true)]);
    }

    #[test]
    fn what_differs_between_any_two_servers_is_no_difference() {
        use Difference::{Code, Text, Time};
        for (one, other, differences) in [
            (row(0, "250 Ok: queued as 6AB5150038", 1), row(0, "250 ok: queued  as 77F", 40), vec![]),
            (row(0, "220 mx.example.org ESMTP", 1), row(0, "220 sandbox.test ESMTP", 1), vec![]),
            (row(0, "250 sender ok", 1), row(0, "250 accepted", 1), vec![Text]),
            (row(0, "250 ok", 1), row(0, "550 ok", 1), vec![Code]),
            (row(0, "250 ok", 1), row(0, "250 ok", 400), vec![Time]),
            (row(0, "250 ok", 300), row(0, "250 ok", 450), vec![]),
        ] {
            let pair = Pair { one: Some(&one), other: Some(&other) };
            assert_eq!(pair.differences(), differences, "{one:?} {other:?}");
        }
        let alone = row(0, "250 ok", 1);
        assert_eq!(Pair { one: Some(&alone), other: None }.differences(), [Difference::Missing]);
    }
}
