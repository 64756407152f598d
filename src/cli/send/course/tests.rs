use clap::Parser;

use super::*;
use crate::cli::send::MailArgs;
use crate::connection::{Protocol, Target};
use crate::sasl::Mechanism;
use crate::wire::{Secret, TlsMode};

#[derive(Debug, Parser)]
struct Only {
    #[command(flatten)]
    mail: MailArgs,
    #[command(flatten)]
    output: Output,
}

/// A conversation of which the TCP line stands, as far as it knows.
fn course(signs_in: bool, stop: Option<Stop>) -> Course {
    let only = Only::parse_from(["x", "--from", "a@b.example", "--to", "c@d.example", "--body", "hi"]);
    let target = Target::new(Protocol::Smtp, "mx.example", 25).with_tls(TlsMode::Require);
    let plan = Plan {
        server: Server { target, hello: "me".into(), who: None },
        sign_in: signs_in.then(|| SignIn::with_password("ada", Secret::new("hunter2"), "n".repeat(18))),
        source: Source::new(&only.mail, "me").unwrap(),
        xclient: Vec::new(),
        count: 1,
        stop,
    };
    Course::new(plan, Session::idle(&only.output).unwrap())
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

/// Where it stands, how many mails were handed over, and whether it is leaving.
fn after(mut course: Course, notices: impl IntoIterator<Item = Notice>) -> (Step, u64, bool) {
    for notice in notices {
        course.notice(notice).unwrap();
    }
    (course.step, course.submitted, course.leaving)
}

#[tokio::test]
async fn the_mail_comes_behind_tls_and_sign_in() {
    assert_eq!(after(course(true, None), [hello()]), (Step::Tls, 0, false));
    assert_eq!(after(course(true, None), [hello(), hello()]), (Step::Tls, 0, false), "TLS brings a second hello");
    assert_eq!(after(course(true, None), [hello(), hello(), started()]), (Step::Auth, 0, false));
    let all = [hello(), hello(), started(), signed_in(accepted())];
    assert_eq!(after(course(true, None), all), (Step::Mail, 1, false));
    assert_eq!(after(course(false, None), [hello(), hello(), started()]), (Step::Mail, 1, false));
}

#[tokio::test]
async fn nothing_of_the_mail_goes_out_when_tls_or_sign_in_fail() {
    let insecure = Notice::Insecure("no STARTTLS".into());
    assert_eq!(after(course(false, None), [hello(), insecure]), (Step::Tls, 0, true));
    let refused =
        Progress::Refused { mechanism: Mechanism::Plain, why: "535".into(), temporary: false, stale_token: false };
    for end in [refused, Progress::Impossible { why: "only NTLM".into() }] {
        assert_eq!(after(course(true, None), [hello(), started(), signed_in(end)]), (Step::Auth, 0, true));
    }
}

#[tokio::test]
async fn it_ends_on_purpose_after_tls_and_after_the_sign_in() {
    assert_eq!(after(course(true, Some(Stop::Tls)), [hello(), started()]), (Step::Tls, 0, true));
    let all = [hello(), started(), signed_in(accepted())];
    assert_eq!(after(course(true, Some(Stop::Auth)), all), (Step::Auth, 0, true));
}
