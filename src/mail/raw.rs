//! Hints for the envelope of a mail that comes as it is, already with headers.

use super::address::AddressList;
use super::draft::{Envelope, recipients};
use super::header;

/// The envelope that the headers of `mail` suggest: Sender or first From, and To, Cc, Bcc in order. What cannot be read
/// is left out, so either half may be empty. Encoded words stay: they are in names only.
pub fn raw(mail: &[u8]) -> Envelope {
    let head = header::split(mail).head;
    let lists = |name: &str| -> Vec<AddressList> {
        let fields = header::fields(head).filter(|field| field.is(name));
        fields.map(|field| AddressList::salvage(&field.unfolded())).collect()
    };
    let senders: Vec<AddressList> = ["Sender", "From"].into_iter().flat_map(lists).collect();
    let from = senders.iter().flat_map(AddressList::mailboxes).next();
    let to: Vec<AddressList> = ["To", "Cc", "Bcc"].into_iter().flat_map(lists).collect();
    Envelope { from: from.map(|mailbox| mailbox.address.clone()).unwrap_or_default(), to: recipients(&to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_recipient_headers_are_found() {
        let mail = b"From: Me <me@a.example>, Second <x@a.example>\r\nbcc: c@x\r\nTo: =?utf-8?q?J=C3=B6rg?= <j@b.example>,\r\n \
            Team: t@c.example;\r\nCc:c@x, nonsense\r\nTo: again@x\r\n\r\nTo: body@x\r\n";
        let expected = ["j@b.example", "t@c.example", "again@x", "c@x"].map(str::to_owned).to_vec();
        assert_eq!(raw(mail), Envelope { from: "me@a.example".into(), to: expected });
    }

    #[test]
    fn sender_goes_before_from_and_nothing_is_invented() {
        assert_eq!(raw(b"From: a@b\nSender: s@b\n\n").from, "s@b");
        assert_eq!(raw(b"Hello\r\n.\r\n"), Envelope::default());
        assert_eq!(raw(b"To: a@b\rBcc: x@y\r\n\r\n").to, Vec::<String>::new());
    }
}
