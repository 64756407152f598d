use clap::Parser;

use super::mails::AHEAD;
use super::mails::is_unsent;
use super::*;
use crate::cli::send::mail::Source;
use crate::cli::send::options::{Cut, MailArgs, ManyArgs, Stop};
use crate::connection::{Failure, FailureKind, Protocol, Target};
use crate::sasl::{Mechanism, Progress};
use crate::smtp::{MailId, MailOutcome, MailReport, Reply, Transfer};
use crate::wire::{Secret, Secured, TlsMode};

#[derive(Debug, Parser)]
struct Only {
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    many: ManyArgs,
    #[command(flatten)]
    output: Output,
}

/// What there is to do, and where it comes from.
struct Office {
    plan: Plan,
    desk: RefCell<Desk>,
    bells: Bells,
    output: Output,
}

fn office(signs_in: bool, halt: Option<Halt>, options: &[&str]) -> Office {
    let fixed = ["x", "--from", "a@b.example", "--to", "c@d.example", "--body", "hi"];
    let only = Only::parse_from([&fixed, options].concat());
    let target = Target::new(Protocol::Smtp, "mx.example", 25).with_tls(TlsMode::Require);
    let plan = Plan {
        server: Server { target, hello: "me".into(), who: None },
        sign_in: signs_in.then(|| SignIn::with_password("ada", Secret::new("hunter2"), "n".repeat(18))),
        manner: Manner::default(),
        bdat: true,
        halt,
        per_connection: only.many.per_connection,
        xclient: Vec::new(),
    };
    let source = Source::new(&only.mail, &only.many, "me").unwrap();
    let desk = Desk::new(source, only.many.rate, None, usize::from(only.many.connections));
    Office { plan, desk: RefCell::new(desk), bells: Bells::default(), output: only.output }
}

impl Office {
    /// A conversation of which the TCP line stands, as far as it knows.
    fn course(&self, number: usize) -> Course<'_> {
        Course::new(number, &self.plan, &self.desk, &self.bells, Session::idle(&self.output).unwrap())
    }
}

fn hello() -> Notice {
    let lines = ["mx.example", "STARTTLS", "AUTH PLAIN"].map(str::to_owned).into();
    Notice::Capabilities(Box::new(Capabilities::parse(&Reply { code: 250, enhanced: None, lines })))
}

fn started() -> Notice {
    Notice::Secured(Secured::Started { gained: Vec::new(), lost: Vec::new() })
}

fn signed_in(end: Progress) -> Notice {
    Notice::SignIn(end)
}

fn accepted() -> Progress {
    Progress::Accepted { mechanism: Mechanism::Plain, user: "ada".into() }
}

/// Takes the notices as they come.
fn hear(course: &mut Course, notices: impl IntoIterator<Item = Notice>) {
    for notice in notices {
        course.notice(notice).unwrap();
        course.feed().unwrap();
    }
}

/// Where it stands, how many mails were handed over, and whether it is leaving.
fn after(signs_in: bool, halt: Option<Halt>, notices: impl IntoIterator<Item = Notice>) -> (Step, u64, bool) {
    let office = office(signs_in, halt, &[]);
    let mut course = office.course(0);
    hear(&mut course, notices);
    (course.step, course.carried, course.leaving)
}

#[tokio::test]
async fn the_mail_comes_behind_tls_and_sign_in() {
    assert_eq!(after(true, None, [hello()]), (Step::Tls, 0, false));
    assert_eq!(after(true, None, [hello(), hello()]), (Step::Tls, 0, false), "TLS brings a second hello");
    assert_eq!(after(true, None, [hello(), hello(), started()]), (Step::Auth, 0, false));
    let all = [hello(), hello(), started(), signed_in(accepted())];
    assert_eq!(after(true, None, all), (Step::Mail, 1, false));
    assert_eq!(after(false, None, [hello(), hello(), started()]), (Step::Mail, 1, false));
}

#[tokio::test]
async fn nothing_of_the_mail_goes_out_when_tls_or_sign_in_fail() {
    let insecure = Notice::Insecure("no STARTTLS".into());
    assert_eq!(after(false, None, [hello(), insecure]), (Step::Tls, 0, true));
    let refused =
        Progress::Refused { mechanism: Mechanism::Plain, why: "535".into(), temporary: false, stale_token: false };
    for end in [refused, Progress::Impossible { why: "only NTLM".into() }] {
        assert_eq!(after(true, None, [hello(), started(), signed_in(end)]), (Step::Auth, 0, true));
    }
}

#[tokio::test]
async fn it_ends_on_purpose_after_tls_and_after_the_sign_in() {
    for halt in [Stop::Tls.halt(), Cut::Tls.halt()] {
        assert_eq!(after(true, Some(halt), [hello(), started()]), (Step::Tls, 0, true));
    }
    let all = [hello(), started(), signed_in(accepted())];
    assert_eq!(after(true, Some(Stop::Auth.halt()), all), (Step::Auth, 0, true));
}

#[tokio::test]
async fn a_stage_of_the_mail_is_left_to_the_engine() {
    for halt in [Stop::Mail.halt(), Cut::Body.halt(), Cut::Dot.halt()] {
        let office = office(false, Some(halt), &[]);
        assert_eq!(office.course(0).manner().halt, Some(halt));
    }
    assert_eq!(office(false, Some(Stop::Tls.halt()), &[]).course(0).manner().halt, None);
}

fn announced(words: &str) -> Notice {
    let lines = std::iter::once("mx.example").chain(words.split('|')).map(str::to_owned).collect();
    Notice::Capabilities(Box::new(Capabilities::parse(&Reply { code: 250, enhanced: None, lines })))
}

#[tokio::test]
async fn bdat_is_taken_where_it_can_be_pipelined() {
    for (words, transfer) in
        [("CHUNKING|PIPELINING", Transfer::Bdat), ("CHUNKING", Transfer::Data), ("PIPELINING", Transfer::Data)]
    {
        let office = office(false, None, &["--count", "2"]);
        let mut course = office.course(0);
        hear(&mut course, [announced(words)]);
        assert_eq!(course.manner().transfer, transfer, "{words}");
    }
}

#[tokio::test]
async fn what_is_left_is_shared_among_the_connections() {
    let office = office(false, None, &["--count", "20", "--connections", "4"]);
    let mut courses: Vec<_> = (0..4).map(|number| office.course(number)).collect();
    for course in &mut courses {
        hear(course, [hello(), started()]);
    }
    let carried: Vec<_> = courses.iter().map(|course| course.carried).collect();
    assert_eq!(carried, [4, 4, 3, 2]);
}

#[tokio::test]
async fn no_line_carries_more_than_the_server_allows() {
    let office = office(false, None, &["--count", "20", "--per-connection", "7"]);
    let mut course = office.course(0);
    hear(&mut course, [announced("LIMITS MAILMAX=5 RCPTMAX=3"), started()]);
    assert_eq!((course.carried, course.leaving), (5, false));
    for index in 0..5 {
        hear(&mut course, [done(index, MailOutcome::Sent)]);
    }
    assert!(course.leaving && course.renew);
    let mut other = office.course(0);
    hear(&mut other, [hello(), started()]);
    assert_eq!(other.carried, 7, "as it was asked for");
}

fn done(index: u64, outcome: MailOutcome) -> Notice {
    let stage = if outcome == MailOutcome::Sent { Stage::Done } else { Stage::Mail };
    let (recipients, reply, queue_id, why) = (Vec::new(), None, None, None);
    Notice::MailDone(Box::new(MailReport { id: MailId(index), outcome, stage, recipients, reply, queue_id, why }))
}

fn reset() -> LinkEvent {
    LinkEvent::Closed(Some(Failure::new(FailureKind::Reset, "h:25", "gone")))
}

#[tokio::test]
async fn what_a_lost_line_left_unsent_goes_over_another_one_but_never_the_unknown() {
    let office = office(false, None, &["--count", "4", "--connections", "2"]);
    let (mut one, mut other) = (office.course(0), office.course(1));
    hear(&mut one, [hello(), started()]);
    assert_eq!(one.carried, 2);
    hear(&mut one, [done(0, MailOutcome::Unknown), done(1, MailOutcome::Failed)]);
    assert!(one.link(reset()).unwrap());
    office.desk.borrow_mut().gone(0, &office.bells).unwrap();
    hear(&mut other, [hello(), started()]);
    let taken: Vec<_> = other.ahead.iter().map(|job| job.index).collect();
    assert_eq!(taken, [1, 2, 3]);
    for index in taken {
        hear(&mut other, [done(index, MailOutcome::Sent)]);
    }
    assert!(other.leaving);
    let desk = office.desk.borrow();
    assert_eq!((desk.mails.tally.count(MailOutcome::Unknown), desk.mails.tally.done()), (1, 4));
}

#[tokio::test]
async fn with_the_last_line_the_unsent_have_failed() {
    let office = office(false, None, &["--count", "3"]);
    let mut course = office.course(0);
    hear(&mut course, [hello(), started(), done(0, MailOutcome::Sent)]);
    hear(&mut course, [done(1, MailOutcome::Failed), done(2, MailOutcome::Failed)]);
    assert!(course.link(reset()).unwrap());
    office.desk.borrow_mut().gone(0, &office.bells).unwrap();
    let desk = office.desk.borrow();
    assert_eq!((desk.mails.tally.count(MailOutcome::Failed), desk.mails.tally.done()), (2, 3));
}

#[tokio::test]
async fn a_line_that_goes_away_gets_no_more_mails() {
    for outcome in [MailOutcome::Unknown, MailOutcome::Failed] {
        let office = office(false, None, &["--count", "100"]);
        let mut course = office.course(0);
        hear(&mut course, [hello(), started(), done(0, outcome)]);
        assert_eq!((course.carried, course.leaving), (AHEAD as u64, true), "{outcome:?}");
    }
}

#[tokio::test]
async fn what_is_stopped_hands_nothing_out_and_leaves_when_nothing_is_under_way() {
    let office = office(false, None, &["--count", "100"]);
    let mut course = office.course(0);
    hear(&mut course, [hello(), started()]);
    assert_eq!(course.carried, AHEAD as u64);
    office.desk.borrow_mut().stop(&office.bells);
    for index in 0..course.carried {
        course.obey();
        assert!(!course.leaving);
        hear(&mut course, [done(index, MailOutcome::Sent)]);
    }
    assert_eq!((course.carried, course.leaving), (AHEAD as u64, true));
}

#[tokio::test]
async fn a_rate_holds_mails_back_until_their_time() {
    let office = office(false, None, &["--count", "9", "--rate", "1/min"]);
    let mut course = office.course(0);
    hear(&mut course, [hello(), started()]);
    assert_eq!(course.carried, 1);
    assert!(matches!(course.waits, Waits::Until(moment) if moment > Instant::now()));
}

#[test]
fn only_a_mail_that_no_end_was_sent_of_goes_out_again() {
    use MailOutcome::{Deferred, Failed, Partial, Refused, Sent, Stopped, Unknown};

    let reply = |code| Some(crate::smtp::Reply { code, enhanced: None, lines: Vec::new() });
    let told = |outcome, stage, reply| {
        let id = MailId(1);
        is_unsent(&MailReport { id, outcome, stage, recipients: Vec::new(), reply, queue_id: None, why: None })
    };
    for (outcome, stage, code, again) in [
        (Failed, Stage::Mail, None, true),
        (Failed, Stage::Body, None, true),
        (Deferred, Stage::Mail, Some(421), true),
        (Deferred, Stage::Body, Some(421), true),
        (Deferred, Stage::FinalDot, Some(421), false),
        (Deferred, Stage::Mail, Some(450), false),
        (Unknown, Stage::FinalDot, None, false),
        (Unknown, Stage::FinalDot, Some(421), false),
        (Unknown, Stage::Body, None, false),
        (Refused, Stage::Mail, Some(550), false),
        (Stopped, Stage::FinalDot, None, false),
        (Partial, Stage::Done, Some(250), false),
        (Sent, Stage::Done, Some(250), false),
    ] {
        assert_eq!(told(outcome, stage, code.and_then(reply)), again, "{outcome:?} {stage:?} {code:?}");
    }
}
