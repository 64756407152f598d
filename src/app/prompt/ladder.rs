//! The states of a conversation as a ladder: what was passed, the one that is up now, what lies ahead.

use std::ops::Range;

use super::course::{Pop3Course, SmtpCourse, Standing};
use crate::{pop3, smtp};

/// One state on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    name: String,
    pub(crate) standing: Standing,
    pub(crate) present: bool,
}

impl Rung {
    /// `MAIL+` when passed, `MAIL-` when refused, `[MAIL]` when it is up now.
    pub(crate) fn text(&self) -> String {
        let mark = match self.standing {
            Standing::Refused => "-",
            Standing::Passed if !self.present => "+",
            Standing::Passed | Standing::Ahead => "",
        };
        if self.present { format!("[{}{mark}]", self.name) } else { format!("{}{mark}", self.name) }
    }
}

/// A name, what became of it, and whether it belongs on the ladder at all.
type Step = (&'static str, Standing, bool);

fn rungs(steps: &[Step], present: &str) -> Vec<Rung> {
    let kept = steps.iter().filter(|(name, _, shown)| *shown || *name == present);
    kept.map(|(name, standing, _)| Rung { name: (*name).to_owned(), standing: *standing, present: *name == present })
        .collect()
}

/// What the ladder of an SMTP line depends on.
pub(crate) struct Smtp<'a> {
    pub(crate) state: smtp::State,
    pub(crate) course: &'a SmtpCourse,
    pub(crate) offered: &'a smtp::Capabilities,
    /// The next proper command.
    pub(crate) next: Option<&'a str>,
    pub(crate) lmtp: bool,
    /// Recipients accepted, and how many there are in all.
    pub(crate) recipients: (usize, usize),
}

/// The ladder of an SMTP line; empty when there is none.
pub(crate) fn smtp(of: &Smtp<'_>) -> Vec<Rung> {
    let course = of.course;
    let hello = if of.lmtp { "LHLO" } else { "EHLO" };
    let Some(present) = present_smtp(of, hello) else { return Vec::new() };
    let shown = |standing, offered| standing != Standing::Ahead || offered;
    let again = present == "MAIL";
    let of_mail = |standing| if again { Standing::Ahead } else { standing };
    let mut rungs = rungs(
        &[
            ("BANNER", course.banner, true),
            (hello, course.hello, true),
            ("TLS", course.tls, shown(course.tls, of.offered.starttls)),
            ("AUTH", course.auth, shown(course.auth, !of.offered.auth.is_empty())),
            ("MAIL", course.mail, true),
            ("RCPT", of_mail(course.rcpt), true),
            ("DATA", of_mail(course.data), true),
            ("QUIT", course.quit, course.quit != Standing::Ahead),
        ],
        present,
    );
    if let (Some(rung), (accepted, all @ 2..)) = (rungs.iter_mut().find(|rung| rung.name == "RCPT"), of.recipients)
        && !again
        && course.rcpt != Standing::Ahead
    {
        rung.name = format!("RCPT {accepted}/{}", all.max(accepted));
    }
    rungs
}

fn present_smtp(of: &Smtp<'_>, hello: &'static str) -> Option<&'static str> {
    use smtp::State;
    let by_state = match of.state {
        State::Greeting => return Some("BANNER"),
        State::Tls => return Some("TLS"),
        State::Auth => return Some("AUTH"),
        State::Body => return Some("DATA"),
        State::Ending => return Some("QUIT"),
        State::Closed => return None,
        State::Greeted => hello,
        State::Ready => "MAIL",
        State::Mail => "RCPT",
        State::Rcpt => "DATA",
    };
    let verb = of.next.and_then(|line| smtp::Line::typed(line).ok()).map(|line| line.verb());
    Some(match verb {
        Some(smtp::Verb::Helo | smtp::Verb::Ehlo | smtp::Verb::Lhlo) => hello,
        Some(smtp::Verb::StartTls) => "TLS",
        Some(smtp::Verb::Auth) => "AUTH",
        Some(smtp::Verb::Mail) => "MAIL",
        Some(smtp::Verb::Rcpt) => "RCPT",
        Some(smtp::Verb::Data | smtp::Verb::Bdat) => "DATA",
        Some(smtp::Verb::Quit) => "QUIT",
        _ => by_state,
    })
}

/// The ladder of a POP3 line; empty when there is none.
pub(crate) fn pop3(
    state: pop3::State,
    course: &Pop3Course,
    offered: Option<&pop3::Capabilities>,
    next: Option<&str>,
) -> Vec<Rung> {
    use pop3::State;
    let verb = next.and_then(|line| pop3::Line::typed(line).ok()).map(|line| line.verb());
    let by_auth = state == State::Auth || course.auth != Standing::Ahead || verb == Some(pop3::Verb::Auth);
    let inside = matches!(state, State::Transaction | State::Update) || course.quit != Standing::Ahead;
    let present = match (state, verb) {
        (State::Greeting, _) => "BANNER",
        (State::Tls, _) | (State::Authorization, Some(pop3::Verb::Stls)) => "TLS",
        (State::Auth, _) | (State::Authorization, Some(pop3::Verb::Auth)) => "AUTH",
        (State::Authorization, Some(pop3::Verb::Pass)) => "PASS",
        (State::Authorization, _) => "USER",
        (State::Transaction, Some(pop3::Verb::Quit)) | (State::Update, _) => "QUIT",
        (State::Transaction, _) => "TRANSACTION",
        (State::Closed, _) => return Vec::new(),
    };
    let by_name = course.user != Standing::Ahead || !by_auth;
    rungs(
        &[
            ("BANNER", course.banner, true),
            ("TLS", course.tls, course.tls != Standing::Ahead || offered.is_some_and(|offered| offered.stls)),
            ("AUTH", course.auth, by_auth),
            ("USER", course.user, by_name),
            ("PASS", course.pass, by_name),
            ("TRANSACTION", if inside { Standing::Passed } else { Standing::Ahead }, true),
            ("QUIT", course.quit, true),
        ],
        present,
    )
}

/// What stands for rungs that are left out.
pub(crate) const MORE: &str = "..";

/// Cells of these rungs in a row, with what stands for those left out.
fn width(rungs: &[Rung], range: &Range<usize>) -> usize {
    let words: usize = rungs[range.clone()].iter().map(|rung| rung.text().len() + 1).sum();
    let more = usize::from(range.start > 0) + usize::from(range.end < rungs.len());
    words.saturating_sub(1) + more * MORE.len()
}

/// The rungs that fit so many cells: all, or as many around the present one; `None` where not even that and its
/// neighbour fit.
pub(crate) fn fitting(rungs: &[Rung], cells: usize) -> Option<Range<usize>> {
    if rungs.is_empty() {
        return None;
    }
    let present = rungs.iter().position(|rung| rung.present).unwrap_or(0);
    let mut range = present..present + 1;
    loop {
        let wider = [range.start..(range.end + 1).min(rungs.len()), range.start.saturating_sub(1)..range.end];
        // What comes next is worth more than what is done.
        let next = wider.into_iter().find(|wider| *wider != range && width(rungs, wider) <= cells);
        match next {
            Some(wider) => range = wider,
            None => break,
        }
    }
    let least = 2.min(rungs.len());
    (range.len() >= least && width(rungs, &range) <= cells).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rungs: &[Rung]) -> String {
        rungs.iter().map(Rung::text).collect::<Vec<_>>().join(" ")
    }

    fn passed() -> SmtpCourse {
        let done = Standing::Passed;
        SmtpCourse { banner: done, hello: done, tls: done, auth: done, mail: done, ..SmtpCourse::default() }
    }

    fn of(state: smtp::State, course: &SmtpCourse, next: Option<&str>) -> String {
        let offered = smtp::Capabilities::default();
        shown(&smtp(&Smtp { state, course, offered: &offered, next, lmtp: false, recipients: (1, 1) }))
    }

    #[test]
    fn the_present_state_is_in_brackets_and_marks_tell_what_was_passed() {
        let mut course = passed();
        assert_eq!(of(smtp::State::Mail, &course, None), "BANNER+ EHLO+ TLS+ AUTH+ MAIL+ [RCPT] DATA");
        course.rcpt = Standing::Refused;
        assert_eq!(of(smtp::State::Mail, &course, None), "BANNER+ EHLO+ TLS+ AUTH+ MAIL+ [RCPT-] DATA");
        course.auth = Standing::Refused;
        course.rcpt = Standing::Passed;
        assert_eq!(of(smtp::State::Rcpt, &course, Some("DATA")), "BANNER+ EHLO+ TLS+ AUTH- MAIL+ RCPT+ [DATA]");
        let next = Some("RCPT TO:<a@b>");
        assert_eq!(of(smtp::State::Rcpt, &course, next), "BANNER+ EHLO+ TLS+ AUTH- MAIL+ [RCPT] DATA");
    }

    #[test]
    fn what_the_server_does_not_offer_is_no_rung() {
        let course = SmtpCourse { banner: Standing::Passed, ..SmtpCourse::default() };
        assert_eq!(of(smtp::State::Greeted, &course, None), "BANNER+ [EHLO] MAIL RCPT DATA");
        let offered = smtp::Capabilities { starttls: true, ..smtp::Capabilities::default() };
        let next = Some("STARTTLS");
        let ladder = Smtp {
            state: smtp::State::Ready,
            course: &passed(),
            offered: &offered,
            next,
            lmtp: true,
            recipients: (0, 1),
        };
        assert_eq!(shown(&smtp(&ladder)), "BANNER+ LHLO+ [TLS] AUTH+ MAIL+ RCPT DATA");
        assert_eq!(of(smtp::State::Closed, &course, None), "");
    }

    #[test]
    fn a_second_mail_starts_with_clean_rungs_and_many_recipients_are_counted() {
        let mut course = SmtpCourse { rcpt: Standing::Passed, data: Standing::Passed, ..passed() };
        assert_eq!(
            of(smtp::State::Ready, &course, Some("MAIL FROM:<a@b>")),
            "BANNER+ EHLO+ TLS+ AUTH+ [MAIL] RCPT DATA"
        );
        assert_eq!(of(smtp::State::Ready, &course, Some("QUIT")), "BANNER+ EHLO+ TLS+ AUTH+ MAIL+ RCPT+ DATA+ [QUIT]");
        course.data = Standing::Ahead;
        let offered = smtp::Capabilities::default();
        let ladder = Smtp {
            state: smtp::State::Rcpt,
            course: &course,
            offered: &offered,
            next: None,
            lmtp: false,
            recipients: (1, 3),
        };
        assert!(shown(&smtp(&ladder)).ends_with("RCPT 1/3+ [DATA]"));
    }

    #[test]
    fn pop3_has_the_rungs_of_the_way_in_that_was_taken() {
        let mut course = Pop3Course { banner: Standing::Passed, user: Standing::Passed, ..Pop3Course::default() };
        let state = pop3::State::Authorization;
        assert_eq!(shown(&pop3(state, &course, None, Some("PASS "))), "BANNER+ USER+ [PASS] TRANSACTION QUIT");
        course.pass = Standing::Refused;
        assert_eq!(shown(&pop3(state, &course, None, Some("USER a"))), "BANNER+ [USER] PASS- TRANSACTION QUIT");
        let course = Pop3Course {
            banner: Standing::Passed,
            tls: Standing::Passed,
            auth: Standing::Passed,
            ..Pop3Course::default()
        };
        assert_eq!(
            shown(&pop3(pop3::State::Transaction, &course, None, None)),
            "BANNER+ TLS+ AUTH+ [TRANSACTION] QUIT"
        );
    }

    #[test]
    fn a_narrow_ladder_keeps_what_is_around_the_present_state() {
        let rungs = smtp(&Smtp {
            state: smtp::State::Mail,
            course: &passed(),
            offered: &smtp::Capabilities::default(),
            next: None,
            lmtp: false,
            recipients: (0, 1),
        });
        let fitted = |cells| fitting(&rungs, cells).map(|range| shown(&rungs[range]));
        assert_eq!(fitted(43).as_deref(), Some("BANNER+ EHLO+ TLS+ AUTH+ MAIL+ [RCPT] DATA"));
        assert_eq!(fitted(25).as_deref(), Some("AUTH+ MAIL+ [RCPT] DATA"));
        assert_eq!(fitted(13).as_deref(), Some("[RCPT] DATA"));
        assert_eq!(fitted(12), None);
        for cells in 0..60 {
            assert!(fitting(&rungs, cells).is_none_or(|range| width(&rungs, &range) <= cells));
        }
    }
}
