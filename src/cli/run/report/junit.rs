//! The report in the form that build servers read: a suite for each play, a case for each statement.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::cli::run::played::{Outcome, Played};
use crate::script::{Row, Verdict};
use crate::wire::printable;

/// XML.
pub fn of(outcome: &Outcome) -> String {
    let mut report = Report::new("telepost run");
    report.add_test_suites(outcome.plays.iter().map(|play| suite(&outcome.script, play)));
    // Written to memory, from texts that were made printable: nothing can fail but a mistake of ours.
    report.to_string().unwrap_or_else(|error| format!("<!-- {} -->\n", printable::text(&error.to_string())))
}

fn suite(script: &str, play: &Played) -> TestSuite {
    let mut suite = TestSuite::new(text(&format!("{script} at {}", play.servers)));
    suite.set_time(play.lapse);
    suite.add_test_cases(play.report.rows.iter().map(|row| case(script, row)));
    suite
}

fn case(script: &str, row: &Row) -> TestCase {
    let status = match row.verdict {
        Verdict::Done | Verdict::Held => TestCaseStatus::success(),
        Verdict::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(text(&row.note));
            status
        }
    };
    let mut case = TestCase::new(text(&format!("line {}: {}", row.line, row.what)), status);
    case.set_classname(text(script));
    if let Some(lapse) = row.lapse {
        case.set_time(lapse);
    }
    if let Some(said) = &row.reply {
        case.set_system_out(text(&format!("{} {}", super::reply(row), said.text.replace('\n', " "))));
    }
    case
}

fn text(text: &str) -> String {
    printable::text(text).into_owned()
}
