//! The embedded server against clients that are not ours: Python's smtplib and poplib, curl, and swaks, msmtp and
//! mpop where they are installed. TLS and sign-ins: [`secure`] with a client of our own, [`clients`] with theirs.

#[path = "sandbox/client.rs"]
mod client;
#[path = "sandbox/clients.rs"]
mod clients;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/mechanisms.rs"]
mod mechanisms;
#[path = "sandbox/secure.rs"]
mod secure;

use std::io;
use std::net::SocketAddr;
use std::process::{Output, Stdio};
use std::time::Duration;

use telepost::sandbox::{Fault, Limits, Options, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

const PATIENCE: Duration = Duration::from_mins(1);

async fn sandbox() -> Sandbox {
    Sandbox::start(Options { samples: false, ..Options::default() }).await.expect("free ports on loopback")
}

/// Runs a program to its end with `input`. `None` when it is not installed.
async fn run(program: &str, arguments: &[&str], input: &[u8]) -> Option<Output> {
    let spawned = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        spawned => spawned.expect("the program starts"),
    };
    let mut stdin = child.stdin.take().expect("stdin is piped");
    // A client that does not read its input closes it; that is no failure of the test.
    let _closed = stdin.write_all(input).await;
    drop(stdin);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    Some(output.unwrap_or_else(|_| panic!("{program} hangs")).expect("its output is read"))
}

/// As [`run`] for a client that every test machine has; its exit status must be 0.
async fn run_well(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(program, arguments, input).await.unwrap_or_else(|| panic!("{program} is needed for this test"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{said}\n{errors}", output.status);
    output.stdout
}

/// Runs a script with `smtp` and `pop3` ports, and the path of the CA certificate, as `sys.argv[1:]`.
async fn python(sandbox: &Sandbox, script: &str, input: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ca = ca_file(sandbox, &folder);
    let ports = [sandbox.smtp(), sandbox.pop3(), sandbox.smtps(), sandbox.pop3s()].map(|at| at.port().to_string());
    let start =
        "import sys\nSMTP, POP3, SMTPS, POP3S = map(int, sys.argv[1:5])\nCA = sys.argv[5]\nHOST = '127.0.0.1'\n";
    let script = format!("{start}{script}");
    let arguments = [&["-c", &script], &ports.each_ref().map(String::as_str)[..], &[&ca]].concat();
    run_well("python3", &arguments, input).await
}

/// Writes the certificate to trust into `folder`.
fn ca_file(sandbox: &Sandbox, folder: &tempfile::TempDir) -> String {
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, sandbox.ca_pem()).expect("the folder is ours");
    path.to_str().expect("a plain path").to_owned()
}

/// The body of the only letter of `user`, as stored.
fn only_body(sandbox: &Sandbox, user: &str) -> Vec<u8> {
    let letters = sandbox.mailbox(user);
    assert_eq!(letters.len(), 1, "letters of {user}");
    letters[0].body().octets().to_vec()
}

fn assert_same(got: &[u8], expected: &[u8]) {
    let place = got.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(got.len().min(expected.len()));
    let near = |bytes: &[u8]| bytes[place.saturating_sub(20)..bytes.len().min(place + 40)].escape_ascii().to_string();
    assert!(got == expected, "differ at {place}: {} | {}", near(got), near(expected));
}

/// Dots at line starts, octets above 127, a line of 900, an empty line at the end.
fn awkward_mail() -> Vec<u8> {
    let mut mail = b"From: ada@sandbox.test\r\nTo: bob@sandbox.test\r\nSubject: dots\r\n\r\n".to_vec();
    mail.extend_from_slice(b".\r\n..\r\n...three\r\n. one\r\nnot .\r\n");
    mail.extend_from_slice("Gr\u{fc}\u{df}e \u{1f44d}\r\n".as_bytes());
    mail.extend_from_slice(b"latin \xe4\xf6\xfc\xff\r\n");
    mail.extend_from_slice(&[b'x'; 900]);
    mail.extend_from_slice(b"\r\nlast\r\n\r\n");
    mail
}

const RETRIEVE_ALL: &str = "
import poplib
box = poplib.POP3(HOST, POP3, timeout=20)
box.user('bob'); box.pass_('opensesame')
for number in range(1, box.stat()[0] + 1):
    sys.stdout.buffer.write(b'\\r\\n'.join(box.retr(number)[1]) + b'\\r\\n')
box.quit()
";

/// 2 MiB, with and without dots at line starts.
fn big_mail(line: &str) -> Vec<u8> {
    [b"Subject: big\r\n\r\n".to_vec(), format!("{line}{}\r\n", "x".repeat(70)).repeat(28_000).into_bytes()].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_curl_sends_poplib_and_curl_read_back_octet_for_octet() {
    for mail in [awkward_mail(), big_mail("."), big_mail("a.")] {
        let sandbox = sandbox().await;
        let url = format!("smtp://{}", sandbox.smtp());
        let envelope = ["--mail-from", "ada@sandbox.test", "--mail-rcpt", "bob@sandbox.test"];
        run_well("curl", &[&["-sS", &url, "-T", "-"], &envelope[..]].concat(), &mail).await;
        sandbox.store().wait_delivered(1).await;
        assert_same(&only_body(&sandbox, "bob"), &mail);

        let letter = sandbox.mailbox("bob")[0].to_vec();
        assert!(letter.starts_with(b"Return-Path: <ada@sandbox.test>\r\nDelivered-To: bob@sandbox.test\r\nReceived: "));
        assert_same(&python(&sandbox, RETRIEVE_ALL, b"").await, &letter);
        let url = format!("pop3://{}/1", sandbox.pop3());
        assert_same(&run_well("curl", &["-sS", "-u", "bob:opensesame", &url], b"").await, &letter);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn smtplib_delivers_to_two_users_and_each_refusal_keeps_its_code() {
    let sandbox = sandbox().await;
    let script = "
import smtplib
mail = b'From: a\\r\\nSubject: both\\r\\n\\r\\nHello\\r\\n'
server = smtplib.SMTP(HOST, SMTP, local_hostname='lab.test', timeout=20)
assert server.ehlo()[0] == 250 and server.esmtp_features['size'] == '33554432', server.esmtp_features
for feature in ('pipelining', '8bitmime', 'enhancedstatuscodes', 'smtputf8'):
    assert server.has_extn(feature), feature
assert server.has_extn('starttls') and server.esmtp_features['auth'].split() == ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'CRAM-MD5']
assert server.sendmail('ada@sandbox.test', ['ada@sandbox.test', 'bob@sandbox.test'], mail) == {}
refused = server.sendmail('ada@sandbox.test', ['bob@sandbox.test', 'eve@sandbox.test', 'x@elsewhere.example',
    'greylist@sandbox.test', 'full@sandbox.test'], mail)
codes = {address: (code, text.split()[0]) for address, (code, text) in refused.items()}
assert codes == {'eve@sandbox.test': (550, b'5.1.1'), 'x@elsewhere.example': (550, b'5.7.1'),
    'greylist@sandbox.test': (451, b'4.7.1'), 'full@sandbox.test': (452, b'4.2.2')}, codes
try:
    server.sendmail('x@nowhere.invalid', ['bob@sandbox.test'], mail)
    assert False, 'a sender that cannot exist was taken'
except smtplib.SMTPSenderRefused as error:
    assert error.smtp_code == 501 and error.smtp_error.startswith(b'5.1.8'), error
server.ehlo_or_helo_if_needed()
assert server.docmd('RCPT', 'TO:<bob@sandbox.test>')[0] == 503
assert server.docmd('STARTTLS', 'now')[0] == 501
assert server.docmd('hello', 'lab.test') == (500, b'5.5.1 hello: unknown command; did you mean HELO?')
assert server.sendmail('', ['postmaster@sandbox.test'], mail) == {}
assert server.vrfy('bob')[0] in (250, 550)
assert server.quit()[0] == 221
";
    python(&sandbox, script, b"").await;
    assert_eq!(sandbox.delivered(), 3);
    assert_eq!((sandbox.mailbox("ada").len(), sandbox.mailbox("bob").len()), (2, 2));
    assert!(sandbox.mailbox("bob")[0].trace().windows(14).any(|window| window == b"from lab.test "));
}

#[tokio::test(flavor = "multi_thread")]
async fn poplib_marks_resets_and_deletes() {
    let sandbox = Sandbox::start(Options::default()).await.expect("free ports on loopback");
    let before = sandbox.mailbox("ada").len();
    let script = "
import poplib
def log_in():
    box = poplib.POP3(HOST, POP3, timeout=20)
    box.user('ada'); box.pass_('opensesame')
    return box
def refused(call, *arguments):
    try:
        call(*arguments)
    except poplib.error_proto as error:
        return error.args[0]
    assert False, (call, arguments)
box = log_in()
assert box.capa()['IMPLEMENTATION'] == ['telepost-sandbox'] and 'STLS' in box.capa()
count, octets = box.stat()
uids = [line.split()[1] for line in box.uidl()[1]]
assert len(set(uids)) == count
other = poplib.POP3(HOST, POP3, timeout=20)
other.user('ada')
assert refused(other.pass_, 'wrong').startswith(b'-ERR [AUTH]')
other.user('ada')
assert refused(other.pass_, 'opensesame').startswith(b'-ERR [IN-USE]')
whole = box.retr(1)[1]
empty = whole.index(b'')
assert box.top(1, 0)[1] == whole[:empty + 1]
assert box.top(1, 2)[1] == whole[:empty + 3]
box.dele(1)
assert refused(box.retr, 1).startswith(b'-ERR')
assert box.stat()[0] == count - 1 and len(box.list()[1]) == count - 1
box.rset()
assert box.stat() == (count, octets)
box.dele(2)
box.close()
while True:
    try:
        box = log_in()
        break
    except poplib.error_proto as error:
        assert b'IN-USE' in error.args[0], error
assert box.stat() == (count, octets)
box.dele(1)
box.quit()
box = log_in()
assert [line.split()[1] for line in box.uidl()[1]] == uids[1:]
box.quit()
";
    python(&sandbox, script, b"").await;
    assert_eq!(sandbox.mailbox("ada").len(), before - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_meets_the_size_limit_and_still_ends_politely() {
    let limits = Limits { message: 10_000, ..Limits::default() };
    let sandbox = Sandbox::start(Options { limits, samples: false, ..Options::default() }).await.unwrap();
    let url = format!("smtp://{}", sandbox.smtp());
    let arguments =
        ["-sS", "-v", &url, "-T", "-", "--mail-from", "ada@sandbox.test", "--mail-rcpt", "bob@sandbox.test"];
    let mail = [b"Subject: big\r\n\r\n".to_vec(), b"0123456789\r\n".repeat(1_000)].concat();
    let output = run("curl", &arguments, &mail).await.expect("curl is needed for this test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("552 5.3.4"), "{said}");
    assert!(sandbox.store().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_connections_at_once_lose_nothing() {
    let sandbox = sandbox().await;
    let script = "
import smtplib, threading
def send(worker):
    server = smtplib.SMTP(HOST, SMTP, timeout=20)
    for number in range(20):
        server.sendmail('ada@sandbox.test', ['bob@sandbox.test'], f'Subject: {worker}.{number}\\r\\n\\r\\nx\\r\\n')
    server.quit()
workers = [threading.Thread(target=send, args=(worker,)) for worker in range(10)]
for worker in workers: worker.start()
for worker in workers: worker.join()
";
    python(&sandbox, script, b"").await;
    sandbox.store().wait_delivered(200).await;
    let letters = sandbox.mailbox("bob");
    let mut bodies: Vec<&[u8]> = letters.iter().map(|letter| letter.body().octets()).collect();
    bodies.sort_unstable();
    bodies.dedup();
    let mut uids: Vec<&str> = letters.iter().map(|letter| letter.uid()).collect();
    uids.sort_unstable();
    uids.dedup();
    assert_eq!((bodies.len(), uids.len()), (200, 200));
}

async fn dialogue(address: SocketAddr, input: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the sandbox listens");
    stream.write_all(input).await.expect("the sandbox reads");
    let mut said = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said))
        .await
        .expect("the server closes")
        .expect("and does not reset");
    String::from_utf8(said).expect("replies are UTF-8")
}

#[tokio::test]
async fn pipelined_batches_are_answered_in_order_and_to_the_end() {
    let sandbox = sandbox().await;
    let mail = "MAIL FROM:<>\r\nRCPT TO:<bob@sandbox.test>\r\nDATA\r\nSubject: x\r\n\r\ntext\r\n.\r\n".repeat(500);
    let said = dialogue(sandbox.smtp(), format!("EHLO lab.test\r\n{mail}QUIT\r\nignored\r\n").as_bytes()).await;
    assert_eq!(said.matches("\r\n250 2.0.0 queued as ").count(), 500);
    assert!(said.ends_with("closes the channel\r\n"));
    let retrievals = (1..=500).map(|number| format!("RETR {number}\r\n")).collect::<Vec<_>>().concat().repeat(4);
    let log_in = "USER bob\r\nPASS opensesame\r\n";
    let said = dialogue(sandbox.pop3(), format!("{log_in}{retrievals}QUIT\r\nignored\r\n").as_bytes()).await;
    assert_eq!(said.matches("\r\ntext\r\n.\r\n").count(), 2_000);
    assert!(said.ends_with("(0 deleted, 500 left)\r\n"));
}

#[tokio::test]
async fn commands_behind_a_refused_starttls_stay_in_clear() {
    let options = Options { samples: false, faults: vec![Fault::NoStarttls], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let said = dialogue(sandbox.smtp(), b"EHLO a\r\nSTARTTLS\r\nMAIL FROM:<ada@sandbox.test>\r\nQUIT\r\n").await;
    assert!(
        !said.contains("STARTTLS\r\n") && said.contains("\r\n502 5.5.1 ") && said.contains("\r\n250 2.1.0 "),
        "{said}"
    );
    let said = dialogue(sandbox.pop3(), b"STLS\r\nUSER bob\r\nQUIT\r\n").await;
    let starts: Vec<&str> = said.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(starts, ["+OK", "-ERR", "+OK", "+OK"], "{said}");
}

#[tokio::test]
async fn silent_and_surplus_clients_are_sent_away() {
    let limits = Limits { idle: Duration::from_millis(50), connections: 1, ..Limits::default() };
    let sandbox = Sandbox::start(Options { limits, ..Options::default() }).await.unwrap();
    let mut first = TcpStream::connect(sandbox.smtp()).await.unwrap();
    let mut byte = [0];
    first.read_exact(&mut byte).await.unwrap();
    let surplus = dialogue(sandbox.smtp(), b"").await;
    assert!(surplus.starts_with("421 4.3.2 "), "{surplus}");
    let mut said = String::new();
    first.read_to_string(&mut said).await.unwrap();
    assert!(said.ends_with("idle for too long\r\n") && said.contains("\r\n421 4.4.2 "), "{said}");
    let said = dialogue(sandbox.pop3(), b"").await;
    assert!(said.starts_with("+OK telepost sandbox POP3 ready <") && said.lines().count() == 1, "{said}");
}

#[tokio::test]
async fn dropping_the_sandbox_ends_every_session() {
    let sandbox = sandbox().await;
    let mut streams = Vec::new();
    for address in [sandbox.smtp(), sandbox.pop3()] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        streams.push(stream);
    }
    drop(sandbox);
    for mut stream in streams {
        let end = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
        end.expect("the line is closed").ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn swaks_sends_and_reads_the_refusals() {
    let sandbox = sandbox().await;
    let server = sandbox.smtp().to_string();
    let base = ["--server", &server, "--from", "ada@sandbox.test", "--helo", "lab.test"];
    let good = [&base[..], &["--to", "bob@sandbox.test", "--pipeline"]].concat();
    let Some(output) = run("swaks", &good, b"").await else {
        eprintln!("skipped: no swaks");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(sandbox.mailbox("bob").len(), 1);
    for (recipient, code) in [("eve@sandbox.test", "550 5.1.1"), ("greylist@sandbox.test", "451 4.7.1")] {
        let output = run("swaks", &[&base[..], &["--to", recipient]].concat(), b"").await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(24), "{said}");
        assert!(said.contains(code), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn msmtp_sends() {
    let sandbox = sandbox().await;
    let port = format!("--port={}", sandbox.smtp().port());
    let arguments =
        ["--host=127.0.0.1", &port, "--tls=off", "--auth=off", "--from=ada@sandbox.test", "bob@sandbox.test"];
    let mail = awkward_mail();
    let Some(output) = run("msmtp", &arguments, &mail).await else {
        eprintln!("skipped: no msmtp");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let stored = only_body(&sandbox, "bob");
    let text = |mail: &[u8]| mail.windows(4).position(|window| window == b"\r\n\r\n").map(|at| mail[at..].to_vec());
    assert_same(&text(&stored).unwrap(), &text(&mail).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn mpop_fetches_and_deletes() {
    let sandbox = Sandbox::start(Options::default()).await.expect("free ports on loopback");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().expect("a plain path").to_owned();
    for part in ["", "/new", "/cur", "/tmp"] {
        std::fs::create_dir(path(&format!("box{part}"))).unwrap();
    }
    let config = format!(
        "account default\nhost 127.0.0.1\nport {}\nuser ada\npasswordeval echo {}\nauth user\ntls off\nkeep off\n\
         uidls_file {}\ndelivery maildir {}\n",
        sandbox.pop3().port(),
        sandbox.password(),
        path("uidls"),
        path("box"),
    );
    std::fs::write(path("mpoprc"), config).unwrap();
    let count = sandbox.mailbox("ada").len();
    let Some(output) = run("mpop", &["-C", &path("mpoprc"), "-a"], b"").await else {
        eprintln!("skipped: no mpop");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_dir(path("box/new")).unwrap().count(), count);
    assert!(sandbox.mailbox("ada").is_empty());
}
