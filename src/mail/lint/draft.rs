//! A draft as typed: its fields, its text, the flaws that are switched on, its envelope, and the server it goes to.

use super::{Context, Lint, Measure, Mend, Rule, TEXT_LINE, mending};
use crate::mail::address::AddressList;
use crate::mail::draft::{Draft, Envelope, same_mailbox_key};
use crate::mail::flaw::Flaw;

/// Most addresses that are named in one lint.
const NAMED: usize = 3;

/// Looks at a draft by itself.
pub fn draft(draft: &Draft) -> Vec<Lint> {
    of(draft, &Context::default())
}

/// Looks at a draft that goes to this server with this envelope.
pub fn of(draft: &Draft, context: &Context) -> Vec<Lint> {
    let mut lints = Vec::new();
    about_subject(draft, &mut lints);
    about_from(draft, &mut lints);
    about_text(draft, &mut lints);
    about_headers(draft, &mut lints);
    lints.extend(draft.flaws.iter().map(|flaw| of_flaw(*flaw)));
    about_envelope(draft, context, &mut lints);
    about_server(draft, context, &mut lints);
    lints
}

fn about_subject(draft: &Draft, lints: &mut Vec<Lint>) {
    let mut extra = extra(draft, "Subject");
    if !draft.subject.trim().is_empty() || extra.any(|(_, value)| !value.trim().is_empty()) {
        return;
    }
    let lint = Lint::new(Rule::NoSubject, "no subject", "many filters take a mail without for spam");
    lints.push(match mending::first_words(&draft.body) {
        Some(_) => lint.with(Mend::SubjectFromText),
        None => lint,
    });
}

fn about_from(draft: &Draft, lints: &mut Vec<Lint>) {
    if draft.from.trim().is_empty() && extra(draft, "From").next().is_none() {
        let advice = "RFC 5322 asks for it; many servers refuse a mail without";
        lints.push(Lint::new(Rule::NoFrom, "no From", advice));
    }
    let froms = AddressList::salvage(&draft.from).mailboxes().count();
    if froms > 1 && extra(draft, "Sender").next().is_none() {
        let what = "several From addresses and no Sender";
        lints.push(Lint::new(Rule::NoSender, what, "RFC 5322 asks for a Sender header then").with(Mend::AddSender));
    }
}

fn about_text(draft: &Draft, lints: &mut Vec<Lint>) {
    if draft.body.trim().is_empty() && draft.attachments.is_empty() {
        lints.push(Lint::new(Rule::NoText, "no text", "it may be sent empty"));
    }
    if draft.attachments.is_empty() && (mentions_attachment(&draft.subject) || mentions_attachment(&draft.body)) {
        let what = "the text speaks of an attachment, and there is none";
        lints.push(Lint::new(Rule::NoAttachment, what, "attach the file, or go on"));
    }
    let longest = Measure::of(draft.body.as_bytes()).longest_line;
    if longest > TEXT_LINE && !draft.flaws.contains(&Flaw::LongLine) {
        let what = format!("a line of {longest} octets in the text");
        let advice = "it goes out encoded, since 998 are the most";
        lints.push(Lint::new(Rule::LongLine, what, advice).with(Mend::WrapLines));
    }
}

/// Extra headers that are there twice, or should not be there.
fn about_headers(draft: &Draft, lints: &mut Vec<Lint>) {
    let once = [
        (Rule::TwoDates, "Date", false),
        (Rule::TwoFroms, "From", !draft.from.trim().is_empty()),
        (Rule::TwoMessageIds, "Message-ID", false),
        (Rule::TwoSubjects, "Subject", !draft.subject.trim().is_empty()),
    ];
    for (rule, name, field) in once {
        let keep = usize::from(!field);
        let more = extra(draft, name).nth(keep);
        lints.extend(more.map(|(index, _)| {
            let advice = if field { "the field of the form says it" } else { "keep one" };
            Lint::new(rule, format!("{name} more than once"), advice).with(Mend::DropHeader(index))
        }));
    }
    lints.extend(extra(draft, "Bcc").next().map(|(index, _)| {
        let advice = "everyone can read it: name these recipients in the Bcc field";
        Lint::new(Rule::Bcc, "Bcc in the header", advice).with(Mend::MoveBcc(index))
    }));
}

/// The extra headers of a name, each with its index.
fn extra<'a>(draft: &'a Draft, name: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let same = move |other: &str| other.eq_ignore_ascii_case(name);
    draft
        .headers
        .iter()
        .enumerate()
        .filter(move |(_, (name, _))| same(name))
        .map(|(index, (_, value))| (index, &**value))
}

fn of_flaw(flaw: Flaw) -> Lint {
    let (rule, what) = match flaw {
        Flaw::NoDate => (Rule::NoDate, "no Date"),
        Flaw::TwoDates => (Rule::TwoDates, "Date more than once"),
        Flaw::NoFrom => (Rule::NoFrom, "no From"),
        Flaw::TwoFroms => (Rule::TwoFroms, "From more than once"),
        Flaw::NoMessageId => (Rule::NoMessageId, "no Message-ID"),
        Flaw::TwoMessageIds => (Rule::TwoMessageIds, "Message-ID more than once"),
        Flaw::BccHeader => (Rule::Bcc, "Bcc in the header"),
        Flaw::RawHeader => (Rule::RawHeader, "a header that is not ASCII is not encoded"),
        Flaw::RawBody => (Rule::Undeclared, "text that is not ASCII is not declared"),
        Flaw::LongLine => (Rule::LongLine, "a line of more than 998 octets"),
        Flaw::BareLf => (Rule::BareLineEnd, "a bare LF"),
        Flaw::BareCr => (Rule::BareLineEnd, "a bare CR"),
        Flaw::Nul => (Rule::Nul, "a NUL octet"),
    };
    Lint::new(rule, what, "on purpose").with(Mend::SwitchOff(flaw))
}

fn about_envelope(draft: &Draft, context: &Context, lints: &mut Vec<Lint>) {
    let Some(envelope) = context.envelope.as_ref().or(draft.envelope.as_ref()) else { return };
    let header = header(draft);
    let named = |address: &String| header.to.iter().any(|other| same(other, address));
    let strangers: Vec<&String> = envelope.to.iter().filter(|to| !named(to)).collect();
    if !strangers.is_empty() {
        let what = format!("RCPT TO has {}, whom no header names", list(&strangers));
        let advice = "it is delivered, and nobody sees to whom";
        lints.push(Lint::new(Rule::Stranger, what, advice).with(Mend::AlignRecipients));
    }
    let left_out = |address: &&String| !envelope.to.iter().any(|other| same(other, address));
    let left_out: Vec<&String> = header.to.iter().filter(left_out).collect();
    if !left_out.is_empty() {
        let what = format!("the header names {}, whom RCPT TO has not", list(&left_out));
        lints.push(Lint::new(Rule::LeftOut, what, "they get nothing").with(Mend::AlignRecipients));
    }
    if envelope.from.is_empty() {
        let what = "MAIL FROM is the null sender";
        lints.push(Lint::new(Rule::NullSender, what, "no bounce will come back").with(Mend::AlignSender));
    } else if !header.from.is_empty() && !same(&header.from, &envelope.from) {
        let what = format!("MAIL FROM is {}, the header says {}", envelope.from, header.from);
        lints.push(Lint::new(Rule::OtherSender, what, "bounces go to MAIL FROM").with(Mend::AlignSender));
    }
}

/// The envelope as the fields and extra headers give it. What is wrong in a field is said elsewhere.
fn header(draft: &Draft) -> Envelope {
    let fields = Draft {
        from: draft.from.clone(),
        to: draft.to.clone(),
        cc: draft.cc.clone(),
        bcc: draft.bcc.clone(),
        headers: draft.headers.clone(),
        ..Draft::default()
    };
    let of_text = |text: &str| -> Vec<String> {
        AddressList::salvage(text).mailboxes().map(|mailbox| mailbox.address.clone()).collect()
    };
    let from = fields.envelope_with(None, Some(vec![String::new()])).map(|envelope| envelope.from).unwrap_or_default();
    let to = fields.envelope_with(Some(String::new()), None).map(|envelope| envelope.to);
    let mut to = to.unwrap_or_else(|_| [&draft.to, &draft.cc, &draft.bcc].map(|text| of_text(text)).concat());
    for name in ["To", "Cc"] {
        to.extend(extra(draft, name).flat_map(|(_, value)| of_text(value)));
    }
    let from = match extra(draft, "From").next() {
        Some((_, value)) if from.is_empty() => of_text(value).into_iter().next().unwrap_or_default(),
        _ => from,
    };
    Envelope { from, to }
}

fn same(one: &str, other: &str) -> bool {
    one == other || same_mailbox_key(one) == same_mailbox_key(other)
}

fn list(addresses: &[&String]) -> String {
    let shown: Vec<&str> = addresses.iter().take(NAMED).map(|address| address.as_str()).collect();
    let more = addresses.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &more
}

fn about_server(draft: &Draft, context: &Context, lints: &mut Vec<Lint>) {
    let server = context.server;
    if !server.known {
        return;
    }
    let envelope = context.envelope.as_ref().or(draft.envelope.as_ref());
    let paths = envelope.into_iter().flat_map(|envelope| std::iter::once(&envelope.from).chain(&envelope.to));
    let local = |path: &&String| !path.rsplit_once('@').map_or(path.as_str(), |(local, _)| local).is_ascii();
    if let Some(path) = paths.into_iter().find(local).filter(|_| !server.smtputf8) {
        let what = format!("{path} is not ASCII, and the server has no SMTPUTF8");
        lints.push(Lint::new(Rule::Utf8Address, what, "it cannot be sent there: use another address"));
    }
    if draft.flaws.contains(&Flaw::RawBody) && !draft.body.is_ascii() && !server.eight_bit {
        let what = "8-bit text, and the server has no 8BITMIME";
        let lint = Lint::new(Rule::EightBit, what, "it may arrive damaged");
        lints.push(lint.with(Mend::SwitchOff(Flaw::RawBody)));
    }
    if let Some((octets, limit)) =
        context.octets.zip(server.size).filter(|(octets, limit)| *limit > 0 && octets > limit)
    {
        let what = format!("{octets} octets, and the server takes {limit}");
        lints.push(Lint::new(Rule::Size, what, "the server will refuse it: send less"));
    }
    lints.extend(context.unannounced.iter().map(|request| {
        let what = format!("{} is asked for, and the server does not announce it", request.keyword());
        let advice = "the mail is not sent to such a server";
        Lint::new(Rule::Unannounced, what, advice).with(Mend::Forgo(*request))
    }));
}

/// Quoted lines do not count: they are someone else's promise.
fn mentions_attachment(text: &str) -> bool {
    const WORDS: [&str; 7] = ["attached", "attachment", "attaching", "enclosed", "angehängt", "im anhang", "ci-joint"];
    let own = text.lines().filter(|line| !line.trim_start().starts_with('>'));
    own.map(str::to_lowercase).any(|line| WORDS.iter().any(|word| line.contains(word)))
}

#[cfg(test)]
mod tests;
