//! TLS and sign-ins of the sandbox with clients that are not ours: Python, curl, openssl, and swaks and msmtp where
//! they are installed.

use super::{awkward_mail, ca_file, python, run, run_well, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn smtplib_signs_in_with_every_mechanism_it_knows() {
    let sandbox = sandbox().await;
    let script = "
import smtplib, ssl
trust = ssl.create_default_context(cafile=CA)
mail = b'Subject: x\\r\\n\\r\\nHello\\r\\n'
def lines():
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        trust.minimum_version = trust.maximum_version = version
        server = smtplib.SMTP(HOST, SMTP, local_hostname='lab.test', timeout=20)
        server.starttls(context=trust)
        yield server
        yield smtplib.SMTP_SSL(HOST, SMTPS, local_hostname='lab.test', context=trust, timeout=20)
count = 0
for mechanism in ('PLAIN', 'LOGIN', 'CRAM-MD5'):
    for initial in (True, False):
        for server in lines():
            server.ehlo()
            assert not server.has_extn('starttls') and mechanism in server.esmtp_features['auth'].split()
            server.user, server.password = 'ada', 'wrong'
            method = getattr(server, 'auth_' + mechanism.lower().replace('-', '_'))
            try:
                server.auth(mechanism, method, initial_response_ok=initial)
                assert False, 'a wrong password was taken'
            except smtplib.SMTPAuthenticationError as error:
                assert error.smtp_code == 535 and error.smtp_error.startswith(b'5.7.8'), error
            server.password = 'opensesame'
            assert server.auth(mechanism, method, initial_response_ok=initial)[0] == 235
            assert server.docmd('AUTH', 'PLAIN')[0] == 503
            assert server.sendmail('ada@sandbox.test', ['bob@sandbox.test'], mail) == {}
            server.quit()
            count += 1
clear = smtplib.SMTP(HOST, SMTP, local_hostname='lab.test', timeout=20)
clear.ehlo()
assert clear.docmd('AUTH', 'PLAIN AGFkYQBvcGVuc2VzYW1l')[0] == 538
assert clear.login('ada', 'opensesame')[0] == 235, 'CRAM-MD5 is offered in clear'
clear.quit()
print(count)
";
    let count = python(&sandbox, script, b"").await;
    assert_eq!(count.trim_ascii(), b"24");
    assert_eq!(sandbox.delivered(), 24);
    let trace = String::from_utf8_lossy(sandbox.mailbox("bob")[0].trace()).into_owned();
    assert!(trace.contains("with ESMTPSA id "), "{trace}");
}

#[tokio::test(flavor = "multi_thread")]
async fn poplib_logs_in_over_stls_and_pop3s_and_with_apop() {
    let sandbox = sandbox().await;
    let script = "
import poplib, ssl
trust = ssl.create_default_context(cafile=CA)
upgraded = poplib.POP3(HOST, POP3, timeout=20)
assert 'STLS' in upgraded.capa() and 'SASL' in upgraded.capa()
upgraded.stls(context=trust)
assert 'STLS' not in upgraded.capa() and 'SCRAM-SHA-256-PLUS' in upgraded.capa()['SASL']
for box in (upgraded, poplib.POP3_SSL(HOST, POP3S, context=trust, timeout=20)):
    box.user('bob')
    box.pass_('opensesame')
    assert box.stat() == (0, 0)
    box.quit()
box = poplib.POP3(HOST, POP3, timeout=20)
try:
    box.apop('bob', 'wrong')
    assert False, 'a wrong password was taken'
except poplib.error_proto as error:
    assert error.args[0].startswith(b'-ERR [AUTH]'), error
box.apop('bob', 'opensesame')
box.quit()
";
    python(&sandbox, script, b"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_sends_and_reads_with_tls_required() {
    let folder = tempfile::tempdir().unwrap();
    let mail = awkward_mail();
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL"] {
        let sandbox = sandbox().await;
        let ca = ca_file(&sandbox, &folder);
        let login = format!("AUTH={mechanism}");
        let user = if mechanism == "EXTERNAL" { "ada:" } else { "ada:opensesame" };
        let base = ["-sS", "--ssl-reqd", "--cacert", &ca, "--login-options", &login, "-u", user];
        for url in [format!("smtp://{}", sandbox.smtp()), format!("smtps://{}", sandbox.smtps())] {
            let envelope = ["--mail-from", "ada@sandbox.test", "--mail-rcpt", "ada@sandbox.test", "-T", "-", &url];
            run_well("curl", &[&base[..], &envelope].concat(), &mail).await;
        }
        assert_eq!(sandbox.mailbox("ada").len(), 2, "{mechanism}");
        let letter = sandbox.mailbox("ada")[0].to_vec();
        for url in [format!("pop3://{}/1", sandbox.pop3()), format!("pop3s://{}/1", sandbox.pop3s())] {
            let read = run_well("curl", &[&base[..], &[&url]].concat(), b"").await;
            super::assert_same(&read, &letter);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_signs_in_with_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox().await;
    let ca = ca_file(&sandbox, &folder);
    let url = format!("smtp://{}", sandbox.smtp());
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let login = format!("AUTH={mechanism}");
        for (token, works) in [("sandbox-token", true), ("stale", false)] {
            let arguments = [
                "-sS",
                "--ssl-reqd",
                "--cacert",
                &ca,
                "--login-options",
                &login,
                "-u",
                "ada",
                "--oauth2-bearer",
                token,
                "--mail-from",
                "ada@sandbox.test",
                "--mail-rcpt",
                "bob@sandbox.test",
                "-T",
                "-",
                &url,
            ];
            let output =
                run("curl", &arguments, b"Subject: x\r\n\r\nx\r\n").await.expect("curl is needed for this test");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), works, "{mechanism} {token}: {said}");
        }
    }
    assert_eq!(sandbox.delivered(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_trusts_the_authority_and_checks_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox().await;
    let ca = ca_file(&sandbox, &folder);
    let clear = [("smtp", sandbox.smtp()), ("pop3", sandbox.pop3())].map(|(word, at)| (Some(word), at));
    for (starttls, address) in clear.into_iter().chain([(None, sandbox.smtps()), (None, sandbox.pop3s())]) {
        for (name, works) in [("sandbox.test", true), ("elsewhere.test", false)] {
            let address = address.to_string();
            let base = ["s_client", "-connect", &address, "-CAfile", &ca, "-verify_return_error", "-quiet"];
            let mut arguments = [&base[..], &["-verify_hostname", name]].concat();
            arguments.extend(starttls.iter().flat_map(|word| ["-starttls", word]));
            let Some(output) = run("openssl", &arguments, b"QUIT\r\n").await else {
                eprintln!("skipped: no openssl");
                return;
            };
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), works, "{starttls:?} {name}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn swaks_signs_in_over_tls() {
    let sandbox = sandbox().await;
    let server = sandbox.smtp().to_string();
    let base = ["--server", &server, "--from", "ada@sandbox.test", "--to", "bob@sandbox.test", "--helo", "lab.test"];
    let secret = ["--auth-user", "ada", "--auth-password", "opensesame"];
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5"] {
        let arguments = [&base[..], &secret, &["--tls", "--auth", mechanism]].concat();
        let Some(output) = run("swaks", &arguments, b"").await else {
            eprintln!("skipped: no swaks");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        if said.contains("not available") || errors.contains("not available") {
            eprintln!("skipped: swaks lacks a module for {mechanism} or TLS");
            continue;
        }
        assert!(output.status.success() && said.contains("235 2.7.0 Signed in as ada"), "{mechanism}: {said}{errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn msmtp_signs_in_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = sandbox().await;
    let ca = format!("--tls-trust-file={}", ca_file(&sandbox, &folder));
    let mut sent = 0;
    for (starttls, port) in [("on", sandbox.smtp().port()), ("off", sandbox.smtps().port())] {
        for mechanism in ["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "oauthbearer", "xoauth2"] {
            let secret = if mechanism.contains("auth") { "sandbox-token" } else { "opensesame" };
            let arguments = [
                "--host=127.0.0.1",
                &format!("--port={port}"),
                "--tls=on",
                &format!("--tls-starttls={starttls}"),
                &ca,
                &format!("--auth={mechanism}"),
                "--user=ada",
                &format!("--passwordeval=echo {secret}"),
                "--from=ada@sandbox.test",
                "bob@sandbox.test",
            ];
            let Some(output) = run("msmtp", &arguments, b"Subject: x\r\n\r\nx\r\n").await else {
                eprintln!("skipped: no msmtp");
                return;
            };
            let errors = String::from_utf8_lossy(&output.stderr);
            if errors.contains("support for authentication method") || errors.contains("not supported by") {
                eprintln!("skipped: this msmtp lacks {mechanism}: {errors}");
                continue;
            }
            assert!(output.status.success(), "{mechanism}: {errors}");
            sent += 1;
        }
    }
    assert_eq!(sandbox.delivered(), sent);
}
