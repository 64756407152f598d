//! Reading, writing, and both together.

use std::fs;
use std::time::Duration;

use super::{Profile, last, write};
use crate::config::file::ConfigError;
use crate::config::secret::Source;
use crate::config::{Configuration, Paths};
use crate::connection::request::{Identity, Proxy};
use crate::connection::{Authority, Family, Protocol, Target, Trust};
use crate::sasl::Mechanism;
use crate::wire::{Timeouts, TlsMode};

fn home() -> (tempfile::TempDir, Paths) {
    let place = tempfile::tempdir().unwrap();
    let paths = Paths::beneath(&place.path().join("telepost"));
    (place, paths)
}

fn read(text: &str) -> Profile {
    let mut profiles = Configuration::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}")).profiles;
    assert_eq!(profiles.len(), 1);
    profiles.remove(0)
}

fn target(protocol: Protocol, port: u16, mode: TlsMode) -> Target {
    Target::new(protocol, "mail.example.org", port).with_tls(mode)
}

/// Every field set.
fn full() -> Profile {
    let timeouts = Timeouts::default().at_most(Duration::from_secs(7));
    let smtp = target(Protocol::Smtp, 587, TlsMode::Require);
    let mut smtp = Target { timeouts, family: Family::V6, source: Some("::1".parse().unwrap()), mx: true, ..smtp };
    smtp.tls.trust = Trust::Roots(vec![Authority::File("/a/ca.pem".into()), Authority::File("/b/\"ca\".pem".into())]);
    smtp.tls.name = Some("other.example.org".into());
    smtp.tls.identity = Some(Identity { certificate: "/a/c.pem".into(), key: "/a/k.pem".into() });
    smtp.proxy = Some(Proxy::Socks5 { host: "::1".into(), port: 1080 });
    let mut pop3 = Target { timeouts, family: Family::V4, ..target(Protocol::Pop3, 995, TlsMode::Implicit) };
    pop3.tls.trust = Trust::Pin([0xa5; 32]);
    pop3.proxy = Some(Proxy::Http { host: "proxy".into(), port: 3128 });
    Profile {
        name: "work.2".into(),
        smtp: Some(smtp),
        pop3: Some(pop3),
        user: Some("ada".into()),
        smtp_user: Some("ada@example.org".into()),
        source: Source::Command("pass 'show' \"it\" \\ # all".into()),
        token: true,
        mechanism: Some(Mechanism::XOAuth2),
        allow_plain_auth: true,
        hello: Some("me.example".into()),
        from: Some("Ada \"L\" <ada@example.org>".into()),
        signature: Some("Ada\n\nhttps://example.org".into()),
    }
}

#[test]
fn the_short_form_is_filled_in() {
    let text =
        "[profiles.a]\nuser = 'ada'\n[profiles.a.smtp]\nurl = 'smtps://h'\n[profiles.a.pop3]\nurl = 'pop3://h'\n";
    let profile = read(text);
    let expected = Profile {
        name: "a".into(),
        smtp: Some(Target::new(Protocol::Smtp, "h", 465).with_tls(TlsMode::Implicit)),
        pop3: Some(Target::new(Protocol::Pop3, "h", 110)),
        user: Some("ada".into()),
        smtp_user: Some("ada".into()),
        ..Profile::default()
    };
    assert_eq!(profile, expected);
    assert_eq!(profile.source, Source::Prompt);
}

#[test]
fn each_side_may_have_a_user_of_its_own_or_none() {
    for (smtp, pop3, smtp_user, pop3_user) in [
        ("", "", Some("ada"), Some("ada")),
        ("sign-in = true", "", Some("ada"), Some("ada")),
        ("sign-in = false", "", None, Some("ada")),
        ("user = 'bob'", "", Some("bob"), Some("ada")),
        ("", "user = 'bob'", Some("ada"), Some("bob")),
        ("", "sign-in = false", Some("ada"), None),
    ] {
        let text = format!(
            "[profiles.a]\nuser = 'ada'\n[profiles.a.smtp]\nurl = 'smtp://h'\n{smtp}\n[profiles.a.pop3]\nurl = \
             'pop3://h'\n{pop3}"
        );
        let profile = read(&text);
        assert_eq!((profile.smtp_user.as_deref(), profile.user.as_deref()), (smtp_user, pop3_user), "{text}");
        let (_place, paths) = home();
        assert_eq!(write::save(&paths, &profile).unwrap(), [profile], "{text}");
    }
}

#[test]
fn tls_from_the_first_octet_goes_to_its_port() {
    for (url, tls, port, mode) in [
        ("smtp://h", "", 25, TlsMode::Auto),
        ("smtp://h", "tls = 'implicit'", 465, TlsMode::Implicit),
        ("smtp://h:2525", "tls = 'implicit'", 2525, TlsMode::Implicit),
        ("smtps://h:25", "", 25, TlsMode::Implicit),
        ("lmtp://h", "tls = 'implicit'", 24, TlsMode::Implicit),
        ("lmtp://h", "tls = 'none'", 24, TlsMode::None),
    ] {
        let profile = read(&format!("[profiles.a.smtp]\nurl = '{url}'\n{tls}"));
        let smtp = profile.smtp.as_ref().unwrap();
        assert_eq!((smtp.port, smtp.tls.mode), (port, mode), "{url} {tls}");
        let (_place, paths) = home();
        assert_eq!(write::save(&paths, &profile).unwrap(), [profile], "{url} {tls}");
    }
}

#[test]
fn mistakes_name_their_line_and_column() {
    for (text, place, words) in [
        ("[profiles.a]\ncolour = 1", (2, 1), "\"colour\""),
        ("[profiles.a]\nuser = 7", (2, 8), "a text"),
        ("[profiles.a]\nuser = ''", (2, 8), "empty"),
        ("[profiles.a]\npassword = 'x'", (2, 1), "never stands"),
        ("password = 'x'", (1, 1), "never stands"),
        ("[profiles.a]\nauth = 'NTLM'", (2, 8), "SCRAM-SHA-256"),
        ("[profiles.a]\ntimeout = 0", (2, 11), "1 to 86400"),
        ("[profiles.a]\nhelo = 'a b'", (2, 8), "one word"),
        ("[profiles.a]\nfrom = \"a\\r\\nRCPT\"", (2, 8), "control"),
        ("[profiles.a]\nsignature = \"\\u001b[m\"", (2, 13), "control"),
        ("[profiles.a]\nkeyring = true\npassword-file = '/x'", (2, 11), "one place only"),
        ("[profiles.a]\npassword-file = 'x'", (2, 17), "absolute"),
        ("[profiles.'a b']\nuser = 'x'", (1, 11), "letters"),
        ("[profiles]\na = 1", (2, 5), "table"),
        ("[profiles.a.smtp]\ntls = 'auto'", (1, 1), "url is missing"),
        ("[profiles.a.smtp]\nurl = 'smtp://'", (2, 7), "host"),
        ("[profiles.a.smtp]\nurl = 'pop3://h'", (2, 7), "other kind"),
        ("[profiles.a.pop3]\nurl = 'smtp://h'", (2, 7), "other kind"),
        ("[profiles.a.pop3]\nurl = 'pop3://ada@h'", (2, 7), "under the key user"),
        ("[profiles.a.pop3]\nurl = 'pop3s://h'\ntls = 'none'", (3, 7), "contradicts"),
        ("[profiles.a.pop3]\nurl = 'pop3s://h'\ntls = 'maybe'", (3, 7), "modes are"),
        ("[profiles.a.pop3]\nurl = 'pop3s://h'\nmx = true", (3, 1), "no key \"mx\""),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\npin = 'sha256:00'", (3, 7), "64"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nca = ['/a']\npin = 'sha256:00'", (4, 7), "keep one"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nca = ['/a', 'b']", (3, 13), "absolute"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\ncert = '/a'", (3, 8), "without key"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nkey = '/a'", (3, 7), "without cert"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nproxy = 'ftp://a'", (3, 9), "socks5"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nsource = 'h'", (3, 10), "address"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nfamily = '5'", (3, 10), "\"4\""),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\ninsecure = true", (3, 1), "trust in anybody"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nkeylog = '/x'", (3, 1), "--keylog"),
        ("[profiles.a.smtp]\nurl = 'smtp://h'\nuser = 'a'\nsign-in = false", (4, 11), "is named"),
    ] {
        let mistake = Configuration::parse(text).unwrap_err();
        assert_eq!((mistake.line, mistake.column), place, "{text}\n{mistake}");
        assert!(mistake.message.contains(words), "{text}\n{mistake}");
    }
}

#[test]
fn what_is_saved_is_read_back_the_same() {
    let (_place, paths) = home();
    let small = Profile { name: "home".into(), source: Source::KeyRing, ..Profile::default() };
    assert_eq!(write::save(&paths, &small).unwrap(), std::slice::from_ref(&small));
    assert_eq!(write::save(&paths, &full()).unwrap(), [small.clone(), full()]);
    assert_eq!(Configuration::load(&paths).unwrap().profiles, [small.clone(), full()]);
    for source in [Source::Prompt, Source::Variable("MAIL_PW".into()), Source::File("/a/secret".into())] {
        let other = Profile { source, pop3: None, signature: None, ..full() };
        assert_eq!(write::save(&paths, &other).unwrap(), [small.clone(), other]);
    }
    let bare = Profile { name: full().name, ..Profile::default() };
    assert_eq!(write::save(&paths, &bare).unwrap(), [small.clone(), bare]);
    assert_eq!(write::remove(&paths, "work.2").unwrap(), [small]);
    assert_eq!(write::remove(&paths, "no such").unwrap().len(), 1);
    assert_eq!(write::remove(&paths, "home").unwrap(), []);
    assert_eq!(fs::read_to_string(paths.config_file()).unwrap().trim(), "");
}

#[test]
fn comments_order_and_the_rest_of_the_file_stay() {
    let (_place, paths) = home();
    fs::create_dir_all(&paths.config).unwrap();
    let before = "# mine\nascii = true # yes\n\n# the office\n[profiles.b]\nuser = 'ada' # me\ntimeout = 5\n\n\
                  [profiles.b.smtp]\n# the new one\nurl = 'smtp://h:587'\nca = ['~/ca.pem']\n\n[profiles.a.pop3]\nurl = \
                  'pop3://h' # old\n";
    fs::write(paths.config_file(), before).unwrap();
    let mut profile = Configuration::load(&paths).unwrap().profile("b").unwrap().clone();
    write::save(&paths, &profile).unwrap();
    assert_eq!(fs::read_to_string(paths.config_file()).unwrap(), before);
    profile.user = Some("bob".into());
    profile.smtp_user = Some("bob".into());
    write::save(&paths, &profile).unwrap();
    let after = fs::read_to_string(paths.config_file()).unwrap();
    assert_eq!(after, before.replace("'ada'", "\"bob\""));
    write::remove(&paths, "b").unwrap();
    let after = fs::read_to_string(paths.config_file()).unwrap();
    assert_eq!(after, "# mine\nascii = true # yes\n\n[profiles.a.pop3]\nurl = 'pop3://h' # old\n");
}

#[test]
fn a_profile_of_any_layout_can_be_changed() {
    for before in [
        "profiles = { a = { user = 'x', smtp = { url = 'smtp://h' } } }",
        "profiles.a.user = 'x'\nprofiles.a.smtp.url = 'smtp://h'",
        "[profiles]\na.user = 'x'\na.smtp = { url = 'smtp://h' }",
        "[profiles.a.smtp]\nurl = 'smtp://h'\n[profiles.a]\nuser = 'x'",
    ] {
        let (_place, paths) = home();
        fs::create_dir_all(&paths.config).unwrap();
        fs::write(paths.config_file(), before).unwrap();
        let changed = Profile { name: "a".into(), ..full() };
        assert_eq!(write::save(&paths, &changed).unwrap(), std::slice::from_ref(&changed), "{before}");
        let both = write::save(&paths, &full()).unwrap();
        assert!(both.len() == 2 && both.contains(&changed) && both.contains(&full()), "{before}");
        assert_eq!(write::remove(&paths, "a").unwrap(), [full()], "{before}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_left_alone() {
    for broken in ["ascii = ", "colour = 1", "[profiles.a]\nuser = 1"] {
        let (_place, paths) = home();
        fs::create_dir_all(&paths.config).unwrap();
        fs::write(paths.config_file(), broken).unwrap();
        assert!(matches!(write::save(&paths, &full()), Err(ConfigError::Syntax { .. })), "{broken}");
        assert!(write::remove(&paths, "a").is_err());
        assert_eq!(fs::read_to_string(paths.config_file()).unwrap(), broken);
    }
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let (_place, paths) = home();
    for wrong in [
        Profile { name: String::new(), ..full() },
        Profile { name: "a b".into(), ..full() },
        Profile { user: Some("ada\r\nDELE 1".into()), ..full() },
        Profile { hello: Some("a b".into()), ..full() },
        Profile { smtp: Some(Target::new(Protocol::Smtp, "", 25)), ..full() },
        Profile { smtp: Some(Target::new(Protocol::Pop3, "h", 25)), ..full() },
    ] {
        let error = write::save(&paths, &wrong).unwrap_err();
        assert!(matches!(error, ConfigError::Profile { .. }), "{error}");
        assert!(!paths.config_file().exists());
    }
}

#[test]
fn what_is_for_one_run_only_is_not_kept() {
    let (_place, paths) = home();
    let mut profile = full();
    let smtp = profile.smtp.as_mut().unwrap();
    smtp.tls.trust = Trust::Anybody;
    smtp.tls.key_log = Some("/a/keys".into());
    smtp.dns = Some("127.0.0.1:53".parse().unwrap());
    profile.pop3.as_mut().unwrap().tls.trust =
        Trust::Roots(vec![Authority::Pem { pem: "-----".into(), name: "the sandbox".into() }]);
    let kept = write::save(&paths, &profile).unwrap().remove(0);
    let (smtp, pop3) = (kept.smtp.unwrap(), kept.pop3.unwrap());
    assert_eq!((smtp.tls.trust, smtp.tls.key_log, smtp.dns), (Trust::default(), None, None));
    assert_eq!(pop3.tls.trust, Trust::default());
}

#[test]
fn a_path_taken_from_where_the_program_was_started_is_kept_whole() {
    let (_place, paths) = home();
    let mut profile = Profile { source: Source::File("secret".into()), ..full() };
    profile.smtp.as_mut().unwrap().tls.trust = Trust::Roots(vec![Authority::File("ca.pem".into())]);
    let kept = write::save(&paths, &profile).unwrap().remove(0);
    let here = std::env::current_dir().unwrap();
    assert_eq!(kept.source, Source::File(here.join("secret")));
    assert_eq!(kept.smtp.unwrap().tls.trust, Trust::Roots(vec![Authority::File(here.join("ca.pem"))]));
}

#[cfg(unix)]
#[test]
fn the_file_is_private_even_where_it_was_not_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (place, paths) = home();
    write::save(&paths, &full()).unwrap();
    last::keep(&paths, "work").unwrap();
    assert_eq!(mode(&paths.config), 0o700);
    assert_eq!((mode(&paths.config_file()), mode(&paths.last_profile_file())), (0o600, 0o600));
    let elsewhere = place.path().join("dotfiles.toml");
    fs::rename(paths.config_file(), &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, paths.config_file()).unwrap();
    write::remove(&paths, "work.2").unwrap();
    assert!(fs::symlink_metadata(paths.config_file()).unwrap().is_symlink());
    assert_eq!(mode(&elsewhere), 0o600);
}

#[test]
fn debug_output_shows_no_command() {
    let profile = Profile { source: Source::Command("echo hunter2".into()), ..full() };
    assert!(!format!("{profile:?}").contains("hunter2"));
}
