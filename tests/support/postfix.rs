//! A Postfix of our own: all its files in the folder of the tests, its ports on loopback, nothing of the machine's.
//! It takes mail for alice and bob @example.test and refuses everyone else.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::certificates::Certificates;
use super::daemon::{Daemon, on_free_port};
use super::mailboxes::{Mailboxes, OWNER};
use super::wait;

const MASTER: &str = "/usr/lib/postfix/sbin/master";

/// The doors of a Postfix with TLS, each with the services of `master.cf` that make it. All but `stranger` let in only
/// who signed in.
const DOORS: [(&str, &str); 8] = [
    // STARTTLS; AUTH inside only.
    ("starttls", ""),
    ("starttls-1.2", "-o smtpd_tls_security_level=encrypt -o smtpd_tls_mandatory_protocols=<=TLSv1.2"),
    ("smtps", "-o smtpd_tls_wrappermode=yes -o smtpd_tls_mandatory_protocols=>=TLSv1.3"),
    ("no-tls", "-o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no"),
    ("expired", "-o smtpd_tls_chain_files=$tests_certificates/expired"),
    ("other-host", "-o smtpd_tls_chain_files=$tests_certificates/other-host"),
    ("self-signed", "-o smtpd_tls_wrappermode=yes -o smtpd_tls_chain_files=$tests_certificates/self-signed"),
    (
        "client-certificate",
        "-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt -o smtpd_tls_ask_ccert=yes \
         -o smtpd_tls_req_ccert=yes -o smtpd_tls_CAfile=$tests_certificates/ca.pem -o smtpd_sasl_auth_enable=no \
         -o smtpd_recipient_restrictions=",
    ),
];

/// A running Postfix.
pub struct Postfix {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// The ports of its doors, by their names; none without TLS.
    doors: Vec<(&'static str, u16)>,
    log: PathBuf,
    _daemon: Daemon,
}

impl Postfix {
    /// Whether it can be started at all.
    pub fn installed() -> bool {
        Path::new(MASTER).exists()
    }

    /// Starts it and waits for its greeting.
    pub fn start(mailboxes: &Mailboxes) -> Self {
        Self::start_with(mailboxes, "", &[])
    }

    /// Starts one with TLS and sign-in, which asks the Dovecot whose socket is given.
    pub fn start_secure(mailboxes: &Mailboxes, certificates: &Certificates, sasl: &Path) -> Self {
        let folder = certificates.path("");
        let main = format!(
            "tests_certificates = {}
smtpd_tls_chain_files = $tests_certificates/good
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {}
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
",
            folder.display().to_string().trim_end_matches('/'),
            sasl.display(),
        );
        Self::start_with(mailboxes, &main, &DOORS)
    }

    /// Starts one that takes mail from anybody in clear, up to 100 MB of it and for alice+anything too, believes XCLIENT, and has the doors `haproxy`, which wants a PROXY
    /// header first, and `ascii`, which does without SMTPUTF8.
    pub fn start_open(mailboxes: &Mailboxes) -> Self {
        let doors = [
            ("haproxy", "-o smtpd_upstream_proxy_protocol=haproxy"),
            ("ascii", "-o smtpd_discard_ehlo_keywords=smtputf8"),
        ];
        let main = "smtpd_authorized_xclient_hosts = 127.0.0.0/8\nmessage_size_limit = 100000000\n\
                    recipient_delimiter = +\n";
        Self::start_with(mailboxes, main, &doors)
    }

    fn start_with(mailboxes: &Mailboxes, main: &str, doors: &[(&'static str, &str)]) -> Self {
        let root = mailboxes.path().join("postfix");
        let ((log, doors), daemon, port) = on_free_port("postfix", |port, token| {
            let _ = fs::remove_dir_all(&root);
            let doors: Vec<_> = doors.iter().map(|(name, options)| (*name, wait::free_port(), *options)).collect();
            let services: String = doors.iter().map(|(_, port, options)| service(*port, options)).collect();
            configure(&root, &main_cf(&root, mailboxes.path(), token, main), &master_cf(port, &services));
            let etc = root.join("etc").display().to_string();
            let daemon =
                Daemon::start(MASTER, &["-c", &etc, "-d"], &root.join("master.log")).expect("every system has a shell");
            let doors = doors.into_iter().map(|(name, port, _)| (name, port)).collect();
            ((root.join("postfix.log"), doors), daemon)
        });
        Self { port, doors, log, _daemon: daemon }
    }

    /// The port of a door.
    pub fn door(&self, name: &str) -> u16 {
        let door = self.doors.iter().find(|(known, _)| *known == name);
        door.unwrap_or_else(|| panic!("there is no door {name}")).1
    }

    /// What it wrote about itself so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for the lines that sum up a connection in which mail was sent (`… ehlo=1 mail=3 rcpt=3 data=3 quit=1 …`).
    pub fn wait_for_connections(&self, count: usize) -> Vec<String> {
        wait::until("Postfix to note the end of a connection", || {
            let log = self.log();
            let ends: Vec<String> = log
                .lines()
                .filter_map(|line| Some(line.split_once(" disconnect from ")?.1))
                .filter(|line| line.contains(" mail="))
                .map(str::to_owned)
                .collect();
            (ends.len() >= count).then_some(ends)
        })
    }
}

/// Makes the folders that Postfix wants, with the owners that it wants.
fn configure(root: &Path, main_cf: &str, master_cf: &str) {
    let (postfix, postdrop) = (account("/etc/passwd", "postfix"), account("/etc/group", "postdrop"));
    for folder in ["etc", "data", "queue/pid"] {
        fs::create_dir_all(root.join(folder)).expect("the folder is ours");
    }
    chown(root.join("data"), Some(postfix), None).expect("the tests run as root");
    let spools = "active bounce corrupt defer deferred flush hold incoming private saved trace";
    for (name, mode) in spools.split(' ').map(|name| (name, 0o700)).chain([("maildrop", 0o730), ("public", 0o710)]) {
        let path = root.join("queue").join(name);
        fs::create_dir(&path).expect("the folder is ours");
        let group = (mode != 0o700).then_some(postdrop);
        chown(&path, Some(postfix), group).expect("the tests run as root");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("the folder is ours");
    }
    // Postfix reads a file again and again while it is younger than a second or two, so this one is made older.
    let past = SystemTime::now() - Duration::from_mins(1);
    for (name, text) in [("etc/main.cf", main_cf), ("etc/master.cf", master_cf)] {
        fs::write(root.join(name), text).expect("the folder is ours");
        let file = fs::File::options().write(true).open(root.join(name)).expect("just written");
        file.set_modified(past).expect("the file is ours");
    }
}

/// The number of an account or a group.
fn account(file: &str, name: &str) -> u32 {
    let text = fs::read_to_string(file).expect("accounts are listed there");
    let line = text.lines().find(|line| line.split(':').next() == Some(name));
    line.and_then(|line| line.split(':').nth(2)?.parse().ok()).unwrap_or_else(|| panic!("{file} does not know {name}"))
}

fn main_cf(root: &Path, shared: &Path, token: &str, more: &str) -> String {
    let (root, mail) = (root.display(), shared.join("mail"));
    let mail = mail.display();
    format!(
        "compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydomain = example.test
mydestination =
mynetworks = 127.0.0.0/8
smtpd_banner = $myhostname ESMTP {token}
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_host_lookup = native
local_header_rewrite_clients =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.test
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ alice@example.test=alice/Maildir/, bob@example.test=bob/Maildir/ }}
virtual_uid_maps = static:{OWNER}
virtual_gid_maps = static:{OWNER}
virtual_mailbox_limit = 0
smtpd_relay_restrictions = reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
{more}"
    )
}

/// One more listening service.
fn service(port: u16, options: &str) -> String {
    format!("127.0.0.1:{port} inet n - n - - smtpd {options}\n")
}

/// The services that receiving and delivering need; none of them in a chroot.
fn master_cf(port: u16, services: &str) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
{services}postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
"
    )
}
