//! A Dovecot of our own that shows the shared Maildirs by POP3 on one port of loopback.

use std::fs;
use std::path::Path;

use super::daemon::{Daemon, on_free_port};
use super::mailboxes::{Mailboxes, OWNER};

const PROGRAM: &str = "/usr/sbin/dovecot";

/// The password of alice and of bob.
pub const PASSWORD: &str = "Wunder-land.42";

/// A running Dovecot.
pub struct Dovecot {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    _daemon: Daemon,
}

impl Dovecot {
    /// Whether it can be started at all.
    pub fn installed() -> bool {
        Path::new(PROGRAM).exists() && Path::new("/usr/lib/dovecot/pop3").exists()
    }

    /// Starts it and waits for its greeting.
    pub fn start(mailboxes: &Mailboxes) -> Self {
        let root = mailboxes.path().join("dovecot");
        let ((), daemon, port) = on_free_port("dovecot", |port, token| {
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(root.join("run")).expect("the folder is ours");
            fs::write(root.join("users"), users()).expect("the folder is ours");
            let file = root.join("dovecot.conf");
            fs::write(&file, configuration(&root, mailboxes.path(), port, token)).expect("the folder is ours");
            let file = file.display().to_string();
            (
                (),
                Daemon::start(PROGRAM, &["-F", "-c", &file], &root.join("start.log"))
                    .expect("every system has a shell"),
            )
        });
        Self { port, _daemon: daemon }
    }
}

fn users() -> String {
    ["alice", "bob"].map(|user| format!("{user}:{{PLAIN}}{PASSWORD}:{OWNER}:{OWNER}::\n")).concat()
}

fn configuration(root: &Path, shared: &Path, port: u16, token: &str) -> String {
    let (root, shared) = (root.display(), shared.display());
    format!(
        "protocols = pop3
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
login_greeting = {token}
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = {OWNER}
mail_location = maildir:{shared}/mail/%n/Maildir
mail_max_userip_connections = 0
passdb {{
  driver = passwd-file
  args = username_format=%n {root}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {root}/users
  default_fields = home={shared}/mail/%n
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"
    )
}
