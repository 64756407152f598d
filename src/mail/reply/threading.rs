//! In-Reply-To and References of a reply (RFC 5322 3.6.4).

use crate::mail::header::RawField;

/// Most Message-IDs in References: the first, and the last ones.
const IDS: usize = 20;
/// Longest Message-ID that is taken over, in octets: a line holds 998.
const ID: usize = 250;
/// Most octets of a field that are looked at.
const VALUE: usize = 64 * 1024;

/// The header fields that tie a reply to the mail with these fields; none if that has no Message-ID and no References.
pub(super) fn headers(fields: &[RawField<'_>]) -> Vec<(String, String)> {
    let of = |name: &str| fields.iter().find(|field| field.is(name)).map(ids).unwrap_or_default();
    let own = of("Message-ID").into_iter().next();
    let mut references = of("References");
    if references.is_empty() {
        let parents = of("In-Reply-To");
        // More than one would say nothing about the order.
        references = if parents.len() == 1 { parents } else { Vec::new() };
    }
    references.retain(|id| Some(id) != own.as_ref());
    references.extend(own.clone());
    if references.len() > IDS {
        references.drain(1..=references.len() - IDS);
    }
    let mut headers = Vec::new();
    headers.extend(own.map(|own| ("In-Reply-To".to_owned(), own)));
    if !references.is_empty() {
        headers.push(("References".to_owned(), references.join(" ")));
    }
    headers
}

/// The Message-IDs of a field, with their angle brackets. What is none is left out.
fn ids(field: &RawField<'_>) -> Vec<String> {
    let value = &field.value[..field.value.len().min(VALUE)];
    let between = value.split(|byte| *byte == b'<').skip(1).filter_map(|rest| rest.split(|byte| *byte == b'>').next());
    let visible = |byte: &u8| byte.is_ascii_graphic() && !b"()\\".contains(byte);
    let id = |id: &&[u8]| id.contains(&b'@') && id.len() <= ID && id.iter().all(visible);
    between.filter(id).map(|id| format!("<{}>", String::from_utf8_lossy(id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::header;

    fn of(head: &str) -> Vec<(String, String)> {
        headers(&header::fields(head.as_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn a_reply_names_its_parent_and_the_thread() {
        for (head, in_reply_to, references) in [
            ("Message-ID: <c@x>\r\nReferences: <a@x>\r\n <b@x>\r\n", "<c@x>", "<a@x> <b@x> <c@x>"),
            ("Message-ID: <c@x>\r\nIn-Reply-To: <b@x>\r\n", "<c@x>", "<b@x> <c@x>"),
            ("Message-ID: <c@x>\r\nIn-Reply-To: <a@x> <b@x>\r\n", "<c@x>", "<c@x>"),
            ("Message-ID: <c@x>\r\nReferences: <c@x> <b@x> <no blank@x> <none> <d@x\r\n", "<c@x>", "<b@x> <c@x>"),
        ] {
            let expected = [("In-Reply-To", in_reply_to), ("References", references)];
            assert_eq!(of(head), expected.map(|(name, value)| (name.to_owned(), value.to_owned())), "{head}");
        }
        assert_eq!(of("Subject: x\r\n"), []);
        assert_eq!(of("References: <a@x>\r\n"), [("References".to_owned(), "<a@x>".to_owned())]);
    }

    #[test]
    fn a_long_thread_keeps_its_beginning_and_its_end() {
        let many = (0..500).map(|n| format!(" <{n}@x>")).collect::<Vec<_>>().concat();
        let found = of(&format!("References:{many}\r\nMessage-ID: <last@x>\r\n"));
        let ids: Vec<&str> = found[1].1.split(' ').collect();
        assert_eq!((ids.len(), ids[0], ids[1], ids[19]), (20, "<0@x>", "<482@x>", "<last@x>"));
    }
}
