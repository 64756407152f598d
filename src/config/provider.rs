//! The servers of big providers, from `assets/providers.toml`. Nothing is looked up in the network here.

use super::profile::Preset;
use super::reader::{Fault, Mistake, Table};
use super::url::Url;
use crate::connection::Target;
use crate::wire::{Side, TlsMode};

/// The table that ships with the program.
pub const DEFAULT: &str = include_str!("../../assets/providers.toml");

/// All of them, in the order in which they are listed for people.
pub fn presets() -> Vec<Preset> {
    parse(DEFAULT).expect("the embedded table is checked by a test")
}

/// The provider of a mail domain, letter case aside.
pub fn preset_for(domain: &str) -> Option<Preset> {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    presets().into_iter().find(|preset| preset.domains.contains(&domain))
}

/// Reads such a table.
pub fn parse(text: &str) -> Result<Vec<Preset>, Mistake> {
    let read = || {
        let mut root = Table::parse(text)?;
        let providers = root.tables("provider")?;
        root.finish(|_| None)?;
        providers.into_iter().map(preset).collect::<Result<_, _>>()
    };
    read().map_err(|fault: Fault| fault.located(text))
}

fn preset(mut table: Table<'_>) -> Result<Preset, Fault> {
    let name = table.line("name")?.ok_or_else(|| table.fault("the name is missing"))?;
    let preset = Preset {
        name: name.value,
        domains: table.texts("domains")?.into_iter().map(|domain| domain.value).collect(),
        smtp: server(Side::Smtp, &mut table, "smtp")?,
        pop3: server(Side::Pop3, &mut table, "pop3")?,
        token: table.flag("token")?.is_some_and(|flag| flag.value),
        note: table.line("note")?.map(|note| note.value).unwrap_or_default(),
    };
    table.finish(|_| None)?;
    Ok(preset)
}

/// Always with TLS: from the first octet, or demanded.
fn server(side: Side, table: &mut Table<'_>, key: &'static str) -> Result<Option<Target>, Fault> {
    let Some(url) = table.parsed::<Url>(key)? else { return Ok(None) };
    if url.value.protocol.side() != side || url.value.user.is_some() {
        return Err(url.fault(format!("this is no URL of a server for {}", side.name())));
    }
    let mode = if url.value.tls { TlsMode::Implicit } else { TlsMode::Require };
    Ok(Some(Target::new(url.value.protocol, url.value.host, url.value.port).with_tls(mode)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_is_sound() {
        let presets = parse(DEFAULT).unwrap();
        assert!(presets.len() >= 15);
        let (mut names, mut domains) = (HashSet::new(), HashSet::new());
        for preset in &presets {
            assert!(names.insert(&preset.name), "{} stands twice", preset.name);
            assert!(preset.smtp.is_some(), "{} sends nothing", preset.name);
            for domain in &preset.domains {
                assert!(is_host_name(domain) && domain.contains('.'), "{domain}");
                assert!(domains.insert(domain), "{domain} stands twice");
            }
            for target in [&preset.smtp, &preset.pop3].into_iter().flatten() {
                assert!(is_host_name(&target.host), "{}", target.host);
                assert!(matches!(target.tls.mode, TlsMode::Implicit | TlsMode::Require), "{}", target.host);
                let implicit = Some(target.port) == target.protocol.implicit_tls_port();
                assert_eq!(implicit, target.tls.mode == TlsMode::Implicit, "{}:{}", target.host, target.port);
            }
            assert!(preset.note.is_empty() || preset.note.ends_with('.'), "{}", preset.note);
        }
    }

    fn is_host_name(name: &str) -> bool {
        let is_label = |label: &str| {
            let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !label.is_empty() && label.bytes().all(fits) && !label.starts_with('-') && !label.ends_with('-')
        };
        name.split('.').all(is_label) && name.contains(|character: char| character.is_ascii_lowercase())
    }

    #[test]
    fn a_provider_is_found_by_any_of_its_domains() {
        let gmail = preset_for("GoogleMail.com").unwrap();
        assert_eq!((gmail.name.as_str(), gmail.token), ("Gmail", false));
        assert_eq!(gmail.pop3.unwrap().port, 995);
        assert!(preset_for("hotmail.com").unwrap().token);
        assert!(preset_for("icloud.com").unwrap().pop3.is_none());
        assert_eq!(preset_for("example.org"), None);
    }

    #[test]
    fn a_mistake_in_a_table_is_told_with_its_place() {
        for text in [
            "[[provider]]\nname = 'a'\nsmtp = 'pop3://a'",
            "[[provider]]\nname = 'a'\npop3 = 'pop3://ada@a'",
            "[[provider]]\nname = 'a'\nhost = 'a'",
        ] {
            assert_eq!(parse(text).unwrap_err().line, 3, "{text}");
        }
        assert!(parse("[[provider]]\ndomains = []").is_err() && parse("[provider]").is_err());
    }
}
