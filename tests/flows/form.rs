//! The form as a person meets it: complaints that wait until an address is whole, rows for what is looked at, results
//! with the trouble first.

use crate::demo;
use crate::support::stage::Stage;

/// The caret goes from the body up to To, which is emptied.
fn to(stage: &mut Stage) {
    stage.press(&["Shift-Tab"; 4]);
    stage.press(&["End", "^U"]);
}

#[test]
fn an_address_is_complained_about_when_it_is_ended_or_left_and_not_before() {
    let mut stage = demo();
    to(&mut stage);
    for c in ["b", "o", "b"] {
        stage.type_text(c);
        stage.lacks("no @");
        stage.lacks("To!");
    }
    stage.sees("an address is being typed");
    stage.type_text(", eve");
    stage.sees("char 1: no @");
    stage.sees("To!");
    stage.press(&["End", "^U"]);
    stage.type_text("ada@x.test, bob");
    stage.lacks("no @");
    stage.press(&["Down"]);
    stage.sees("To!");
    stage.sees("To: no @ in the address");
    stage.press(&["Up"]);
    stage.sees("char 13: no @");
    stage.type_text("b");
    stage.lacks("no @");
    stage.press(&["F5"]);
    stage.sees("not sent: To: no @");
    stage.sees("char 13: no @");
    assert!(stage.app.transcript().iter().next().is_none(), "nothing was said to anybody");
}

#[test]
fn a_name_in_quotes_and_a_group_may_be_typed_in_peace() {
    let mut stage = demo();
    to(&mut stage);
    for c in "\"Ross, Bob\" <bob@x.test>, Team: eve@x.test, al@x.test;".chars() {
        stage.type_text(&c.to_string());
        stage.lacks("char ");
    }
    stage.press(&["Down"]);
    stage.lacks("char ");
}

#[test]
fn what_is_looked_at_has_the_rows_and_the_fields_come_back_with_the_caret() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::demo(size);
        stage.press(&["^X", "w"]);
        for hidden in ["Reply-To", "│Cc", "│Bcc", "Attach   none", "│From  "] {
            stage.lacks(hidden);
        }
        for shown in ["│To  ", "│Subject", "[Wire]", "MAIL FROM:<ada@sandbox.test>", "RCPT TO:<bob", "DATA", "Date: "]
        {
            stage.sees(shown);
        }
        stage.sees("319 octets, 7 bit, longest line 53");
        stage.press(&["Up"]);
        stage.press(&["^X", "z"]);
        if size == (120, 40) {
            stage.sees("│From  ");
        }
    }
}

#[test]
fn under_the_text_whoever_was_not_reached_comes_before_those_who_were() {
    let mut stage = Stage::demo((80, 24));
    to(&mut stage);
    stage.type_text("ada@sandbox.test, bob@sandbox.test, carol@elsewhere.example, greylist@sandbox.test");
    stage.press(&["F5"]);
    stage.sees("sent to some");
    stage.sees("x REFUSED   carol@elsewhere");
    stage.sees("~ DEFERRED  greylist@sandbox");
    stage.sees("Put off: ");
}

#[test]
fn a_result_tells_of_the_faults_that_the_mail_carried() {
    let mut stage = demo();
    stage.press(&["^X", "[", "Down", "Space", "F5"]);
    stage.press(&["^X", "R"]);
    stage.sees("Wrong on purpose: no-date");
}

#[test]
fn on_a_small_screen_the_longest_stages_and_the_total_are_in_view() {
    let mut stage = Stage::demo((60, 20));
    stage.press(&["F5", "^X", "R"]);
    stage.sees("1 Compose: result");
    for shown in ["+ accepted  bob@sandbox.test", "│EHLO", "│MAIL", "│total", "(shorter stages not shown: 1)"] {
        stage.sees(shown);
    }
}

#[test]
fn questions_name_what_their_keys_do_and_enter_sends_nothing() {
    let mut stage = Stage::demo((80, 24));
    stage.press(&["F5", "F5"]);
    for answer in ["> n  No, back to the form", "y  Yes, send it again", "Enter:choose  Esc:close"] {
        stage.sees(answer);
    }
    let said = stage.app.transcript().iter().count();
    stage.press(&["Enter"]);
    stage.lacks("Send it again?");
    assert_eq!(stage.app.transcript().iter().count(), said);
}
