//! From `[profiles.NAME]` to a [`Profile`].

use std::time::Duration;

use super::endpoint::{self, Who};
use super::{Profile, place, text};
use crate::config::reader::{At, Fault, Table};
use crate::config::secret::Source;
use crate::sasl::Mechanism;
use crate::wire::Side;

/// Shortest and longest bound of a wait, in seconds.
const SECONDS: std::ops::RangeInclusive<u64> = 1..=86_400;

/// Reads the table `[profiles]`, in the order of the file.
pub fn profiles(table: Table<'_>) -> Result<Vec<Profile>, Fault> {
    table.all_tables()?.into_iter().map(|(name, table)| profile(name, table)).collect()
}

fn profile(name: At<String>, mut table: Table<'_>) -> Result<Profile, Fault> {
    if !text::is_name(&name.value) {
        return Err(name.fault("the name of a profile has letters, digits, - _ and . only, and 64 octets at most"));
    }
    let user = table.line("user")?.map(|user| user.value);
    let mut side = |side: Side, key| {
        let table = table.table(key, format!("[profiles.{}.{key}]", name.value))?;
        table.map(|table| endpoint::read(side, table)).transpose()
    };
    let (smtp, pop3) = (side(Side::Smtp, "smtp")?, side(Side::Pop3, "pop3")?);
    let (smtp, smtp_user) = match smtp {
        Some((target, who)) => (Some(target), who_is(who, user.as_ref())),
        None => (None, None),
    };
    let (pop3, user) = match pop3 {
        Some((target, who)) => (Some(target), who_is(who, user.as_ref())),
        None => (None, user),
    };
    let mut profile = Profile { name: name.value, smtp, pop3, user, smtp_user, ..Profile::default() };
    rest(&mut profile, &mut table)?;
    table.finish(refusal)?;
    Ok(profile)
}

fn who_is(who: Who, user: Option<&String>) -> Option<String> {
    match who {
        Who::Same => user.cloned(),
        Who::Other(other) => Some(other),
        Who::Nobody => None,
    }
}

/// What concerns both servers.
fn rest(profile: &mut Profile, table: &mut Table<'_>) -> Result<(), Fault> {
    profile.source = source(table)?;
    profile.mechanism = table.parsed::<Mechanism>("auth")?.map(|mechanism| mechanism.value);
    profile.token = table.flag("token")?.is_some_and(|flag| flag.value);
    profile.allow_plain_auth = table.flag("allow-plain-auth")?.is_some_and(|flag| flag.value);
    profile.hello = hello(table)?;
    profile.from = table.line("from")?.map(|from| from.value);
    profile.signature = signature(table)?;
    if let Some(limit) = table.number("timeout", SECONDS)? {
        for target in [&mut profile.smtp, &mut profile.pop3].into_iter().flatten() {
            target.timeouts = target.timeouts.at_most(Duration::from_secs(limit.value));
        }
    }
    Ok(())
}

fn source(table: &mut Table<'_>) -> Result<Source, Fault> {
    let mut found: Vec<At<(&str, Source)>> = Vec::new();
    let mut add = |key, at, source| found.push(At { at, value: (key, source) });
    if let Some(command) = table.line("password-command")? {
        add("password-command", command.at, Source::Command(command.value));
    }
    if let Some(file) = table.line("password-file")? {
        add("password-file", file.at, Source::File(file.read(|file| place::parse(&file))?));
    }
    if let Some(variable) = table.line("password-variable")? {
        let at = variable.at;
        let name = variable
            .read(|name| if name.contains(['=', ' ']) { Err("no variable has such a name") } else { Ok(name) })?;
        add("password-variable", at, Source::Variable(name));
    }
    if let Some(flag) = table.flag("keyring")?.filter(|flag| flag.value) {
        add("keyring", flag.at, Source::KeyRing);
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => {
            let names = [first.value.0, second.value.0].join(" and ");
            Err(second.fault(format!("{names}: the password comes from one place only")))
        }
        (Some(only), None) => Ok(only.value.1),
        (None, _) => Ok(Source::Prompt),
    }
}

fn hello(table: &mut Table<'_>) -> Result<Option<String>, Fault> {
    match table.line("helo")? {
        Some(name) if name.value.contains(char::is_whitespace) => Err(name.fault("helo is one word")),
        name => Ok(name.map(|name| name.value)),
    }
}

/// More than one line is fine here.
fn signature(table: &mut Table<'_>) -> Result<Option<String>, Fault> {
    let is_foreign = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    match table.text("signature")? {
        Some(text) if text.value.replace("\r\n", "\n").contains(is_foreign) => {
            Err(text.fault("the signature holds a control character"))
        }
        text => Ok(text.map(|text| text.value)),
    }
}

/// Why some keys that one might look for are not there.
pub fn refusal(key: &str) -> Option<&'static str> {
    match key.to_ascii_lowercase().as_str() {
        "password" | "pass" | "passwd" | "passphrase" | "secret" | "access-token" | "oauth-token" => Some(
            "a password never stands in a file of settings; name where it comes from with password-command, \
             password-file, password-variable or keyring = true",
        ),
        "insecure" | "trust" | "trust-all" | "trust-any" | "trust-anybody" | "verify" | "no-verify" | "skip-verify" => {
            Some(
                "there is no way to keep trust in anybody; pin the one certificate, or name its authority with ca \
                 (--insecure is for one run)",
            )
        }
        "keylog" | "key-log" | "sslkeylogfile" => {
            Some("the keys of a line are written only when a run is started with --keylog")
        }
        _ => None,
    }
}
