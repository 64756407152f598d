//! What the person did to the steps: lines changed, steps left out or taken in, steps put in. It is kept by what a step
//! is for, so that steps laid out anew after a reply do not lose it.

use super::{Course, Key, Step};
use crate::wire::Side;
use crate::{pop3, smtp};

/// A line that is to be sent. It may hold a password, so it is not shown as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Words(String);

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({} octets)", self.0.len())
    }
}

impl Words {
    /// As it is typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it goes out, **secrets included**.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Secrets masked; **not sanitized**.
    pub fn shown(&self, side: Side) -> String {
        let masked = match side {
            Side::Smtp => smtp::Line::typed(self.0.as_str()).map(|line| line.shown()),
            Side::Pop3 => pop3::Line::typed(self.0.as_str()).map(|line| line.shown()),
        };
        masked.unwrap_or_else(|_| "a line that cannot be sent".to_owned())
    }
}

/// A step that the person put in.
#[derive(Clone, Debug)]
struct Added {
    id: u32,
    /// Behind which step it stands; in front of all once that is gone.
    behind: Option<Key>,
    /// What it repeats.
    of: Option<Key>,
    words: Words,
}

/// A step that is left, as the person wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is for.
    pub key: Key,
    /// What it repeats, if it was put in as that.
    pub of: Option<Key>,
    /// The line.
    pub words: Words,
    /// Why it comes here.
    pub why: &'static str,
    /// What the server is expected to say.
    pub expect: &'static str,
    /// It is passed over.
    pub left_out: bool,
    /// The line is the person's.
    pub own: bool,
}

/// What the person did to the steps of one side.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    changes: Vec<(Key, Words)>,
    left_out: Vec<Key>,
    taken_in: Vec<Key>,
    added: Vec<Added>,
    last_id: u32,
}

impl Plan {
    /// The steps that are left, as the person wants them.
    pub fn rows(&self, course: &Course) -> Vec<Row> {
        let stands = |key: &Key| course.steps.iter().any(|step| step.key == *key);
        let first = self.added.iter().filter(|added| !added.behind.as_ref().is_some_and(stands));
        let mut rows: Vec<Row> = first.map(|added| self.added_row(added)).collect();
        for step in &course.steps {
            rows.push(self.row(step));
            let behind = self.added.iter().filter(|added| added.behind.as_ref() == Some(&step.key));
            rows.extend(behind.map(|added| self.added_row(added)));
        }
        rows
    }

    fn row(&self, step: &Step) -> Row {
        let change = self.change(&step.key);
        let left_out = self.left_out.contains(&step.key) || step.out && !self.taken_in.contains(&step.key);
        Row {
            key: step.key.clone(),
            of: None,
            words: change.cloned().unwrap_or_else(|| Words::new(step.line.as_str())),
            why: step.why,
            expect: step.expect,
            left_out,
            own: change.is_some(),
        }
    }

    fn added_row(&self, added: &Added) -> Row {
        let key = Key::Added(added.id);
        let change = self.change(&key);
        Row {
            left_out: self.left_out.contains(&key),
            own: change.is_some(),
            words: change.unwrap_or(&added.words).clone(),
            of: added.of.clone().filter(|_| change.is_none()),
            key,
            why: "you put it in",
            expect: "",
        }
    }

    fn change(&self, key: &Key) -> Option<&Words> {
        self.changes.iter().find_map(|(known, words)| (known == key).then_some(words))
    }

    /// The line of a step is this from now on.
    pub fn change_to(&mut self, key: Key, words: Words) {
        self.restore(&key);
        self.changes.push((key, words));
    }

    /// The line of a step is the proper one again.
    pub fn restore(&mut self, key: &Key) {
        self.changes.retain(|(known, _)| known != key);
    }

    /// Leaves a step out, or takes it in again. A step that was put in goes for good.
    pub fn skip(&mut self, row: &Row) {
        let key = &row.key;
        if matches!(key, Key::Added(_)) {
            return self.drop_added(key);
        }
        self.left_out.retain(|known| known != key);
        self.taken_in.retain(|known| known != key);
        if row.left_out { self.taken_in.push(key.clone()) } else { self.left_out.push(key.clone()) }
    }

    /// Puts a step in, behind another one or in front of all. Returns what it is known by.
    pub fn add(&mut self, behind: Option<&Key>, of: Option<Key>, words: Words) -> Key {
        self.last_id += 1;
        // Behind a step that was itself put in means: behind what that stands behind.
        let behind = match behind {
            Some(Key::Added(id)) => self.added.iter().find(|added| added.id == *id).and_then(|it| it.behind.clone()),
            other => other.cloned(),
        };
        self.added.push(Added { id: self.last_id, behind, of, words });
        Key::Added(self.last_id)
    }

    /// A step was sent. One that was put in is done with; a changed one, once it was accepted.
    pub fn sent(&mut self, key: &Key) {
        self.drop_added(key);
    }

    /// What was sent was accepted: what was done to that step is done with.
    pub fn accepted(&mut self, key: &Key) {
        self.restore(key);
        self.left_out.retain(|known| known != key);
        self.taken_in.retain(|known| known != key);
    }

    fn drop_added(&mut self, key: &Key) {
        if let Key::Added(id) = key {
            self.added.retain(|added| added.id != *id);
            self.restore(key);
            self.left_out.retain(|known| known != key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(keys: &[Key]) -> Course {
        let mut course = Course::default();
        for key in keys {
            course.push(key.clone(), format!("{key:?}"), "why", "250");
        }
        course
    }

    fn lines(plan: &Plan, keys: &[Key]) -> Vec<String> {
        let mark = |row: &Row| if row.left_out { "-" } else { "" };
        plan.rows(&course(keys)).iter().map(|row| format!("{}{}", mark(row), row.words.expose())).collect()
    }

    #[test]
    fn what_was_done_to_a_step_outlives_steps_laid_out_anew() {
        let mut plan = Plan::default();
        plan.change_to(Key::Mail, Words::new("MAIL FROM:<x@y>"));
        let row = plan.rows(&course(&[Key::Data])).remove(0);
        plan.skip(&row);
        plan.add(Some(&Key::Mail), Some(Key::Mail), Words::new("MAIL again"));
        assert_eq!(lines(&plan, &[Key::Mail, Key::Data]), ["MAIL FROM:<x@y>", "MAIL again", "-Data"]);
        // TLS came in between, and the rest is as it was.
        assert_eq!(lines(&plan, &[Key::Tls, Key::Mail, Key::Data]), ["Tls", "MAIL FROM:<x@y>", "MAIL again", "-Data"]);
    }

    #[test]
    fn a_step_put_in_comes_next_once_the_one_before_it_is_gone_and_is_sent_once() {
        let mut plan = Plan::default();
        let key = plan.add(Some(&Key::Mail), None, Words::new("NOOP"));
        plan.add(Some(&key), None, Words::new("HELP"));
        assert_eq!(lines(&plan, &[Key::Data, Key::Quit]), ["NOOP", "HELP", "Data", "Quit"]);
        plan.sent(&key);
        assert_eq!(lines(&plan, &[Key::Data]), ["HELP", "Data"]);
    }

    #[test]
    fn a_changed_line_stays_until_it_was_accepted() {
        let mut plan = Plan::default();
        plan.change_to(Key::Mail, Words::new("MAIL FROM:<x@y>"));
        plan.sent(&Key::Mail);
        assert_eq!(lines(&plan, &[Key::Mail]), ["MAIL FROM:<x@y>"]);
        plan.accepted(&Key::Mail);
        assert_eq!(lines(&plan, &[Key::Mail]), ["Mail"]);
    }

    #[test]
    fn what_is_left_out_by_itself_can_be_taken_in_and_out() {
        let mut plan = Plan::default();
        let mut course = Course::default();
        course.push_out(Key::Dele, "DELE 2", "", "");
        for left_out in [true, false, true] {
            let row = plan.rows(&course).remove(0);
            assert_eq!(row.left_out, left_out);
            plan.skip(&row);
        }
    }

    #[test]
    fn a_step_put_in_and_left_out_is_gone() {
        let mut plan = Plan::default();
        plan.add(None, None, Words::new("NOOP"));
        let row = plan.rows(&Course::default()).remove(0);
        plan.skip(&row);
        assert!(plan.rows(&Course::default()).is_empty());
    }

    #[test]
    fn a_secret_in_a_line_is_neither_shown_nor_debugged() {
        let words = Words::new("AUTH PLAIN AGFkYQBodW50ZXIy");
        assert!(!words.shown(Side::Smtp).contains("AGFk") && words.shown(Side::Smtp).starts_with("AUTH PLAIN"));
        assert!(!format!("{words:?}").contains("AGFk"));
        assert!(!Words::new("PASS hunter2").shown(Side::Pop3).contains("hunter2"));
    }
}
