//! An aiosmtpd of our own: a server written by others than Postfix, in Python. What it takes it writes into a folder, the
//! text octet by octet and the envelope beside it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::daemon::{Daemon, on_free_port};
use super::wait;

/// The interpreter that the distribution's packages belong to.
const PYTHON: &str = "/usr/bin/python3";

/// Port, greeting, size limit, SMTPUTF8 or not, the folder, and the verb at which the line is lost come as arguments.
const SERVER: &str = r#"
import asyncio, json, os, sys
from aiosmtpd.smtp import SMTP

port, token, limit, utf8, folder, lost = sys.argv[1:]

class Keeper:
    count = 0
    async def handle_DATA(self, server, session, envelope):
        Keeper.count += 1
        name = os.path.join(folder, str(Keeper.count))
        with open(name + ".eml", "wb") as file:
            file.write(envelope.content)
        said = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "options": envelope.mail_options}
        with open(name + ".part", "w") as file:
            json.dump(said, file)
        os.rename(name + ".part", name + ".json")
        return "250 OK"

class Lossy(SMTP):
    async def smtp_DATA(self, arg):
        if lost != "354":
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        self.transport.close()

async def lose(self, server, session, envelope, word, options):
    server.transport.abort()
    return "421 gone"

async def lose_late(self, server, session, envelope):
    server.transport.abort()
    return "421 gone"

if lost in ("EHLO", "MAIL", "RCPT", "DATA", "QUIT"):
    setattr(Keeper, "handle_" + lost, lose_late if lost in ("DATA", "QUIT") else lose)

async def main():
    make = lambda: Lossy(Keeper(), hostname="py.test", ident=token, enable_SMTPUTF8=utf8 == "yes",
                        data_size_limit=int(limit), decode_data=False)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", int(port))
    await server.serve_forever()

asyncio.run(main())
"#;

/// A running server.
pub struct Aiosmtpd {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    folder: tempfile::TempDir,
    _daemon: Daemon,
}

/// A mail that it took.
pub struct Taken {
    /// The text, line ends as they came.
    pub text: Vec<u8>,
    /// `from`, `to` and `options`: what was said behind MAIL.
    pub envelope: serde_json::Value,
}

impl Aiosmtpd {
    /// Starts one that takes mails of `limit` octets, or says why not. Where `CI=true` promises it, its absence is a
    /// failure.
    pub fn start(limit: usize, utf8: bool) -> Option<Self> {
        Self::start_losing(limit, utf8, "")
    }

    /// The same, but the line is lost instead of the answer to this verb: EHLO, MAIL, RCPT, DATA (its final dot), QUIT;
    /// 354 for the moment behind the go-ahead to DATA.
    pub fn start_losing(limit: usize, utf8: bool, lost: &str) -> Option<Self> {
        let probe = std::process::Command::new(PYTHON).args(["-c", "import aiosmtpd"]).output();
        if !probe.is_ok_and(|output| output.status.success()) {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI=true, but aiosmtpd is not installed");
            let _ = writeln!(std::io::stderr(), "skipped: aiosmtpd is not installed");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("telepost-aiosmtpd-").tempdir().expect("a temporary folder");
        let script = folder.path().join("server.py");
        fs::write(&script, SERVER).expect("the folder is ours");
        let text = |path: &Path| path.display().to_string();
        let (script, place, limit) = (text(&script), text(folder.path()), limit.to_string());
        let ((), daemon, port) = on_free_port("aiosmtpd", |port, token| {
            let port = port.to_string();
            let arguments = [&*script, &*port, token, &*limit, if utf8 { "yes" } else { "no" }, &*place, lost];
            let daemon = Daemon::start(PYTHON, &arguments, &folder.path().join("log"));
            ((), daemon.expect("every system has a shell"))
        });
        Some(Self { port, folder, _daemon: daemon })
    }

    /// `smtp://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Waits for the mail with this number, counted from 1.
    pub fn wait_for(&self, number: usize) -> Taken {
        let envelope = wait::until("a mail at aiosmtpd", || fs::read(self.path(number, "json")).ok());
        Taken {
            text: fs::read(self.path(number, "eml")).expect("it is written first"),
            envelope: serde_json::from_slice(&envelope).expect("Python writes JSON"),
        }
    }

    /// Whether it took fewer mails than that.
    pub fn is_below(&self, count: usize) -> bool {
        !self.path(count, "eml").exists()
    }

    /// Whether it took no mail at all.
    pub fn is_empty(&self) -> bool {
        self.is_below(1)
    }

    fn path(&self, number: usize, ending: &str) -> PathBuf {
        self.folder.path().join(format!("{number}.{ending}"))
    }
}
