//! The links of an HTML text: each gets a number where it stands, and its real target goes into a list.
//!
//! A scan, not a parser, over a text that is bounded already. Nothing is fetched.

use std::fmt::Write;

use crate::wire::printable;

/// Most links that are numbered.
const LINKS: usize = 500;
/// Most characters of a target or of a link's words.
const WORDS: usize = 1_000;

/// A link of an HTML text. Every text has passed `wire::printable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub target: String,
    /// What is wrong with it, if anything: it reads as another host, or runs a script.
    pub warning: Option<String>,
}

/// `html` without scripts, styles, comments and the targets of its links, but with the numbers of these, which go on
/// behind `links`.
pub(super) fn numbered(html: &str, links: &mut Vec<Link>) -> String {
    let mut shown = String::with_capacity(html.len());
    let mut open: Option<(String, usize)> = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = tag_end(rest) else { break };
        let (tag, after) = rest.split_at(end);
        rest = after;
        match name(tag).as_str() {
            "a" if links.len() + usize::from(open.is_some()) < LINKS
                && attribute(tag, "href").is_some_and(leads_away) =>
            {
                close(open.take(), &mut shown, links);
                open = attribute(tag, "href").map(|target| (target.to_owned(), shown.len()));
            }
            "/a" => {
                close(open.take(), &mut shown, links);
                shown.push_str(tag);
            }
            raw @ ("script" | "style") => {
                let end = end_of_raw(after, raw);
                // What they hold is nothing to read, and can be longer than all the rest.
                shown.push_str(tag);
                rest = &after[end..];
            }
            _ if tag.starts_with("<!--") => {}
            _ => shown.push_str(tag),
        }
    }
    shown.push_str(rest);
    close(open, &mut shown, links);
    shown
}

/// Where the tag or comment at the start of `text` ends.
fn tag_end(text: &str) -> Option<usize> {
    if text.starts_with("<!--") {
        return text.find("-->").map(|end| end + 3);
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, quote) {
            (b'>', None) => return Some(at + 1),
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn name(tag: &str) -> String {
    let name = tag[1..].split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default();
    name.chars().take(8).collect::<String>().to_ascii_lowercase()
}

/// The value of an attribute as it stands there.
fn attribute<'t>(tag: &'t str, wanted: &str) -> Option<&'t str> {
    let mut rest = tag.split_once(char::is_whitespace)?.1;
    loop {
        let (name, value) = rest.split_once('=')?;
        let name =
            name.rsplit(|c: char| c.is_whitespace() || c == '/').find(|word| !word.is_empty()).unwrap_or_default();
        let value = value.trim_start();
        let (value, after) = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split_once(quote)?,
            _ => value.split_at(value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len())),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// Places in the same text are no links to list.
fn leads_away(target: &str) -> bool {
    !matches!(target.trim(), "" | "#") && !target.trim().starts_with('#')
}

fn end_of_raw(text: &str, name: &str) -> usize {
    let needle = format!("</{name}");
    let found = text.as_bytes().windows(needle.len()).position(|here| here.eq_ignore_ascii_case(needle.as_bytes()));
    found.unwrap_or(text.len())
}

fn close(open: Option<(String, usize)>, shown: &mut String, links: &mut Vec<Link>) {
    let Some((target, start)) = open else { return };
    let target = words(&target);
    let text = words(&shown[start..]);
    write!(shown, " [{}]", links.len() + 1).expect("writing to a String cannot fail");
    links.push(Link { warning: warning(&text, &target), target });
}

/// Entities and tags undone, on one line, fit for the screen.
fn words(html: &str) -> String {
    let end = html.floor_char_boundary(4 * WORDS);
    let text = nanohtml2text::html2text(&html[..end]).split_whitespace().collect::<Vec<_>>().join(" ");
    printable::text(&text.chars().take(WORDS).collect::<String>()).into_owned()
}

fn warning(text: &str, target: &str) -> Option<String> {
    // Browsers pass over white space in a scheme.
    let scheme: String = target.split(':').next().unwrap_or_default().split_whitespace().collect();
    let scheme = scheme.to_ascii_lowercase();
    if matches!(scheme.as_str(), "javascript" | "vbscript" | "data" | "file" | "blob") {
        return Some(format!("its target is a {scheme}: link"));
    }
    let (reads, leads) = (host_of_words(text)?, host(target)?);
    let same = leads == reads || leads.strip_suffix(&reads).is_some_and(|front| front.ends_with('.'));
    (!same).then(|| format!("it reads {reads}, but leads to {leads}"))
}

/// The host of a URL, without `www.`.
fn host(url: &str) -> Option<String> {
    // Browsers take a backslash for a slash, and any number of them.
    let (scheme, rest) = url.split_once(['/', '\\'])?;
    let web = matches!(scheme.to_ascii_lowercase().as_str(), "http:" | "https:" | "");
    let rest = if web { rest.trim_start_matches(['/', '\\']) } else { rest.strip_prefix('/')? };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?.to_ascii_lowercase();
    let host = host.strip_prefix("www.").map_or(host.clone(), str::to_owned);
    (!host.is_empty()).then_some(host)
}

/// The host that the words of a link name, if they look like a URL or a domain.
fn host_of_words(text: &str) -> Option<String> {
    if text.contains(' ') || text.contains('@') && !text.contains("://") {
        return None;
    }
    let found = if text.contains("://") { host(text) } else { host(&format!("//{text}")) }?;
    let labels: Vec<&str> = found.split('.').collect();
    let is_name = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let top = labels.last().is_some_and(|top| top.len() >= 2 && top.chars().all(char::is_alphabetic));
    (labels.len() >= 2 && top && labels.iter().all(is_name)).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(html: &str) -> (String, Vec<Link>) {
        let mut links = Vec::new();
        let shown = numbered(html, &mut links);
        (nanohtml2text::html2text(&shown), links)
    }

    #[test]
    fn links_are_numbered_and_listed_with_their_real_target() {
        let (text, links) = listed(
            "<p>See <a class=x href=\"https://a.example/?x=1&amp;y=2\">the <b>page</b></a>, <A HREF=http://b.example>b</A> \
             and <a href='#top'>top</a> <!-- <a href=c> --><script>'<a href=d>'</script></p>",
        );
        assert_eq!(text.trim(), "See the page [1], b [2] and top (#top)");
        let targets: Vec<&str> = links.iter().map(|link| link.target.as_str()).collect();
        assert_eq!(targets, ["https://a.example/?x=1&y=2", "http://b.example"]);
    }

    #[test]
    fn a_link_that_reads_as_another_host_is_told() {
        for (words, target, reads) in [
            ("https://bank.example/login", "https://evil.example/bank.example", Some("bank.example")),
            ("www.bank.example", "https://bank.example@evil.example/", Some("bank.example")),
            ("bank.example", "https://bank.example.evil.example", Some("bank.example")),
            ("bank.example", "https://www.bank.example/x", None),
            ("bank.example", "https://login.bank.example/x", None),
            ("click here", "https://evil.example", None),
            ("report.2026", "https://evil.example", None),
            ("ada@bank.example", "mailto:ada@bank.example", None),
        ] {
            let (_, links) = listed(&format!("<a href=\"{target}\">{words}</a>"));
            let told = links[0].warning.as_deref();
            assert_eq!(told.is_some(), reads.is_some(), "{words} {told:?}");
            assert!(reads.is_none_or(|host| told.is_some_and(|told| told.starts_with(&format!("it reads {host},")))));
        }
        for target in
            [" javascript:x()", "java&#10;script:x()", "JAVASCRIPT:x", "file:///etc/passwd", "data:text/html,x"]
        {
            assert!(listed(&format!("<a href=\"{target}\">y</a>")).1[0].warning.is_some(), "{target}");
        }
        for target in ["https:\\\\evil.example", "https:/evil.example", "https:////evil.example/bank.example"] {
            let (_, links) = listed(&format!("<a href=\"{target}\">bank.example</a>"));
            assert_eq!(
                links[0].warning.as_deref(),
                Some("it reads bank.example, but leads to evil.example"),
                "{target}"
            );
        }
    }

    #[test]
    fn what_is_nothing_to_read_takes_no_room() {
        let html = format!("<style>{0}</style><!-- {0} --><script>{0}</script>text", "x".repeat(100_000));
        let mut links = Vec::new();
        assert_eq!(numbered(&html, &mut links), "<style></style><script></script>text");
    }

    #[test]
    fn hostile_html_ends_and_stays_bounded() {
        for html in
            ["<a href=".repeat(8_000), "<a href=x>".repeat(6_000), "<a href='x>".repeat(6_000), "<".repeat(60_000)]
        {
            let mut links = Vec::new();
            assert!(numbered(&html, &mut links).len() < 4 * html.len() + 10_000);
            assert!(links.len() <= LINKS);
        }
        assert!(listed("<a href=\"\x1b]0;x\x07\u{202e}\">\x1b</a>").1[0].target.chars().all(|c| !c.is_control()));
    }
}
