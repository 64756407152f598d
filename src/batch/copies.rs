//! The same mail many times: built once, and of each copy only the head is made anew, with a Date and a Message-ID of
//! its own. All copies share the octets of the body.

use std::sync::Arc;

use jiff::Zoned;

use crate::mail::Built;
use crate::wire::Segment;

/// A mail and what its copies share.
#[derive(Clone, Debug)]
pub struct Copies {
    built: Built,
    head: Arc<[u8]>,
    /// Behind the head.
    rest: Arc<[Segment]>,
    /// Where the values of Date and Message-ID stand in the head.
    date: Option<std::ops::Range<usize>>,
    message_id: Option<std::ops::Range<usize>>,
}

impl Copies {
    /// Of this mail. `None` when its head is not in one stretch.
    pub fn of(built: Built) -> Option<Self> {
        let (Segment::Bytes(first), behind) = built.segments.split_first()? else { return None };
        let (head, body) = first.split_at_checked(built.body_at)?;
        let head: Arc<[u8]> = Arc::from(head);
        let rest = Some(Segment::Bytes(Arc::from(body))).filter(|_| !body.is_empty());
        let rest = rest.into_iter().chain(behind.iter().cloned()).collect();
        let date = jiff::fmt::rfc2822::to_string(&built.date).ok();
        let date = date.and_then(|date| line(&head, &format!("Date: {date}\r\n"), "Date: "));
        let message_id = line(&head, &format!("Message-ID: <{}>\r\n", built.message_id), "Message-ID: <");
        let message_id = message_id.map(|range| range.start..range.end - 1);
        Some(Self { built, head, rest, date, message_id })
    }

    /// The mail itself.
    pub fn original(&self) -> &Built {
        &self.built
    }

    /// A copy with this date and Message-ID, without angle brackets. A header that the mail has of its own stays.
    pub fn copy(&self, date: &Zoned, message_id: String) -> Built {
        let date_words = jiff::fmt::rfc2822::to_string(date).ok();
        let mut changes: Vec<_> = [(&self.date, date_words.as_deref()), (&self.message_id, Some(message_id.as_str()))]
            .into_iter()
            .filter_map(|(range, value)| Some((range.clone()?, value?)))
            .collect();
        changes.sort_by_key(|(range, _)| range.start);
        let mut head = Vec::with_capacity(self.head.len() + 16);
        let mut from = 0;
        for (range, value) in changes {
            head.extend_from_slice(&self.head[from..range.start]);
            head.extend_from_slice(value.as_bytes());
            from = range.end;
        }
        head.extend_from_slice(&self.head[from..]);
        let body_at = head.len();
        let octets = self.built.octets - self.head.len() as u64 + body_at as u64;
        let head = Segment::Bytes(Arc::from(head));
        let segments = std::iter::once(head).chain(self.rest.iter().cloned()).collect();
        Built { segments, body_at, octets, message_id, date: date.clone(), ..self.built.clone() }
    }
}

/// Where the value of a header line stands, if the line is there.
fn line(head: &[u8], whole: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let at = memchr::memmem::find_iter(head, whole).find(|at| *at == 0 || head[at - 1] == b'\n')?;
    Some(at + name.len()..at + whole.len() - 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Draft, build};

    fn now(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn draft() -> Draft {
        let (from, to) = ("Ada <ada@a.example>".into(), "bob@b.example".into());
        Draft { from, to, subject: "Grüße".into(), body: "Date: no\n\nMessage-ID: <no>\n".into(), ..Draft::default() }
    }

    #[test]
    fn a_copy_is_what_building_again_would_give() {
        let (first, later) = (now("2026-11-22T09:46:17+01:00[+01:00]"), now("2027-01-02T14:00:00+01:00[+01:00]"));
        let copies = Copies::of(draft().build(&first, "lab.test").unwrap()).unwrap();
        for id in ["1.2@lab.test", "a.much.longer.identifier.than.before.00000000000000000000@lab.test"] {
            let anew = Draft { message_id: Some(id.into()), date: Some(later.clone()), ..draft() };
            let anew = anew.build(&first, "lab.test").unwrap();
            let copy = copies.copy(&later, id.to_owned());
            let (copied, built) = (build::whole(&copy.segments).unwrap(), build::whole(&anew.segments).unwrap());
            assert_eq!(String::from_utf8(copied).unwrap(), String::from_utf8(built).unwrap());
            assert_eq!((copy.octets, copy.body_at), (anew.octets, anew.body_at));
            assert_eq!((copy.message_id, copy.date), (anew.message_id, anew.date));
        }
    }

    #[test]
    fn copies_share_the_body() {
        let copies = Copies::of(draft().build(&now("2026-11-22T09:46:17+00[UTC]"), "h").unwrap()).unwrap();
        let body = |id: &str| copies.copy(&copies.original().date, id.into()).segments.last().cloned();
        let (Some(Segment::Bytes(one)), Some(Segment::Bytes(other))) = (body("a@b"), body("c@d")) else {
            panic!("both")
        };
        assert!(Arc::ptr_eq(&one, &other));
    }

    #[test]
    fn a_header_of_ones_own_is_left_alone() {
        let mut draft = draft();
        draft.add_header("Message-ID: <mine@x>").unwrap();
        let copies = Copies::of(draft.build(&now("2026-11-22T09:46:17+00[UTC]"), "h").unwrap()).unwrap();
        let copy = copies.copy(&copies.original().date, "other@h".into());
        let text = String::from_utf8(build::whole(&copy.segments).unwrap()).unwrap();
        assert!(text.contains("Message-ID: <mine@x>\r\n") && !text.contains("other@h"), "{text}");
    }
}
