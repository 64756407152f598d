use super::*;
use crate::verify::Check;

const MAIL: &str = "Received: from a\r\nFrom: a@b\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\n\r\nthe text\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninside\r\n\
    --b\r\nContent-Type: application/pdf; name=r.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n--b--\r\n";

fn message(mail: &[u8]) -> Message {
    let mut message = Message::new(1, Arc::new(mail.to_vec()), mail.len() as u64, View::parse(mail));
    message.prepare(80, 20);
    message
}

fn shown(message: &Message) -> Vec<String> {
    message.rows().into_iter().map(|line| line.text).collect()
}

fn on(tab: Tab) -> Message {
    let mut message = message(MAIL.as_bytes());
    message.set_tab(tab);
    message.prepare(80, 20);
    message
}

#[test]
fn tabs_go_round_and_diff_is_there_with_a_comparison_only() {
    let mut message = message(MAIL.as_bytes());
    message.step_tab(-1);
    assert_eq!(message.tab, Tab::Checks);
    message.comparison = Some(Comparison::default());
    message.step_tab(1);
    assert_eq!(message.tab, Tab::Diff);
    message.step_tab(1);
    assert_eq!(message.tab, Tab::Text);
}

#[test]
fn each_tab_shows_its_own() {
    assert!(shown(&on(Tab::Text)).contains(&"the text".to_owned()));
    assert_eq!(shown(&on(Tab::Headers))[..2], ["+ Received: from a", "  From: a@b"]);
    assert_eq!(shown(&on(Tab::Raw))[0], "Received: from a\\r\\n");
    assert!(shown(&on(Tab::Hex))[0].starts_with("00000000  52 65 63 65"));
    assert!(shown(&on(Tab::Parts))[1].starts_with("1           text/plain"));
    assert_eq!(on(Tab::Raw).position(), format!("20/{} lines", MAIL.lines().count()));
    assert_eq!(on(Tab::Parts).position(), "part 1/4");
}

#[test]
fn the_cursor_goes_from_part_to_part_and_into_one() {
    let mut message = on(Tab::Parts);
    message.scroll_by(1);
    assert_eq!(message.part().map(|part| part.path.as_str()), Some("2"));
    let marked = message.rows().iter().position(|line| line.mark == Mark::Cursor);
    assert_eq!(marked, Some(3));
    let path = message.want_part().unwrap();
    message.show_part("1", View::default());
    assert_eq!(message.inside(), None, "another part was asked for");
    message.show_part(&path, View::of_part(MAIL.as_bytes(), &path).unwrap());
    message.prepare(80, 20);
    assert_eq!(shown(&message), ["Subject: inner", "", "inside"]);
    assert!(message.leave_part() && !message.leave_part());
    message.prepare(80, 20);
    message.scroll_by(isize::MAX / 2);
    assert_eq!(message.part().and_then(|part| part.name.as_deref()), Some("r.pdf"));
    assert_eq!(message.attachments().map(|part| part.path.as_str()).collect::<Vec<_>>(), ["2", "3"]);
}

#[test]
fn the_part_under_the_cursor_stays_on_screen() {
    let mut message = on(Tab::Parts);
    message.prepare(80, 3);
    for _ in 0..3 {
        message.scroll_by(1);
        assert!(message.rows().iter().any(|line| line.mark == Mark::Cursor));
    }
    for _ in 0..3 {
        message.scroll_by(-1);
        assert!(message.rows().iter().any(|line| line.mark == Mark::Cursor));
    }
    assert!(shown(&message)[0].starts_with("Part"), "with what stands above it");
}

#[test]
fn findings_that_come_later_are_shown() {
    let mut message = on(Tab::Checks);
    assert!(shown(&message).iter().any(|line| line.contains("Not checked")));
    let check = Check { name: "DKIM", result: "pass", detail: "a.example".into() };
    message.findings = Some(Findings { checks: vec![check], summary: "It is genuine.".into() });
    message.prepare(80, 20);
    assert!(shown(&message).iter().any(|line| line == "It is genuine."));
}

#[test]
fn a_resize_keeps_the_line_on_top() {
    let body = (0..500).map(|n| format!("{n} {}\r\n", "word ".repeat(n % 60))).collect::<Vec<_>>().concat();
    for tab in [Tab::Text, Tab::Raw, Tab::Hex] {
        let mut message = message(format!("Subject: s\r\n\r\n{body}").as_bytes());
        message.set_tab(tab);
        message.prepare(120, 30);
        message.scroll_by(700);
        let at = message.place.at;
        message.prepare(40, 30);
        let near = message.place.at;
        assert!(near <= at && at - near < 16, "{tab:?}: {at} became {near}");
        message.prepare(120, 30);
        assert!(at.abs_diff(message.place.at) < 16, "{tab:?}");
    }
}

#[test]
fn a_message_of_many_octets_makes_no_lines_for_raw_and_hex() {
    let mut message = message(&b"x\n".repeat(2_000_000));
    for tab in [Tab::Raw, Tab::Hex] {
        message.set_tab(tab);
        message.prepare(80, 24);
        message.scroll_by(isize::MAX / 2);
        assert_eq!((message.lines.len(), message.rows().len()), (0, 24));
        message.scroll_by(-1);
        message.scroll_by(isize::MIN / 2);
        assert_eq!(message.place, Place::default());
    }
}

#[test]
fn text_is_not_wider_than_can_be_read() {
    let mail = format!("Subject: s\r\n\r\n{}\r\n", "word ".repeat(100));
    let mut message = message(mail.as_bytes());
    message.prepare(200, 20);
    assert!(shown(&message).iter().all(|line| line.len() <= text::READING));
    assert!(shown(&message).iter().any(|line| line.len() > 90));
}

#[test]
fn what_is_missing_of_a_cut_message_is_told() {
    let raw = Arc::new(MAIL.as_bytes().to_vec());
    let mut message = Message::new(1, raw, 1_000_000, View::parse(MAIL.as_bytes()));
    for tab in [Tab::Text, Tab::Parts] {
        message.set_tab(tab);
        message.prepare(80, 20);
        assert!(shown(&message)[0].starts_with("! only the first"), "{tab:?}");
    }
}

#[test]
fn what_is_copied_is_the_whole_tab() {
    let long = format!("Subject: s\r\n\r\n{}", "line\r\n".repeat(1_000));
    let mut message = message(long.as_bytes());
    assert_eq!(message.plain().matches("line").count(), 1_000);
    message.set_tab(Tab::Raw);
    message.prepare(80, 20);
    assert_eq!(message.plain().lines().count(), 1_002);
    message.set_tab(Tab::Hex);
    message.prepare(80, 20);
    assert_eq!(message.plain().lines().count(), long.len().div_ceil(16));
}

#[test]
fn each_tab_keeps_its_place_and_the_part_that_is_looked_into() {
    let body = (0..200).map(|n| format!("line {n}\r\n")).collect::<Vec<_>>().concat();
    let mut message = message(format!("Subject: s\r\n\r\n{body}").as_bytes());
    let mut tops = Vec::new();
    for (tab, step) in [(Tab::Text, 30), (Tab::Raw, 50), (Tab::Hex, 7)] {
        message.set_tab(tab);
        message.prepare(80, 20);
        message.scroll_by(step);
        tops.push((tab, shown(&message)[0].clone()));
    }
    for (tab, top) in tops {
        message.set_tab(tab);
        message.prepare(80, 20);
        assert_eq!(shown(&message)[0], top, "{tab:?}");
    }
    let mut message = on(Tab::Parts);
    message.scroll_by(1);
    let path = message.want_part().unwrap();
    message.show_part(&path, View::of_part(MAIL.as_bytes(), &path).unwrap());
    message.set_tab(Tab::Text);
    message.prepare(80, 20);
    assert_eq!(message.inside(), None);
    assert!(!message.leave_part(), "Esc here means the message");
    assert!(shown(&message).contains(&"the text".to_owned()));
    message.set_tab(Tab::Parts);
    message.prepare(80, 20);
    assert_eq!((message.inside(), shown(&message)[2].as_str()), (Some("2"), "inside"));
}

#[test]
fn headers_are_all_or_those_that_people_read() {
    let mut message = on(Tab::Headers);
    assert_eq!(shown(&message).len(), 4);
    assert!(message.toggle_headers());
    message.prepare(80, 20);
    assert_eq!(shown(&message), ["  From: a@b", "  Subject: s"]);
    message.set_tab(Tab::Text);
    assert!(!message.toggle_headers(), "only where they are shown");
    let mut next = on(Tab::Text);
    message.set_tab(Tab::Headers);
    next.look_as(&message);
    next.prepare(80, 20);
    assert_eq!(shown(&next), ["  From: a@b", "  Subject: s"]);
}

#[test]
fn what_is_looked_for_comes_on_screen_in_every_tab() {
    let body = (0..300).map(|n| format!("line {n} {}\r\n", "word ".repeat(40))).collect::<Vec<_>>().concat();
    for tab in [Tab::Text, Tab::Raw] {
        let mut message = message(format!("Subject: s\r\n\r\n{body}{}Needle\r\n{body}", "x ".repeat(300)).as_bytes());
        message.set_tab(tab);
        message.prepare(40, 10);
        assert_eq!(message.look_for("NEEDLE"), Some(Searched::Here), "{tab:?}");
        let rows = shown(&message);
        assert!(rows[1..].iter().any(|row| row.contains("Needle")), "{tab:?}: {rows:?}");
        assert_eq!(message.find(true), Some(Searched::Around), "{tab:?}");
        assert_eq!(shown(&message), rows, "it is on screen already");
        assert_eq!((message.look_for("missing"), message.find(false)), (None, None));
        assert_eq!(shown(&message), rows);
    }
    let mut message = on(Tab::Parts);
    assert_eq!(message.look_for("R.PDF"), Some(Searched::Here));
    assert_eq!(message.part().map(|part| part.path.as_str()), Some("3"));
    message.set_tab(Tab::Hex);
    message.prepare(80, 3);
    assert_eq!(message.find(true), Some(Searched::Here));
    assert!(shown(&message).join("").contains("name=r"), "{:?}", shown(&message));
}
