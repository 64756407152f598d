//! The account that the workbench opens: of a profile or of URLs, and what options put over it.

use super::super::args;
use super::super::{Trouble, password};
use super::{Args, Known};
use crate::app::Account;
use crate::config::Url;
use crate::config::secret::Source;
use crate::wire::Side;

/// The account of the profile or the URLs; `None` without one.
pub fn account_of(args: &Args, known: &Known) -> Result<Option<Account>, Trouble> {
    let mut account = match &args.profile {
        Some(name) => of_profile(name, args, known)?,
        None if args.urls.is_empty() => return Ok(None),
        None => of_urls(args)?,
    };
    if let Some(user) = &args.sign_in.user {
        account.user = Some(user.clone());
        account.smtp_user = Some(user.clone());
    }
    let source = password::source(&args.sign_in, &known.environment);
    // Where a profile says where the password comes from, a variable of another purpose does not override it.
    let named = args.sign_in.password_command.is_some() || args.sign_in.password_file.is_some();
    if named || account.source == Source::Prompt {
        account.password = password::given(&args.sign_in, &known.environment)?;
        account.source = source;
    }
    account.mechanism = args.auth.mechanism.or(account.mechanism);
    account.token |= args.auth.token;
    account.allow_plain_auth |= args.sign_in.allow_plain_auth;
    if let Some(from) = &args.from {
        account.from.clone_from(from);
    }
    Ok(Some(account))
}

/// The profile, with the options over it.
fn of_profile(name: &str, args: &Args, known: &Known) -> Result<Account, Trouble> {
    let configuration = &known.configuration;
    if let Some(profile) = configuration.profile(name) {
        let mut account = Account::of_profile(profile, &args.net.hello());
        for target in [&mut account.smtp, &mut account.pop3] {
            *target = target.take().map(|target| args.net.over(target, &known.environment)).transpose()?;
        }
        return Ok(account);
    }
    let names: Vec<&str> = configuration.profiles.iter().map(|profile| profile.name.as_str()).collect();
    let advice = match names.as_slice() {
        [] => "there are no profiles yet; the connect dialog of the workbench makes them".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    Err(Trouble::usage(format!("there is no profile {name:?}"), advice))
}

/// A user in a URL is the user of that server alone.
fn of_urls(args: &Args) -> Result<Account, Trouble> {
    let urls: Vec<Url> = args.urls.iter().map(|text| args::url(text)).collect::<Result<_, _>>()?;
    let mut account = Account::empty(args.net.hello());
    let mut hosts: Vec<&str> = urls.iter().map(|url| url.host.as_str()).collect();
    hosts.dedup();
    account.name = hosts.join(" ");
    for url in &urls {
        let side = url.protocol.side();
        if account.target(side).is_some() {
            let what = format!("two URLs for {}", side.name());
            return Err(Trouble::usage(what, "give one to send (smtp, lmtp) and one to read (pop3)"));
        }
        account.set_target(args.net.target(url)?);
        match side {
            Side::Smtp => account.smtp_user.clone_from(&url.user),
            Side::Pop3 => account.user.clone_from(&url.user),
        }
    }
    Ok(account)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::Status;
    use super::super::tests::{WORK, known};
    use super::*;
    use crate::sasl::Mechanism;
    use crate::wire::{Secret, TlsMode};

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        args: Args,
    }

    fn account_with(line: &str, known: &Known) -> Result<Option<Account>, Trouble> {
        let args = Only::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).unwrap().args;
        account_of(&args, known)
    }

    fn account(line: &str) -> Result<Option<Account>, Trouble> {
        account_with(line, &known(""))
    }

    #[test]
    fn one_url_for_each_side() {
        let both = account("lmtp://a pop3://ada@b:1110 --from me@c").unwrap().unwrap();
        assert_eq!((both.name.as_str(), both.user.as_deref()), ("a b", Some("ada")));
        assert_eq!(both.target(Side::Pop3).unwrap().port, 1110);
        assert_eq!((both.from.as_str(), both.allow_plain_auth), ("me@c", false));
        assert!(account("").unwrap().is_none());
        for wrong in ["smtp://a lmtp://b", "sned", "--profile work"] {
            assert_eq!(account(wrong).unwrap_err().status, Status::Usage, "{wrong}");
        }
    }

    #[test]
    fn a_user_is_who_signs_in_at_that_server_and_the_option_at_both() {
        let users = |line: &str| {
            let account = account(line).unwrap().unwrap();
            (account.smtp_user, account.user)
        };
        let ada = || Some("ada".to_owned());
        assert_eq!(users("smtp://ada@a pop3://b"), (ada(), None));
        assert_eq!(users("smtp://a pop3://ada@b"), (None, ada()));
        assert_eq!(users("smtp://bob@a pop3://b --user ada"), (ada(), ada()));
    }

    #[test]
    fn a_profile_is_opened_by_name_and_options_go_before_it() {
        let mut known = known(WORK);
        known.environment.password = Some(Secret::new("env"));
        let account = |line: &str| account_with(line, &known);
        let work = account("--profile work").unwrap().unwrap();
        assert_eq!((work.name.as_str(), work.kept, work.smtp_user.as_deref()), ("work", true, Some("ada")));
        assert!(work.password.is_none() && work.source == Source::Command("echo hunter2".into()));
        let other = account("--profile work --user bob --from b@c --password-command true?").unwrap_err();
        assert_eq!(other.status, Status::Usage);
        let other = account("--profile work --user bob --from b@c --allow-plain-auth").unwrap().unwrap();
        assert_eq!((other.user.as_deref(), other.from.as_str(), other.allow_plain_auth), (Some("bob"), "b@c", true));
        assert_eq!(account("--profile home").unwrap().unwrap().password.as_ref().map(Secret::expose), Some("env"));
        let trouble = account("--profile wrok").unwrap_err();
        assert!(trouble.to_string().contains("work, home"), "{trouble}");
    }

    #[test]
    fn a_profile_takes_options_over_it_and_no_url_beside_it() {
        let known = known(WORK);
        let work = account_with("--profile work --tls require --auth plain --timeout 3", &known).unwrap().unwrap();
        let target = work.smtp.unwrap();
        assert_eq!((target.tls.mode, work.mechanism), (TlsMode::Require, Some(Mechanism::Plain)));
        assert_eq!(target.timeouts.reply.as_secs(), 3);
        assert!(Only::try_parse_from(["x", "--profile", "work", "smtp://a"]).is_err());
    }
}
