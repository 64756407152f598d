//! Who has a mailbox, and what becomes of a recipient.

use std::net::IpAddr;

use super::smtp::address::Address;

/// The practice password of every user. It is documented, printed and no secret.
pub const PASSWORD: &str = "opensesame";
/// The practice access token of every user, for XOAUTH2 and OAUTHBEARER; no secret either.
pub const TOKEN: &str = "sandbox-token";

const NAMES: [(&str, &str); 2] = [("ada", "Ada Lovelace"), ("bob", "Bob Builder")];

/// Mail for the postmaster goes to the first user (RFC 5321 4.5.1 asks that someone reads it).
const POSTMASTER: usize = 0;

/// Someone with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name to log in with.
    pub name: &'static str,
    /// The name for the From field.
    pub full_name: &'static str,
    /// The address.
    pub address: String,
}

/// What the server does with a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Into the mailbox with this index.
    Mailbox(usize),
    /// The domain is ours, the name is nobody's.
    Unknown,
    /// The domain is not ours.
    Foreign,
    /// Practice: come back later.
    Greylisted,
    /// Practice: the mailbox is full.
    Full,
}

/// All users of one domain.
#[derive(Debug)]
pub struct Accounts {
    domain: String,
    users: Vec<User>,
}

impl Accounts {
    /// The practice users at `domain`.
    pub fn new(domain: &str) -> Self {
        let user = |(name, full_name)| User { name, full_name, address: format!("{name}@{domain}") };
        Self { domain: domain.to_owned(), users: NAMES.into_iter().map(user).collect() }
    }

    /// The domain of all addresses.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Everyone; the index of a user is that of the mailbox.
    pub fn users(&self) -> &[User] {
        &self.users
    }

    /// The mailbox of a login name: `ada` or the whole address, in any letter case.
    pub fn mailbox(&self, login: &str) -> Option<usize> {
        let is = |user: &User| [user.name, &user.address].iter().any(|name| name.eq_ignore_ascii_case(login));
        self.users.iter().position(is)
    }

    /// The password of a login name.
    pub fn password(&self, login: &str) -> Option<&'static str> {
        self.mailbox(login).map(|_| PASSWORD)
    }

    /// The OAuth 2.0 access token of a login name.
    pub fn token(&self, login: &str) -> Option<&'static str> {
        self.mailbox(login).map(|_| TOKEN)
    }

    /// What becomes of mail for `address`. Without a domain only the postmaster is known (RFC 5321 4.1.1.3).
    pub fn route(&self, address: &Address) -> Route {
        if address.domain.as_deref().is_some_and(|domain| !self.is_local(domain)) {
            return Route::Foreign;
        }
        match address.local.to_ascii_lowercase().as_str() {
            "postmaster" => Route::Mailbox(POSTMASTER),
            "greylist" => Route::Greylisted,
            "full" => Route::Full,
            local => self.users.iter().position(|user| user.name == local).map_or(Route::Unknown, Route::Mailbox),
        }
    }

    /// Whether mail from `domain` is taken: a name that can exist, as far as one can say without asking DNS.
    pub fn may_send(&self, domain: &str) -> bool {
        let top = domain.rsplit('.').next().unwrap_or(domain);
        self.is_local(domain)
            || domain.starts_with('[')
            || (domain.contains('.') && !top.eq_ignore_ascii_case("invalid"))
    }

    /// Whether `domain` is this server's.
    pub fn is_local(&self, domain: &str) -> bool {
        domain.eq_ignore_ascii_case(&self.domain)
            || domain.eq_ignore_ascii_case("localhost")
            || literal(domain).is_some_and(|ip| ip.is_loopback())
    }
}

/// The address in a literal such as `[127.0.0.1]` or `[IPv6:::1]` (RFC 5321 4.1.3).
fn literal(domain: &str) -> Option<IpAddr> {
    let inside = domain.strip_prefix('[')?.strip_suffix(']')?;
    match inside.split_at_checked(5) {
        Some((tag, ip)) if tag.eq_ignore_ascii_case("IPv6:") => ip.parse().ok().map(IpAddr::V6),
        _ => inside.parse().ok().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recipient_has_one_route() {
        let accounts = Accounts::new("sandbox.test");
        for (address, route) in [
            ("ada@sandbox.test", Route::Mailbox(0)),
            ("BOB@SandBox.Test", Route::Mailbox(1)),
            ("\"bob\"@sandbox.test", Route::Mailbox(1)),
            ("bob@localhost", Route::Mailbox(1)),
            ("bob@[127.0.0.1]", Route::Mailbox(1)),
            ("bob@[ipv6:::1]", Route::Mailbox(1)),
            ("Postmaster", Route::Mailbox(0)),
            ("postmaster@sandbox.test", Route::Mailbox(0)),
            ("greylist@sandbox.test", Route::Greylisted),
            ("full@sandbox.test", Route::Full),
            ("carol@sandbox.test", Route::Unknown),
            ("bob@sandbox.test.example", Route::Foreign),
            ("full@example.org", Route::Foreign),
            ("bob@[192.0.2.1]", Route::Foreign),
        ] {
            assert_eq!(accounts.route(&Address::parse(address).unwrap()), route, "{address}");
        }
    }

    #[test]
    fn senders_need_a_domain_that_can_exist() {
        let accounts = Accounts::new("sandbox");
        for domain in ["example.org", "sandbox", "localhost", "[192.0.2.1]", "invalid.example"] {
            assert!(accounts.may_send(domain), "{domain}");
        }
        for domain in ["nowhere", "x.invalid", "INVALID", "invalid"] {
            assert!(!accounts.may_send(domain), "{domain}");
        }
    }

    #[test]
    fn login_names_come_with_and_without_the_domain() {
        let accounts = Accounts::new("sandbox.test");
        for (login, mailbox) in
            [("ada", Some(0)), ("Bob", Some(1)), ("bob@sandbox.test", Some(1)), ("eve", None), ("", None)]
        {
            assert_eq!(accounts.mailbox(login), mailbox, "{login}");
            assert_eq!(accounts.password(login), mailbox.map(|_| PASSWORD), "{login}");
            assert_eq!(accounts.token(login), mailbox.map(|_| TOKEN), "{login}");
        }
    }
}
