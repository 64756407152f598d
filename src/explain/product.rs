//! Which program or provider speaks, by fragments of its words. A guess for people; nothing is decided by it.

use super::said::Said;
use super::table;

/// The name of the product whose words these are. Of several the longest fragment tells.
pub(super) fn recognised(said: &Said) -> Option<&'static str> {
    let products = table::table().capabilities.products.iter();
    let found = products.filter_map(|(name, fragments)| {
        let longest = fragments.iter().filter(|fragment| at(said, fragment)).map(String::len).max()?;
        Some((longest, name.as_str()))
    });
    found.max_by_key(|(longest, _)| *longest).map(|(_, name)| name)
}

fn at(said: &Said, fragment: &str) -> bool {
    said.has(fragment) || (!fragment.starts_with(char::is_alphanumeric) && said.holds(fragment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_give_themselves_away() {
        for (words, product) in [
            ("mx.x.test ESMTP Postfix (Debian/GNU)", Some("Postfix")),
            ("mx.x.test ESMTP Exim 4.97 Mon, 23 Nov 2026", Some("Exim")),
            ("mx.x.test Microsoft ESMTP MAIL Service ready", Some("Microsoft Exchange")),
            ("5.1.1 <bob@x.test>... User unknown", Some("Sendmail")),
            ("sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Some("qmail")),
            ("at your service, 41be03b00d2f7 - gsmtp", Some("Gmail")),
            ("Dovecot ready.", Some("Dovecot")),
            ("<bob@x.test>: Recipient address rejected: Access denied. AS(201806281)", Some("Microsoft Exchange")),
            ("no", None),
        ] {
            assert_eq!(recognised(&Said::new(words)), product, "{words}");
        }
    }
}
