//! Faults over real sockets: switched while the sandbox runs, and what the program's own client makes of each.

use std::time::Duration;

use telepost::connection::{self, Body, Handle, LinkEvent, Protocol, Report, Request, Submission, Target};
use telepost::pop3;
use telepost::sandbox::{Fault, Options, Sandbox};
use telepost::sasl::SignIn;
use telepost::smtp::{Command, MailId, MailOutcome, MailReport, Notice, RecipientOutcome, Stage, Transaction};
use telepost::wire::{Secret, Side, TlsMode};
use tokio::time::timeout;

use super::PATIENCE;
use super::client::{Line, VERSIONS};

async fn sandbox() -> Sandbox {
    Sandbox::start(Options::default()).await.expect("free ports on loopback")
}

struct Client(Handle);

impl Client {
    async fn connect(protocol: Protocol, port: u16) -> Self {
        let client = Self(connection::spawn());
        let target = Target::new(protocol, "127.0.0.1", port).with_tls(TlsMode::None);
        client.ask(Request::Connect(Box::new(target))).await;
        client
    }

    async fn ask(&self, request: Request) {
        self.0.requests.send(request).await.expect("the task runs");
    }

    async fn submit(&self, submission: Submission) {
        self.ask(Request::Submit(submission)).await;
    }

    /// The first report of which `find` makes something.
    async fn until<T>(&mut self, find: impl Fn(&Report) -> Option<T>) -> T {
        let looking = async {
            loop {
                let report = self.0.reports.recv().await.expect("the task runs");
                if let Some(found) = find(&report) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, looking).await.expect("the client comes to an end")
    }
}

fn of_mail(report: &Report) -> Option<MailReport> {
    match report {
        Report::Smtp { notice: Notice::MailDone(report), .. } => Some((**report).clone()),
        _ => None,
    }
}

/// What becomes of a mail, and the session is left properly.
async fn send(sandbox: &Sandbox, from: &str, to: &str, sign_in: bool) -> MailReport {
    let mut client = Client::connect(Protocol::Smtp, sandbox.smtp().port()).await;
    client.submit(Submission::Smtp(Command::Hello("lab.test".to_owned()), None)).await;
    if sign_in {
        let sign_in = SignIn::with_password("ada", Secret::new(sandbox.password()), "n");
        client.submit(Submission::Smtp(Command::SignIn(Box::new(sign_in)), None)).await;
    }
    let text = format!("Subject: x\r\n\r\n{}", "a line of text\r\n".repeat(100));
    let mail = Transaction::new(MailId(1), from, vec![to.to_owned()]);
    client.submit(Submission::Smtp(Command::Mail(mail), Some(Body::Bytes(text.into_bytes().into())))).await;
    let report = client.until(of_mail).await;
    client.ask(Request::Disconnect(Side::Smtp)).await;
    report
}

#[tokio::test]
async fn each_fault_is_met_by_the_next_mail_of_our_own_client_and_gone_when_it_is_off() {
    let sandbox = sandbox().await;
    let (ada, bob) = ("ada@sandbox.test", "bob@sandbox.test");
    let eve = "eve@example.org";
    for (fault, from, to, outcome, stage, code) in [
        (Fault::Greet421, ada, bob, MailOutcome::Deferred, Stage::Greeting, Some(421)),
        (Fault::Greet554, ada, bob, MailOutcome::Refused, Stage::Greeting, Some(554)),
        (Fault::NoEhlo, ada, bob, MailOutcome::Sent, Stage::Done, Some(250)),
        (Fault::Service421, ada, bob, MailOutcome::Deferred, Stage::Mail, Some(421)),
        (Fault::SenderDomain, eve, bob, MailOutcome::Refused, Stage::Mail, Some(501)),
        (Fault::BlankSender, "", bob, MailOutcome::Refused, Stage::Mail, Some(550)),
        (Fault::Greylist, ada, bob, MailOutcome::Deferred, Stage::Rcpt, Some(451)),
        (Fault::MailboxFull, ada, bob, MailOutcome::Refused, Stage::Rcpt, Some(552)),
        (Fault::Oversize, ada, bob, MailOutcome::Refused, Stage::FinalDot, Some(552)),
        (Fault::DropInData, ada, bob, MailOutcome::Unknown, Stage::FinalDot, Some(250)),
        (Fault::DropAfterDot, ada, bob, MailOutcome::Unknown, Stage::FinalDot, Some(250)),
        (Fault::DeferAll, ada, bob, MailOutcome::Deferred, Stage::FinalDot, Some(451)),
        (Fault::RefuseAll, ada, bob, MailOutcome::Refused, Stage::FinalDot, Some(554)),
        (Fault::Flood, ada, bob, MailOutcome::Sent, Stage::Done, Some(250)),
        (Fault::Noise, ada, bob, MailOutcome::Sent, Stage::Done, Some(250)),
        (Fault::Controls, ada, bob, MailOutcome::Sent, Stage::Done, Some(250)),
    ] {
        sandbox.set_faults(&[fault]);
        let report = send(&sandbox, from, to, false).await;
        // Where the line went away, what was said last is the reply to RCPT.
        let recipient = report.recipients.first().and_then(|recipient| recipient.reply.as_ref());
        let said = report.reply.as_ref().or(recipient).map(|reply| reply.code);
        assert_eq!((report.outcome, report.stage, said), (outcome, stage, code), "{fault}: {report:?}");
        sandbox.set_faults(&[]);
        assert_eq!(send(&sandbox, from, to, false).await.outcome, MailOutcome::Sent, "{fault} off");
    }
}

#[tokio::test]
async fn mail_for_elsewhere_is_refused_by_default_and_by_each_fault_until_its_condition_is_met() {
    let sandbox = sandbox().await;
    for (faults, signs_in, taken) in [
        (&[][..], false, false),
        (&[], true, false),
        (&[Fault::RelayDenied], true, false),
        (&[Fault::RelayLogin], false, false),
        (&[Fault::RelayLogin], true, true),
    ] {
        sandbox.set_faults(faults);
        let report = send(&sandbox, "ada@sandbox.test", "eve@example.org", signs_in).await;
        let outcome = if taken { MailOutcome::Sent } else { MailOutcome::Refused };
        assert_eq!(report.outcome, outcome, "{faults:?} {signs_in}: {report:?}");
        let code = report.recipients[0].reply.as_ref().map(|reply| reply.code);
        assert_eq!(code, Some(if taken { 250 } else { 550 }));
        assert_eq!(report.recipients[0].outcome == RecipientOutcome::Accepted, taken);
    }
    assert_eq!(sandbox.mailbox("bob").len(), Sandbox::start(Options::default()).await.unwrap().mailbox("bob").len());
}

/// Whether what was told is what a fault does.
type Met = Box<dyn Fn(&[pop3::Notice]) -> bool>;

/// Signs in to POP3 with USER and PASS, asks for the first message, and tells the notices until the last of them.
async fn fetch(sandbox: &Sandbox) -> Vec<pop3::Notice> {
    let mut client = Client::connect(Protocol::Pop3, sandbox.pop3().port()).await;
    for line in ["USER bob", "PASS opensesame", "CAPA", "RETR 1", "QUIT"] {
        let line = pop3::Line::typed(line).expect("it is a line");
        client.submit(Submission::Pop3(pop3::Command::Line(line))).await;
    }
    let told = std::cell::RefCell::new(Vec::new());
    client
        .until(|report| match report {
            Report::Pop3 { notice, .. } => {
                told.borrow_mut().push(notice.clone());
                None
            }
            Report::Link { event: LinkEvent::Closed(_), .. } => Some(()),
            _ => None,
        })
        .await;
    told.into_inner()
}

#[tokio::test]
async fn reading_meets_its_faults_too() {
    let sandbox = sandbox().await;
    let refused = |words: &'static str| {
        move |notices: &[pop3::Notice]| {
            notices.iter().any(|notice| matches!(notice, pop3::Notice::Replied { verb: pop3::Verb::Pass, response, .. } if response.to_string().contains(words)))
        }
    };
    let whole = |complete: bool| {
        move |notices: &[pop3::Notice]| {
            notices
                .iter()
                .any(|notice| matches!(notice, pop3::Notice::BodyEnd { complete: told, .. } if *told == complete))
        }
    };
    let read: Vec<(Fault, Met)> = vec![
        (Fault::Pop3NoLogin, Box::new(refused("not enabled for POP access"))),
        (Fault::Pop3InUse, Box::new(refused("IN-USE"))),
        (Fault::Pop3DropInRetr, Box::new(whole(false))),
        (Fault::Flood, Box::new(whole(true))),
        (Fault::Noise, Box::new(whole(true))),
        (Fault::Controls, Box::new(whole(true))),
    ];
    for (fault, met) in read {
        sandbox.set_faults(&[fault]);
        let told = fetch(&sandbox).await;
        assert!(met(&told), "{fault}: {told:#?}");
        assert!(!told.iter().any(|notice| matches!(notice, pop3::Notice::Broken(_))), "{fault}: {told:#?}");
        sandbox.set_faults(&[]);
        assert!(whole(true)(&fetch(&sandbox).await), "{fault} off");
    }
}

#[tokio::test]
async fn the_certificate_of_the_next_handshake_is_the_one_that_is_wanted() {
    let sandbox = sandbox().await;
    for (fault, complaint) in [
        (Some(Fault::CertExpired), "Expired"),
        (None, ""),
        (Some(Fault::CertWrongHost), "NotValidForName"),
        (Some(Fault::CertSelfSigned), "UnknownIssuer"),
        (None, ""),
    ] {
        sandbox.set_faults(fault.as_slice());
        let mut line = Line::connect(sandbox.smtp()).await;
        line.hear().await;
        assert!(line.ask("STARTTLS").await.starts_with("220 "));
        match line.encrypt(&sandbox, VERSIONS[0], "sandbox.test").await {
            Ok(_) => assert_eq!(fault, None),
            Err(error) => assert!(format!("{error:?}").contains(complaint) && fault.is_some(), "{fault:?}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_conversation_under_way_meets_a_fault_with_its_next_step() {
    let sandbox = sandbox().await;
    let mut line = Line::connect(sandbox.smtp()).await;
    assert!(line.hear().await.starts_with("220 "));
    assert!(line.ask("HELO lab.test").await.starts_with("250 "));
    sandbox.set_faults(&[Fault::NoEhlo, Fault::Greylist]);
    assert_eq!(sandbox.faults(), [Fault::NoEhlo, Fault::Greylist]);
    assert!(line.ask("EHLO lab.test").await.starts_with("502 "));
    assert!(line.ask("MAIL FROM:<ada@sandbox.test>").await.starts_with("250 "));
    assert!(line.ask("RCPT TO:<bob@sandbox.test>").await.starts_with("451 4.7.1 "));
    sandbox.set_faults(&[]);
    assert!(line.ask("RCPT TO:<bob@sandbox.test>").await.starts_with("250 "));
}

#[tokio::test]
async fn the_slow_greeting_comes() {
    let sandbox = sandbox().await;
    sandbox.set_faults(&[Fault::SlowBanner]);
    let start = tokio::time::Instant::now();
    let (mut smtp, mut pop3) = (Line::connect(sandbox.smtp()).await, Line::connect(sandbox.pop3()).await);
    let (first, second) = tokio::join!(smtp.hear(), pop3.hear());
    assert!(first.starts_with("220 ") && second.starts_with("+OK "));
    assert!(start.elapsed() >= Duration::from_secs(3), "{:?}", start.elapsed());
}
