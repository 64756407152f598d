//! A sign-in that is tied to its line (RFC 5802 6, RFC 9266, RFC 5929): the real client against the sandbox's side of
//! SCRAM, and against somebody in between whose certificate the client believes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use sha2::{Digest, Sha256};
use telepost::connection::{Protocol, Report, Submission, Target, Trust};
use telepost::sandbox::outbox::Outbox;
use telepost::sandbox::server::Conversation;
use telepost::sandbox::{Options, PASSWORD, Sandbox, Site, pop3 as practice};
use telepost::sasl::{Mechanism, Progress, SignIn};
use telepost::wire::{Channel, Secret, TlsMode};
use telepost::{connection, pop3};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::samples::{Sample, leaf};
use crate::talk::Talk;
use crate::tls::{NAME, Server, config, provider};

fn options() -> Options {
    Options { samples: false, ..Options::default() }
}

/// Plays the sandbox's POP3 on a line whose encryption is somebody else's business.
async fn play(mut stream: impl AsyncRead + AsyncWrite + Unpin, channel: Channel) {
    let site = Arc::new(Site::new(&options()).unwrap());
    let mut session = practice::Session::new(site, IpAddr::V4(Ipv4Addr::LOCALHOST));
    let (mut out, mut input) = (Outbox::default(), Vec::new());
    session.tls_started(channel);
    session.greet(false, &mut out);
    loop {
        for slice in out.slices() {
            stream.write_all(&slice).await.unwrap();
        }
        stream.flush().await.unwrap();
        out.clear();
        let used = session.receive(&input, &mut out);
        input.drain(..used);
        if used == 0 && !matches!(stream.read_buf(&mut input).await, Ok(1..)) {
            return;
        }
    }
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn sign_in(mechanism: Option<Mechanism>) -> Submission {
    let plan = SignIn::with_password("ada", Secret::new(PASSWORD), "fyko+d2lbbFgONRv9qkxdawL");
    Submission::Pop3(pop3::Command::SignIn(Box::new(SignIn { mechanism, ..plan })))
}

/// Signs in at a port that speaks TLS at once: the last step, and whatever was told of the messages.
async fn signed_in(port: u16, trust: Trust, mechanism: Option<Mechanism>) -> (Progress, String) {
    let mut to = Target::new(Protocol::Pop3, "127.0.0.1", port).with_tls(TlsMode::Implicit);
    (to.tls.trust, to.tls.name) = (trust, Some(NAME.into()));
    let mut talk = Talk::connect(to).await;
    talk.submit(sign_in(mechanism)).await;
    let mut told = String::new();
    loop {
        match talk.next().await {
            Report::Pop3 { notice: pop3::Notice::SignIn(Progress::Decoded { text, .. }), .. } => told += &text,
            Report::Pop3 { notice: pop3::Notice::SignIn(progress), .. } if progress.is_end() => {
                return (progress, told);
            }
            Report::Link { event: connection::LinkEvent::Closed(failure), .. } => panic!("{failure:?}"),
            _ => {}
        }
    }
}

#[track_caller]
fn assert_in(progress: &Progress, mechanism: Mechanism) {
    assert!(matches!(progress, Progress::Accepted { mechanism: by, .. } if *by == mechanism), "{progress:?}");
}

#[tokio::test]
async fn the_plus_form_binds_to_the_exporter_of_either_version() {
    let server = Server::new();
    for version in [&TLS12, &TLS13] {
        for mechanism in [Mechanism::ScramSha256Plus, Mechanism::ScramSha1Plus] {
            let (listener, port) = listener().await;
            let acceptor = TlsAcceptor::from(config(&server.sample, &[version]));
            let serving = tokio::spawn(async move {
                let stream = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
                let line = stream.get_ref().1;
                let exporter = line.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok();
                play(stream, Channel { exporter, end_point: None, ..Channel::default() }).await;
            });
            let (progress, told) = signed_in(port, server.trust(), Some(mechanism)).await;
            assert_in(&progress, mechanism);
            assert!(told.contains("channel binding tls-exporter"), "{told}");
            serving.abort();
        }
    }
}

/// Terminates TLS with a certificate of its own and goes on over TLS of its own to `server`. `edit`: what becomes of
/// what the server says.
async fn in_between(sample: &Sample, server: &Sandbox, edit: fn(Vec<u8>) -> Vec<u8>) -> u16 {
    let (listener, port) = listener().await;
    let acceptor = TlsAcceptor::from(config(sample, &[&TLS13]));
    let (address, connector) = (server.pop3s(), believing(server));
    tokio::spawn(async move {
        let client = acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let name = ServerName::try_from("sandbox.test").unwrap();
        let server = connector.connect(name, TcpStream::connect(address).await.unwrap()).await.unwrap();
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let up = tokio::io::copy(&mut from_client, &mut to_server);
        let down = async {
            // Room for all that is said at once, so that no word is cut before it is edited.
            let mut block = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from_server.read(&mut block).await {
                to_client.write_all(&edit(block[..count].to_vec())).await?;
                to_client.flush().await?;
            }
            Ok::<(), std::io::Error>(())
        };
        let _ = tokio::join!(up, down);
    });
    port
}

fn believing(sandbox: &Sandbox) -> TlsConnector {
    use rustls::pki_types::pem::PemObject as _;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_slice(sandbox.ca_pem().as_bytes()).unwrap()).unwrap();
    let builder = rustls::ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    TlsConnector::from(Arc::new(builder.unwrap().with_root_certificates(roots).with_no_client_auth()))
}

#[tokio::test]
async fn somebody_in_between_whose_certificate_is_believed_gets_nobody_in() {
    let sandbox = Sandbox::start(options()).await.unwrap();
    let theirs = leaf(NAME).self_signed();
    let trust = Trust::Pin(Sha256::digest(&theirs.der).into());
    for mechanism in [None, Some(Mechanism::ScramSha256Plus), Some(Mechanism::ScramSha1Plus)] {
        let port = in_between(&theirs, &sandbox, |said| said).await;
        let (progress, told) = signed_in(port, trust.clone(), mechanism).await;
        assert!(told.contains("channel binding tls-exporter"), "{told}");
        assert!(matches!(progress, Progress::Refused { .. }), "{mechanism:?}: {progress:?}");
    }
    // The same way without the binding is not noticed: it is the binding that does it.
    let port = in_between(&theirs, &sandbox, |said| said).await;
    let (progress, _) = signed_in(port, trust.clone(), Some(Mechanism::ScramSha256)).await;
    assert_in(&progress, Mechanism::ScramSha256);
}

#[tokio::test]
async fn taking_the_plus_forms_from_the_list_is_found_out() {
    let sandbox = Sandbox::start(options()).await.unwrap();
    let theirs = leaf(NAME).self_signed();
    let trust = Trust::Pin(Sha256::digest(&theirs.der).into());
    let port = in_between(&theirs, &sandbox, |said| {
        String::from_utf8(said)
            .unwrap()
            .replace("SCRAM-SHA-256-PLUS ", "")
            .replace("SCRAM-SHA-1-PLUS ", "")
            .into_bytes()
    })
    .await;
    let (progress, told) = signed_in(port, trust, None).await;
    assert!(told.contains("channel binding possible, not offered"), "{told}");
    let refused = matches!(&progress, Progress::Refused { mechanism: Mechanism::ScramSha256, .. });
    assert!(refused, "the server knows what it offered: {progress:?}");
}

#[cfg(target_os = "linux")]
/// OpenSSL as a wall of TLS 1.2 without extended master secret, where an exporter would tie nothing (RFC 9266 2).
/// `None` where there is no OpenSSL.
struct Old {
    child: tokio::process::Child,
    port: u16,
    _folder: tempfile::TempDir,
}

#[cfg(target_os = "linux")]
impl Old {
    async fn start(sample: &Sample) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let settings = "openssl_conf=a\n[a]\nssl_conf=b\n[b]\nsystem_default=c\n[c]\nOptions=-ExtendedMasterSecret\n";
        let settings = file("settings", settings);
        let (certificate, key) = (file("certificate", &sample.pem), file("key", &sample.key_pem));
        // Free a moment ago; nobody else here takes ports at random.
        let port = listener().await.1;
        let mut command = tokio::process::Command::new("openssl");
        command.args(["s_server", "-quiet", "-tls1_2", "-naccept", "1", "-accept", &format!("127.0.0.1:{port}")]);
        command.args(["-cert", &certificate, "-key", &key]).env("OPENSSL_CONF", settings).kill_on_drop(true);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let child = command.stderr(std::process::Stdio::null()).spawn().ok()?;
        Some(Self { child, port, _folder: folder })
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_an_exporter_the_plus_form_binds_to_the_certificate() {
    let server = Server::new();
    for (end_point, is_right) in [(Sha256::digest(&server.sample.der).to_vec(), true), (vec![7; 32], false)] {
        let Some(mut old) = Old::start(&server.sample).await else { return };
        let stream = tokio::io::join(old.child.stdout.take().unwrap(), old.child.stdin.take().unwrap());
        let serving =
            tokio::spawn(play(stream, Channel { exporter: None, end_point: Some(end_point), ..Channel::default() }));
        listening(old.port).await;
        let (progress, told) = signed_in(old.port, server.trust(), Some(Mechanism::ScramSha256Plus)).await;
        assert!(told.contains("channel binding tls-server-end-point"), "{told}");
        assert_eq!(matches!(progress, Progress::Accepted { .. }), is_right, "{progress:?}");
        serving.abort();
    }
}

#[cfg(target_os = "linux")]
/// Waits until somebody listens at the port, without calling there: OpenSSL takes one call only.
async fn listening(port: u16) {
    let sign = format!(":{port:04X} 00000000:0000 0A");
    let listening = async {
        while !std::fs::read_to_string("/proc/net/tcp").unwrap().contains(&sign) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::peer::PATIENCE, listening).await.expect("OpenSSL listens");
}
