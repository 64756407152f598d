//! What goes wrong in mail clients, hazard by hazard, and the test that holds each: STARTTLS, bad challenges, the
//! terminal, secrets, what a mailbox can lose.
//!
//! S: STARTTLS and STLS. H: servers that lie or break off. D: lost mail. T: the terminal. P: secrets. S12 (PREAUTH) is of IMAP alone; its twin of POP3
//! is a greeting that pretends that somebody is logged in.

mod support {
    #[expect(dead_code, reason = "one account is all that is needed")]
    pub mod actor;
    pub mod named;
    #[expect(dead_code, reason = "one account is all that is needed")]
    pub mod stage;
}

use std::collections::{HashMap, HashSet};
use std::path::Path;

use support::named::tests_in;
use support::stage::{Stage, account, settings};
use telepost::app::{Effect, Message};
use telepost::config::Environment;
use telepost::connection::{Request, Submission};
use telepost::sasl::SignIn;
use telepost::wire::Secret;
use telepost::{pop3, smtp};

/// A hazard, the file that holds it off, and the test there; a file of a dialogue has no test of its own.
type Row = (&'static str, &'static str, &'static str);

/// Plays each file of `tests/dialogues`, cut at every place.
const PLAYED: (&str, &str) = ("tests/dialogues.rs", "every_dialogue_goes_as_written_wherever_the_server_is_cut");

const TLS: &str = "tests/connection/tls.rs";
const TRUST: &str = "tests/connection/trust.rs";
const ODD: &str = "tests/connection/odd.rs";
const BINDING: &str = "tests/connection/binding.rs";
const POP3: &str = "src/pop3/session/tests/hostile.rs";
const PLANS: &str = "src/pop3/session/tests/plans.rs";
const HOSTILE: &str = "tests/hostile.rs";
const TERMINAL: &str = "tests/terminal.rs";
const PRINTABLE: &str = "src/wire/printable.rs";
const SECRETS: &str = "tests/secrets.rs";
const FLOW: &str = "tests/flow.rs";
const CLI: &str = "tests/cli.rs";
const LIES: &str = "tests/hostile_pop3.rs";

const HAZARDS: &[Row] = &[
    ("S1", "tests/dialogues/starttls-inject.txt", ""),
    ("S1", "tests/dialogues/secure-inject.txt", ""),
    ("S1", "tests/dialogues/pop3-stls-inject.txt", ""),
    ("S1", "tests/dialogues/pop3-secure-stls-inject.txt", ""),
    ("S1", POP3, "clear_text_behind_the_go_ahead_to_stls_is_a_breach"),
    ("S1", TLS, "octets_behind_the_go_ahead_are_fatal_and_nothing_more_is_sent"),
    ("S2", "tests/dialogues/starttls-inject-partial.txt", ""),
    ("S2", "tests/dialogues/secure-inject-partial.txt", ""),
    ("S2", "tests/dialogues/pop3-stls-inject-partial.txt", ""),
    ("S3", "tests/dialogues/secure-strip.txt", ""),
    ("S3", "tests/dialogues/secure-strip-later.txt", ""),
    ("S3", "tests/dialogues/secure-ehlo-500.txt", ""),
    ("S3", "tests/dialogues/pop3-secure-strip.txt", ""),
    ("S3", "tests/dialogues/pop3-secure-capa-err.txt", ""),
    ("S3", PLANS, "where_tls_is_required_nothing_leaves_in_clear"),
    ("S3", CLI, "tls_that_is_required_and_not_offered_ends_with_8_before_the_mail"),
    ("S4", "tests/dialogues/secure-454.txt", ""),
    ("S4", "tests/dialogues/secure-454-auto.txt", ""),
    ("S4", "tests/dialogues/secure-502.txt", ""),
    ("S4", "tests/dialogues/secure-354.txt", ""),
    ("S4", "tests/dialogues/pop3-secure-stls-err.txt", ""),
    ("S5", "tests/dialogues/secure-454-pipelined.txt", ""),
    ("S5", "tests/dialogues/starttls-454-pipelined.txt", ""),
    ("S5", "tests/dialogues/pop3-stls-err-pipelined.txt", ""),
    ("S5", POP3, "a_faked_session_behind_a_refused_stls_is_a_breach"),
    ("S6", "tests/dialogues/secure-ok.txt", ""),
    ("S6", "tests/dialogues/secure-no-rehello.txt", ""),
    ("S6", "src/smtp/session/tests/plans.rs", "what_is_known_in_clear_is_forgotten_inside_tls"),
    ("S6", "src/pop3/session/tests/flow.rs", "stls_forgets_the_capabilities_and_holds_the_queue"),
    ("S7", TLS, "a_handshake_that_stalls_has_an_end"),
    ("S7", TLS, "garbage_and_clear_text_in_place_of_a_handshake_are_named"),
    ("S7", TLS, "a_handshake_is_stopped_at_once"),
    ("S7", ODD, "a_handshake_that_dribbles_has_the_same_end"),
    ("S8", TRUST, "a_certificate_of_the_wrong_issuer_name_or_date_is_refused_with_its_reason"),
    ("S8", TRUST, "a_pinned_certificate_is_believed_whatever_it_says_and_no_other"),
    ("S8", TRUST, "pop3_refuses_as_well_and_sends_no_user"),
    ("S8", ODD, "names_fit_as_rfc_6125_says_and_in_no_other_way"),
    ("S8", ODD, "a_pin_holds_beyond_every_date_and_a_chain_with_a_hole_is_refused"),
    ("S8", ODD, "a_certificate_without_its_key_is_worth_nothing"),
    ("S8", ODD, "roots_that_cannot_be_read_stop_everything_before_the_connect"),
    ("S8", BINDING, "somebody_in_between_whose_certificate_is_believed_gets_nobody_in"),
    ("S8", BINDING, "taking_the_plus_forms_from_the_list_is_found_out"),
    ("S9", TLS, "an_end_without_the_goodbye_of_tls_cuts_what_is_under_way"),
    ("S9", TLS, "an_end_without_the_goodbye_of_tls_is_nothing_after_the_answer_to_quit"),
    ("S10", "tests/dialogues/greet-http.txt", ""),
    ("S10", "tests/dialogues/greet-binary.txt", ""),
    ("S10", "tests/dialogues/code-glued.txt", ""),
    ("S10", HOSTILE, "a_greeting_that_is_none_ends_the_attempt"),
    ("S11", "tests/flows/security.rs", "the_word_for_a_line_comes_from_its_own_handshake_alone"),
    ("S11", "tests/flows/security.rs", "the_panel_of_a_plain_line_says_that_nothing_is_encrypted"),
    ("S12", "tests/dialogues/pop3-greet-multi.txt", ""),
    ("S12", POP3, "a_greeting_that_pretends_a_log_in_is_a_breach"),
    ("H14", "tests/dialogues/auth-bad-base64.txt", ""),
    ("H14", "tests/dialogues/auth-huge-challenge-plan.txt", ""),
    ("H14", "tests/dialogues/auth-endless-334-plan.txt", ""),
    ("H14", "tests/dialogues/auth-oauth-error.txt", ""),
    ("H14", "tests/dialogues/pop3-signin-endless.txt", ""),
    ("H14", "src/sasl/exchange/tests/hostile.rs", "nothing_panics_and_nothing_is_believed"),
    ("H14", "src/sasl/exchange/tests/hostile.rs", "what_is_out_of_all_measure_is_refused_and_costs_nothing"),
    ("H1", LIES, "a_lying_list_is_an_error_or_a_row_and_never_a_panic"),
    ("H1", LIES, "odd_answers_to_capa_do_not_keep_the_mailbox_shut"),
    ("H1", HOSTILE, "an_endless_listing_is_cut"),
    ("H1", "tests/dialogues/pop3-reply-endless-line.txt", ""),
    ("H11", "tests/dialogues/pop3-stat-lies.txt", ""),
    ("H11", "tests/dialogues/pop3-list-lies.txt", ""),
    ("H11", LIES, "a_lying_list_is_an_error_or_a_row_and_never_a_panic"),
    ("H11", LIES, "a_hundred_thousand_rows_are_listed"),
    ("H11", HOSTILE, "lying_numbers_do_no_harm"),
    ("H12", LIES, "announced_sizes_are_for_display_only"),
    ("H12", LIES, "an_endless_message_is_refused_in_bounded_memory"),
    ("H12", "tests/dialogues/pop3-retr-one-line.txt", ""),
    ("H13", LIES, "only_crlf_dot_crlf_ends_a_message"),
    ("H13", LIES, "a_message_that_does_not_end_is_an_error"),
    ("H13", LIES, "a_fetch_gives_no_torso_a_final_name_and_deletes_nothing_for_it"),
    ("H13", LIES, "a_fetch_takes_a_message_as_it_came"),
    ("H13", LIES, "odd_answers_to_top_leave_rows_without_headers"),
    ("D1", LIES, "a_dele_that_is_not_accepted_ends_without_quit"),
    ("D1", LIES, "what_quit_did_is_told_as_far_as_it_is_known"),
    ("D2", LIES, "a_unique_id_that_is_not_one_message_deletes_none"),
    ("D2", LIES, "numbers_that_change_between_sessions_delete_the_message_named"),
    ("D2", LIES, "a_listing_that_keeps_what_was_deleted_leads_to_no_other_message"),
    ("D2", LIES, "a_fetch_deletes_nothing_whose_unique_id_stands_for_two"),
    ("D2", "tests/waiting.rs", "it_is_deleted_by_a_unique_id_of_its_own_or_not_at_all"),
    ("D4", "tests/dialogues/pop3-rset-err.txt", ""),
    ("D4", FLOW, "when_rset_is_refused_the_line_is_dropped_and_never_quit"),
    ("D5", "tests/flows/loop_check.rs", "where_reading_deletes_the_person_is_to_open_it"),
    ("D10", "src/mail/file_name.rs", "strangers_names_stay_in_the_folder"),
    ("D11", LIES, "a_fetch_that_is_killed_leaves_no_file_under_a_final_name"),
    ("T1", TERMINAL, "controls_from_a_server_do_not_reach_the_terminal"),
    ("T1", TERMINAL, "controls_in_a_subject_are_shown_and_not_obeyed"),
    ("T1", HOSTILE, "controls_in_replies_stay_inside"),
    ("T1", HOSTILE, "controls_in_mails_stay_inside"),
    ("T1", ODD, "nothing_odd_in_a_certificate_comes_through"),
    ("T1", "tests/reach.rs", "hostile_answers_are_sanitized_and_cut"),
    ("T1", "src/transcript/export/tests.rs", "hostile_bytes_leave_no_control_character"),
    ("T2", HOSTILE, "controls_in_replies_stay_inside"),
    ("T3", PRINTABLE, "hostile_characters_are_shown_and_not_obeyed"),
    ("T4", PRINTABLE, "nothing_that_moves_a_cursor_passes"),
    ("T5", PRINTABLE, "marks_do_not_pile_up"),
    ("T5", FLOW, "a_subject_of_marks_and_wide_characters_stays_in_its_frame"),
    ("T6", TERMINAL, "a_signal_ends_the_program_and_restores_the_terminal"),
    ("T7", TERMINAL, "a_suspended_program_gives_the_terminal_back_and_takes_it_again"),
    ("T8", TERMINAL, "without_its_terminal_the_program_saves_the_draft_and_ends"),
    ("T9", "src/mail/view/tests.rs", "mails_nested_without_end_do_not_overflow_the_stack"),
    ("T9", "src/mail/view/tests.rs", "multiparts_nested_without_end_do_not_overflow_the_stack"),
    ("T9", "src/mail/view/tests.rs", "parts_and_headers_without_end_are_cut"),
    ("T9", TERMINAL, "a_draft_outlives_a_kill_and_is_offered_again"),
    ("T10", "src/app/edit.rs", "a_paste_into_one_line_stays_one_line"),
    ("T10", FLOW, "pasted_lines_do_not_go_to_the_server_unasked"),
    ("T11", CLI, "what_needs_no_server_prints_plain_text"),
    ("T11", CLI, "the_workbench_without_a_terminal_ends_and_writes_no_escapes"),
    ("T11", CLI, "no_color_holds_on_a_terminal_too"),
    ("P1", CLI, "the_password_is_not_visible_while_the_program_runs"),
    ("P1", CLI, "a_password_in_a_url_is_refused_and_not_repeated"),
    ("P1", SECRETS, "a_password_typed_at_a_prompt_is_seen_nowhere"),
    ("P2", SECRETS, "no_way_to_sign_in_leaves_a_trace"),
    ("P2", SECRETS, "the_workbench_leaves_no_trace_with_any_mechanism_in_any_mode"),
    ("P2", PLANS, "every_line_of_an_exchange_is_masked_as_a_whole"),
    ("P3", SECRETS, "no_refusal_leaves_a_trace_not_even_one_that_quotes"),
    ("P3", SECRETS, "a_refusal_that_quotes_leaves_no_trace_in_the_workbench"),
    ("P3", "tests/dialogues/auth-echo-secret.txt", ""),
    ("P3", "tests/dialogues/pop3-pass-echo-secret.txt", ""),
    ("P4", "tests/dialogues/auth-plain-no-tls.txt", ""),
    ("P4", "tests/dialogues/pop3-signin-plain-no-tls.txt", ""),
    ("P4", CLI, "without_permission_not_even_the_user_name_is_sent_in_clear"),
    ("P5", "tests/dialogues/auth-none.txt", ""),
    ("P5", "tests/dialogues/auth-helo.txt", ""),
    ("P5", CLI, "a_sign_in_that_is_not_offered_is_not_left_out"),
    ("P6", "tests/dialogues/pop3-apop-bad-stamp.txt", ""),
    ("P6", "tests/dialogues/pop3-signin-apop-bad-stamp.txt", ""),
    ("P6", "src/sasl/choice/tests.rs", "what_was_asked_for_is_taken_or_nothing"),
    ("P7", "src/sasl/choice/tests.rs", "the_strongest_is_taken_whatever_the_order_of_the_list"),
    ("P7", "tests/dialogues/auth-cram-not-chosen.txt", ""),
    ("P8", "tests/private.rs", "everything_a_run_makes_is_private_without_any_mask"),
    ("P8", "src/config/file.rs", "a_file_with_a_command_is_refused_when_others_can_read_it"),
    ("P8", "src/config/secret.rs", "a_file_that_others_can_read_is_refused"),
    ("P8", "src/run/files.rs", "files_are_private_and_links_are_not_followed"),
    ("P9", "tests/private.rs", "an_aborted_run_leaves_no_core"),
    ("P9", "src/cli/hardening.rs", "this_process_leaves_no_core_any_more"),
    ("P9", "tests/hazards.rs", "no_debug_form_shows_a_secret"),
    ("P9", "src/connection/outgoing.rs", "a_secret_has_a_buffer_of_its_own_that_never_grows"),
    ("P10", HOSTILE, "controls_in_replies_stay_inside"),
    ("P10", HOSTILE, "controls_in_mails_stay_inside"),
];

#[test]
fn every_hazard_is_held_by_a_test_that_exists() {
    let mut known = HashMap::new();
    assert!(tests_in(PLAYED.0).contains(PLAYED.1));
    for (hazard, file, test) in HAZARDS {
        if test.is_empty() {
            assert!(file.starts_with("tests/dialogues/") && at(file).exists(), "{hazard}: there is no {file}");
        } else {
            let tests = known.entry(*file).or_insert_with(|| tests_in(file));
            assert!(tests.contains(*test), "{hazard}: {file} has no test {test}");
        }
    }
}

#[test]
fn no_hazard_is_left_out() {
    let held: HashSet<&str> = HAZARDS.iter().map(|(hazard, ..)| *hazard).collect();
    let of = |letter: &str, count: u32| (1..=count).map(|number| format!("{letter}{number}")).collect::<Vec<_>>();
    let others = ["H1", "H11", "H12", "H13", "H14", "D1", "D2", "D4", "D5", "D10", "D11"].map(str::to_owned).to_vec();
    let all = [of("S", 12), of("T", 11), of("P", 10), others].concat();
    let missing: Vec<&String> = all.iter().filter(|hazard| !held.contains(hazard.as_str())).collect();
    assert!(missing.is_empty() && held.len() == all.len(), "{missing:?}");
    let different: HashSet<&Row> = HAZARDS.iter().collect();
    assert_eq!(different.len(), HAZARDS.len(), "a row stands twice");
}

const SECRET: &str = "Wunder-land.42";

/// What a person's secret passes through on its way from the keyboard or a file to the line.
#[test]
fn no_debug_form_shows_a_secret() {
    let secret = || Secret::new(SECRET);
    let account = telepost::app::Account { password: Some(secret()), ..account() };
    let sign_in = || Box::new(SignIn::with_password("ada", secret(), "nonce"));
    let ask = |submission| format!("{:?}", Effect::Request(Box::new(Request::Submit(submission))));
    let environment = |name: &str| (name == "TELEPOST_PASSWORD").then(|| SECRET.into());
    let mut forms = vec![
        format!("{account:?} {:?} {:?}", account.profile(), account.smtp),
        format!("{:?}", Message::Secret(Ok(Some(secret())))),
        format!("{:?}", Effect::KeepSecret { key: "ada@x".to_owned(), secret: secret() }),
        format!("{:?}", Environment::from_lookup(environment)),
        ask(Submission::Smtp(smtp::Command::SignIn(sign_in()), None)),
        ask(Submission::Pop3(pop3::Command::SignIn(sign_in()))),
        ask(Submission::Pop3(pop3::Command::Line(pop3::Line::pass(&secret()).expect("a password")))),
        ask(Submission::Pop3(pop3::Command::Line(pop3::Line::typed(format!("PASS {SECRET}")).expect("a line")))),
        ask(Submission::Smtp(
            smtp::Command::Line(smtp::Line::typed(format!("AUTH PLAIN {SECRET}")).expect("a line")),
            None,
        )),
        format!("{:?}", settings(Some(account.clone()))),
    ];
    let ada = Some("ada".to_owned());
    let asked = telepost::app::Account { password: None, user: None, smtp_user: ada, ..account.clone() };
    let mut stage = Stage::open((120, 40), settings(Some(asked)));
    stage.press(&["F5"]);
    stage.sees("Password of ada");
    stage.type_text(SECRET);
    forms.push(format!("{:?}", stage.app));
    let mut stage = Stage::open((120, 40), settings(Some(account)));
    stage.press(&["^X", "4"]);
    stage.type_text(&format!("PASS {SECRET}"));
    stage.sees("PASS");
    forms.push(format!("{:?}", stage.app));
    for form in forms {
        let at = form.find(SECRET).unwrap_or_default();
        assert!(!form.contains(SECRET), "{}", &form[at.saturating_sub(200)..at + SECRET.len()]);
    }
}

fn at(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}
