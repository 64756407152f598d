//! Markdown as HTML. No HTML of the text's own passes, links lead to the web and to mailboxes only, and nothing is
//! fetched by who reads it: an image is its description.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// What a link may start with, in lower case.
const SCHEMES: [&str; 3] = ["http:", "https:", "mailto:"];

/// A whole HTML document of `text`.
pub(super) fn html(text: &str) -> String {
    let mut links = Links::default();
    let events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut body = String::with_capacity(text.len() * 2);
    html::push_html(&mut body, events.filter_map(|event| safe(event, &mut links)));
    format!("<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n{body}</body>\n</html>\n")
}

/// The links that are open, the innermost last; whether each is one.
#[derive(Default)]
struct Links(Vec<bool>);

impl Links {
    fn open(&mut self, target: &str) -> bool {
        self.0.push(leads_out(target));
        self.0.last() == Some(&true)
    }

    fn close(&mut self) -> bool {
        self.0.pop() == Some(true)
    }
}

/// The event as it may be written; `None` leaves a tag out and keeps what is in it.
fn safe<'a>(event: Event<'a>, links: &mut Links) -> Option<Event<'a>> {
    match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            // The writer puts this before an address in angle brackets.
            let mail = link_type == pulldown_cmark::LinkType::Email;
            let target = if mail { CowStr::Borrowed("mailto:") } else { dest_url.clone() };
            links.open(&target).then_some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link) => links.close().then_some(event),
        other => Some(other),
    }
}

fn leads_out(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    SCHEMES.iter().any(|scheme| lower.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn body(text: &str) -> String {
        let whole = html(text);
        let (_, rest) = whole.split_once("<body>\n").unwrap();
        rest.strip_suffix("</body>\n</html>\n").unwrap().to_owned()
    }

    #[test]
    fn html_of_the_text_is_text() {
        for (text, expected) in [
            ("a <b>c</b>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n"),
            ("<script>\nx\n</script>\n", "<p>&lt;script&gt;\nx\n&lt;/script&gt;\n</p>\n"),
            ("`<i>`", "<p><code>&lt;i&gt;</code></p>\n"),
            ("<!-- x -->", "<p>&lt;!-- x --&gt;</p>\n"),
        ] {
            assert_eq!(body(text), expected);
        }
    }

    #[test]
    fn links_lead_to_the_web_and_to_mailboxes_only() {
        for (text, expected) in [
            ("[a](https://x.example/?q=\"1\")", "<p><a href=\"https://x.example/?q=%221%22\">a</a></p>\n"),
            ("[a](HTTP://x.example)", "<p><a href=\"HTTP://x.example\">a</a></p>\n"),
            ("<ada@a.example>", "<p><a href=\"mailto:ada@a.example\">ada@a.example</a></p>\n"),
            ("[a *b*](javascript:alert)", "<p>a <em>b</em></p>\n"),
            ("[a](java&#115;cript:x) [b](//x.example) [c](x)", "<p>a b c</p>\n"),
            ("<data:text/html,x>", "<p>data:text/html,x</p>\n"),
            ("[x ![pic](http://t.example/1.gif)](mailto:a@b)", "<p><a href=\"mailto:a@b\">x pic</a></p>\n"),
            ("![pic](http://t.example/1.gif)", "<p>pic</p>\n"),
        ] {
            assert_eq!(body(text), expected);
        }
    }

    #[test]
    fn tables_and_lists_come_out() {
        assert!(body("|a|b|\n|-|-|\n|1|2|\n").contains("<td>2</td>"));
        assert!(body("1. x\n2. ~~y~~\n").contains("<li><del>y</del></li>"));
    }

    proptest! {
        #[test]
        fn only_tags_of_the_writer_come_out(
            text in "([<>&\"'`*_#!\\[\\]()|:/ =\n-]|<script |onclick=|javascript:|https://x|<!--|[a-c]){0,60}",
        ) {
            const TAGS: [&str; 26] = [
                "p", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "del", "code", "pre", "a", "ul", "ol", "li",
                "blockquote", "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "body",
            ];
            let body = body(&text);
            for tag in body.split('<').skip(1) {
                let tag = tag.split_once('>').unwrap_or_else(|| panic!("an open tag: {body}")).0;
                let (name, attributes) = tag.trim_start_matches('/').split_once(' ').unwrap_or((tag, ""));
                let name = name.trim_matches('/');
                prop_assert!(TAGS.contains(&name), "{}", body);
                let known = ["", "/", "href=\"http", "href=\"mailto:", "class=\"language-", "start=\"", "style=\"text-align"];
                prop_assert!(known.iter().any(|start| attributes.to_lowercase().starts_with(start)), "{}", body);
            }
        }
    }
}
