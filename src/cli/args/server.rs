//! A server and who signs in there: from a URL and options, or from a profile with options over it.

use std::io::{self, Write};

use super::{Auth, Net, SignIn, nonce, url_for};
use crate::cli::{Status, Trouble, password};
use crate::config::secret::{self, Source};
use crate::config::{Configuration, Environment, Paths, Profile};
use crate::connection::{self, Target, Trust};
use crate::sasl::{self, Mechanism, SecretKind};
use crate::wire::{Secret, Side, printable};

/// Where to connect, and who signs in there.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Connect {
    /// Server, TLS, user and secret of this profile of config.toml, instead of a URL
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    #[command(flatten)]
    net: Net,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    auth: Auth,
}

/// What is connected to, and who signs in there.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to.
    pub target: Target,
    /// Our name.
    pub hello: String,
    /// Nobody, when there is no user name.
    pub who: Option<Who>,
}

/// Who signs in, and where the secret comes from. Holds none.
#[derive(Clone)]
pub struct Who {
    user: String,
    options: SignIn,
    auth: Auth,
    /// Where a profile has the secret, and its name in the key ring.
    kept: Option<(Source, String)>,
    server: (String, u16),
}

impl Connect {
    /// Everything about the server that can be found wrong before a connection is made.
    pub fn server(&self, side: Side, url: Option<&str>) -> Result<Server, Trouble> {
        match (url, &self.profile) {
            (Some(url), _) => self.of_url(side, url),
            (None, Some(name)) => {
                let profiles = profiles()?;
                self.of_profile(side, profile_named(name, &profiles)?)
            }
            (None, None) => Err(Trouble::usage("there is no server", "give a URL, or --profile NAME")),
        }
    }

    /// The same, with nobody to sign in but whom a URL or a profile names.
    #[must_use]
    pub fn without_sign_in(&self) -> Self {
        let sign_in = SignIn { user: None, password_command: None, password_file: None, ..self.sign_in.clone() };
        Self { sign_in, auth: Auth::default(), ..self.clone() }
    }

    /// The same with this user and this mechanism, where they are given.
    #[must_use]
    pub fn signing_in(&self, user: Option<String>, mechanism: Option<Mechanism>) -> Self {
        let mut other = self.clone();
        other.sign_in.user = user.or(other.sign_in.user);
        other.auth.mechanism = mechanism.or(other.auth.mechanism);
        other
    }

    /// A sign-in was asked for by an option.
    pub fn asks_to_sign_in(&self) -> bool {
        let (sign_in, auth) = (&self.sign_in, &self.auth);
        let secret = sign_in.password_command.is_some() || sign_in.password_file.is_some();
        sign_in.user.is_some() || secret || auth.mechanism.is_some() || auth.token || auth.authzid.is_some()
    }

    /// Our name, as far as the options say it.
    pub fn hello(&self) -> String {
        self.net.hello()
    }

    fn of_url(&self, side: Side, url: &str) -> Result<Server, Trouble> {
        let url = url_for(side, url)?;
        let target = readable(self.net.target(&url)?)?;
        let who = self.who(&target, url.user.clone(), self.auth.clone(), None)?;
        Ok(Server { target, hello: self.net.hello(), who })
    }

    fn of_profile(&self, side: Side, profile: &Profile) -> Result<Server, Trouble> {
        let (target, user) = match side {
            Side::Smtp => (&profile.smtp, &profile.smtp_user),
            Side::Pop3 => (&profile.pop3, &profile.user),
        };
        let target = target.clone().ok_or_else(|| {
            let what = format!("the profile {:?} has no server for {}", profile.name, side.name());
            Trouble::usage(what, "add it to config.toml, or give a URL")
        })?;
        let target = readable(self.net.over(target, &Environment::read())?)?;
        let mut auth = self.auth.clone();
        auth.mechanism = auth.mechanism.or(profile.mechanism);
        auth.token |= profile.token;
        let mut who = self.who(&target, user.clone(), auth, Some(&profile.source))?;
        if let Some(who) = &mut who {
            who.options.allow_plain_auth |= profile.allow_plain_auth;
        }
        let hello = self.net.helo.clone().or_else(|| profile.hello.clone()).unwrap_or_else(super::host_name);
        Ok(Server { target, hello, who })
    }

    /// A sign-in that was asked for is never left out: without a user name it is an error.
    fn who(
        &self,
        target: &Target,
        user: Option<String>,
        auth: Auth,
        source: Option<&Source>,
    ) -> Result<Option<Who>, Trouble> {
        let (options, asked) = (&self.sign_in, &self.auth);
        let secret = options.password_command.is_some() || options.password_file.is_some();
        let meant = secret || asked.mechanism.is_some() || asked.token || asked.authzid.is_some();
        let user = match options.user.clone().or(user) {
            Some(user) => user,
            None if needs_no_secret(auth.mechanism) && meant => String::new(),
            None if meant => return Err(no_user()),
            None => return Ok(None),
        };
        let kept = source.map(|source| (source.clone(), secret::key(&user, &target.host)));
        let server = (target.host.clone(), target.port);
        Ok(Some(Who { user, options: options.clone(), auth, kept, server }))
    }
}

/// The same target, when the files of its TLS can be used; reads them.
pub fn readable(target: Target) -> Result<Target, Trouble> {
    match connection::readable(&target.tls) {
        Ok(()) => Ok(target),
        Err(failure) => Err(Trouble::usage(failure.what, failure.advice)),
    }
}

/// Says on standard error what a person should not overlook.
pub fn announce(target: &Target) {
    for warning in warnings(target) {
        // There is no other place to tell that standard error is closed.
        let _ = writeln!(io::stderr(), "telepost: {}", printable::text(&warning));
    }
}

fn warnings(target: &Target) -> Vec<String> {
    let anybody = (target.tls.trust == Trust::Anybody)
        .then(|| "--insecure: no certificate is verified, anybody may be at the other end".to_owned());
    let key_log = target.tls.key_log.as_ref();
    let key_log = key_log.map(|path| format!("--keylog: the keys of this session are written to {}", path.display()));
    anybody.into_iter().chain(key_log).collect()
}

impl Who {
    /// Fetches the secret: may run a command, and may ask.
    pub fn sign_in(&self) -> Result<sasl::SignIn, Trouble> {
        let (kind, secret) = match (needs_no_secret(self.auth.mechanism), self.auth.token) {
            (true, _) => (SecretKind::None, Secret::new(String::new())),
            (false, true) => (SecretKind::Token, self.secret()?),
            (false, false) => (SecretKind::Password, self.secret()?),
        };
        Ok(sasl::SignIn {
            user: self.user.clone(),
            authorization: self.auth.authzid.clone(),
            secret,
            kind,
            mechanism: self.auth.mechanism,
            allow_plain: self.options.allow_plain_auth,
            initial_response: !self.auth.no_initial_response,
            server: self.server.clone(),
            nonce: nonce(),
        })
    }

    /// The user name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The mechanism that was asked for.
    pub fn mechanism(&self) -> Option<Mechanism> {
        self.auth.mechanism
    }

    /// A password may go over a line without TLS.
    pub fn allows_plain(&self) -> bool {
        self.options.allow_plain_auth
    }

    /// Whether another secret may come when it is fetched once more: an access token out of a command.
    pub fn can_be_refreshed(&self) -> bool {
        let of_profile = || matches!(self.kept, Some((Source::Command(_), _))) && self.options.password_file.is_none();
        self.auth.token && (self.options.password_command.is_some() || of_profile())
    }

    /// Says so, and fetches the secret once more, beside the conversation.
    pub async fn again(self) -> Result<sasl::SignIn, Trouble> {
        // There is no other place to tell that standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "telepost: the server says that the access token is expired or wrong; the command is run once more"
        );
        let fetched = tokio::task::spawn_blocking(move || self.sign_in()).await;
        fetched.map_err(|error| Trouble::new(Status::Internal, error.to_string()))?
    }

    /// Options go before the profile, and the profile before the environment and the prompt.
    fn secret(&self) -> Result<Secret, Trouble> {
        let named = self.options.password_command.is_some() || self.options.password_file.is_some();
        if !named
            && let Some((source, key)) = &self.kept
            && let Some(secret) =
                secret::fetch_on_terminal(source, key).map_err(|why| Trouble::new(Status::Usage, why))?
        {
            return Ok(secret);
        }
        let who = format!("{} at {}", self.user, self.server.0);
        password::required(&self.options, &Environment::read(), &who)
    }
}

/// Without the command that prints the secret: it may hold one itself.
impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Who({:?})", self.user)
    }
}

/// Why nobody signs in although somebody should.
pub fn no_user() -> Trouble {
    Trouble::usage("there is no user name", "write NAME@ before the host in the URL, or give --user NAME")
}

fn needs_no_secret(mechanism: Option<Mechanism>) -> bool {
    matches!(mechanism, Some(Mechanism::External | Mechanism::Anonymous))
}

/// Those of `config.toml`.
pub fn profiles() -> Result<Vec<Profile>, Trouble> {
    let Some(paths) = Paths::find() else { return Ok(Vec::new()) };
    let configuration = Configuration::load(&paths);
    configuration.map(|found| found.profiles).map_err(|error| Trouble::new(Status::Usage, error.to_string()))
}

/// The profile of that name; else the error tells which there are.
pub fn profile_named<'a>(name: &str, profiles: &'a [Profile]) -> Result<&'a Profile, Trouble> {
    profiles.iter().find(|profile| profile.name == name).ok_or_else(|| {
        let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        let advice = if names.is_empty() {
            "config.toml has no profiles; telepost paths tells where it lies".to_owned()
        } else {
            format!("the profiles of config.toml are {}", names.join(", "))
        };
        Trouble::usage(format!("there is no profile {name:?}"), advice)
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::connection::Protocol;
    use crate::wire::TlsMode;

    #[derive(Debug, Parser)]
    struct Only {
        #[command(flatten)]
        connect: Connect,
    }

    fn connect(options: &str) -> Connect {
        Only::try_parse_from(std::iter::once("x").chain(options.split_whitespace())).unwrap().connect
    }

    fn server(url: &str, options: &str) -> Result<Server, Trouble> {
        connect(options).server(Side::Smtp, Some(url))
    }

    fn profile() -> Profile {
        Profile {
            name: "work".into(),
            smtp: Some(Target::new(Protocol::Smtp, "mx.example", 587).with_tls(TlsMode::Require)),
            pop3: None,
            user: Some("ada".into()),
            smtp_user: Some("ada@example.org".into()),
            source: Source::Command("pass mail".into()),
            token: true,
            mechanism: Some(Mechanism::OAuthBearer),
            allow_plain_auth: false,
            hello: Some("desk.example".into()),
            from: None,
            signature: None,
        }
    }

    #[test]
    fn a_sign_in_follows_from_a_user_and_is_never_left_out() {
        assert!(server("smtp://mx.example", "").unwrap().who.is_none());
        for (url, options, user) in [
            ("smtp://ada@mx.example", "", "ada"),
            ("smtp://mx.example", "--user ada", "ada"),
            ("smtp://bob@mx.example", "--user ada", "ada"),
            ("smtp://mx.example", "--auth external", ""),
        ] {
            assert_eq!(server(url, options).unwrap().who.unwrap().user, user, "{url} {options}");
        }
        for options in ["--password-command x", "--password-file x", "--auth PLAIN", "--token", "--authzid bob"] {
            assert_eq!(server("smtp://mx.example", options).unwrap_err().status, Status::Usage, "{options}");
        }
    }

    #[test]
    fn the_options_reach_the_sign_in() {
        let mut connect =
            connect("--user ada --auth xoauth2 --token --no-initial-response --authzid bob --allow-plain-auth");
        connect.sign_in.password_command = Some("echo hunter2".into());
        let who = connect.server(Side::Smtp, Some("smtp://mx.example:587")).unwrap().who.unwrap();
        let sign_in = who.sign_in().unwrap();
        assert_eq!((sign_in.user.as_str(), sign_in.authorization.as_deref()), ("ada", Some("bob")));
        assert_eq!((sign_in.kind, sign_in.mechanism), (SecretKind::Token, Some(Mechanism::XOAuth2)));
        assert!(sign_in.allow_plain && !sign_in.initial_response && who.can_be_refreshed());
        assert_eq!((sign_in.server, sign_in.secret.expose()), (("mx.example".into(), 587), "hunter2"));
        for shown in [format!("{who:?}"), format!("{connect:?}")] {
            assert!(!shown.contains("hunter2"), "a command may hold a secret: {shown}");
        }
    }

    #[test]
    fn files_that_are_no_use_are_found_out_before_a_connection_is_made() {
        for options in ["--ca /no/such/file", "--cert /no/such/cert --key /no/such/key", "--ca Cargo.toml"] {
            let trouble = server("smtp://mx.example", options).unwrap_err();
            assert_eq!(trouble.status, Status::Usage, "{trouble}");
            assert!(trouble.advice.is_some() && !trouble.what.starts_with(':'), "{trouble}");
        }
    }

    #[test]
    fn without_a_secret_none_is_asked_for() {
        let who = server("smtp://mx.example", "--auth ANONYMOUS --user guest").unwrap().who.unwrap();
        assert_eq!(who.sign_in().unwrap().kind, SecretKind::None);
    }

    #[test]
    fn a_profile_gives_all_and_options_go_over_it() {
        let (profile, bare) = (profile(), connect("--profile work"));
        let server = bare.of_profile(Side::Smtp, &profile).unwrap();
        assert_eq!((server.target.host.as_str(), server.target.tls.mode), ("mx.example", TlsMode::Require));
        let who = server.who.unwrap();
        assert_eq!((server.hello.as_str(), who.user.as_str()), ("desk.example", "ada@example.org"));
        assert_eq!((who.auth.mechanism, who.auth.token), (Some(Mechanism::OAuthBearer), true));
        assert_eq!(who.kept, Some((Source::Command("pass mail".into()), "ada@example.org@mx.example".into())));
        assert!(who.can_be_refreshed());

        let over = connect("--profile work --tls implicit --user bob --auth PLAIN --helo me");
        let server = over.of_profile(Side::Smtp, &profile).unwrap();
        let who = server.who.unwrap();
        assert_eq!((server.target.tls.mode, server.hello.as_str()), (TlsMode::Implicit, "me"));
        assert_eq!((who.user.as_str(), who.auth.mechanism), ("bob", Some(Mechanism::Plain)));
        assert_eq!(bare.of_profile(Side::Pop3, &profile).unwrap_err().status, Status::Usage);
    }

    #[test]
    fn an_unknown_profile_is_told_with_those_there_are() {
        let profiles = [profile()];
        assert_eq!(profile_named("work", &profiles).unwrap().name, "work");
        assert!(profile_named("wrok", &profiles).unwrap_err().to_string().contains("work"));
        assert!(profile_named("work", &[]).unwrap_err().to_string().contains("no profiles"));
    }

    #[test]
    fn what_weakens_a_line_is_said() {
        let of = |options: &str| warnings(&server("smtp://mx.example", options).unwrap().target);
        assert!(of("").is_empty());
        assert!(of("--insecure")[0].contains("no certificate is verified"));
    }
}
