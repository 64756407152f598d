//! No run leaves a trace of a secret: every mechanism in every mode, from the command line and in the workbench, with
//! servers that take it, refuse it, or say it back. What is looked through: all output, transcripts and exports, every
//! file of the home folder, and what the system shows of the process.

#[expect(dead_code, reason = "each test file uses its part of the support")]
mod support;

use std::cell::Cell;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use support::pty::Session;
use support::scripted::{Script, Scripted, Step};
use support::telepost::{Home, Outcome};
use support::wait;
use telepost::sandbox::{Fault, Options, PASSWORD, Sandbox, TOKEN};
use telepost::sasl::Mechanism;

/// No server knows it.
const WRONG: &str = "Looking-Glass";
/// Runs at the same time.
const AT_ONCE: usize = 3;

/// How a line is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Clear,
    Upgraded,
    Implicit,
}

const MODES: [Mode; 3] = [Mode::Clear, Mode::Upgraded, Mode::Implicit];

/// A sandbox, and a home with the files that hold its secrets.
struct Scene {
    sandbox: Sandbox,
    home: Home,
    authority: String,
    /// Files that hold the password, the token, and a password that is wrong.
    files: [String; 3],
    _runtime: tokio::runtime::Runtime,
}

impl Scene {
    fn open(faults: &[Fault]) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let options = Options { faults: faults.to_vec(), ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("free ports on loopback");
        let home = Home::new();
        let authority = home.file("ca.pem", sandbox.ca_pem());
        let files = [("password", PASSWORD), ("token", TOKEN), ("wrong", WRONG)].map(|(name, secret)| {
            let file = home.file(name, format!("{secret}\n"));
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
            file
        });
        Self { sandbox, home, authority, files, _runtime: runtime }
    }

    /// Where SMTP and POP3 are, as URLs.
    fn doors(&self, mode: Mode) -> [String; 2] {
        let sandbox = &self.sandbox;
        match mode {
            Mode::Implicit => [format!("smtps://ada@{}", sandbox.smtps()), format!("pop3s://ada@{}", sandbox.pop3s())],
            _ => [format!("smtp://ada@{}", sandbox.smtp()), format!("pop3://ada@{}", sandbox.pop3())],
        }
    }

    /// The options of one way to sign in.
    fn options(&self, mechanism: Mechanism, mode: Mode, right: bool) -> Vec<String> {
        let is_token = matches!(mechanism, Mechanism::OAuthBearer | Mechanism::XOAuth2);
        let file = &self.files[if right { usize::from(is_token) } else { 2 }];
        let mut options = vec!["--auth", mechanism.name(), "--password-file", file, "--ca", &self.authority];
        match mode {
            Mode::Clear => options.extend(["--tls", "none", "--allow-plain-auth"]),
            Mode::Upgraded => options.extend(["--tls", "require"]),
            Mode::Implicit => {}
        }
        if is_token {
            options.push("--token");
        }
        options.into_iter().map(str::to_owned).collect()
    }

    /// `send` or `mailbox list` with a live and a written transcript, and all that can be seen of it.
    fn run(&self, pop3: bool, mechanism: Mechanism, mode: Mode, right: bool) -> (Option<i32>, String) {
        let [smtp, mailbox] = self.doors(mode);
        let kind = ["txt", "jsonl", "md"][mode as usize];
        let transcript = format!("{}-{mode:?}-{pop3}-{right}.{kind}", mechanism.name());
        let mut call = if pop3 {
            vec!["mailbox", "list", mailbox.as_str()]
        } else {
            vec!["send", smtp.as_str(), "--from", "ada@sandbox.test", "--to", "bob@sandbox.test", "--body", "x"]
        };
        call.extend(["-v", "--json", "--transcript", &transcript]);
        let options = self.options(mechanism, mode, right);
        call.extend(options.iter().map(String::as_str));
        let outcome: Outcome = self.home.run(&call);
        let written = std::fs::read_to_string(self.home.path(&transcript)).unwrap_or_default();
        (outcome.code, outcome.all() + &written)
    }

    /// Every file below the home but those that were given the secrets.
    fn left_behind(&self) -> String {
        let given: Vec<PathBuf> = self.files.iter().map(PathBuf::from).collect();
        let mut all = String::new();
        for path in files_below(&self.home.path("")) {
            if !given.contains(&path) {
                all += &path.display().to_string();
                all += &String::from_utf8_lossy(&std::fs::read(&path).expect("ours"));
            }
        }
        all
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is ours").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// `secret` as it stands in a text, and in base64 of any message that it is part of, wherever it begins there.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), STANDARD_NO_PAD.encode(format!("\0ada\0{secret}"))];
    for (before, cut) in [("", 0), ("x", 2), ("xx", 3)] {
        // The first and the last signs depend on what stands beside it.
        let whole = STANDARD_NO_PAD.encode(format!("{before}{secret}"));
        let sure = (before.len() + secret.len()) / 3 * 4;
        forms.push(whole[cut..sure].to_owned());
    }
    forms
}

#[track_caller]
fn assert_no_secret(what: &str, text: &str) {
    for form in [PASSWORD, TOKEN, WRONG].into_iter().flat_map(forms) {
        if let Some(at) = text.find(&form) {
            let from = text.floor_char_boundary(at.saturating_sub(200));
            let until = text.ceil_char_boundary((at + 200).min(text.len()));
            panic!("{what}: {form} in …{}…", &text[from..until]);
        }
    }
}

/// Does `work` for each of `cases`, some at the same time, each worker on servers of its own: a mailbox takes one session
/// at a time. Then looks through what they left behind.
fn for_each<T: Copy + Send + Sync>(faults: &[Fault], cases: &[T], work: impl Fn(&Scene, T) + Sync) {
    let left = Mutex::new(cases.iter());
    let next = || left.lock().expect("nobody panics with it").next();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let scene = Scene::open(faults);
                while let Some(case) = next() {
                    work(&scene, *case);
                }
                assert_no_secret("the home folder", &scene.left_behind());
            });
        }
    });
}

/// The mechanisms that have a secret, on either side, in every mode.
fn every_way() -> Vec<(bool, Mechanism, Mode)> {
    let secretless = [Mechanism::External, Mechanism::Anonymous];
    let mechanisms = || Mechanism::ALL.into_iter().filter(move |mechanism| !secretless.contains(mechanism));
    let sides = mechanisms().flat_map(|mechanism| [(true, mechanism), (false, mechanism)]);
    let sides = sides.filter(|(pop3, mechanism)| *pop3 || mechanism.is_sasl());
    sides.flat_map(|(pop3, mechanism)| MODES.map(|mode| (pop3, mechanism, mode))).collect()
}

/// Whether the sandbox has it on such a line.
fn is_offered(mechanism: Mechanism, mode: Mode) -> bool {
    use Mechanism as M;

    mode != Mode::Clear || matches!(mechanism, M::ScramSha256 | M::ScramSha1 | M::CramMd5 | M::UserPass | M::Apop)
}

#[test]
fn the_forms_are_found_wherever_a_secret_begins() {
    for before in ["", "a", "ab", "abc", "user=ada\x01auth=Bearer "] {
        let message = STANDARD_NO_PAD.encode(format!("{before}{TOKEN}\x01\x01"));
        assert!(forms(TOKEN).iter().any(|form| message.contains(form)), "{before:?}: {message}");
    }
}

#[test]
fn no_way_to_sign_in_leaves_a_trace() {
    for_each(&[], &every_way(), |scene, (pop3, mechanism, mode)| {
        let (code, seen) = scene.run(pop3, mechanism, mode, true);
        let expected = if is_offered(mechanism, mode) { 0 } else { 7 };
        assert_eq!(code, Some(expected), "{mechanism} {mode:?} {pop3}: {seen}");
        assert!(code != Some(0) || seen.contains("****"), "{mechanism}: {seen}");
        assert_no_secret(mechanism.name(), &seen);
    });
}

/// One mode for each mechanism and side is enough where the server refuses: what it says goes one way through the program.
fn ways_to_refuse() -> Vec<(bool, Mechanism, Mode)> {
    let modes = [Mode::Implicit, Mode::Upgraded];
    every_way().into_iter().filter(|(pop3, _, mode)| *mode == modes[usize::from(*pop3)]).collect()
}

#[test]
fn no_refusal_leaves_a_trace_not_even_one_that_quotes() {
    for_each(&[], &ways_to_refuse(), |scene, (pop3, mechanism, mode)| {
        let (code, seen) = scene.run(pop3, mechanism, mode, false);
        assert_eq!(code, Some(7), "{mechanism} {mode:?}: {seen}");
        assert_no_secret(mechanism.name(), &seen);
    });
    for_each(&[Fault::AuthEcho], &ways_to_refuse(), |scene, (pop3, mechanism, mode)| {
        let (code, seen) = scene.run(pop3, mechanism, mode, true);
        assert_eq!(code, Some(7), "{mechanism} {mode:?}: {seen}");
        assert!(seen.contains("sent:"), "{mechanism} {mode:?} is not quoted: {seen}");
        assert_no_secret(mechanism.name(), &seen);
    });
}

/// The workbench with one way to sign in for both sides; wide, so that no toast lies on the transcript.
fn workbench(scene: &Scene, mechanism: Mechanism, mode: Mode) -> Session {
    let [smtp, pop3] = scene.doors(mode);
    let options = scene.options(mechanism, mode, true);
    let mut call = vec![smtp.as_str(), pop3.as_str(), "--from", "ada@sandbox.test"];
    call.extend(options.iter().map(String::as_str));
    let mut session = scene.home.open(&call, (200, 60));
    session.wait_for("Compose");
    assert_no_secret("the process", &session.visible());
    session
}

fn leader(session: &mut Session, key: &str) {
    session.press("^X");
    session.wait_for("Ctrl-X, then");
    session.send(key);
    session.wait_gone("Ctrl-X, then");
}

/// Exports the transcript, leaves, and looks through all that came of it.
fn look_through(scene: &Scene, mut session: Session, name: &str) {
    let shown = session.text();
    leader(&mut session, "x");
    session.wait_for("Write the transcript to");
    session.press("^U");
    session.send(name);
    session.press("Enter");
    session.wait_for(&format!("written: {name}"));
    session.press("^Q");
    let ended = session.finish();
    let exported = std::fs::read_to_string(scene.home.path(name)).expect("it was exported");
    assert!(["AUTH", "PASS", "APOP"].iter().any(|verb| exported.contains(verb)), "{exported}");
    assert_no_secret(name, &(shown + &String::from_utf8_lossy(&ended.raw) + &exported));
}

#[test]
fn the_workbench_leaves_no_trace_with_any_mechanism_in_any_mode() {
    let cases = every_way().into_iter().filter(|(pop3, mechanism, mode)| *pop3 && is_offered(*mechanism, *mode));
    for_each(&[], &cases.collect::<Vec<_>>(), |scene, (_, mechanism, mode)| {
        let mut session = workbench(scene, mechanism, mode);
        if mechanism.is_sasl() {
            session.send("bob@sandbox.test");
            session.press("F5");
            session.wait_for("Send anyway");
            session.send("s");
            session.wait_for("queued as");
        }
        leader(&mut session, "3");
        session.wait_for("msgs");
        look_through(
            scene,
            session,
            &format!("{}-{mode:?}.{}", mechanism.name(), ["txt", "jsonl", "md"][mode as usize]),
        );
    });
}

#[test]
fn a_refusal_that_quotes_leaves_no_trace_in_the_workbench() {
    let cases = [Mechanism::Plain, Mechanism::Login, Mechanism::XOAuth2, Mechanism::CramMd5, Mechanism::ScramSha256];
    for_each(&[Fault::AuthEcho], &cases, |scene, mechanism| {
        let mut session = workbench(scene, mechanism, Mode::Upgraded);
        if mechanism == Mechanism::XOAuth2 {
            // A refused token was fetched once more, and was the same. The question may lie on the rows.
            session.wait_for("Access token of");
            session.press("Esc");
            session.wait_gone("Access token of");
        }
        // Each row may leave the screen again before the other one comes.
        let seen = ["S*** sign-in", "P*** sign-in"].map(|row| (row, Cell::new(false)));
        session.wait_until("the refusals of both servers", |screen| {
            let shown = screen.contents();
            for (row, seen) in &seen {
                seen.set(seen.get() || shown.contains(row));
            }
            seen.iter().all(|(_, seen)| seen.get())
        });
        leader(&mut session, "i");
        session.wait_for("Esc closes");
        assert_no_secret("the card", &session.text());
        session.press("Esc");
        session.wait_gone("Esc closes");
        look_through(scene, session, &format!("{mechanism}.{}", ["txt", "jsonl", "md"][mechanism as usize % 3]));
    });
}

#[test]
fn a_password_typed_at_a_prompt_is_seen_nowhere() {
    let server = Scripted::start(Script::pop3("Subject: x\r\n\r\n").on("PASS", [Step::Silence]));
    let scene = Scene::open(&[]);
    let call = ["mailbox", "list", &server.pop3_url(), "--allow-plain-auth", "-v"];
    let mut session = scene.home.open(&call, (100, 30));
    session.wait_for("Password for");
    wait::until("the terminal to echo no more", || (session.modes() != session.modes_before()).then_some(()));
    session.send(format!("{PASSWORD}\r"));
    server.wait_for(&format!("PASS {PASSWORD}\r\n"));
    assert_no_secret("the process", &session.visible());
    session.press("^C");
    let ended = session.finish();
    assert_no_secret("the terminal", &String::from_utf8_lossy(&ended.raw));
    assert_no_secret("the home folder", &scene.left_behind());
    assert_eq!(ended.untidy(), [""; 0]);
}
