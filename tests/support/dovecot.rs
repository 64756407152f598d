//! A Dovecot of our own that shows the shared Maildirs by POP3 on ports of loopback.

use std::cell::Cell;
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use super::certificates::Certificates;
use super::daemon::{Daemon, on_free_port};
use super::mailboxes::{Mailboxes, OWNER};
use super::wait;

const PROGRAM: &str = "/usr/sbin/dovecot";
const LMTP: &str = "/usr/lib/dovecot/lmtp";

/// The password of alice and of bob.
pub const PASSWORD: &str = "Wunder-land.42";

/// A running Dovecot.
pub struct Dovecot {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// Where it listens with TLS from the first octet; 0 without TLS.
    pub tls_port: u16,
    root: PathBuf,
    _daemon: Daemon,
}

/// What a Dovecot with TLS speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// TLS 1.3, as it would by itself.
    Newest,
    /// TLS 1.2 and nothing newer.
    Tls12,
}

impl Dovecot {
    /// Whether it can be started at all.
    pub fn installed() -> bool {
        Path::new(PROGRAM).exists() && Path::new("/usr/lib/dovecot/pop3").exists()
    }

    /// Starts it and waits for its greeting.
    pub fn start(mailboxes: &Mailboxes) -> Self {
        let more = "ssl = no\ndisable_plaintext_auth = no\nauth_mechanisms = plain login\n";
        Self::start_with(mailboxes, "dovecot", |_| more.to_owned())
    }

    /// Starts one with TLS, all its mechanisms, and a socket by which Postfix asks who may sign in. `certificate`: the
    /// name of one in `certificates`.
    pub fn start_secure(mailboxes: &Mailboxes, certificates: &Certificates, certificate: &str, speaks: Speaks) -> Self {
        let pair = certificates.path(certificate).display().to_string();
        let name = format!("dovecot-{certificate}-{speaks:?}");
        Self::start_with(mailboxes, &name, |root| secure_settings(root, &pair, speaks))
    }

    /// Starts one that also takes mail by LMTP, for alice and bob. Gives the port of that too. `None`, and why, where its
    /// LMTP is not installed; where `CI=true` promises it, its absence is a failure.
    pub fn start_lmtp(mailboxes: &Mailboxes) -> Option<(Self, u16)> {
        if !Path::new(LMTP).exists() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI=true, but Dovecot has no LMTP");
            let _ = writeln!(std::io::stderr(), "skipped: Dovecot's LMTP is not installed");
            return None;
        }
        let port = Cell::new(0);
        let dovecot = Self::start_with(mailboxes, "dovecot-lmtp", |_| {
            port.set(wait::free_port());
            lmtp_settings(port.get())
        });
        wait::until("Dovecot's LMTP to listen", || TcpStream::connect(("127.0.0.1", port.get())).ok());
        Some((dovecot, port.get()))
    }

    /// What it wrote about itself so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.root.join("dovecot.log")).unwrap_or_default()
    }

    /// The socket by which Postfix asks who may sign in.
    pub fn sasl_socket(&self) -> PathBuf {
        self.root.join("run/auth-postfix")
    }

    fn start_with(mailboxes: &Mailboxes, name: &str, more: impl Fn(&Path) -> String) -> Self {
        let root = mailboxes.path().join(name);
        let (tls_port, daemon, port) = on_free_port("dovecot", |port, token| {
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(root.join("run")).expect("the folder is ours");
            fs::write(root.join("users"), users()).expect("the folder is ours");
            let file = root.join("dovecot.conf");
            let more = more(&root);
            let tls_port = if more.contains("ssl_cert") { wait::free_port() } else { 0 };
            let text = configuration(&root, mailboxes.path(), [port, tls_port], token, &more);
            fs::write(&file, text).expect("the folder is ours");
            let file = file.display().to_string();
            (
                tls_port,
                Daemon::start(PROGRAM, &["-F", "-c", &file], &root.join("start.log"))
                    .expect("every system has a shell"),
            )
        });
        Self { port, tls_port, root, _daemon: daemon }
    }
}

fn users() -> String {
    ["alice", "bob"].map(|user| format!("{user}:{{PLAIN}}{PASSWORD}:{OWNER}:{OWNER}::\n")).concat()
}

/// TLS and every mechanism that Dovecot 2.3 has without other services. In the same folder an OpenSSL configuration,
/// as Dovecot itself can only be told which version is the oldest.
fn secure_settings(root: &Path, certificate: &str, speaks: Speaks) -> String {
    let newest = if speaks == Speaks::Tls12 { "TLSv1.2" } else { "TLSv1.3" };
    let openssl = format!(
        "openssl_conf = first\n[first]\nssl_conf = second\n[second]\nsystem_default = third\n[third]\nMaxProtocol = \
         {newest}\n"
    );
    fs::write(root.join("openssl.cnf"), openssl).expect("the folder is ours");
    let root = root.display();
    format!(
        "ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
ssl_min_protocol = TLSv1.2
import_environment = TZ OPENSSL_CONF={root}/openssl.cnf
disable_plaintext_auth = yes
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 apop
service auth {{
  unix_listener {root}/run/auth-postfix {{
    mode = 0666
  }}
}}
"
    )
}

fn lmtp_settings(port: u16) -> String {
    format!(
        "ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
protocols = pop3 lmtp
postmaster_address = postmaster@example.test
service lmtp {{
  executable = {LMTP}
  inet_listener lmtp {{
    port = {port}
  }}
}}
"
    )
}

fn configuration(root: &Path, shared: &Path, [port, tls_port]: [u16; 2], token: &str, more: &str) -> String {
    let (root, shared) = (root.display(), shared.display());
    format!(
        "protocols = pop3
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
login_greeting = {token}
{more}auth_failure_delay = 0
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
    port = {tls_port}
    ssl = yes
  }}
}}
"
    )
}
