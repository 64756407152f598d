//! From options to a draft and an envelope.

use std::path::Path;

use serde::Deserialize;

use super::options::MailArgs;
use super::{faults, lists};
use crate::batch::Halves;
use crate::cli::{Status, Trouble};
use crate::mail::{Attachment, DkimKey, Draft, Envelope, Fault, Format};
use crate::smtp::Manner;

/// What a file kept by the form holds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Kept {
    manner: Manner,
}

/// The draft that the options describe, without its envelope, and the manner that a template has.
pub fn draft(args: &MailArgs) -> Result<(Draft, Manner), Trouble> {
    let (mut draft, manner) = match &args.template {
        Some(path) => template(path)?,
        None => (Draft::default(), Manner::default()),
    };
    let over = |field: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *field = value;
        }
    };
    let list = |items: &[String]| (!items.is_empty()).then(|| items.join(", "));
    let mut to = args.to.clone();
    if let Some(path) = &args.to_file {
        to.extend(lists::addresses(path)?);
    }
    over(&mut draft.from, args.from.clone());
    over(&mut draft.to, list(&to));
    over(&mut draft.cc, list(&args.cc));
    over(&mut draft.bcc, list(&args.bcc));
    over(&mut draft.reply_to, args.reply_to.clone());
    over(&mut draft.subject, args.subject.clone());
    over(&mut draft.body, text(args)?);
    if args.markdown {
        draft.format = Format::Markdown;
    }
    let inline = args.inline.iter().map(|path| Attachment { inline: true, ..Attachment::from_path(path) });
    draft.attachments.extend(args.attach.iter().map(Attachment::from_path).chain(inline));
    draft.flaws.extend(faults::of_mail(&args.fault));
    draft.eight_bit |= args.eight_bit;
    draft.dkim = dkim(args).or(draft.dkim);
    for header in &args.header {
        draft.add_header(header).map_err(|fault| of_faults(&[fault]))?;
    }
    Ok((draft, manner))
}

/// The key that signs.
pub fn dkim(args: &MailArgs) -> Option<DkimKey> {
    let (file, domain, selector) = (args.dkim_key.clone()?, args.dkim_domain.clone()?, args.dkim_selector.clone()?);
    Some(DkimKey { file, domain, selector })
}

/// Halves of the envelope that options, or else the template, give.
pub fn halves(args: &MailArgs, of_template: Option<Envelope>) -> Result<Halves, Trouble> {
    let mut to: Vec<String> = args.envelope_to.iter().map(|path| bare(path)).collect();
    if let Some(path) = &args.envelope_to_file {
        to.extend(lists::paths(path)?);
    }
    let (kept_from, kept_to) = of_template.map(|envelope| (envelope.from, envelope.to)).unzip();
    let to = Some(to).filter(|to| !to.is_empty()).or(kept_to);
    Ok(Halves { from: args.envelope_from.as_deref().map(bare).or(kept_from), to })
}

/// Nothing is read twice from standard input.
pub fn one_reader(args: &MailArgs, csv: Option<&Path>) -> Result<(), Trouble> {
    let files = [&args.to_file, &args.body_file, &args.raw, &args.envelope_to_file, &args.template];
    let readers =
        files.into_iter().filter_map(|path| path.as_deref()).chain(csv).filter(|path| *path == Path::new("-"));
    if readers.count() > 1 {
        return Err(Trouble::usage("standard input can be read only once", "give files for the other options"));
    }
    Ok(())
}

/// Faults of a draft as the end of this call.
pub fn of_faults(faults: &[Fault]) -> Trouble {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    Trouble::new(Status::Usage, lines.join("\n"))
}

/// A new mail after the template: it gets a Message-ID and a date of its own.
fn template(path: &Path) -> Result<(Draft, Manner), Trouble> {
    let text = lists::read(path)?;
    let bad = |error: serde_json::Error| {
        let what = format!("{}: {error}", path.display());
        Trouble::usage(what, "give a draft or template that the workbench keeps")
    };
    let draft: Draft = serde_json::from_str(&text).map_err(bad)?;
    let Kept { manner } = serde_json::from_str(&text).map_err(bad)?;
    Ok((Draft { message_id: None, date: None, ..draft }, manner))
}

/// An address may be written with its angle brackets.
fn bare(path: &str) -> String {
    path.strip_prefix('<').and_then(|path| path.strip_suffix('>')).unwrap_or(path).to_owned()
}

fn text(args: &MailArgs) -> Result<Option<String>, Trouble> {
    match (&args.body, &args.body_file) {
        (Some(text), _) => Ok(Some(text.clone())),
        (None, Some(path)) => lists::read(path).map(Some),
        (None, None) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_go_over_a_template() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft.json");
        let kept = Draft {
            from: "ada@a.example".into(),
            to: "bob@b.example".into(),
            subject: "Old".into(),
            body: "Text\n".into(),
            headers: vec![("X-A".into(), "1".into())],
            message_id: Some("kept@x".into()),
            envelope: Some(Envelope { from: "bounce@a.example".into(), to: vec!["bob@b.example".into()] }),
            ..Draft::default()
        };
        std::fs::write(&path, serde_json::to_string(&kept).unwrap()).unwrap();
        let args = MailArgs {
            template: Some(path),
            subject: Some("New".into()),
            header: vec!["X-B: 2".into()],
            envelope_to: vec!["<eve@c.example>".into()],
            ..MailArgs::default()
        };
        let (draft, manner) = draft(&args).unwrap();
        assert_eq!((draft.subject.as_str(), draft.body.as_str()), ("New", "Text\n"));
        assert_eq!((draft.headers.len(), draft.message_id, manner), (2, None, Manner::default()));
        let halves = halves(&args, draft.envelope).unwrap();
        assert_eq!(
            (halves.from.as_deref(), halves.to.unwrap()),
            (Some("bounce@a.example"), vec!["eve@c.example".to_owned()])
        );
    }

    #[test]
    fn a_template_may_say_how_the_mail_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft.json");
        std::fs::write(&path, r#"{"from": "a@b.example", "manner": {"flaws": {"oversize": true}}}"#).unwrap();
        let args = MailArgs { template: Some(path.clone()), ..MailArgs::default() };
        assert!(draft(&args).unwrap().1.flaws.oversize);
        std::fs::write(&path, "no draft").unwrap();
        assert_eq!(draft(&args).unwrap_err().status, Status::Usage);
    }

    #[test]
    fn standard_input_has_one_reader() {
        let stdin = || Some("-".into());
        let args = MailArgs { to_file: stdin(), ..MailArgs::default() };
        assert!(one_reader(&args, None).is_ok());
        assert!(one_reader(&args, Some(Path::new("-"))).is_err());
        assert!(one_reader(&MailArgs { body_file: stdin(), ..args }, None).is_err());
    }
}
