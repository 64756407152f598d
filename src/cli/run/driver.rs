//! One play: acts of the script become requests of the connection task, its reports become what the script heard.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Args;
use super::places::{Place, Places};
use super::played::Played;
use crate::cli::args::{Connect, Output, announce, no_user};
use crate::cli::session::Session;
use crate::cli::signals::Signals;
use crate::cli::{Status, Trouble};
use crate::connection::{Body, Failure, LinkEvent, Protection, Report, Request, Submission};
use crate::sasl::{self, Mechanism};
use crate::script::{Act, Event, Heard, Runner, Script, Setting, heard};
use crate::sessions::Exchanges;
use crate::transcript::Transcript;
use crate::wire::{BadLine, Side, TlsMode};
use crate::{pop3, smtp};

/// A play under way.
pub struct Driver<'a> {
    runner: Runner,
    session: Session,
    connect: &'a Connect,
    /// Of the command line.
    places: &'a Places,
    /// Where each side is connected to.
    smtp: Option<Place>,
    pop3: Option<Place>,
    asking: &'a Mutex<()>,
    began: Instant,
    /// The entry behind the last one of the script, as leaving the lines is no part of it.
    end: Option<u64>,
    protection: Option<Protection>,
    failure: Option<Failure>,
    trouble: Option<Trouble>,
}

impl<'a> Driver<'a> {
    /// Nothing is connected yet.
    pub fn new(
        args: &'a Args,
        script: &Script,
        places: &'a Places,
        variables: BTreeMap<String, Vec<u8>>,
        output: &Output,
        asking: &'a Mutex<()>,
    ) -> Result<Self, Trouble> {
        let target = places.all().next().map(|place| &place.server.target);
        let setting = Setting {
            variables,
            given: args.given().map(|(name, _)| name).collect(),
            side: places.side(),
            require_tls: places.all().any(|place| place.server.target.tls.mode == TlsMode::Require),
            patience: target.map_or(Duration::from_mins(5), |target| target.timeouts.reply),
            through: args.through,
            ..Setting::default()
        };
        Ok(Self {
            runner: Runner::new(script, setting),
            session: if args.differences { Session::kept(output)? } else { Session::idle(output)? },
            end: None,
            connect: &args.connect,
            places,
            smtp: None,
            pop3: None,
            asking,
            began: Instant::now(),
            protection: None,
            failure: None,
            trouble: None,
        })
    }

    /// Plays to the end.
    pub async fn play(mut self) -> Result<Played, Trouble> {
        let mut signals = Signals::listen()?;
        while self.act().await {
            let deadline = self.runner.deadline();
            let alarm = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                report = self.session.next() => self.take(report?),
                () = alarm => {}
                () = signals.next() => self.give_up(Trouble::new(Status::Interrupted, "interrupted by a signal")),
            }
        }
        let end = self.end.unwrap_or_default();
        let came = self.session.transcript().map(|all| Exchanges::between(all, all.first_id()..end));
        self.session.finish()?;
        Ok(Played {
            servers: self.places.names(),
            report: self.runner.into_report(),
            lapse: self.began.elapsed(),
            protection: self.protection,
            failure: self.failure,
            trouble: self.trouble,
            came,
        })
    }

    /// Does what is to be done now. False when all is over.
    async fn act(&mut self) -> bool {
        while let Some(act) = self.runner.poll(Instant::now()) {
            if self.runner.report().end.is_some() {
                let end = self.session.transcript().map(Transcript::end_id).unwrap_or_default();
                self.end.get_or_insert(end);
            }
            if act == Act::Done {
                return false;
            }
            let opened = if let Act::Connect { side, .. } = &act { Some(*side) } else { None };
            if let Err(trouble) = self.perform(act).await {
                match opened {
                    // No line was asked for, so nobody else will say that there is none.
                    Some(side) => {
                        self.hears(side, Event::Closed(Some(trouble.what.clone())));
                        self.trouble.get_or_insert(trouble);
                    }
                    None => self.give_up(trouble),
                }
            }
        }
        true
    }

    /// The script ends here, because of this side.
    fn give_up(&mut self, trouble: Trouble) {
        self.runner.stop(trouble.what.clone());
        self.trouble.get_or_insert(trouble);
    }

    async fn perform(&mut self, act: Act) -> Result<(), Trouble> {
        match act {
            Act::Connect { side, url } => return self.open(side, url),
            Act::Line { side, octets, body } => {
                let made = if body { Submission::body_line(octets) } else { Submission::line(side, octets) };
                self.submit_all(side, made.map(|it| vec![it]));
            }
            Act::Block { side, lines } => self.submit_all(side, Submission::block(side, lines).map(|it| vec![it])),
            Act::Body(lines) => {
                let dot = std::iter::once(b".".to_vec());
                self.submit_all(Side::Smtp, lines.into_iter().chain(dot).map(Submission::body_line).collect());
            }
            Act::BodyFile(path) => self.send_file(path.into()),
            Act::StartTls { side, hello } => self.start_tls(side, hello),
            Act::SignIn { side, mechanism, user } => {
                let sign_in = Box::new(self.sign_in(side, mechanism, user).await?);
                self.session.submit(match side {
                    Side::Smtp => Submission::Smtp(smtp::Command::SignIn(sign_in), None),
                    Side::Pop3 => Submission::Pop3(pop3::Command::SignIn(sign_in)),
                });
            }
            Act::Quit(side) => self.session.request(Request::Disconnect(side)),
            Act::Drop(side) => self.session.request(Request::Drop(side)),
            Act::Done => {}
        }
        Ok(())
    }

    fn open(&mut self, side: Side, url: Option<String>) -> Result<(), Trouble> {
        let place = match url {
            Some(url) => {
                let server = self.connect.without_sign_in().server(side, Some(&url))?;
                announce(&server.target);
                Place { server, url: Some(url) }
            }
            None => self.places.of(side).cloned().ok_or_else(|| {
                Trouble::usage(format!("there is no server for {}", side.name()), "give a URL for it")
            })?,
        };
        self.failure = None;
        self.session.connect(place.server.target.clone());
        match side {
            Side::Smtp => self.smtp = Some(place),
            Side::Pop3 => self.pop3 = Some(place),
        }
        Ok(())
    }

    fn submit_all(&mut self, side: Side, made: Result<Vec<Submission>, BadLine>) {
        match made {
            Ok(all) => all.into_iter().for_each(|submission| self.session.submit(submission)),
            Err(bad) => self.hears(side, Event::Unfit(bad.to_string())),
        }
    }

    fn send_file(&mut self, path: PathBuf) {
        // A pipe would keep everything waiting, and a device may have no end.
        let plain =
            std::fs::metadata(&path).and_then(|about| if about.is_file() { Ok(()) } else { Err(no_plain_file()) });
        match plain.and_then(|()| std::fs::File::open(&path)) {
            Ok(_) => self.session.submit(Submission::Smtp(smtp::Command::Body, Some(Body::File(path)))),
            Err(error) => self.hears(Side::Smtp, Event::Unfit(format!("{}: {error}", path.display()))),
        }
    }

    fn start_tls(&mut self, side: Side, hello: Option<String>) {
        let Some(server) = self.at(side).map(|place| &place.server) else { return };
        if server.target.tls.mode == TlsMode::None {
            return self.hears(side, Event::Secured(Err("--tls none forbids it".to_owned())));
        }
        let (mode, hello) = (TlsMode::Require, hello.unwrap_or_else(|| server.hello.clone()));
        self.session.submit(match side {
            Side::Smtp => Submission::Smtp(smtp::Command::Secure { mode, hello }, None),
            Side::Pop3 => Submission::Pop3(pop3::Command::Secure(mode)),
        });
    }

    fn at(&self, side: Side) -> Option<&Place> {
        match side {
            Side::Smtp => self.smtp.as_ref(),
            Side::Pop3 => self.pop3.as_ref(),
        }
    }

    /// Fetches the secret, beside the conversation.
    async fn sign_in(
        &self,
        side: Side,
        mechanism: Option<Mechanism>,
        user: Option<String>,
    ) -> Result<sasl::SignIn, Trouble> {
        let place = self.at(side).ok_or_else(no_user)?;
        self.is_meant_for(place)?;
        let server = self.connect.signing_in(user, mechanism).server(side, place.url.as_deref())?;
        let who = server.who.ok_or_else(no_user)?;
        let _alone = self.asking.lock().await;
        let fetched = tokio::task::spawn_blocking(move || who.sign_in()).await;
        fetched.map_err(|error| Trouble::new(Status::Internal, error.to_string()))?
    }

    /// The secret of a server of the command line goes to no other that a script names.
    fn is_meant_for(&self, place: &Place) -> Result<(), Trouble> {
        let host = &place.server.target.host;
        let is_named = self.places.all().any(|named| named.server.target.host.eq_ignore_ascii_case(host));
        if is_named || self.places.all().next().is_none() {
            return Ok(());
        }
        let what = format!("the script signs in at {host}, and the secret is for {}", self.places.names());
        Err(Trouble::usage(what, "leave the URL out of the script, or leave the other server out of the command line"))
    }

    fn hears(&mut self, side: Side, event: Event) {
        self.runner.heard(Heard { side, event }, Instant::now());
    }

    fn take(&mut self, report: Report) {
        let now = Instant::now();
        let all = match report {
            Report::Link { side, event, .. } => return self.link(side, event),
            Report::Smtp { notice, .. } => heard::of_smtp(&notice),
            Report::Pop3 { notice, .. } => heard::of_pop3(&notice),
            Report::Record(_) | Report::Discovered(_) => return,
        };
        for heard in all {
            self.runner.heard(heard, now);
        }
    }

    fn link(&mut self, side: Side, event: LinkEvent) {
        let event = match event {
            LinkEvent::Dialling { host, .. } => Event::Dialled(host),
            LinkEvent::Tls(protection) => {
                let trusted = protection.is_trusted();
                self.protection = Some(*protection);
                if !trusted {
                    return;
                }
                Event::Encrypted
            }
            LinkEvent::Closed(failure) => {
                let why = failure.as_ref().map(ToString::to_string);
                // What happens while lines are left says nothing of the script.
                if self.runner.report().end.is_none() {
                    self.failure = failure;
                }
                Event::Closed(why)
            }
            LinkEvent::NotConnected => Event::Closed(None),
            LinkEvent::Connected { .. } | LinkEvent::BodyProgress { .. } => return,
        };
        self.hears(side, event);
    }
}

fn no_plain_file() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no plain file")
}
