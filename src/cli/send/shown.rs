//! The same call as a command of another tool, or as a whole one of this: printed, and connected to nothing.

use clap::ValueEnum;

use super::mail::Source;
use super::{Args, compose};
use crate::cli::args::{Server, Who};
use crate::cli::{Trouble, print};
use crate::equivalent::{self, Line, Mail, Sending};
use crate::smtp::Manner;

/// A tool whose command is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tool {
    /// Swiss Army Knife for SMTP
    Swaks,
    /// curl
    Curl,
    /// The client of OpenSSL, and what is typed into it
    Openssl,
    /// This program
    Telepost,
}

impl Tool {
    fn known(self) -> equivalent::Tool {
        match self {
            Self::Swaks => equivalent::Tool::Swaks,
            Self::Curl => equivalent::Tool::Curl,
            Self::Openssl => equivalent::Tool::Openssl,
            Self::Telepost => equivalent::Tool::Telepost,
        }
    }
}

/// Prints it. The mail was checked, and no secret is fetched.
pub fn run(tool: Tool, args: &Args, server: &Server, source: &Source, manner: Manner) -> Result<(), Trouble> {
    print(&(command(tool, args, server, source, manner)? + "\n"))
}

pub(super) fn command(
    tool: Tool,
    args: &Args,
    server: &Server,
    source: &Source,
    manner: Manner,
) -> Result<String, Trouble> {
    let who = server.who.as_ref();
    let line = Line {
        target: &server.target,
        user: who.map(Who::user),
        mechanism: who.and_then(Who::mechanism),
        allow_plain_auth: who.is_some_and(Who::allows_plain),
        hello: &server.hello,
    };
    let manner = Manner { halt: args.end.halt(), ..manner };
    let envelope = source.envelope();
    let of = |mail| equivalent::smtp(tool.known(), &line, &Sending { envelope, mail, manner: &manner });
    Ok(match &args.mail.raw {
        Some(path) => of(Mail::File(&path.to_string_lossy())),
        None => of(Mail::Draft(&compose::draft(&args.mail)?.0)),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proptest::prelude::*;

    use super::*;
    use crate::cli::send::{faults, prepare};
    use crate::cli::{Cli, Command};
    use crate::connection::{Protocol, Target};
    use crate::mail::{Attachment, DkimKey, Draft, Envelope, Flaw, Flaws, Format};
    use crate::smtp::{DeliverBy, Dsn, Halt, Hold, Late, Leave, Notify, Requests, Ret, Stage, Transfer, WireFlaws};
    use crate::wire::TlsMode;

    /// The arguments of the command as the shell and this program read them.
    fn read(command: &str) -> Args {
        let words = shlex::split(&command.replace(" \\\n", " ")).expect("it is a whole command");
        match Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{command}\n{error}")).command {
            Some(Command::Send(args)) => *args,
            other => panic!("{other:?}"),
        }
    }

    fn text() -> impl Strategy<Value = String> {
        "(-|--|#|<)?[a-zä,;:'\"$=\\\\{}-]{1,6} ?[a-z!]{1,6}"
    }

    fn attachments() -> impl Strategy<Value = Vec<Attachment>> {
        let one = prop::sample::select(vec!["/a b.pdf", "-x.txt", "c", "é.png"]);
        let beside = prop::collection::vec(one.clone(), 0..3);
        (beside, prop::collection::vec(one, 0..3)).prop_map(|(beside, inline)| {
            let inline = inline.into_iter().map(|path| Attachment { inline: true, ..Attachment::from_path(path) });
            beside.into_iter().map(Attachment::from_path).chain(inline).collect()
        })
    }

    fn draft() -> impl Strategy<Value = Draft> {
        let flaws = prop::collection::vec(prop::sample::select(Flaw::ALL.to_vec()), 0..3);
        let lists = (prop::option::of(Just("Cy, D <cy@b.test>")), any::<bool>(), any::<bool>(), any::<bool>());
        let key = prop::option::of((text(), text()));
        (text(), "(-|\n)?[a-zä.\n'!-]{0,30}", text(), attachments(), flaws, lists, key).prop_map(
            |(subject, body, header, attachments, flaws, (cc, answers, markdown, eight_bit), key)| Draft {
                from: "Ada <ada@a.test>".to_owned(),
                to: "bob@b.test, \"O'Hara\" <o@b.test>".to_owned(),
                cc: cc.map(|_| "\"Cy, D\" <cy@b.test>".to_owned()).unwrap_or_default(),
                bcc: if answers { "eve@c.test".to_owned() } else { String::new() },
                reply_to: if answers { "Desk <desk@a.test>".to_owned() } else { String::new() },
                subject,
                body,
                headers: vec![("X-Ticket".to_owned(), header)],
                format: if markdown { Format::Markdown } else { Format::Plain },
                eight_bit,
                attachments,
                flaws: flaws.into_iter().collect::<Flaws>(),
                dkim: key.map(|(domain, selector)| DkimKey { file: "-key.pem".into(), domain, selector }),
                ..Draft::default()
            },
        )
    }

    fn requests() -> impl Strategy<Value = Requests> {
        let notify = prop::option::of(prop_oneof![
            Just(Notify::Never),
            Just(Notify::On { success: true, failure: false, delay: true }),
            Just(Notify::On { success: false, failure: true, delay: false }),
        ]);
        let ret = prop::option::of(prop::sample::select(vec![Ret::Full, Ret::Hdrs]));
        let late = prop::sample::select(vec![Late::Notify, Late::Return]);
        let by = prop::option::of((-9_i32..9_000, late, any::<bool>()));
        let hold = prop::option::of(prop_oneof![
            (0_u32..99).prop_map(Hold::For),
            Just(Hold::Until("2026-11-22T11:42:07Z".to_owned()))
        ]);
        let dsn = (notify, ret, prop::option::of(text()), any::<bool>());
        (dsn, by, hold, any::<bool>()).prop_map(|((notify, ret, envid, orcpt), by, hold, require_tls)| Requests {
            dsn: Dsn { notify, ret, envid, orcpt },
            deliver_by: by.map(|(seconds, late, trace)| DeliverBy { seconds, late, trace }),
            hold,
            require_tls,
        })
    }

    fn manner() -> impl Strategy<Value = Manner> {
        let stages = [Stage::Greeting, Stage::Hello, Stage::Tls, Stage::Auth, Stage::Mail, Stage::Rcpt];
        let cuts = [Stage::Connect, Stage::Hello, Stage::Data, Stage::Body, Stage::FinalDot];
        let polite = prop::sample::select(stages.to_vec()).prop_map(|after| Halt { after, how: Leave::Quit });
        let cut = prop::sample::select(cuts.to_vec()).prop_map(|after| Halt { after, how: Leave::Drop });
        let flaws = any::<[bool; 4]>().prop_map(|[unstuffed, line_ends, unannounced, oversize]| WireFlaws {
            unstuffed,
            line_ends,
            unannounced,
            oversize,
        });
        let transfer = prop::sample::select(vec![Transfer::Data, Transfer::Bdat]);
        (requests(), transfer, flaws, prop::option::of(prop_oneof![polite, cut]))
            .prop_map(|(requests, transfer, flaws, halt)| Manner { requests, transfer, flaws, halt })
    }

    proptest! {
        #[test]
        fn the_own_command_gives_the_same_draft_envelope_and_manner_back(
            draft in draft(),
            manner in manner(),
            own_path in prop::option::of("[a-z-]{1,5}@d\\.test"),
        ) {
            let target = Target::new(Protocol::Smtp, "mx.example", 2525).with_tls(TlsMode::Require);
            let line = Line { target: &target, user: Some("-ada"), mechanism: None, allow_plain_auth: true, hello: "me" };
            let mut envelope = draft.envelope().unwrap();
            envelope.to.extend(own_path);
            let sending = Sending { envelope: &envelope, mail: Mail::Draft(&draft), manner: &manner };
            let command = equivalent::smtp(equivalent::Tool::Telepost, &line, &sending);
            prop_assert!(!command.starts_with('#'), "{command}");
            let args = read(&command);
            let (read, _) = compose::draft(&args.mail).unwrap();
            prop_assert_eq!(&read, &draft, "{}", command);
            let halves = compose::halves(&args.mail, None).unwrap();
            prop_assert_eq!(read.envelope_with(halves.from, halves.to).unwrap(), envelope, "{}", command);
            let asked = args.extensions.manner().unwrap();
            let bare = draft.flaws.contains(&Flaw::BareLf) || draft.flaws.contains(&Flaw::BareCr);
            let flaws = WireFlaws { line_ends: manner.flaws.line_ends || bare, ..manner.flaws };
            let read = faults::on_the_way(&args.mail.fault, &draft.flaws, WireFlaws::default());
            prop_assert_eq!(read, flaws, "{}", command);
            prop_assert_eq!(asked, Manner { flaws: WireFlaws::default(), halt: None, ..manner.clone() }, "{}", command);
            prop_assert_eq!(args.end.halt(), manner.halt, "{}", command);
        }
    }

    #[test]
    fn what_is_shown_is_what_was_asked_for() {
        let call = "telepost send lmtp://ada@h.example:2424 --tls none --proxy-header v2:unknown --from a@b.example \
                    --to c@d.example --body Hi --dsn-notify never --drop-after dot --helo me --show-command telepost";
        let args = read(call);
        let (server, source, manner) = prepare(&args).unwrap();
        let shown = command(Tool::Telepost, &args, &server, &source, manner.clone()).unwrap();
        for said in ["lmtp://h.example:2424", "--user ada", "--proxy-header v2:unknown", "--drop-after dot"] {
            assert!(shown.replace(" \\\n  ", " ").contains(said), "{said} in {shown}");
        }
        let (again, other, same) = prepare(&read(&shown)).unwrap();
        assert_eq!((again.target, same), (server.target, manner));
        assert_eq!(other.envelope(), &Envelope { from: "a@b.example".into(), to: vec!["c@d.example".into()] });
    }
}
