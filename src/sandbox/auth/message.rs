//! The messages of those mechanisms that have only one.

/// A token, and whose it is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer<'a> {
    /// The user; empty when none is named.
    pub user: &'a str,
    /// The token.
    pub token: &'a str,
}

/// PLAIN (RFC 4616 2): whom to act as, user, password.
pub fn plain(message: &[u8]) -> Option<[&str; 3]> {
    let mut parts = std::str::from_utf8(message).ok()?.split('\0');
    let [authorization, user, password] = [parts.next()?, parts.next()?, parts.next()?];
    (parts.next().is_none() && !user.is_empty()).then_some([authorization, user, password])
}

/// LOGIN: a user name.
pub fn name(message: &[u8]) -> Option<&str> {
    std::str::from_utf8(message).ok().filter(|name| !name.is_empty() && !name.contains('\0'))
}

/// XOAUTH2: `user=` name ^A `auth=Bearer` token ^A ^A.
pub fn xoauth2(message: &[u8]) -> Option<Bearer<'_>> {
    let text = std::str::from_utf8(message).ok()?;
    let (user, pairs) = text.strip_prefix("user=")?.split_once('\x01')?;
    Some(Bearer { user, token: token(pairs)? })
}

/// OAUTHBEARER (RFC 7628 3.1): a GS2 header, then `key=value` pairs.
pub fn oauth_bearer(message: &[u8]) -> Option<Bearer<'_>> {
    let text = std::str::from_utf8(message).ok()?;
    let (header, pairs) = text.split_once('\x01')?;
    let user = header.strip_prefix("n,").or_else(|| header.strip_prefix("y,"))?.strip_suffix(',')?;
    let user = if user.is_empty() { user } else { user.strip_prefix("a=")? };
    Some(Bearer { user, token: token(pairs)? })
}

/// The token in pairs that each end with ^A, and one more ^A after the last.
fn token(pairs: &str) -> Option<&str> {
    let pairs = pairs.strip_suffix("\x01\x01")?;
    let auth = pairs.split('\x01').find_map(|pair| pair.strip_prefix("auth="))?;
    let (scheme, token) = auth.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_has_three_parts() {
        assert_eq!(plain(b"\0ada\0se cret"), Some(["", "ada", "se cret"]));
        assert_eq!(plain(b"bob\0ada\0"), Some(["bob", "ada", ""]));
        for bad in [&b""[..], b"ada", b"ada\0x", b"\0\0x", b"\0ada\0x\0", b"\0\xff\0x"] {
            assert_eq!(plain(bad), None, "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn tokens_come_in_two_wrappings() {
        let bearer = |user, token| Some(Bearer { user, token });
        for (text, read) in [
            ("user=ada\x01auth=Bearer abc=\x01\x01", bearer("ada", "abc=")),
            ("user=ada\x01auth=bearer abc\x01\x01", bearer("ada", "abc")),
            ("user=ada\x01auth=Basic abc\x01\x01", None),
            ("user=ada\x01auth=Bearer abc\x01", None),
            ("ada\x01auth=Bearer abc\x01\x01", None),
        ] {
            assert_eq!(xoauth2(text.as_bytes()), read, "{text:?}");
        }
        for (text, read) in [
            ("n,a=ada,\x01host=mx\x01port=587\x01auth=Bearer abc\x01\x01", bearer("ada", "abc")),
            ("y,,\x01auth=Bearer abc\x01\x01", bearer("", "abc")),
            ("p=x,a=ada,\x01auth=Bearer abc\x01\x01", None),
            ("n,ada,\x01auth=Bearer abc\x01\x01", None),
            ("n,a=ada,\x01host=mx\x01\x01", None),
            ("\x01", None),
        ] {
            assert_eq!(oauth_bearer(text.as_bytes()), read, "{text:?}");
        }
    }
}
