//! Internationalized domains as they go over a line (IDNA, RFC 5890, UTS 46).

/// The domain as A-labels; `None` where it has no such form. IDNA maps look-alikes of punctuation to the punctuation
/// itself: none may come in that way, or it would end an address and begin what the address is not.
pub fn domain_in_ascii(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    (!ascii.is_empty() && ascii.bytes().all(fits) && ascii.split('.').all(|label| !label.is_empty())).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_becomes_a_labels() {
        assert_eq!(domain_in_ascii("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(domain_in_ascii("A.example").as_deref(), Some("a.example"));
    }

    #[test]
    fn look_alikes_of_punctuation_make_no_domain() {
        for domain in ["b＞.example", "b\u{3000}x.example", "ü。。b", "b＠ü", "ü℀b", "ü\u{560a}\u{2028}", ""]
        {
            assert_eq!(domain_in_ascii(domain), None, "{domain}");
        }
    }
}
