//! Faults on purpose: their names on the command line, and what they switch on.

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::mail::{Flaw, Flaws};
use crate::smtp::WireFlaws;

/// What is done wrong with a mail on its way.
const ON_THE_WAY: [&str; 4] = ["unstuffed", "line-ends", "unannounced", "oversize"];
const ON_THE_WAY_HELP: [&str; 4] = [
    "Dots at line starts are not doubled: a line with a single dot ends DATA early",
    "Bare CR and LF go out as they are",
    "8-bit octets, addresses beyond ASCII and requests go out, announced or not",
    "The server's SIZE is not heeded",
];

/// Knows every name, and what each does.
pub fn parser() -> PossibleValuesParser {
    let of_mail = Flaw::ALL.map(|flaw| (flaw.id(), help(flaw)));
    let all = of_mail.into_iter().chain(ON_THE_WAY.into_iter().zip(ON_THE_WAY_HELP));
    PossibleValuesParser::new(all.map(|(name, help)| PossibleValue::new(name).help(help)))
}

fn help(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::NoDate => "No Date header",
        Flaw::TwoDates => "Two Date headers",
        Flaw::NoFrom => "No From header",
        Flaw::TwoFroms => "Two From headers",
        Flaw::NoMessageId => "No Message-ID header",
        Flaw::TwoMessageIds => "Two Message-ID headers",
        Flaw::BccHeader => "Bcc stands in the header for everybody to read",
        Flaw::RawHeader => "Headers beyond ASCII in UTF-8, without encoded words",
        Flaw::RawBody => "A text beyond ASCII without MIME headers that say so",
        Flaw::LongLine => "The text in one line of more than 998 octets",
        Flaw::BareLf => "The lines of the text end in LF alone",
        Flaw::BareCr => "The lines of the text end in CR alone",
        Flaw::Nul => "A NUL octet in the text",
    }
}

/// Those that are in the octets of the mail.
pub fn of_mail(ids: &[String]) -> Flaws {
    ids.iter().filter_map(|id| Flaw::from_id(id)).collect()
}

/// Those that are done on the way, over what is switched on already. Bare CR and LF in a mail have to get there.
pub fn on_the_way(ids: &[String], flaws: &Flaws, already: WireFlaws) -> WireFlaws {
    let named = |name: &str| ids.iter().any(|id| id == name);
    let bare = flaws.contains(&Flaw::BareLf) || flaws.contains(&Flaw::BareCr);
    WireFlaws {
        unstuffed: already.unstuffed || named("unstuffed"),
        line_ends: already.line_ends || bare || named("line-ends"),
        unannounced: already.unannounced || named("unannounced"),
        oversize: already.oversize || named("oversize"),
    }
}

/// A line that says which are on; nothing when none is.
pub fn words(flaws: &Flaws, wire: WireFlaws) -> Option<String> {
    let on = [wire.unstuffed, wire.line_ends, wire.unannounced, wire.oversize];
    let on_the_way = ON_THE_WAY.into_iter().zip(on).filter_map(|(name, on)| on.then_some(name));
    let names: Vec<&str> = flaws.iter().map(|flaw| flaw.id()).chain(on_the_way).collect();
    (!names.is_empty()).then(|| format!("wrong on purpose: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &str) -> Vec<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_name_switches_on_one_thing() {
        for flaw in Flaw::ALL {
            assert_eq!(of_mail(&ids(flaw.id())), Flaws::from([flaw]));
        }
        for name in ON_THE_WAY {
            let wire = on_the_way(&ids(name), &Flaws::new(), WireFlaws::default());
            assert_eq!(words(&Flaws::new(), wire).unwrap(), format!("wrong on purpose: {name}"));
        }
    }

    #[test]
    fn bare_line_ends_get_through() {
        let flaws = of_mail(&ids("bare-lf no-date"));
        let wire = on_the_way(&[], &flaws, WireFlaws::default());
        assert!(wire.line_ends && !wire.unstuffed);
        assert_eq!(words(&flaws, wire).unwrap(), "wrong on purpose: no-date, bare-lf, line-ends");
        assert_eq!(words(&Flaws::new(), WireFlaws::default()), None);
    }
}
