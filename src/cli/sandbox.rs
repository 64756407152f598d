//! `telepost sandbox`: the embedded server alone, with faults by name.

mod certificate;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::{Status, Trouble, block_on, print};
use crate::sandbox::{Fault, Options, Sandbox, TOKEN};
use crate::wire::printable;

/// Where it listens, and what it does wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Port for SMTP [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    smtp_port: u16,
    /// Port for POP3 [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pop3_port: u16,
    /// Port for SMTP with TLS from the first octet [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    smtps_port: u16,
    /// Port for POP3 with TLS from the first octet [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pop3s_port: u16,
    /// Write the certificate to trust (PEM) to FILE; only that of an earlier sandbox is written over
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// What to do wrong on purpose; may be given again
    #[arg(long = "fault", value_name = "NAME", value_parser = faults())]
    faults: Vec<Fault>,
    /// Announce XCLIENT, and believe every client that names another one with it
    #[arg(long)]
    xclient: bool,
}

const AFTER_HELP: &str = "\
SMTP announces PIPELINING, SIZE, 8BITMIME, ENHANCEDSTATUSCODES, SMTPUTF8, STARTTLS, AUTH, DSN, CHUNKING, BINARYMIME, \
DELIVERBY, FUTURERELEASE and LIMITS; inside TLS REQUIRETLS too.
greylist@sandbox.test is always put off (451), full@sandbox.test is always full (452), other domains are refused (550). \
Everything stays in memory on this machine.";

fn faults() -> impl TypedValueParser<Value = Fault> {
    let values = Fault::ALL.iter().map(|fault| PossibleValue::new(fault.name()).help(fault.summary()));
    PossibleValuesParser::new(values).try_map(|name| name.parse::<Fault>())
}

/// Runs it until Ctrl-C or SIGTERM.
pub fn run(args: &Args) -> Result<(), Trouble> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let options = Options {
        smtp: at(args.smtp_port),
        pop3: at(args.pop3_port),
        smtps: at(args.smtps_port),
        pop3s: at(args.pop3s_port),
        faults: args.faults.clone(),
        xclient: args.xclient,
        ..Options::default()
    };
    block_on(async {
        let end = end().map_err(|error| Trouble::new(Status::Internal, format!("signals: {error}")))?;
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            Trouble::new(Status::Connect, format!("the sandbox cannot listen: {error}"))
                .advise("choose other ports, or leave the options out for free ones")
        })?;
        if let Some(file) = &args.ca_file {
            certificate::write(file, &sandbox)?;
        }
        print(&welcome(&sandbox, args.ca_file.as_deref()))?;
        end.await;
        Ok(())
    })
}

/// Listens at once; resolves when the process is asked to end.
fn end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// All that a client needs. `ca_file`: where the certificate was written.
fn welcome(sandbox: &Sandbox, ca_file: Option<&Path>) -> String {
    let users = sandbox.users().iter().map(|user| user.address.as_str()).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "SMTP      smtp://{}   (STARTTLS)\n          smtps://{}\n\
         POP3      pop3://{}   (STLS)\n          pop3s://{}\n\
         users     {users}\npassword  {}   (access token: {TOKEN})\n",
        sandbox.smtp(),
        sandbox.smtps(),
        sandbox.pop3(),
        sandbox.pop3s(),
        sandbox.password(),
    );
    if let Some(file) = ca_file {
        text = format!("{text}CA        {}\n", printable::text(&file.to_string_lossy()));
    }
    for fault in sandbox.faults() {
        text = format!("{text}fault     {fault}: {}\n", fault.summary());
    }
    text.push_str(&try_these(sandbox, ca_file));
    text.push_str("Everything stays in memory on this machine. Ctrl-C ends it.\n");
    text
}

/// Lines to be copied into another terminal.
fn try_these(sandbox: &Sandbox, ca_file: Option<&Path>) -> String {
    // Without the file nobody could check the certificate.
    let line = match ca_file {
        Some(file) => format!("--tls require --ca {}", quoted(&printable::text(&file.to_string_lossy()))),
        None => "--tls none --allow-plain-auth".to_owned(),
    };
    let addresses = "--from ada@sandbox.test --to bob@sandbox.test --subject Hello --body Hello";
    format!(
        "\nTry in another terminal:\n  export TELEPOST_PASSWORD={}\n  telepost send smtp://ada@{} {line} {addresses}\n  \
         telepost mailbox list pop3://bob@{} {line}\n\n",
        sandbox.password(),
        sandbox.smtp(),
        sandbox.pop3(),
    )
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    let plain = |sign: char| sign.is_alphanumeric() || "/._-+,".contains(sign);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_welcome_names_what_a_client_needs() {
        let options = Options { faults: vec![Fault::CertExpired, Fault::Auth454], ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let welcome = welcome(&sandbox, Some(Path::new("the-ca.pem")));
        for part in [
            format!("smtp://{}", sandbox.smtp()),
            format!("smtps://{}", sandbox.smtps()),
            format!("pop3://{}", sandbox.pop3()),
            format!("pop3s://{}", sandbox.pop3s()),
            "ada@sandbox.test, bob@sandbox.test".to_owned(),
            sandbox.password().to_owned(),
            TOKEN.to_owned(),
            "the-ca.pem".to_owned(),
            "cert-expired: ".to_owned(),
            "auth-454: ".to_owned(),
        ] {
            assert!(welcome.contains(&part), "{part} in\n{welcome}");
        }
    }

    #[tokio::test]
    async fn the_lines_to_copy_are_good_ones() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        for (file, options) in
            [(None, "--tls none --allow-plain-auth"), (Some("my ca.pem"), "--tls require --ca 'my ca.pem'")]
        {
            let text = try_these(&sandbox, file.map(Path::new));
            let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with("telepost ")).collect();
            assert_eq!(lines.len(), 2, "{text}");
            for line in lines {
                assert!(line.contains(options), "{line}");
                let words = line.replace("'my ca.pem'", "ca.pem");
                let parsed = <crate::cli::Cli as clap::Parser>::try_parse_from(words.split(' '));
                assert!(parsed.is_ok(), "{line}: {parsed:?}");
            }
        }
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }

    #[test]
    fn faults_are_listed_in_the_help_and_may_be_given_together() {
        #[derive(Debug, clap::Parser)]
        struct Alone {
            #[command(flatten)]
            args: Args,
        }
        let parse = |line: &str| <Alone as clap::Parser>::try_parse_from(line.split(' '));
        let parsed = parse("sandbox --fault tls-stall --fault auth-535 --ca-file x").unwrap();
        assert_eq!(parsed.args.faults, [Fault::TlsStall, Fault::Auth535]);
        assert_eq!(parse("sandbox --fault lunch").unwrap_err().exit_code(), 2);
        let help = <Alone as clap::CommandFactory>::command().render_long_help().to_string();
        // Long lines of it are folded.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(Fault::ALL.iter().all(|fault| help.contains(fault.name()) && help.contains(fault.summary())), "{help}");
    }
}
