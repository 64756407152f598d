//! Keeps and removes profiles in the person's own `config.toml`: comments, order and everything else stay. Never a
//! secret, and never trust in anybody: what lasts for one run only is left out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use super::{Profile, endpoint, place, text};
use crate::config::file::{ConfigError, Configuration};
use crate::config::secret::Source;
use crate::config::{Paths, Url, atomic, proxy};
use crate::connection::request::Identity;
use crate::connection::{Authority, Target, Trust};
use crate::wire::{Timeouts, TlsMode};

/// Keeps a profile, in place of the one with the same name. Returns all of them as they are kept now.
pub fn save(paths: &Paths, profile: &Profile) -> Result<Vec<Profile>, ConfigError> {
    if !text::is_name(&profile.name) {
        let why = "a name has letters, digits, - _ and . only, and 64 octets at most";
        return Err(ConfigError::Profile { name: profile.name.clone(), why: why.to_owned() });
    }
    edit(paths, &profile.name, |root| {
        let profiles = inner(root, "profiles", true)?;
        write(inner(profiles, &profile.name, false)?, profile)
    })
}

/// Forgets a profile. That there is none of this name is no error. Returns those that are left.
pub fn remove(paths: &Paths, name: &str) -> Result<Vec<Profile>, ConfigError> {
    edit(paths, name, |root| {
        if let Some(profiles) = root.get_mut("profiles").and_then(Item::as_table_like_mut) {
            profiles.remove(name);
            if profiles.is_empty() {
                root.remove("profiles");
            }
        }
        Some(())
    })
}

/// Reads the file, changes it, and writes it only if what comes out can be read again.
fn edit(
    paths: &Paths,
    name: &str,
    change: impl FnOnce(&mut dyn TableLike) -> Option<()>,
) -> Result<Vec<Profile>, ConfigError> {
    let path = real_path(paths.config_file());
    let failed = |error| ConfigError::Unwritable { path: path.clone(), error };
    let refused = |why: String| ConfigError::Profile { name: name.to_owned(), why };
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(ConfigError::Unreadable { path, error }),
    };
    Configuration::parse(&before).map_err(|mistake| ConfigError::Syntax { path: path.clone(), mistake })?;
    let mut document: DocumentMut = before.parse().map_err(|_| refused("the file cannot be edited".to_owned()))?;
    change(document.as_table_mut()).ok_or_else(|| refused("its place in the file is taken".to_owned()))?;
    let after = document.to_string();
    let configuration = Configuration::parse(&after).map_err(|mistake| refused(mistake.message))?;
    if after != before {
        atomic::replace(&path, &after).map_err(failed)?;
    }
    Ok(configuration.profiles)
}

/// A link to a file kept elsewhere stays a link.
fn real_path(path: PathBuf) -> PathBuf {
    fs::canonicalize(&path).unwrap_or(path)
}

/// The table under `key`, made if it is not there. `None`: something else stands there.
fn inner<'a>(table: &'a mut dyn TableLike, key: &str, implicit: bool) -> Option<&'a mut dyn TableLike> {
    if !table.contains_key(key) {
        let mut fresh = Table::new();
        fresh.set_implicit(implicit);
        table.insert(key, Item::Table(fresh));
    }
    table.get_mut(key).and_then(Item::as_table_like_mut)
}

fn write(table: &mut dyn TableLike, profile: &Profile) -> Option<()> {
    put(table, "user", profile.user.as_deref());
    put(table, "auth", profile.mechanism.map(crate::sasl::Mechanism::name));
    source(table, &profile.source);
    put(table, "token", profile.token.then_some(true));
    put(table, "allow-plain-auth", profile.allow_plain_auth.then_some(true));
    put(table, "helo", profile.hello.as_deref());
    put(table, "from", profile.from.as_deref());
    put(table, "signature", profile.signature.as_deref());
    put(table, "timeout", timeout(profile));
    server(table, "smtp", profile.smtp.as_ref())?;
    server(table, "pop3", profile.pop3.as_ref())?;
    if profile.smtp.is_some() {
        let smtp = inner(table, "smtp", false)?;
        let other = profile.smtp_user.as_deref().filter(|user| Some(*user) != profile.user.as_deref());
        put(smtp, "user", other);
        let nobody = profile.smtp_user.is_none() && profile.user.is_some();
        put(smtp, "sign-in", nobody.then_some(false));
    }
    if profile.pop3.is_some() {
        let pop3 = inner(table, "pop3", false)?;
        put(pop3, "user", None::<&str>);
        put(pop3, "sign-in", None::<bool>);
    }
    Some(())
}

fn source(table: &mut dyn TableLike, source: &Source) {
    let (mut command, mut file, mut variable) = (None, None, None);
    match source {
        Source::Command(line) => command = Some(line.as_str()),
        Source::File(path) => file = Some(path.as_path()),
        Source::Variable(name) => variable = Some(name.as_str()),
        Source::Prompt | Source::KeyRing => {}
    }
    put(table, "password-command", command);
    put_path(table, "password-file", file);
    put(table, "password-variable", variable);
    put(table, "keyring", (*source == Source::KeyRing).then_some(true));
}

/// The bound of every wait in whole seconds, when there is one below the standard.
fn timeout(profile: &Profile) -> Option<i64> {
    let targets = [&profile.smtp, &profile.pop3].into_iter().flatten();
    let longest = targets.map(|target| target.timeouts.final_dot).max()?;
    let seconds = i64::try_from(longest.as_secs()).ok()?.max(1);
    (longest < Timeouts::default().final_dot).then_some(seconds)
}

fn server(table: &mut dyn TableLike, key: &str, target: Option<&Target>) -> Option<()> {
    let Some(target) = target else {
        table.remove(key);
        return Some(());
    };
    let table = inner(table, key, false)?;
    let implicit = target.tls.mode == TlsMode::Implicit;
    let url = Url {
        protocol: target.protocol,
        tls: implicit && target.protocol.implicit_tls_port().is_some(),
        user: None,
        host: target.host.clone(),
        port: target.port,
    };
    put(table, "url", Some(url.to_string().as_str()));
    let said = url.tls || target.tls.mode == TlsMode::Auto;
    put(table, "tls", (!said).then_some(target.tls.mode.word()));
    trust(table, &target.tls.trust);
    put(table, "tls-name", target.tls.name.as_deref());
    put_path(table, "cert", target.tls.identity.as_ref().map(|Identity { certificate, .. }| certificate.as_path()));
    put_path(table, "key", target.tls.identity.as_ref().map(|Identity { key, .. }| key.as_path()));
    put(table, "proxy", target.proxy.as_ref().map(proxy::text).as_deref());
    put(table, "source", target.source.map(|address| address.to_string()).as_deref());
    put(table, "family", text::family(target.family));
    put(table, "mx", target.mx.then_some(true));
    Some(())
}

/// Trust in anybody and certificates that are in no file last for one run.
fn trust(table: &mut dyn TableLike, trust: &Trust) {
    let pin = match trust {
        Trust::Pin(pin) => Some(endpoint::pin_text(pin)),
        Trust::Roots(_) | Trust::Anybody => None,
    };
    put(table, "pin", pin.as_deref());
    let files: Vec<PathBuf> = match trust {
        Trust::Roots(authorities) => authorities.iter().filter_map(file_of).collect(),
        Trust::Pin(_) | Trust::Anybody => Vec::new(),
    };
    if files.is_empty() || table.get("ca").and_then(Item::as_array).and_then(places) != Some(files.clone()) {
        let texts: Array = files.iter().filter_map(|path| path.to_str()).collect();
        put(table, "ca", (!texts.is_empty()).then_some(texts));
    }
}

fn file_of(authority: &Authority) -> Option<PathBuf> {
    match authority {
        Authority::File(path) => Some(place::absolute(path)),
        Authority::Pem { .. } => None,
    }
}

fn places(list: &Array) -> Option<Vec<PathBuf>> {
    list.iter().map(|item| place::parse(item.as_str()?).ok()).collect()
}

fn put_path(table: &mut dyn TableLike, key: &str, path: Option<&Path>) {
    let path = path.map(place::absolute);
    let kept = table.get(key).and_then(Item::as_str).and_then(|text| place::parse(text).ok());
    // Written with ~ it stays so.
    if path.is_none() || kept != path {
        put(table, key, path.as_deref().and_then(Path::to_str));
    }
}

/// Sets a key, or removes it. A value that stays the same keeps its form, and any its comment.
fn put(table: &mut dyn TableLike, key: &str, new: Option<impl Into<Value>>) {
    let Some(new) = new.map(Into::into) else {
        table.remove(key);
        return;
    };
    match table.get_mut(key) {
        Some(Item::Value(old)) if is_same(old, &new) => {}
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        _ => {
            table.insert(key, value(new));
        }
    }
}

fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => old.value() == new.value(),
        (Value::Integer(old), Value::Integer(new)) => old.value() == new.value(),
        (Value::Boolean(old), Value::Boolean(new)) => old.value() == new.value(),
        _ => false,
    }
}
