//! Faults on purpose: what is wrong with the octets of the mail, with their way, and where it is broken off.

use super::{State, Switch, Used};
use crate::app::compose::Compose;
use crate::mail::Flaw;
use crate::smtp::{Halt, Leave, Stage, WireFlaws};

/// One of [`WireFlaws`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WireFlaw {
    Unstuffed,
    LineEnds,
    Unannounced,
    Oversize,
}

/// Where a mail can be broken off, and how. After 354 only the end of the line keeps it from being taken.
const HALTS: [(Stage, Leave); 7] = [
    (Stage::Mail, Leave::Quit),
    (Stage::Mail, Leave::Drop),
    (Stage::Rcpt, Leave::Quit),
    (Stage::Rcpt, Leave::Drop),
    (Stage::Data, Leave::Drop),
    (Stage::Body, Leave::Drop),
    (Stage::FinalDot, Leave::Drop),
];

/// All rows of the tab.
pub(super) fn all() -> Vec<Switch> {
    let wire = [WireFlaw::Unstuffed, WireFlaw::LineEnds, WireFlaw::Unannounced, WireFlaw::Oversize];
    let halts = HALTS.map(|(after, how)| Switch::Halt(after, how));
    let flaws = Flaw::ALL.map(Switch::Flaw);
    [&[Switch::AllOff][..], &flaws, &wire.map(Switch::Wire), &halts].concat()
}

pub(super) fn label(switch: Switch) -> String {
    let label = match switch {
        Switch::Flaw(flaw) => match flaw {
            Flaw::NoDate => "No Date",
            Flaw::TwoDates => "Two Dates",
            Flaw::NoFrom => "No From",
            Flaw::TwoFroms => "Two Froms",
            Flaw::NoMessageId => "No Message-ID",
            Flaw::TwoMessageIds => "Two Message-IDs",
            Flaw::BccHeader => "Bcc in the header",
            Flaw::RawHeader => "8-bit header",
            Flaw::RawBody => "8-bit text, undeclared",
            Flaw::LongLine => "A line over 998",
            Flaw::BareLf => "Bare LF",
            Flaw::BareCr => "Bare CR",
            Flaw::Nul => "A NUL octet",
        },
        Switch::Wire(WireFlaw::Unstuffed) => "Dots not doubled",
        Switch::Wire(WireFlaw::LineEnds) => "Line ends as they are",
        Switch::Wire(WireFlaw::Unannounced) => "8-bit unannounced",
        Switch::Wire(WireFlaw::Oversize) => "Over SIZE",
        Switch::Halt(after, how) => {
            let how = if how == Leave::Quit { "QUIT" } else { "Drop the line" };
            return match after {
                Stage::Mail => format!("{how} after MAIL"),
                Stage::Rcpt => format!("{how} after RCPT"),
                Stage::Data => format!("{how} after DATA"),
                Stage::Body => format!("{how} in the body"),
                _ => format!("{how} after the dot"),
            };
        }
        _ => "All off",
    };
    label.to_owned()
}

/// Its name in results: that of the command line where there is one.
pub(super) fn id(switch: Switch) -> String {
    match switch {
        Switch::Flaw(flaw) => flaw.id().to_owned(),
        Switch::Wire(WireFlaw::Unstuffed) => "unstuffed".to_owned(),
        Switch::Wire(WireFlaw::LineEnds) => "line-ends".to_owned(),
        Switch::Wire(WireFlaw::Unannounced) => "unannounced".to_owned(),
        Switch::Wire(WireFlaw::Oversize) => "oversize".to_owned(),
        Switch::Halt(after, Leave::Quit) => format!("quit-after-{}", after.word()),
        Switch::Halt(after, Leave::Drop) => format!("drop-after-{}", after.word()),
        _ => String::new(),
    }
}

pub(super) fn explanation(switch: Switch) -> &'static str {
    match switch {
        Switch::Flaw(flaw) => match flaw {
            Flaw::NoDate => "The Date header is left out (RFC 5322 3.6 asks for it)",
            Flaw::TwoDates => "The Date header stands there twice (RFC 5322 3.6: once)",
            Flaw::NoFrom => "The From header is left out (RFC 5322 3.6 asks for it)",
            Flaw::TwoFroms => "The From header stands there twice (RFC 5322 3.6: once)",
            Flaw::NoMessageId => "The Message-ID header is left out (RFC 5322 3.6.4)",
            Flaw::TwoMessageIds => "The Message-ID header stands there twice (RFC 5322 3.6: once)",
            Flaw::BccHeader => "Blind recipients are shown to everybody (RFC 5322 3.6.3)",
            Flaw::RawHeader => "What is not ASCII goes as UTF-8, without encoded words (RFC 2047)",
            Flaw::RawBody => "What is not ASCII goes as it is, and no header says so (RFC 2045)",
            Flaw::LongLine => "The text is one line of more than 998 octets (RFC 5321 4.5.3.1.6)",
            Flaw::BareLf => "Lines of the text end in LF alone (RFC 5321 2.3.8)",
            Flaw::BareCr => "Lines of the text end in CR alone (RFC 5321 2.3.8)",
            Flaw::Nul => "A zero octet stands in the text (RFC 5322 4)",
        },
        Switch::Wire(WireFlaw::Unstuffed) => {
            "A line with a single dot ends the mail early; what follows are commands (RFC 5321 4.5.2)"
        }
        Switch::Wire(WireFlaw::LineEnds) => "Bare CR and LF are not made CRLF on the way (RFC 5321 2.3.8)",
        Switch::Wire(WireFlaw::Unannounced) => {
            "8-bit octets and addresses go without 8BITMIME and SMTPUTF8 (RFC 6152, 6531)"
        }
        Switch::Wire(WireFlaw::Oversize) => "The mail goes though it is larger than the server's SIZE (RFC 1870)",
        Switch::Halt(Stage::FinalDot, _) => "The reply to the dot is not awaited: the fate is unknown (RFC 5321 6.1)",
        Switch::Halt(_, Leave::Quit) => "The conversation ends politely, and nothing is delivered (RFC 5321 4.1.1.10)",
        Switch::Halt(_, Leave::Drop) => "The connection is closed without a word, and nothing is delivered",
        _ => "Everything below is switched off: the mail goes as it should",
    }
}

pub(super) fn state(form: &Compose, switch: Switch) -> State {
    let on = match switch {
        Switch::Flaw(flaw) => form.flaws.contains(&flaw),
        Switch::Wire(flaw) => *of(&mut form.manner.flaws.clone(), flaw),
        Switch::Halt(after, how) => form.manner.halt == Some(Halt { after, how }),
        _ => return State::Button,
    };
    if on { State::On } else { State::Off }
}

pub(super) fn flip(form: &mut Compose, switch: Switch) -> Used {
    match switch {
        Switch::Flaw(flaw) => {
            if !form.flaws.remove(&flaw) {
                form.flaws.insert(flaw);
                form.flaws.retain(|other| !excludes(flaw, *other));
            }
        }
        Switch::Wire(flaw) => {
            let flag = of(&mut form.manner.flaws, flaw);
            *flag = !*flag;
        }
        Switch::Halt(after, how) => {
            let wanted = Some(Halt { after, how });
            form.manner.halt = if form.manner.halt == wanted { None } else { wanted };
        }
        _ => {
            form.flaws.clear();
            form.manner.flaws = WireFlaws::default();
            form.manner.halt = None;
        }
    }
    Used::Switched
}

/// None and two of the same cannot be had together.
fn excludes(flaw: Flaw, other: Flaw) -> bool {
    const PAIRS: [(Flaw, Flaw); 4] = [
        (Flaw::NoDate, Flaw::TwoDates),
        (Flaw::NoFrom, Flaw::TwoFroms),
        (Flaw::NoMessageId, Flaw::TwoMessageIds),
        (Flaw::BareLf, Flaw::BareCr),
    ];
    PAIRS.contains(&(flaw, other)) || PAIRS.contains(&(other, flaw))
}

fn of(flaws: &mut WireFlaws, flaw: WireFlaw) -> &mut bool {
    match flaw {
        WireFlaw::Unstuffed => &mut flaws.unstuffed,
        WireFlaw::LineEnds => &mut flaws.line_ends,
        WireFlaw::Unannounced => &mut flaws.unannounced,
        WireFlaw::Oversize => &mut flaws.oversize,
    }
}
