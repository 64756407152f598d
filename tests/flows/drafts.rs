//! Drafts, templates and sent mails: nothing is lost, nothing is sent again by itself.

use std::time::Duration;

use telepost::app::{Effect, Message, Recovered, Settings, Store, Stored};
use telepost::drafts::{Id, Saved, Trouble};
use telepost::mail::{Content, Draft};
use telepost::wire::Segment;

use super::super::support::actor::Actor;
use super::super::support::stage::{Stage, account, settings};
use super::super::{demo, of_unknown_fate};

const WIDE: (u16, u16) = (120, 40);

fn saved(subject: &str) -> Saved {
    let draft = Draft { subject: subject.to_owned(), to: "bob@sandbox.test".to_owned(), ..Draft::default() };
    Saved { draft, ..Saved::default() }
}

/// Two mails were put away; the form is empty.
fn with_two_away() -> Stage {
    let mut stage = demo();
    stage.type_text("first ");
    stage.press(&["^X", "N", "p"]);
    stage.type_text("second ");
    stage.press(&["^X", "N", "p"]);
    stage
}

fn bodies(stage: &Stage) -> Vec<&str> {
    stage.cupboard.drafts.iter().map(|(_, saved)| saved.draft.body.lines().next().unwrap_or_default()).collect()
}

fn submissions(stage: &Stage) -> usize {
    stage.screen().matches("-> MAIL FROM").count()
}

#[test]
fn each_mail_that_is_put_away_stays_and_any_is_opened_again() {
    let mut stage = with_two_away();
    assert_eq!(bodies(&stage), ["first Hi Bob,", "second Hi Bob,"]);
    assert!(stage.cupboard.drafts.iter().all(|(_, saved)| saved.away));
    stage.type_text("third ");
    stage.press(&["^X", "D"]);
    stage.sees("┌ Drafts: 2");
    stage.press(&["Down", "Enter"]);
    stage.sees("│first Hi Bob,");
    assert_eq!(bodies(&stage).len(), 3, "the present one is put away: {:?}", bodies(&stage));
    stage.press(&["^X", "D"]);
    stage.sees("in the form");
    stage.press(&["Esc"]);
    stage.sees("│first Hi Bob,");
}

#[test]
fn a_mail_put_away_is_offered_after_no_start_but_told() {
    let stage = with_two_away();
    assert!(stage.cupboard.left_open().is_none());
    let next = Stage::open(WIDE, Settings { drafts: 2, ..settings(Some(account())) });
    next.sees("2 unsent mails are kept: ^X D lists them");
}

#[test]
fn a_draft_is_deleted_after_a_question_only() {
    let mut stage = with_two_away();
    stage.press(&["^X", "D", "Delete"]);
    stage.sees("There is no way to get it back");
    stage.press(&["Enter"]);
    stage.sees("┌ Drafts: 2");
    stage.press(&["Delete", "y"]);
    stage.sees("┌ Drafts: 1");
    assert_eq!(bodies(&stage), ["first Hi Bob,"]);
}

#[test]
fn the_mail_put_aside_comes_back_one_behind_the_other() {
    let mut stage = with_two_away();
    stage.press(&["^X", "N"]);
    stage.sees("│second Hi Bob,");
    stage.press(&["F5"]);
    stage.sees("^X N for the mail");
    stage.press(&["^X", "N"]);
    stage.sees("│first Hi Bob,");
    assert_eq!(stage.cupboard.drafts.len(), 1);
    stage.press(&["F5"]);
    assert!(stage.cupboard.drafts.is_empty());
}

#[test]
fn a_mail_put_aside_that_is_gone_is_told_and_forgotten() {
    let mut stage = demo();
    stage.type_text("first ");
    stage.press(&["^X", "N", "p"]);
    stage.cupboard.drafts.clear();
    stage.press(&["^X", "N"]);
    stage.sees("is not there any more");
}

#[test]
fn typing_without_a_pause_is_saved_after_two_seconds() {
    let mut stage = demo();
    for moment in 0..4 {
        stage.type_text("x");
        assert!(stage.cupboard.drafts.is_empty(), "{moment}");
        stage.tell_after(Duration::from_millis(500), Message::Wake);
    }
    assert!(stage.cupboard.drafts[0].1.draft.body.starts_with("xxxx"));
}

#[test]
fn what_another_telepost_has_open_is_not_written_and_nothing_typed_is_lost() {
    let mut stage = demo();
    stage.type_text("ours ");
    stage.tell_after(Duration::from_secs(3), Message::Wake);
    let (id, _) = stage.cupboard.drafts[0].clone();
    stage.cupboard.elsewhere.push(id.clone());
    stage.type_text("more ");
    stage.tell_after(Duration::from_secs(3), Message::Wake);
    stage.sees("another telepost has that draft open");
    let ours: Vec<_> = stage.cupboard.drafts.iter().filter(|(known, _)| *known != id).collect();
    assert!(ours.len() == 1 && ours[0].1.draft.body.starts_with("ours more "), "{ours:?}");
    stage.press(&["^X", "D", "Down", "Enter"]);
    stage.sees("cannot be opened: another telepost has this mail");
    stage.sees("│ours more Hi Bob,");
}

#[test]
fn a_draft_that_cannot_be_saved_is_told_and_the_mail_goes_all_the_same() {
    let mut stage = demo();
    stage.cupboard.full = true;
    stage.type_text("x");
    stage.tell_after(Duration::from_secs(3), Message::Wake);
    stage.sees("the draft could not be saved: no space is left");
    stage.press(&["F5"]);
    assert_eq!(stage.letters(1).len(), 4);
    stage.sees("sent, but the copy could not be kept: no space is left");
}

#[test]
fn that_a_mail_is_on_its_way_is_on_disk_before_it_goes() {
    let mut stage = of_unknown_fate();
    let noted = stage.others.iter().position(
        |effect| matches!(effect, Effect::SaveDraft(keep) if keep.saved.perhaps_sent && keep.saved.draft.message_id.is_some()),
    );
    assert!(noted.is_some(), "{:?}", stage.others);
    let (_, kept) = stage.cupboard.drafts[0].clone();
    assert!(kept.perhaps_sent, "its fate is not known");
    let recovered = stage.cupboard.left_open();

    // Whatever ended the program: the next start asks, and sends nothing.
    let mut next = Stage::open(WIDE, Settings { recovered, ..settings(Some(account())) });
    next.sees("This mail may have been sent");
    next.press(&["r", "F5"]);
    next.sees("Send it again?");
    next.press(&["Enter"]);
    assert_eq!((next.letters(1).len(), submissions(&next)), (3, 0));
    next.press(&["F5", "y"]);
    next.sees("queued as");
    let mail = String::from_utf8(next.letters(1).pop().expect("it came")).expect("it is text");
    let id = kept.draft.message_id.expect("it was fixed");
    assert!(mail.contains(&format!("Message-ID: <{id}>")), "{mail}");
    stage.press(&["F5"]);
    stage.sees("Send it again?");
}

#[test]
fn no_mail_goes_before_the_note_is_written() {
    let mut stage = demo();
    stage.cupboard.slow = true;
    stage.press(&["F5"]);
    assert_eq!((stage.letters(1).len(), stage.dialled.len()), (3, 0));
    stage.press(&["F5"]);
    stage.sees("a mail is on its way");
    let answers = std::mem::take(&mut stage.cupboard.held);
    assert!(!answers.is_empty());
    stage.cupboard.slow = false;
    for answer in answers {
        stage.tell(answer);
    }
    stage.sees("queued as");
    assert_eq!(stage.letters(1).len(), 4);
}

#[test]
fn a_mail_that_was_refused_is_a_plain_draft_again() {
    let mut stage = demo();
    let part = [("EHLO lab.test", "250 x"), ("MAIL FROM:<ada@sandbox.test>", "550 no"), ("RSET", "250 ok")];
    stage.understudy = Some(Actor::playing("220 x", &part));
    stage.press(&["F5"]);
    assert!(stage.cupboard.drafts.iter().all(|(_, saved)| !saved.perhaps_sent) && stage.cupboard.drafts.len() == 1);
    assert!(stage.cupboard.sent.is_empty());
}

#[test]
fn a_template_begins_a_mail_of_its_own() {
    let mut stage = demo();
    stage.press(&["F5", "^X", "j"]);
    stage.type_text("../x");
    stage.press(&["Enter"]);
    stage.sees("no dot and no blank at its ends");
    stage.press(&["^U"]);
    stage.type_text("weekly");
    stage.press(&["Enter"]);
    stage.sees("kept as template weekly");
    stage.tell(Message::Stored(Stored::Template("weekly".to_owned(), Ok(Box::new(saved("Week 47"))))));
    stage.sees("Subject  Week 47");
    stage.sees("From     Ada Lovelace <ada@sandbox.test>");
    stage.press(&["^X", "J", "Delete", "y"]);
    stage.sees("┌ Templates: 0");
}

#[test]
fn a_sent_mail_is_kept_and_opened_as_a_new_one() {
    let mut stage = demo();
    stage.press(&["F5"]);
    let parcel = stage.cupboard.sent[0].clone();
    assert_eq!((parcel.letter.outcome.as_str(), parcel.letter.recipients.len()), ("sent", 1));
    assert!(parcel.letter.recipients[0].reply.as_deref().is_some_and(|reply| reply.starts_with("250")));
    assert!(parcel.letter.queue_id.is_some() && parcel.letter.server == "SMTP 127.0.0.1:2525");
    let octets = telepost::mail::build::whole(&parcel.segments).expect("it is in memory");
    assert!(stage.letters(1)[3].ends_with(&octets));
    stage.press(&["^X", "S", "Enter", "o"]);
    stage.sees("a new mail like the one that was sent");
    stage.press(&["F5"]);
    let ids: Vec<_> = stage.cupboard.sent.iter().map(|parcel| parcel.letter.message_id.clone()).collect();
    assert_eq!(ids.len(), 2);
}

#[test]
fn a_sent_mail_is_resent_octet_for_octet() {
    let mut stage = demo();
    stage.press(&["F5", "^X", "S", "Enter", "r"]);
    stage.sees("Resend the mail");
    stage.press(&["Enter", "Enter"]);
    stage.sees("is resent: accepted");
    let letters = stage.letters(1);
    let octets = telepost::mail::build::whole(&stage.cupboard.sent[0].segments).expect("it is in memory");
    assert!(letters.len() == 5 && letters[4].ends_with(&octets));
    assert_eq!(stage.cupboard.sent.len(), 2, "what is resent is kept too");
    assert!(stage.cupboard.sent[1].letter.form.is_none());
    assert_eq!(stage.cupboard.sent[1].letter.subject, "Hello");
}

#[test]
fn a_sent_mail_shows_its_delivery_its_path_and_the_difference() {
    let mut stage = demo();
    stage.press(&["F5", "3", "Enter", "^X", "S", "Enter", "t"]);
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::Page(text) if text == "how Hello went")));
    stage.press(&["^X", "S", "Enter", "y"]);
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::Copy(path) if path.contains(".eml"))));
    stage.press(&["^X", "S", "Enter", "c"]);
    let compared =
        |effect: &Effect| matches!(effect, Effect::Compare { sent, .. } if matches!(sent[0], Segment::File { .. }));
    assert!(stage.others.iter().any(compared));
    stage.press(&["^X", "S", "Enter", "d", "y"]);
    stage.sees("┌ Sent mails: 0");
}

#[test]
fn nothing_is_kept_where_the_person_does_not_want_it() {
    let mut stage = Stage::open(WIDE, Settings { keep_sent: None, ..settings(Some(account())) });
    stage.press(&["F5"]);
    stage.sees("queued as");
    assert!(stage.cupboard.sent.is_empty());
}

#[test]
fn the_addresses_of_a_sent_mail_are_remembered() {
    let mut stage = demo();
    stage.press(&["F5"]);
    let people = stage.others.iter().find_map(|effect| match effect {
        Effect::Store(Store::People(people)) => Some(people.clone()),
        _ => None,
    });
    assert_eq!(people.expect("they are"), ["bob@sandbox.test", "Ada Lovelace <ada@sandbox.test>"]);
}

#[test]
fn an_attempt_that_comes_to_nothing_leaves_the_mark_of_a_crash() {
    let perhaps = Saved { perhaps_sent: true, ..saved("from before") };
    let recovered = Recovered { id: Id::new(9), saved: Box::new(perhaps) };
    for part in [&[("EHLO lab.test", "")][..], &[("EHLO lab.test", "554 no"), ("HELO lab.test", "554 no")]] {
        let recovered = Some(recovered.clone());
        let mut stage = Stage::open(WIDE, Settings { recovered, ..settings(Some(account())) });
        stage.press(&["r"]);
        stage.understudy = Some(Actor::playing("220 mx.example.test", part));
        stage.press(&["F5", "y"]);
        stage.press(&["s"]);
        assert!(stage.cupboard.drafts.iter().all(|(_, saved)| saved.perhaps_sent), "{}", stage.screen());
        stage.press(&["F5"]);
        stage.sees("nobody knows whether it was accepted");
    }
}

#[test]
fn a_recovered_draft_is_taken_up_under_its_name() {
    let recovered = Recovered { id: Id::new(9), saved: Box::new(saved("from before")) };
    let mut stage = Stage::open(WIDE, Settings { recovered: Some(recovered), ..settings(Some(account())) });
    stage.press(&["r"]);
    stage.sees("Subject  from before");
    assert_eq!(stage.cupboard.drafts.len(), 1, "it is taken up under its name");
    assert_eq!(stage.cupboard.drafts[0].0, Id::new(9));
    stage.tell(Message::Stored(Stored::Draft(Id::new(10), Err(Trouble::Taken))));
    stage.sees("cannot be opened: another telepost has this mail");
}

#[test]
fn an_attachment_stays_with_its_draft() {
    let mut with_file = saved("a file");
    let content = Content::Bytes(vec![b'x'; 1_000_000].into());
    with_file.draft.attachments.push(telepost::mail::Attachment::new("a.bin", "application/octet-stream", content));
    let mut stage = demo();
    stage.tell(Message::Stored(Stored::Draft(Id::new(3), Ok(Box::new(with_file.clone())))));
    stage.sees("a.bin");
    assert_eq!(stage.cupboard.drafts[0].1.draft.attachments, with_file.draft.attachments);
}
