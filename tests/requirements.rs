//! What the five guides ask of the program, point by point, and the test that holds each; what is left for later, and
//! that it really is not there yet.
//!
//! The guides teach people to talk SMTP and POP3 by hand: 000 SMTP step by step, 001 SMTP and POP3 with trouble, 002 a
//! listing and a MIME mail, 003 headers and names, 004 problems and their fixes. Behind them stands what composing and
//! sending mail asks for beyond the guides, and what the prompt that teaches does: step mode, explanations, lessons,
//! sessions, scripts, the transcript.

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
const PROMPT: &str = "tests/flows/prompt.rs";
const SMTP_WORDS: &str = "src/app/prompt/candidates/smtp.rs";
const STEPPING: &str = "tests/flows/steps.rs";
const SMTP_NEXT: &str = "src/steps/smtp/tests.rs";
const POP3_NEXT: &str = "src/steps/pop3/tests.rs";
const CARDS: &str = "src/explain/table/tests.rs";
const MEANINGS: &str = "src/explain/tests.rs";
const EXPLAIN: &str = "tests/explain.rs";
const SCREENS: &str = "tests/screens.rs";
const LESSONS: &str = "tests/lessons.rs";
const COURSE: &str = "src/lesson/course/tests.rs";
const TAUGHT: &str = "tests/flows/lessons.rs";
const FAULTS: &str = "tests/flows/faults.rs";
const WRONG: &str = "src/sandbox/smtp/session/faulty/tests.rs";
const SESSIONS: &str = "tests/sessions.rs";
const SAVED: &str = "tests/flows/sessions.rs";
const RUNNING: &str = "tests/flows/running.rs";
const REPLAYED: &str = "tests/replay.rs";
const FOLDER: &str = "src/sessions/folder/tests.rs";
const ROWS: &str = "tests/flows/rows.rs";
const SCRIPTED: &str = "src/sessions/scripted/tests.rs";
const PLAYS: &str = "src/script/tests/course.rs";
const COMPARED: &str = "src/sessions/compare/tests.rs";
const SCRIPTS: &str = "tests/scripts.rs";
const READS: &str = "src/script/tests/reading.rs";
const EXPORTS: &str = "src/transcript/export/tests.rs";
const FILTERS: &str = "src/transcript/filter/tests.rs";
const PANE: &str = "src/app/transcript/tests.rs";
const FOUND: &str = "src/transcript/view/tests.rs";
const POSTFIX: &str = "tests/interop_script.rs";
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
    ("a saved session is run as a script", SCRIPTS, "a_session_that_was_saved_is_run_as_a_script_and_says_the_same"),
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

/// What the prompt that teaches asks for.
const TEACHING: &[Point] = &[
    (
        "prompt: any bytes to either link",
        "src/smtp/command/line.rs",
        "a_typed_line_is_known_by_its_verb_and_keeps_its_bytes",
    ),
    (
        "prompt: the same in POP3, sent though flagged",
        PROMPT,
        "slips_are_told_before_the_line_goes_out_and_it_goes_out_all_the_same",
    ),
    ("prompt: a history for each protocol", "src/app/prompt.rs", "histories_of_the_two_sides_are_apart"),
    (
        "prompt: a history that can be searched",
        "src/app/prompt/history.rs",
        "a_search_goes_further_back_each_time_in_any_letter_case",
    ),
    ("prompt: verbs completed by state, SMTP", SMTP_WORDS, "verbs_in_order_come_first"),
    ("prompt: verbs completed by state, POP3", "src/app/prompt/candidates/pop3.rs", "verbs_in_order_come_first"),
    (
        "prompt: parameters that were announced",
        SMTP_WORDS,
        "parameters_are_those_that_were_announced_and_not_given_yet",
    ),
    ("prompt: parameters and addresses on the screen", PROMPT, "parameters_and_addresses_are_completed"),
    ("prompt: addresses of the form and those known", SMTP_WORDS, "addresses_are_those_of_the_form_and_those_known"),
    ("prompt: message numbers, with their subjects", PROMPT, "message_numbers_are_completed_with_their_subjects"),
    ("prompt: the list of candidates", PROMPT, "the_list_of_candidates_opens_on_tab_and_puts_one_in"),
    (
        "prompt: ghost text of the next command with its reason",
        PROMPT,
        "an_empty_prompt_says_why_the_next_command_comes_next",
    ),
    ("prompt: Tab alone takes a mail to its end", PROMPT, "tab_alone_takes_a_whole_mail_to_its_end"),
    (
        "prompt: the ladder, the present state marked",
        "src/app/prompt/ladder.rs",
        "the_present_state_is_in_brackets_and_marks_tell_what_was_passed",
    ),
    ("prompt: the ladder, what was passed and refused", PROMPT, "the_ladder_tells_what_was_passed_and_refused"),
    ("prompt: the ladder of POP3", PROMPT, "pop3_has_a_ladder_of_its_own"),
    ("prompt: 503 is foretold", "src/app/prompt/foretold/smtp/tests.rs", "a_verb_out_of_order_is_foretold"),
    ("prompt: -ERR is foretold", "src/app/prompt/foretold/pop3/tests.rs", "a_verb_out_of_order_is_foretold"),
    ("prompt: what was foretold can be sent", SOLVED, "rcpt_before_mail_is_foretold_refused_and_explained"),
    ("prompt: hello, a missing name", "src/app/prompt/foretold/smtp/tests.rs", "hello_wants_a_name_and_the_right_verb"),
    (
        "prompt: ehlo:, a missing colon, a misspelt verb",
        "src/app/prompt/advice.rs",
        "a_slip_is_told_before_the_line_is_sent",
    ),
    ("prompt: the right spelling", "src/explain/spelling.rs", "lines_are_corrected"),
    ("prompt: typing ahead, one line a reply", PROMPT, "two_hundred_lines_typed_ahead_go_out_whole_and_one_a_reply"),
    ("prompt: typing ahead with a mail in it", PROMPT, "lines_ahead_with_a_mail_among_them_arrive_as_they_were_meant"),
    ("prompt: a block on purpose", PROMPT, "a_line_end_typed_on_purpose_makes_a_block"),
    ("prompt: paste as a block", PROMPT, "a_block_goes_out_line_by_line_in_its_order"),
    ("prompt: paste guard, and the first line only", PROMPT, "the_paste_guard_shows_two_lines_and_no_password"),
    ("prompt: paste as a mail, and why not", PROMPT, "what_cannot_be_a_block_or_a_mail_says_why"),
    ("prompt: DATA by hand, stuffing shown", PROMPT, "dots_of_a_mail_typed_by_hand_are_doubled_and_that_is_said"),
    ("prompt: control bytes are typed", "src/app/prompt.rs", "control_characters_can_be_typed_literally"),
    ("prompt: octets of the line", PROMPT, "control_bytes_are_shown_as_symbols_with_the_octets_of_the_line"),
    (
        "prompt: octets around the caret, no secret",
        "src/app/prompt/octets.rs",
        "octets_are_shown_around_the_caret_and_secrets_are_not",
    ),
    ("steps: a send, command by command", STEPPING, "a_whole_mail_goes_step_by_step_and_counts_as_sent"),
    (
        "steps: a visit, command by command",
        STEPPING,
        "a_visit_to_the_mailbox_goes_step_by_step_and_deletes_only_what_was_asked_for",
    ),
    ("steps: a line changed", STEPPING, "a_line_is_changed_in_the_prompt_and_goes_into_the_plan_and_nowhere_else"),
    ("steps: run to here", STEPPING, "a_run_goes_up_to_the_cursor"),
    ("steps: run all", STEPPING, "a_run_sends_all_that_is_left_and_the_line_in_tls_too"),
    ("steps: skip, and take in", STEPPING, "dele_is_there_to_be_taken_in"),
    ("steps: repeat", "src/steps/plan.rs", "a_step_put_in_comes_next_once_the_one_before_it_is_gone_and_is_sent_once"),
    ("steps: the next ones follow from the replies, SMTP", SMTP_NEXT, "the_steps_follow_from_the_state"),
    ("steps: the next ones follow from the replies, POP3", POP3_NEXT, "the_steps_follow_from_the_state"),
    ("steps: EHLO refused", STEPPING, "ehlo_refused_is_followed_by_helo"),
    ("steps: every recipient refused", STEPPING, "when_every_recipient_is_refused_a_run_stops_before_data"),
    ("steps: HELO left out", STEPPING, "helo_left_out_is_explained_before_and_after"),
    ("steps: MAIL repeated", STEPPING, "mail_can_be_said_twice_and_the_refusal_does_not_end_the_mail"),
    (
        "steps: AUTH refused and tried again",
        STEPPING,
        "a_sign_in_that_was_refused_is_tried_again_with_another_password",
    ),
    ("explained: every code of RFC 5321 and its extensions", CARDS, "coverage_of_the_reply_codes"),
    ("explained: every enhanced code of the registry", CARDS, "coverage_of_the_enhanced_codes"),
    ("explained: a card of its own for each of them", MEANINGS, "every_registered_code_has_a_card_of_its_own"),
    ("explained: response codes of POP3", CARDS, "coverage_of_the_response_codes_of_pop3"),
    ("explained: wording of the big servers", MEANINGS, "the_wordings_that_people_meet_have_cards_of_their_own"),
    ("explained: whose wording", "src/explain/product.rs", "servers_give_themselves_away"),
    ("explained: meaning, causes, advice, RFC in every card", CARDS, "every_card_has_all_its_texts"),
    ("explained: the key that does it", CARDS, "keys_and_fields_are_known_names"),
    ("explained: chosen by verb", MEANINGS, "the_same_code_means_different_things_after_different_verbs"),
    ("explained: chosen by state", EXPLAIN, "verb_state_and_protocol_choose_the_card"),
    ("explained: chosen by enhanced code", MEANINGS, "an_enhanced_code_says_more_than_its_basic_code"),
    ("explained: chosen by text", MEANINGS, "wording_is_found_at_word_starts_only"),
    ("explained: each card is chosen by its samples", CARDS, "coverage_each_card_is_chosen_by_its_samples"),
    ("explained: capabilities in plain words", MEANINGS, "capabilities_are_told_in_plain_words"),
    (
        "explained: all capabilities, parameters, mechanisms",
        CARDS,
        "coverage_of_capabilities_parameters_and_mechanisms",
    ),
    ("explained: TLS alerts", "src/explain/failure.rs", "every_alert_is_found_by_its_name_however_it_is_written"),
    ("explained: DNS and connect failures", "src/explain/failure.rs", "each_sample_chooses_its_own_card"),
    ("explained: the card on e", "tests/flows/result.rs", "the_grid_is_walked_and_every_recipient_is_explained"),
    ("explained: the card, drawn", SCREENS, "error"),
    (
        "explained: the card of a failure",
        "tests/flows/security.rs",
        "the_card_of_a_failure_names_the_key_that_mends_it",
    ),
    ("explained: telepost explain", EXPLAIN, "a_reply_is_explained_with_causes_advice_key_and_source"),
    ("explained: a pasted dialogue", EXPLAIN, "a_pasted_dialogue_is_explained_reply_by_reply"),
    ("lessons: the guided tour, and one for each guide", LESSONS, "the_tour_has_seven_lessons_and_each_text_has_one"),
    ("lessons: data files that are sound", LESSONS, "our_lessons_are_sound"),
    ("lessons: moved on by what the protocol tells", COURSE, "it_moves_on_when_all_was_seen_in_whatever_order"),
    ("lessons: the first one, on the stage", TAUGHT, "the_first_lesson_moves_on_by_itself_and_offers_the_next"),
    ("lessons: each one to its end", LESSONS, "every_lesson_is_finished_with_the_keys_of_the_last_hints_alone"),
    ("lessons: on the sandbox", TAUGHT, "without_any_server_the_sandbox_is_started_for_it"),
    ("lessons: on a server of one's own", TAUGHT, "on_servers_of_ones_own_it_asks_first"),
    ("lessons: hints", TAUGHT, "hints_get_plainer_and_end_with_the_keys"),
    ("lessons: why", LESSONS, "all_that_a_step_says_is_seen_at_80_columns"),
    ("lessons: what went wrong", TAUGHT, "a_wrong_turn_is_explained_and_the_lesson_goes_on"),
    ("lessons: gone on with", TAUGHT, "an_interrupted_lesson_is_gone_on_with_where_no_old_line_is_needed"),
    (
        "lessons: progress is kept",
        "src/run/lessons.rs",
        "progress_is_kept_privately_and_lessons_of_other_programs_stay",
    ),
    ("lessons: the result sheet", TAUGHT, "the_sheet_tells_what_was_done_and_proves_it"),
    ("lessons: files of one's own", "src/lesson/shelf.rs", "own_lessons_stand_behind_ours_and_bad_ones_say_why"),
    ("lessons: the format is documented", LESSONS, "the_example_of_the_documentation_is_sound"),
    ("lessons: telepost lesson check", "src/cli/lesson.rs", "faults_of_a_file_have_its_lines"),
    ("lessons: what check finds", "src/lesson/check.rs", "each_fault_is_found"),
    ("faults: switched while it runs", FAULTS, "a_fault_is_switched_on_meets_the_next_mail_and_is_switched_off_again"),
    (
        "faults: made for the step that wants them",
        TAUGHT,
        "faults_are_made_for_the_step_that_wants_them_without_a_list_of_them",
    ),
    ("faults: sender domain, recipients", WRONG, "each_fault_of_the_envelope_has_its_reply_and_is_gone_when_it_is_off"),
    ("faults: relaying denied", WRONG, "relaying_is_a_matter_of_the_sign_in_only_where_a_fault_makes_it_one"),
    ("faults: greylisting", WRONG, "a_greylisted_pair_is_taken_when_it_is_tried_again_and_another_is_not"),
    ("faults: oversize", WRONG, "the_size_is_announced_and_kept_without_being_told_before"),
    ("faults: 421", WRONG, "a_service_that_goes_away_at_mail_says_so_and_closes"),
    ("faults: MAIL missing", "src/sandbox/smtp/session/tests.rs", "commands_out_of_order_are_refused_and_harm_nothing"),
    ("sessions: kept on every way out", SESSIONS, "what_was_said_is_kept_on_every_way_out"),
    ("sessions: masked", SAVED, "what_is_kept_on_leaving_holds_no_password"),
    ("sessions: bounded", FOLDER, "a_file_is_bounded_and_the_newest_rows_are_in_it"),
    ("sessions: saved and named", FOLDER, "a_session_is_saved_listed_opened_renamed_and_removed"),
    (
        "sessions: annotated and bookmarked",
        ROWS,
        "marks_stand_beside_the_cursor_and_notes_behind_their_row_whatever_is_filtered",
    ),
    ("sessions: notes kept with an opened one", SAVED, "notes_on_an_opened_session_are_asked_to_be_kept_with_it"),
    ("sessions: opened read-only", SAVED, "a_session_is_opened_read_only_and_the_live_one_goes_on"),
    ("sessions: the transcript's tools in it", SAVED, "a_filter_works_in_an_opened_session_and_the_menu_leads_back"),
    ("sessions: said again as written", SCRIPTED, "each_command_is_sent_and_its_reply_expected"),
    ("sessions: said again, adapted", SCRIPTED, "an_adapted_script_has_the_names_of_its_run"),
    ("sessions: what was masked is done anew", SCRIPTED, "what_was_masked_is_done_anew"),
    ("sessions: a script stops at the first difference", PLAYS, "a_refused_expectation_ends_the_script_with_quit"),
    ("sessions: replayed in the pane", RUNNING, "a_session_played_again_is_no_difference_and_that_is_said"),
    (
        "sessions: stops at the first difference, or not",
        RUNNING,
        "one_changed_reply_is_that_difference_and_ends_it_there_or_not",
    ),
    ("sessions: replayed adapted", RUNNING, "an_adapted_replay_has_a_message_id_of_its_own"),
    (
        "sessions: to which server, and what is for good",
        RUNNING,
        "before_a_replay_it_is_said_where_it_goes_and_what_is_for_good",
    ),
    ("sessions: no password to another server", RUNNING, "another_server_is_not_gone_to_with_the_accounts_secret"),
    (
        "sessions: forked, and the line is handed over",
        RUNNING,
        "a_fork_leaves_the_line_where_the_cursor_was_to_the_prompt",
    ),
    (
        "sessions: a script in the pane",
        RUNNING,
        "a_script_is_played_over_the_links_of_the_account_and_its_verdict_told",
    ),
    (
        "sessions: a recording on the command line",
        REPLAYED,
        "a_mail_with_tls_and_sign_in_is_sent_again_without_a_difference",
    ),
    (
        "sessions: its difference is the exit status",
        REPLAYED,
        "one_reply_that_is_another_is_that_difference_and_the_exit_status_says_so",
    ),
    ("sessions: a visit that deletes, again", REPLAYED, "a_visit_that_deletes_is_made_again"),
    ("sessions: forked at a row", SCRIPTED, "a_fork_ends_at_its_row_with_the_reply_to_it"),
    ("sessions: what is a difference", COMPARED, "each_difference_is_named_at_its_exchange"),
    ("sessions: what is none", COMPARED, "what_differs_in_every_run_is_no_difference"),
    ("sessions: two side by side", SAVED, "the_comparison_shows_words_and_leads_to_the_row"),
    ("sessions: differences as a picture", "tests/screens.rs", "compared"),
    ("sessions: two on the command line", SESSIONS, "diff_says_by_its_status_whether_the_same_was_said"),
    ("sessions: one script, two servers at once", SCRIPTS, "two_servers_are_played_at_once_and_differences_are_marked"),
    ("scripts: each statement", READS, "each_statement_reads_in_any_letter_case"),
    ("scripts: starttls and auth", SCRIPTS, "tls_and_sign_in_are_statements"),
    ("scripts: wait", PLAYS, "waiting_takes_the_time_it_says"),
    ("scripts: if", PLAYS, "conditions_choose_the_branch"),
    ("scripts: body from a file", SCRIPTS, "a_body_comes_from_a_file_with_any_line_ends"),
    ("scripts: saved from a session in the pane", SAVED, "a_script_is_written_to_a_new_file"),
    (
        "scripts: saved from a session on the command line",
        SESSIONS,
        "a_session_is_exported_and_becomes_a_script_and_nothing_is_written_over",
    ),
    ("scripts: variables", SCRIPTS, "what_set_says_goes_before_the_script"),
    ("scripts: exit status", SCRIPTS, "the_exit_status_says_what_came_instead"),
    (
        "scripts: reports as text, JSON, JUnit",
        SCRIPTS,
        "reports_have_the_form_of_their_names_and_transcripts_are_written",
    ),
    ("scripts: errors with line and column", SCRIPTS, "faults_are_told_with_line_and_column_and_nothing_is_connected"),
    ("scripts: documented with examples", SCRIPTS, "every_example_of_the_documentation_reads"),
    ("scripts: no secret written out", SCRIPTS, "a_secret_that_is_written_out_is_warned_of_and_masked"),
    ("exported: Markdown for a ticket", EXPORTS, "reports_tell_the_servers_the_encryption_and_the_notes"),
    ("exported: an HTML page", EXPORTS, "no_byte_of_a_peer_or_a_note_is_markup"),
    ("exported: JSON lines", EXPORTS, "json_lines_tell_each_entry"),
    ("exported: text with marks", "src/transcript/text.rs", "prefixes_follow_direction_tls_and_surprise"),
    ("exported: the mail", ROWS, "the_mail_of_a_session_comes_out_as_it_was_received"),
    ("exported: every ending in the pane", ROWS, "an_export_takes_every_ending_that_it_names"),
    (
        "exported: copied as swaks, curl, openssl, telepost",
        "tests/flows/result.rs",
        "the_conversation_is_copied_as_a_command_of_each_tool",
    ),
    ("transcript: the filter language", FILTERS, "each_key_selects_what_it_says"),
    ("transcript: hide the rest", PANE, "what_is_looked_for_is_found_and_the_rest_can_be_hidden"),
    ("transcript: next and previous", FOUND, "search_steps_and_goes_round"),
    (
        "transcript: a million rows between two keys",
        FOUND,
        "a_search_that_finds_nothing_in_a_million_rows_looks_at_few_of_them_between_two_keys",
    ),
    (
        "transcript: keys get through a long search",
        ROWS,
        "a_search_through_many_rows_lets_keys_through_and_any_of_them_ends_it",
    ),
    ("transcript: folded by kind", PANE, "a_kind_is_unfolded_also_for_rows_to_come_and_single_rows_differ"),
    ("transcript: bookmarks and notes", PANE, "marks_stay_with_their_rows_and_are_gone_through_where_they_are_shown"),
    ("transcript: time modes", ROWS, "the_clock_has_its_zone_and_steps_say_that_they_are_steps"),
    ("transcript: octets", ROWS, "the_octets_follow_the_cursor_and_are_paged_at_every_size"),
    ("transcript: to the form field and back", ROWS, "the_row_leads_to_its_field_and_the_field_back_to_its_row"),
    ("transcript: to the message", ROWS, "a_pop3_row_leads_to_its_message_in_this_session_only"),
    ("transcript: the waterfall of the session", ROWS, "the_waterfall_tells_every_connection_and_can_be_copied"),
    ("transcript: exchange and selection copied", ROWS, "an_exchange_and_a_selection_are_copied_as_they_are_exported"),
    ("held: 000 as a script", SCRIPTS, "step_by_step_sends_two_mails_of_which_the_second_needs_mail_from_again"),
    ("held: 001 as a script", SCRIPTS, "a_mail_is_sent_and_read_by_hand_on_both_sides"),
    ("held: 002 as a script", SCRIPTS, "the_listing_gives_its_seven_codes"),
    ("held: 003 as a script", SCRIPTS, "headers_arrive_as_they_were_written"),
    ("held: 004 as a script", SCRIPTS, "what_goes_wrong_most_often_has_its_codes"),
    ("held: the scripts on Postfix", POSTFIX, "the_guides_hold_on_postfix"),
    ("held: a mailbox by hand at Dovecot", POSTFIX, "a_mailbox_is_read_by_hand_at_dovecot"),
    ("held: any script that is printed reads back", "src/script/tests/generated.rs", "what_is_printed_reads_back"),
    ("held: nothing like a script panics", "src/script/tests/generated.rs", "nothing_like_a_script_panics"),
    (
        "held: a recorded session, said again, gives no difference",
        SCRIPTS,
        "a_session_that_was_saved_is_run_as_a_script_and_says_the_same",
    ),
    ("held: the frame of step mode", SCREENS, "step"),
    ("held: the frame of a lesson", SCREENS, "lesson"),
    ("held: the frame of the rows", SCREENS, "rows"),
    ("held: lesson one as a person does it", "tests/lesson_pty.rs", "a_newcomer_does_lesson_one_and_it_is_kept"),
];

const GUIDES: [(&str, &[Point]); 7] = [
    ("000", SMTP_STEP_BY_STEP),
    ("001", TROUBLE),
    ("002", LISTING),
    ("003", HEADERS),
    ("004", PROBLEMS),
    ("composing and sending", COMPOSING_AND_SENDING),
    ("the prompt that teaches", TEACHING),
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
fn every_part_of_the_prompt_that_teaches_has_its_points() {
    let parts = [
        ("prompt", 30),
        ("steps", 14),
        ("explained", 20),
        ("lessons", 16),
        ("faults", 8),
        ("sessions", 18),
        ("scripts", 12),
        ("exported", 7),
        ("transcript", 13),
        ("held", 14),
    ];
    for (point, ..) in TEACHING {
        let part = point.split(": ").next().unwrap_or_default();
        assert!(parts.iter().any(|(name, _)| *name == part), "{point}: of which part is it?");
    }
    for (name, least) in parts {
        let points = TEACHING.iter().filter(|(point, ..)| point.split(": ").next() == Some(name)).count();
        assert!(points >= least, "{name}: only {points} points");
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
