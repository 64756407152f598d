//! The connect form and the profiles: chosen, kept, removed; servers found for a mail address.

use telepost::app::{Account, Effect, Message};
use telepost::config::{Preset, Profile};
use telepost::connection::{Protocol, Report, Service, Target};
use telepost::wire::TlsMode;

use crate::support::stage::{Stage, account, settings};

fn profile(name: &str, host: &str) -> Profile {
    let smtp = Some(Target::new(Protocol::Smtp, host, 587));
    Account { name: name.to_owned(), smtp, user: Some("ada".to_owned()), ..Account::empty("lab.test") }.profile()
}

fn with_profiles() -> Stage {
    let mut settings = settings(Some(account()));
    settings.profiles = vec![profile("work", "mail.example"), profile("home", "home.example")];
    settings.presets = vec![Preset {
        name: "Postal".to_owned(),
        domains: vec!["postal.example".to_owned()],
        smtp: Some(Target::new(Protocol::Smtp, "smtp.postal.example", 465).with_tls(TlsMode::Implicit)),
        pop3: Some(Target::new(Protocol::Pop3, "pop.postal.example", 995).with_tls(TlsMode::Implicit)),
        token: false,
        note: "It wants an application password.".to_owned(),
    }];
    let wordy = Preset {
        name: "Wordy".to_owned(),
        domains: vec!["wordy.example".to_owned()],
        note: "It has much to say about ".repeat(6) + "things that never end.",
        ..settings.presets[0].clone()
    };
    settings.presets.insert(0, wordy);
    Stage::open((120, 40), settings)
}

/// The form with the caret at a place, told by its label.
fn go_to(stage: &mut Stage, label: &str) {
    for _ in 0..30 {
        if stage
            .screen()
            .lines()
            .any(|line| line.contains(&format!(">{label}")) || line.contains(&format!(">[{label}")))
        {
            return;
        }
        stage.press(&["Tab"]);
    }
    panic!("no {label:?}\n{}", stage.screen());
}

#[test]
fn a_profile_is_chosen_from_the_list() {
    let mut stage = with_profiles();
    stage.press(&["^X", "A"]);
    stage.sees("1  work");
    stage.sees("mail.example");
    stage.press(&["2"]);
    stage.sees("[home]");
    assert!(stage.others.iter().any(|effect| matches!(effect, Effect::Title(title) if title == "telepost: home")));
}

#[test]
fn the_form_fills_itself_from_a_profile_and_keeps_what_was_typed() {
    let mut stage = with_profiles();
    stage.press(&["F2", "Up", "Right"]);
    stage.sees("< profile work >");
    stage.sees("mail.example");
    stage.press(&["Left"]);
    stage.lacks("mail.example");
    stage.sees("127.0.0.1");
    stage.press(&["Left"]);
    stage.sees("< provider Postal >");
    stage.sees("smtp.postal.example");
    stage.sees("It wants an application password.");
}

#[test]
fn a_profile_is_kept_under_its_name_without_the_password() {
    let mut stage = with_profiles();
    stage.press(&["F2"]);
    go_to(&mut stage, "[Keep]");
    stage.press(&["Enter"]);
    stage.sees("a name is needed");
    stage.sees(">Keep as");
    stage.type_text("lab");
    go_to(&mut stage, "[Keep]");
    stage.press(&["Enter"]);
    let kept = stage.others.iter().find_map(|effect| match effect {
        Effect::SaveProfile(profile) => Some(profile.as_ref().clone()),
        _ => None,
    });
    let kept = kept.expect("it is to be kept");
    assert_eq!((kept.name.as_str(), kept.smtp.as_ref().map(|target| target.port)), ("lab", Some(2525)));
    stage.tell(Message::Profiles(Ok(vec![profile("work", "a"), profile("home", "b"), kept])));
    stage.sees("the profile is kept");
    stage.sees("┌ Connect");
    stage.sees("Done: the profile is kept.");
    stage.tell(Message::Profiles(Err("config.toml cannot be written".to_owned())));
    stage.sees("config.toml cannot be written");
}

#[test]
fn a_profile_is_forgotten_after_one_question_and_the_form_comes_back() {
    let removed = |stage: &Stage| {
        stage.others.iter().any(|effect| matches!(effect, Effect::RemoveProfile(name) if name == "work"))
    };
    let mut stage = with_profiles();
    stage.press(&["F2", "Up", "Right"]);
    go_to(&mut stage, "[Forget]");
    stage.press(&["Enter"]);
    stage.sees("Forget the profile work?");
    stage.press(&["Enter"]);
    assert!(!removed(&stage), "to keep it is the default");
    stage.sees("mail.example");
    stage.press(&["Enter", "y"]);
    assert!(removed(&stage));
    stage.sees("┌ Connect");
}

#[test]
fn the_servers_of_a_provider_are_known_without_asking_anybody() {
    let mut stage = with_profiles();
    stage.press(&["F2"]);
    go_to(&mut stage, "User");
    stage.press(&["^U"]);
    stage.type_text("ada@postal.example");
    go_to(&mut stage, "[Find servers]");
    stage.press(&["Enter"]);
    stage.sees("pop.postal.example");
    stage.sees("The servers that Postal publishes");
    stage.lacks("Password  *");
    stage.sees("[ ] may go without TLS");
    assert!(stage.sought.is_empty());
}

#[test]
fn the_servers_of_any_other_address_are_asked_for_and_told_where_from() {
    let mut stage = with_profiles();
    stage.press(&["F2"]);
    go_to(&mut stage, "User");
    stage.press(&["^U"]);
    stage.type_text("ada@example.org");
    go_to(&mut stage, "[Find servers]");
    stage.press(&["Enter"]);
    assert_eq!(stage.sought, ["ada@example.org"]);
    let service = |protocol, host: &str, port| Service {
        protocol,
        host: host.to_owned(),
        port,
        tls: TlsMode::Implicit,
        source: "SRV _submissions._tcp.example.org".to_owned(),
    };
    let found = vec![service(Protocol::Smtp, "smtp.example.org", 465), service(Protocol::Pop3, "pop.example.org", 995)];
    stage.tell(Message::Report(Report::Discovered(Ok(found))));
    stage.sees("smtp.example.org");
    stage.sees("pop.example.org");
    stage.sees("SRV _submissions._tcp.example.org");
}

#[test]
fn without_an_address_there_is_nothing_to_find() {
    let mut stage = Stage::open((80, 24), settings(None));
    stage.press(&["c"]);
    go_to(&mut stage, "[Find servers]");
    stage.press(&["Enter"]);
    stage.sees("type the whole mail address here first");
    stage.sees(">User");
    assert!(stage.sought.is_empty());
}

#[test]
fn the_whole_form_can_be_reached_on_a_small_screen() {
    for size in [(80, 24), (60, 18)] {
        let mut stage = Stage::demo(size);
        stage.press(&["F2"]);
        for label in ["Port", "TLS", "User", "Password", "CA file", "Keep as", "[Forget]"] {
            go_to(&mut stage, label);
        }
    }
}

#[test]
fn what_was_typed_is_there_again_after_an_attempt() {
    let mut stage = Stage::demo((120, 40));
    stage.press(&["F2", "^U"]);
    stage.type_text("mx.example");
    stage.press(&["Tab", "Tab", "Left"]);
    stage.sees("< implicit >");
    stage.press(&["Enter"]);
    let target = stage.dialled.iter().find(|target| target.protocol == Protocol::Smtp).expect("it connects");
    assert_eq!((target.host.as_str(), target.tls.mode), ("mx.example", TlsMode::Implicit));
    stage.press(&["F2"]);
    stage.sees("mx.example");
    stage.sees("< implicit >");
}

#[test]
fn a_long_note_of_a_provider_is_whole_on_a_small_screen_and_the_address_becomes_the_sender() {
    let mut stage = with_profiles();
    stage.resize((80, 24));
    stage.press(&["F2"]);
    go_to(&mut stage, "User");
    stage.press(&["^U"]);
    stage.type_text("ada@wordy.example");
    go_to(&mut stage, "Sender");
    stage.press(&["^E", "^U"]);
    go_to(&mut stage, "[Find servers]");
    stage.press(&["Enter"]);
    stage.sees("never end.");
    stage.sees("Sender    ada@wordy.example");
}

#[test]
fn the_list_of_profiles_says_which_is_in_use() {
    let mut stage = with_profiles();
    stage.press(&["^X", "A"]);
    stage.lacks("(in use)");
    stage.press(&["1", "^X", "A"]);
    stage.press(&["Esc", "^X", "A"]);
    stage.sees("mail.example (in use)");
}

#[test]
fn the_footer_of_the_form_names_the_keys_of_the_place() {
    let mut stage = with_profiles();
    stage.press(&["F2"]);
    stage.sees("Enter:connect  Esc:close  Tab:next");
    go_to(&mut stage, "TLS");
    stage.sees("Left Right:choose");
    go_to(&mut stage, "[");
    stage.sees("Space:switch");
}

#[test]
fn the_signature_of_a_profile_stands_below_an_empty_body_and_never_over_a_text() {
    let signed = Account { signature: "Ada\nCountess".into(), example: None, ..account() };
    let mut stage = Stage::open((120, 40), settings(Some(signed.clone())));
    stage.sees("-- ");
    stage.sees("Countess");
    stage.tell(Message::Sandbox(Ok(Box::new(Account { signature: "Grace".into(), ..signed.clone() }))));
    stage.sees("Grace");
    stage.lacks("Countess");
    // From here on it is the person's mail.
    stage.type_text("bob@sandbox.test");
    stage.tell(Message::Sandbox(Ok(Box::new(signed))));
    stage.sees("Grace");
    stage.lacks("Countess");
}
