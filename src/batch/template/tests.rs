use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::batch::Rows;

fn row(values: &[&str]) -> (Vec<String>, Row) {
    let mut file = tempfile::tempfile().unwrap();
    let names: Vec<String> = ["mail", "name", "city"][..values.len()].iter().map(|name| (*name).to_owned()).collect();
    let quoted = |value: &&str| format!("\"{}\"", value.replace('"', "\"\""));
    let values: Vec<String> = values.iter().map(quoted).collect();
    write!(file, "{}\n{}\n", names.join(","), values.join(",")).unwrap();
    (names, Rows::new(file).unwrap().row().unwrap().unwrap())
}

fn draft() -> Draft {
    Draft { from: "Eve <eve@a.example>".into(), to: "{{name}} <{{mail}}>".into(), ..Draft::default() }
}

fn filled(draft: Draft, values: &[&str]) -> Result<Draft, Vec<Fault>> {
    let (names, row) = row(values);
    Form::new(draft, &Halves::default(), &names).unwrap().fill(&row)
}

#[test]
fn gaps_are_filled_everywhere() {
    let mut template = draft();
    template.subject = "Hello {{ name }}, {{{{name}}".into();
    template.body = "{{city}}{{city}}\n".into();
    template.cc = "x@y.example, {{mail}}".into();
    template.add_header("X-City: {{city}}").unwrap();
    let (names, row) = row(&["ada@b.example", "Ada", "London"]);
    let halves = Halves { from: Some("bounce+{{name}}@a.example".into()), to: None };
    let draft = Form::new(template, &halves, &names).unwrap().fill(&row).unwrap();
    assert_eq!((draft.to.as_str(), draft.cc.as_str()), ("Ada <ada@b.example>", "x@y.example, ada@b.example"));
    assert_eq!((draft.subject.as_str(), draft.body.as_str()), ("Hello Ada, {{name}}", "LondonLondon\n"));
    assert_eq!(draft.headers, [("X-City".to_owned(), "London".to_owned())]);
    let envelope = draft.envelope.unwrap();
    assert_eq!((envelope.from.as_str(), envelope.to.len()), ("bounce+Ada@a.example", 2));
}

#[test]
fn an_unknown_gap_is_named_with_its_place() {
    let (names, _) = row(&["a@b", "Ada"]);
    for (body, line, column) in [("{{town}}", 1, 1), ("ä\nbc {{town}}", 2, 4), ("x {{name", 1, 3)] {
        let (field, bad) = Form::new(Draft { body: body.into(), ..draft() }, &Halves::default(), &names).unwrap_err();
        assert_eq!((field, bad.line, bad.column), (Field::Body, line, column), "{bad}");
    }
}

#[test]
fn a_name_may_hold_anything_that_a_name_may_hold() {
    for name in ["Lovelace, Ada", "A \"B\" C", "a@b <x@y>", "Team: x;", "Åsa", ""] {
        let draft = filled(draft(), &["ada@b.example", name]).unwrap();
        let envelope = draft.envelope().unwrap();
        assert_eq!(envelope.to, ["ada@b.example"], "{name}: {}", draft.to);
    }
}

#[test]
fn a_value_is_never_a_second_recipient() {
    for mail in
        ["a@b.example, c@d.example", "a@b.example; c@d.example", "a@b.example>, <c@d.example", "x: a@b.example;"]
    {
        for to in ["{{mail}}", "<{{mail}}>", "{{name}} <{{mail}}>"] {
            let made = filled(Draft { to: to.into(), ..draft() }, &[mail, "Ada"]);
            assert!(made.is_err(), "{to} with {mail}: {made:?}");
        }
    }
}

#[test]
fn a_blank_value_leaves_its_address_out() {
    let draft = filled(Draft { cc: "{{name}}".into(), ..draft() }, &["a@b.example", ""]).unwrap();
    assert_eq!((draft.to.as_str(), draft.cc.as_str()), ("<a@b.example>", ""));
}

proptest! {
    #[test]
    fn no_value_adds_a_recipient_or_a_header(name in any::<String>(), mail in ".{0,20}") {
        let (template, now) = (Draft { subject: "{{name}}".into(), ..draft() }, jiff::Zoned::default());
        let values = [mail.as_str(), name.as_str()];
        prop_assume!(!name.contains('\0'));
        if let Ok(draft) = filled(template, &values)
            && let Ok(envelope) = draft.envelope()
        {
            prop_assert!(envelope.to.len() == 1, "{:?}", envelope.to);
            if let Ok(built) = draft.build(&now, "h") {
                let whole = crate::mail::build::whole(&built.segments).unwrap();
                let head = String::from_utf8_lossy(&whole[..built.body_at]).into_owned();
                let names: Vec<_> = head.lines().filter(|line| !line.starts_with([' ', '\t']) && !line.is_empty()).map(|line| line.split(':').next().unwrap()).collect();
                let known = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
                prop_assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
            }
        }
    }
}
