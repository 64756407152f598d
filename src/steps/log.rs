//! What was said on a line, in order, each with its answer: it stays in sight while the steps that are left change.

use std::collections::VecDeque;
use std::time::Duration;

use super::Key;

/// Most entries kept; the oldest go first.
const MOST: usize = 400;

/// What the server said to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Such as `250` or `-ERR`.
    pub code: String,
    /// Its class in a word: OK, MORE, TEMP, PERM, ERR.
    pub class: &'static str,
    /// It was not refused.
    pub good: bool,
}

/// Something that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The step it was; `None`: a line from elsewhere.
    pub key: Option<Key>,
    /// The line as sent, secrets masked; **not sanitized**.
    pub line: String,
    /// `None`: none came yet, or the line went away before.
    pub answer: Option<Answer>,
    /// From the last octet sent to the first of the answer.
    pub lapse: Option<Duration>,
}

/// What was said since the line was opened.
#[derive(Clone, Debug, Default)]
pub struct Log {
    done: VecDeque<Done>,
}

impl Log {
    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = &Done> {
        self.done.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.done.len()
    }

    /// Nothing was said yet.
    pub fn is_empty(&self) -> bool {
        self.done.is_empty()
    }

    /// The entry at an index.
    pub fn get(&self, index: usize) -> Option<&Done> {
        self.done.get(index)
    }

    /// Another conversation begins.
    pub fn clear(&mut self) {
        self.done.clear();
    }

    /// A step goes out.
    pub fn sent(&mut self, key: Option<Key>, line: String) {
        if self.done.len() == MOST {
            self.done.pop_front();
        }
        self.done.push_back(Done { key, line, answer: None, lapse: None });
    }

    /// The last entry got its answer, or a further one.
    pub fn answered(&mut self, answer: Answer, lapse: Option<Duration>) {
        if let Some(last) = self.done.back_mut() {
            last.answer = Some(answer);
            last.lapse = lapse.or(last.lapse);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_go_first_and_an_answer_belongs_to_the_last() {
        let mut log = Log::default();
        for number in 0..=MOST {
            log.sent(None, number.to_string());
        }
        assert_eq!((log.len(), log.get(0).map(|done| done.line.as_str())), (MOST, Some("1")));
        let answer = Answer { code: "250".to_owned(), class: "OK", good: true };
        log.answered(answer.clone(), Some(Duration::from_millis(2)));
        assert_eq!(log.iter().last().and_then(|done| done.answer.clone()), Some(answer));
        assert!(log.get(0).is_some_and(|done| done.answer.is_none()));
    }
}
