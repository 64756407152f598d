//! `telepost sandbox`: the embedded server alone.

use std::net::{Ipv4Addr, SocketAddr};

use super::{Status, Trouble, block_on, print};
use crate::sandbox::{Options, Sandbox};

/// Where it listens.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port for SMTP [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    smtp_port: u16,
    /// Port for POP3 [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pop3_port: u16,
}

/// Runs it until Ctrl-C or SIGTERM.
pub fn run(args: &Args) -> Result<(), Trouble> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let options = Options { smtp: at(args.smtp_port), pop3: at(args.pop3_port), ..Options::default() };
    block_on(async {
        let end = end().map_err(|error| Trouble::new(Status::Internal, format!("signals: {error}")))?;
        let sandbox = Sandbox::start(options).await.map_err(|error| {
            Trouble::new(Status::Connect, format!("the sandbox cannot listen: {error}"))
                .advise("choose other ports, or leave the options out for free ones")
        })?;
        print(&welcome(&sandbox))?;
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

fn welcome(sandbox: &Sandbox) -> String {
    let users = sandbox.users().iter().map(|user| user.address.as_str()).collect::<Vec<_>>().join(", ");
    format!(
        "SMTP      smtp://{}\nPOP3      pop3://{}\nusers     {users}\npassword  {}\n\
         Everything stays in memory on this machine. Ctrl-C ends it.\n",
        sandbox.smtp(),
        sandbox.pop3(),
        sandbox.password(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_welcome_names_what_a_client_needs() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let welcome = welcome(&sandbox);
        assert!(welcome.contains(&sandbox.smtp().to_string()) && welcome.contains(sandbox.password()), "{welcome}");
    }
}
