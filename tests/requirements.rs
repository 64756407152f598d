//! What the five guides ask of the program, point by point, and the test that holds each; what is left for later, and
//! that it really is not there yet.
//!
//! The guides teach people to talk SMTP and POP3 by hand: 000 SMTP step by step, 001 SMTP and POP3 with trouble, 002 a
//! listing and a MIME mail, 003 headers and names, 004 problems and their fixes. Behind them stands what composing and
//! sending mail asks for beyond the guides.

mod support {
    pub mod named;
    #[expect(dead_code, reason = "one server without extensions is all that is needed")]
    pub mod scripted;
    #[expect(dead_code, reason = "the server waits for itself")]
    pub mod wait;
}

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use support::named::tests_in;
use support::scripted::{Script, Scripted};

/// A point, the file that tests it, and the test.
type Point = (&'static str, &'static str, &'static str);

const STEPS: &str = "tests/guides/step_by_step.rs";
const TROUBLES: &str = "tests/guides/trouble.rs";
const LISTED: &str = "tests/guides/listing.rs";
const HEADED: &str = "tests/guides/headers.rs";
const SOLVED: &str = "tests/guides/problems.rs";
const FLOW: &str = "tests/flow.rs";
const DIALOGUES: &str = "tests/dialogues.rs";
/// Plays `tests/dialogues/seed-*.txt` among the others, with the server's bytes cut at every place.
const PLAYED: &str = "every_dialogue_goes_as_written_wherever_the_server_is_cut";

const SMTP_STEP_BY_STEP: &[Point] = &[
    ("connect to host and port", STEPS, "the_first_guide_is_followed_step_by_step_and_twice"),
    ("the same, every cut of the replies", DIALOGUES, PLAYED),
    ("nothing before 220", STEPS, "nothing_goes_out_before_the_greeting"),
    ("the code decides, not the words", STEPS, "success_is_judged_by_the_code_whatever_the_words_say"),
    (
        "HELO name: default, editable, any string",
        STEPS,
        "servers_ports_and_the_helo_name_are_filled_in_and_any_name_is_said",
    ),
    ("verbs in any letter case", "src/smtp/command/line.rs", "a_typed_line_is_known_by_its_verb_and_keeps_its_bytes"),
    ("a misspelt verb is flagged before it is sent", FLOW, "a_misspelt_verb_is_flagged_and_can_be_sent"),
    ("likely slips are known", "src/explain/spelling.rs", "slips_are_told_from_verbs_and_from_noise"),
    ("the 250 to HELO is a row of its own", STEPS, "the_first_guide_is_followed_step_by_step_and_twice"),
    (
        "MAIL with a space and no brackets goes as typed",
        STEPS,
        "typed_faster_than_answered_every_line_goes_out_whole_and_in_turn",
    ),
    ("the form writes the strict form", "src/smtp/command/line.rs", "built_lines_are_strict"),
    (
        "a refused foreign sender names the rule",
        STEPS,
        "a_sender_of_a_foreign_domain_is_told_the_rule_and_gets_the_caret",
    ),
    ("250 to RCPT is not a delivery", "src/explain/tests.rs", "an_accepted_recipient_is_not_a_delivered_mail"),
    ("354 is shown, typing is mail only behind it", FLOW, "typed_lines_go_out_as_typed_and_move_the_state"),
    ("no body without 354", "tests/hostile.rs", "no_body_goes_out_without_354"),
    ("Backspace, Delete and Ctrl-H edit here", STEPS, "only_the_final_text_of_an_edited_line_is_sent"),
    ("the same keys, field by field", "src/app/edit.rs", "backspace_delete_and_ctrl_h_edit_the_local_text"),
    ("CRLF dot CRLF ends the mail, once", "src/wire/stuffing/tests.rs", "only_a_dot_between_two_crlfs_ends_a_body"),
    ("queue id found", "src/smtp/queue_id.rs", "each_known_wording_gives_its_identifier"),
    ("queue id copied", STEPS, "the_first_guide_is_followed_step_by_step_and_twice"),
    (
        "second mail on the same line, with its own MAIL",
        FLOW,
        "a_second_mail_goes_over_the_same_connection_with_its_own_mail_command",
    ),
    ("MAIL left out: the 503 is explained", "src/explain/tests.rs", "a_second_mail_without_its_sender_is_explained"),
    ("QUIT, 221, closed cleanly", STEPS, "the_first_guide_is_followed_step_by_step_and_twice"),
];

const TROUBLE: &[Point] = &[
    (
        "host and port apart, 25 and 110 preset",
        "src/app/dialog/connect.rs",
        "ports_are_preset_and_faults_name_their_field",
    ),
    ("refused, firewalled, unknown: three failures", TROUBLES, "refused_unknown_and_unanswered_are_three_failures"),
    ("and three messages with advice", TROUBLES, "each_way_not_to_connect_has_its_words_and_its_advice"),
    ("HELO left out on purpose", TROUBLES, "helo_can_be_left_out_and_the_server_says_what_it_thinks_of_it"),
    ("the null sender can be sent", TROUBLES, "the_null_sender_can_be_sent_with_and_without_a_from"),
    ("and is kept in a draft", TROUBLES, "a_draft_with_the_null_sender_comes_back_with_it"),
    ("its refusal is explained", TROUBLES, "a_refused_blank_sender_is_explained"),
    ("unknown recipient: words, and the postmaster", TROUBLES, "an_unknown_recipient_is_told_with_the_postmaster"),
    ("the terminator of 354 is shown, and made by the form", FLOW, "the_wire_preview_is_what_is_sent"),
    ("USER, then PASS", TROUBLES, "a_mailbox_over_real_sockets_shows_its_numbers_and_loses_what_was_marked"),
    ("the password is not shown", FLOW, "a_password_typed_in_the_prompt_is_never_shown"),
    ("nor recorded", "src/connection/recorder/tests.rs", "secrets_are_masked_in_both_directions"),
    ("nor exported", "tests/cli.rs", "transcripts_are_written_without_the_password_and_for_their_owner_only"),
    ("text behind PASS; the two numbers of STAT", TROUBLES, "the_mailbox_is_read_by_hand_and_emptied_by_quit"),
    ("STAT alone gives the total", "src/app/mailbox/tests.rs", "the_total_is_that_of_stat_until_every_size_is_known"),
    (
        "LIST is a table, RETR shows, DELE marks, RSET unmarks",
        TROUBLES,
        "the_mailbox_is_read_by_hand_and_emptied_by_quit",
    ),
    ("a sign-in by hand is one too", TROUBLES, "a_mailbox_entered_by_hand_is_listed_when_one_goes_there"),
    ("one mark is taken back", FLOW, "undo_takes_one_mark_back_and_keeps_the_others"),
    ("leaving asks about marks", FLOW, "leaving_with_marks_asks_and_the_safe_answer_keeps_everything"),
    ("Ctrl-C says what became of them", TROUBLES, "stopping_says_what_became_of_the_marks"),
    ("the terminal is left in order", "tests/terminal.rs", "a_signal_ends_the_program_and_restores_the_terminal"),
    ("a provider without POP3 is explained", TROUBLES, "a_provider_without_pop3_is_shown_and_explained"),
    ("AUTH refused, PASS tried, both seen", TROUBLES, "a_refused_auth_leaves_user_and_pass_and_each_attempt_is_seen"),
    ("relaying and missing login told apart", TROUBLES, "relaying_and_a_missing_login_are_told_apart"),
    (
        "what is typed is seen, secrets apart",
        "src/app/prompt.rs",
        "secrets_are_hidden_while_typed_and_kept_out_of_the_history",
    ),
    ("a wrong command costs no connection", TROUBLES, "a_wrong_command_needs_no_new_connection"),
    ("a wrong password is asked for again", TROUBLES, "a_wrong_password_is_asked_for_again"),
    ("and the engine allows it", "src/pop3/session/tests/flow.rs", "a_wrong_password_can_be_retried"),
    (
        "EHLO and HELO by choice; by itself EHLO, then HELO",
        TROUBLES,
        "helo_and_ehlo_are_both_there_and_by_itself_ehlo_comes_first",
    ),
];

const LISTING: &[Point] = &[
    ("code and text come apart", "src/smtp/reply/assembler.rs", "three_digits_and_a_separator_are_a_reply_line"),
    ("the golden session, octet for octet", LISTED, "the_listing_comes_out_octet_for_octet"),
    ("a Sendmail id is a queue id", LISTED, "a_mail_without_a_header_is_warned_of_and_sent_and_its_id_is_known"),
    ("no header: a warning, and sent", LISTED, "a_mail_without_a_header_is_warned_of_and_sent_and_its_id_is_known"),
    ("the form is looked at too", LISTED, "the_wire_tab_warns_of_what_is_rarely_meant"),
    ("what the warning looks at", "src/mail/lint/raw.rs", "raw_mail_is_looked_at"),
    ("five headers, a blank line, the body", LISTED, "the_form_makes_the_five_headers_one_blank_line_and_the_body"),
    ("the same in the builder", "src/mail/build/tests.rs", "the_five_header_mail_of_the_tutorial_comes_out"),
    ("other ports for both protocols", STEPS, "servers_ports_and_the_helo_name_are_filled_in_and_any_name_is_said"),
];

const HEADERS: &[Point] = &[
    ("client and server lines differ", HEADED, "lines_of_the_client_look_different_from_those_of_the_server"),
    ("in print as on screen", "src/transcript/text.rs", "prefixes_follow_direction_tls_and_surprise"),
    (
        "full name or address literal; a mismatch is hinted",
        HEADED,
        "a_helo_name_that_does_not_fit_the_address_is_hinted_at",
    ),
    ("what is compared", "src/explain/helo.rs", "the_claimed_name_is_held_against_what_the_server_saw"),
    ("enhanced codes apart", "src/smtp/reply.rs", "an_enhanced_code_is_parsed_apart_when_its_class_agrees"),
    (
        "a check of the sender's domain is explained",
        SOLVED,
        "a_sender_domain_that_must_exist_is_explained_and_the_caret_is_there",
    ),
    ("Cc is a recipient; a header without the space", HEADED, "cc_is_one_more_recipient_and_a_header_needs_no_space"),
    ("Bcc is a recipient without a header", FLOW, "bcc_is_a_recipient_without_a_header"),
    (
        "the way of a mail, Received field by field",
        "src/mail/route/tests.rs",
        "the_first_station_comes_first_and_clocks_may_disagree",
    ),
    ("exactly one blank line", LISTED, "the_form_makes_the_five_headers_one_blank_line_and_the_body"),
    ("221 and the close is normal, the close alone is not", HEADED, "a_close_counts_as_normal_after_221_only"),
    ("and is told so", SOLVED, "a_line_that_breaks_off_is_told_from_a_clean_end"),
];

const PROBLEMS: &[Point] = &[
    ("network, server, sender", SOLVED, "before_anything_is_said_the_three_needs_are_looked_at"),
    ("a plausible sender", "src/app/needs.rs", "a_sender_without_a_full_domain_is_not_plausible"),
    ("each address with its result", SOLVED, "every_address_tried_is_listed_with_its_result"),
    ("of several results the nearest", "src/connection/dial.rs", "of_several_troubles_the_nearest_to_success_is_told"),
    ("Subject alone", SOLVED, "a_subject_is_mail_enough"),
    (
        "501: explained, caret at the sender",
        SOLVED,
        "a_sender_domain_that_must_exist_is_explained_and_the_caret_is_there",
    ),
    ("503: foretold and explained", SOLVED, "rcpt_before_mail_is_foretold_refused_and_explained"),
    ("every verb out of order", "src/app/prompt/foretold/smtp/tests.rs", "a_verb_out_of_order_is_foretold"),
    ("550 relaying: two causes and the login", SOLVED, "relaying_denied_names_both_causes_and_the_login"),
    ("501, 503 and 550 leave the session where it was", SOLVED, "refusals_leave_the_session_where_it_was"),
    ("typing fast loses and merges nothing", STEPS, "typed_faster_than_answered_every_line_goes_out_whole_and_in_turn"),
    ("several lines at once only as chosen", FLOW, "pasted_lines_do_not_go_to_the_server_unasked"),
    (
        "the transcript is the wire, control characters included",
        SOLVED,
        "the_transcript_holds_the_bytes_of_the_wire_control_characters_included",
    ),
    ("and shows them", SOLVED, "a_control_character_is_shown_where_it_was_sent"),
    ("250 with an id, QUIT, 221, closed", STEPS, "the_first_guide_is_followed_step_by_step_and_twice"),
];

const COMPOSE: &str = "tests/flows/compose.rs";
const WIRE: &str = "tests/flows/wire.rs";
const RESULT: &str = "tests/flows/result.rs";
const DRAFTS: &str = "tests/flows/drafts.rs";
const SENDING: &str = "tests/sending.rs";
const INTEROP: &str = "tests/interop_send.rs";

const COMPOSING_AND_SENDING: &[Point] = &[
    ("addresses checked as typed", COMPOSE, "a_fault_is_told_and_marked_while_the_address_is_typed"),
    ("groups and comments are good", COMPOSE, "groups_and_comments_are_good_and_many_addresses_are_counted"),
    ("both forms of a domain", COMPOSE, "both_forms_of_a_domain_are_shown_and_both_can_be_typed"),
    ("addresses used before are offered", COMPOSE, "an_address_used_before_is_offered_and_taken_only_when_chosen"),
    ("an envelope of one's own is flagged", COMPOSE, "an_envelope_is_flagged_where_it_differs_and_only_there"),
    ("files attached by path", COMPOSE, "a_file_is_found_by_completion_and_sent"),
    ("by the file browser", COMPOSE, "folders_are_gone_through_with_the_arrows"),
    ("by dropping them", COMPOSE, "a_dropped_file_is_attached_or_its_path_becomes_text"),
    ("a large paste", COMPOSE, "a_paste_of_a_mebibyte_and_ten_thousand_recipients_are_not_quadratic"),
    ("no field makes a header", COMPOSE, "nothing_pasted_into_any_field_makes_a_header"),
    ("the preview is what goes", WIRE, "what_was_looked_at_is_what_goes"),
    ("one key mends", WIRE, "the_wire_tab_mends_with_one_key_what_it_warns_of"),
    ("what is rarely meant is asked about", WIRE, "what_is_rarely_meant_is_asked_about_once_until_the_form_changes"),
    (
        "faults are shown, and off in the next mail",
        WIRE,
        "faults_are_shown_wherever_the_mail_is_and_are_off_in_the_next",
    ),
    ("every recipient explained", RESULT, "the_grid_is_walked_and_every_recipient_is_explained"),
    ("4yz is tried again", RESULT, "who_was_put_off_is_tried_again_alone_with_the_same_message_id"),
    ("unknown is never tried again", RESULT, "an_unknown_fate_is_said_kept_and_never_tried_again"),
    ("copy as another tool", RESULT, "the_conversation_is_copied_as_a_command_of_each_tool"),
    ("several drafts", DRAFTS, "each_mail_that_is_put_away_stays_and_any_is_opened_again"),
    ("marked on disk before it goes", DRAFTS, "no_mail_goes_before_the_note_is_written"),
    ("templates", DRAFTS, "a_template_begins_a_mail_of_its_own"),
    ("sent mails kept and resent", DRAFTS, "a_sent_mail_is_resent_octet_for_octet"),
    ("each row of a table", SENDING, "each_row_of_a_table_is_a_mail"),
    ("a rate", SENDING, "a_rate_spreads_the_mails"),
    ("several connections", SENDING, "several_connections_share_the_mails"),
    ("no ending of a line ends the mail", SENDING, "no_ending_of_a_line_ends_the_mail"),
    ("no field adds a recipient", SENDING, "no_field_adds_a_header_or_a_recipient"),
    ("DSN at Postfix", INTEROP, "postfix_reports_a_delivery_that_dsn_asked_for"),
    ("BDAT at Postfix", INTEROP, "postfix_takes_a_mail_by_bdat_octet_by_octet"),
    ("XCLIENT at Postfix", INTEROP, "postfix_believes_the_client_that_xclient_names"),
    ("SMTPUTF8 at aiosmtpd", INTEROP, "aiosmtpd_hears_addresses_beyond_ascii_and_every_parameter"),
    (
        "a lost line, stage by stage",
        "tests/lost_line.rs",
        "after_each_stage_the_outcome_the_stage_and_the_status_are_told",
    ),
    ("an outside judge of every mail", "tests/judge.rs", "another_parser_sees_what_was_put_in_and_no_defect"),
    ("copied commands really run", "tests/equivalent.rs", "each_command_brings_the_same_envelope_subject_and_text"),
    ("refusals of extensions are explained", "src/explain/tests.rs", "what_extensions_refuse_has_cards_of_its_own"),
    (
        "BDAT and XCLIENT typed by hand are foretold",
        "src/app/prompt/foretold/smtp/tests.rs",
        "what_a_server_cannot_take_is_foretold",
    ),
];

const GUIDES: [(&str, &[Point]); 6] = [
    ("000", SMTP_STEP_BY_STEP),
    ("001", TROUBLE),
    ("002", LISTING),
    ("003", HEADERS),
    ("004", PROBLEMS),
    ("composing and sending", COMPOSING_AND_SENDING),
];

/// What is left for later, why, and how that is tried: called like this, the program refuses and ends with 2.
const LATER: &[(&str, &str, &[&str])] = &[
    ("beyond the guides: DANE", "it needs names that DNSSEC vouches for", &["send", "smtp://127.0.0.1:9", "--dane"]),
    (
        "beyond the guides: proxies that ask for a sign-in",
        "a password in a URL is refused everywhere",
        &[
            "send",
            "smtp://127.0.0.1:9",
            "--proxy",
            "socks5://ada:x@127.0.0.1:9",
            "--from",
            "ada@a.example",
            "--to",
            "bob@a.example",
        ],
    ),
];

#[test]
fn every_point_has_a_test_that_exists() {
    for (guide, points) in GUIDES {
        for (point, file, test) in points {
            assert!(tests_in(file).contains(*test), "{guide}, {point}: {file} has no test {test}");
        }
    }
}

#[test]
fn every_guide_is_there_and_no_point_stands_twice() {
    for (guide, points) in GUIDES {
        let different: HashSet<&str> = points.iter().map(|(point, ..)| *point).collect();
        assert!(!points.is_empty() && different.len() == points.len(), "{guide}");
    }
}

#[test]
fn every_test_of_the_guides_holds_a_point() {
    let named: HashSet<&str> = GUIDES.iter().flat_map(|(_, points)| *points).map(|(.., test)| *test).collect();
    let all = [STEPS, TROUBLES, LISTED, HEADED, SOLVED].map(tests_in);
    let loose: Vec<String> = all.into_iter().flatten().filter(|test| !named.contains(test.as_str())).collect();
    assert!(loose.is_empty(), "{loose:?}");
}

#[test]
fn what_is_left_for_later_is_really_missing() {
    for (point, reason, arguments) in LATER {
        assert!(!reason.is_empty());
        let mut call = Command::new(env!("CARGO_BIN_EXE_telepost"));
        let output = call.args(*arguments).stdin(Stdio::null()).output().expect("the program starts");
        assert!(output.status.code() == Some(2), "{point}: it is there now? {output:?}");
    }
}

/// The steps that the guides do by hand with base64 and without TLS, asked for by their options.
#[test]
fn tls_and_signing_in_are_asked_for_and_never_left_out() {
    for (options, status, why) in [
        (&["--tls", "require"][..], 8, "a line that cannot be protected"),
        (&["--user", "ada", "--password-command", "echo hunter2", "--allow-plain-auth"], 7, "nothing to sign in with"),
    ] {
        let server = Scripted::start(Script::smtp());
        let url = format!("smtp://127.0.0.1:{}", server.port);
        let fixed = ["send", &url, "--from", "a@c.example", "--to", "b@c.example", "--body", "x"];
        let mut call = Command::new(env!("CARGO_BIN_EXE_telepost"));
        let output = call.args(fixed).args(options).stdin(Stdio::null()).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(status), "{why}: {output:?}");
        let heard = server.heard();
        assert!(!heard.contains("MAIL"), "{why}: {heard}");
    }
}

/// Ends the program with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_keyword_that_the_sandbox_announces_is_explained() {
    let mut call = Command::new(env!("CARGO_BIN_EXE_telepost"));
    let call = call.args(["sandbox", "--xclient"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut sandbox = Ended(call.spawn().expect("the program starts"));
    let mut told = BufReader::new(sandbox.0.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let place = told.find_map(|line| {
        let place = line.split_once("smtp://")?.1;
        Some(place.split_whitespace().next()?.to_owned())
    });
    let mut line = TcpStream::connect(place.expect("it says where it listens")).expect("it listens");
    line.write_all(b"EHLO a.example\r\nQUIT\r\n").expect("it reads");
    let said: Vec<String> = BufReader::new(line).lines().map_while(Result::ok).collect();
    let keywords = said.iter().filter_map(|line| line.strip_prefix("250-").or_else(|| line.strip_prefix("250 ")));
    let keywords: Vec<&str> = keywords.skip(1).collect();
    assert!(keywords.len() > 12 && keywords.iter().any(|line| line.starts_with("XCLIENT")), "{said:?}");
    for keyword in keywords.into_iter().chain(["REQUIRETLS"]) {
        assert!(telepost::explain::smtp_capability(keyword).is_some(), "{keyword} is not explained");
    }
}
