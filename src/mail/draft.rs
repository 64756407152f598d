//! The mail being written, as typed, and the envelope that follows from it. Building the octets is [`super::build`].

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use super::address::{AddressList, on_the_wire};
use super::build::{Built, is_media_type};
use super::fault::{Fault, Field};
use super::flaw::Flaws;

/// What MAIL FROM and RCPT TO say, apart from the headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Reverse-path without angle brackets; empty is the null sender `<>`.
    pub from: String,
    /// Forward-paths without angle brackets, in order, each once.
    pub to: Vec<String>,
}

/// Where the octets of an attachment are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// In a file. Small texts are read when the mail is built, all else when it goes out.
    Path(PathBuf),
    /// Here.
    Bytes(#[serde(with = "as_base64")] Arc<[u8]>),
}

/// A file that goes with the mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The name the receiver sees.
    pub name: String,
    /// Media type, such as `image/png`.
    pub content_type: String,
    /// Its octets.
    pub content: Content,
    /// It is shown with the text rather than beside it (RFC 2183 2.1).
    #[serde(default)]
    pub inline: bool,
}

impl Attachment {
    /// One beside the text.
    pub fn new(name: impl Into<String>, content_type: impl Into<String>, content: Content) -> Self {
        Self { name: name.into(), content_type: content_type.into(), content, inline: false }
    }

    /// An attachment named and typed after the file at `path`. The file is not touched yet.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().map_or_else(|| "attachment".into(), |name| name.to_string_lossy().into_owned());
        Self::new(name, media_type(&path), Content::Path(path))
    }
}

/// By the extension, unless it is of a kind that makes no part.
fn media_type(path: &Path) -> &'static str {
    let guessed = mime_guess::from_path(path).first_raw();
    guessed.filter(|kind| is_media_type(kind)).unwrap_or("application/octet-stream")
}

/// How the text of a draft is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// As it is to be read.
    #[default]
    Plain,
    /// In Markdown: it goes out as it is, and as HTML beside it (multipart/alternative, RFC 2046 5.1.4).
    Markdown,
}

/// A key for DKIM signatures (RFC 6376), for test mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimKey {
    /// The private key, RSA or Ed25519, in PEM.
    pub file: PathBuf,
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
}

/// A mail as typed into the form. Address fields hold lists as [`AddressList`] reads them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// Cc.
    pub cc: String,
    /// Bcc: in the envelope, never in a header.
    pub bcc: String,
    /// Reply-To.
    pub reply_to: String,
    /// Subject.
    pub subject: String,
    /// Text, with any line ends.
    pub body: String,
    /// Further headers as name and value, in order.
    pub headers: Vec<(String, String)>,
    /// How the text is written.
    pub format: Format,
    /// Text that is not ASCII goes as it is, in 8bit, where the server takes 8BITMIME.
    pub eight_bit: bool,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// What is wrong with it on purpose.
    pub flaws: Flaws,
    /// The key that signs it.
    pub dkim: Option<DkimKey>,
    /// Said in MAIL FROM and RCPT TO instead of what the headers give.
    pub envelope: Option<Envelope>,
    /// Message-ID without angle brackets, fixed by [`Draft::keep`] so that a second attempt has the same.
    pub message_id: Option<String>,
    /// Date header, fixed along with it.
    pub date: Option<Zoned>,
}

impl Draft {
    /// MAIL FROM and RCPT TO: the override, or the Sender header or first From address, and To, Cc, Bcc in order.
    pub fn envelope(&self) -> Result<Envelope, Vec<Fault>> {
        match &self.envelope {
            Some(envelope) => control_free(envelope.clone()),
            None => self.envelope_with(None, None),
        }
    }

    /// As [`Self::envelope`] with one or both halves given: a given half is taken as it is, and what is wrong with the
    /// fields that it stands for is no fault. Paths are without angle brackets; an empty `from` is the null sender.
    pub fn envelope_with(&self, from: Option<String>, to: Option<Vec<String>>) -> Result<Envelope, Vec<Fault>> {
        let mut faults = Vec::new();
        let from = from.unwrap_or_else(|| self.sender(&mut faults));
        let to = to.unwrap_or_else(|| self.recipients(&mut faults));
        if faults.is_empty() && to.is_empty() {
            faults.push(Fault::new(Field::To, 0, "no recipient", "fill in To, Cc or Bcc"));
        }
        if faults.is_empty() { control_free(Envelope { from, to }) } else { Err(faults) }
    }

    fn recipients(&self, faults: &mut Vec<Fault>) -> Vec<String> {
        let lists = [(Field::To, &self.to), (Field::Cc, &self.cc), (Field::Bcc, &self.bcc)]
            .map(|(field, text)| list_or_fault(field, text, faults));
        recipients(&lists)
    }

    fn sender(&self, faults: &mut Vec<Fault>) -> String {
        let from = list_or_fault(Field::From, &self.from, faults);
        let sender = self.headers.iter().enumerate().find(|(_, (name, _))| name.eq_ignore_ascii_case("Sender"));
        let sender = sender.map(|(index, (_, value))| list_or_fault(Field::Header(index), value, faults));
        let first = sender.iter().chain([&from]).flat_map(AddressList::mailboxes).next();
        if let Some(mailbox) = first {
            return on_the_wire(&mailbox.address).into_owned();
        }
        if faults.is_empty() {
            faults.push(Fault::new(Field::From, 0, "no sender", "fill in From, or set the envelope sender"));
        }
        String::new()
    }

    /// Remembers the date and Message-ID that `built` carries, so that building again gives the same mail.
    pub fn keep(&mut self, built: &Built) {
        self.message_id = Some(built.message_id.clone());
        self.date = Some(built.date.clone());
    }

    /// Adds a header typed as `Name: value`; the space may be missing.
    pub fn add_header(&mut self, line: &str) -> Result<(), Fault> {
        let field = Field::Header(self.headers.len());
        let Some((name, value)) = line.split_once(':') else {
            return Err(Fault::new(field, 0, "no colon in the header", "write Name: value"));
        };
        self.headers.push((name.trim_end().to_owned(), value.trim_matches([' ', '\t']).to_owned()));
        Ok(())
    }
}

/// Addresses of `lists` as they go out, in order, each once. The domain's case does not make a difference, the local
/// part's does.
pub(super) fn recipients(lists: &[AddressList]) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let all = lists.iter().flat_map(AddressList::mailboxes).map(|mailbox| on_the_wire(&mailbox.address));
    all.filter(|address| seen.insert(same_mailbox_key(address))).map(Cow::into_owned).collect()
}

/// Equal for addresses of the same mailbox: the case of the domain does not count.
pub(super) fn same_mailbox_key(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
        None => address.to_owned(),
    }
}

fn list_or_fault(field: Field, text: &str, faults: &mut Vec<Fault>) -> AddressList {
    AddressList::parse(field, text).unwrap_or_else(|found| {
        faults.extend(found);
        AddressList::default()
    })
}

fn control_free(envelope: Envelope) -> Result<Envelope, Vec<Fault>> {
    let paths = std::iter::once(&envelope.from).chain(&envelope.to);
    let faults: Vec<Fault> = paths.filter_map(|path| super::fault::control(Field::Envelope, path, false)).collect();
    if faults.is_empty() { Ok(envelope) } else { Err(faults) }
}

/// Octets as base64 text, so that an autosaved draft stays small.
mod as_base64 {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map(Arc::from).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft { from: "Me <me@a.example>".into(), to: "you@b.example".into(), ..Draft::default() }
    }

    #[test]
    fn the_envelope_has_each_recipient_once_in_order() {
        let draft = Draft {
            to: "you@b.example, X <x@c.example>".into(),
            cc: "x@C.example; Team: y@d.example, Y@d.example;".into(),
            bcc: "secret@e.example".into(),
            ..draft()
        };
        let envelope = draft.envelope().expect("all addresses are good");
        assert_eq!(envelope.from, "me@a.example");
        let expected = ["you@b.example", "x@c.example", "y@d.example", "Y@d.example", "secret@e.example"];
        assert_eq!(envelope.to, expected);
    }

    #[test]
    fn a_sender_header_goes_before_from() {
        let mut draft = Draft { from: "a@x.example, b@x.example".into(), ..draft() };
        assert_eq!(draft.envelope().expect("good").from, "a@x.example");
        draft.add_header("sender:Secretary <s@x.example>").expect("a header");
        assert_eq!(draft.envelope().expect("good").from, "s@x.example");
    }

    #[test]
    fn an_override_says_what_it_says_but_no_line_break() {
        let null = Envelope { from: String::new(), to: vec!["root".into()] };
        assert_eq!(Draft { envelope: Some(null.clone()), ..draft() }.envelope(), Ok(null));
        let two = Envelope { from: "a@b\r\nRCPT TO:<x@y>".into(), to: vec![] };
        let faults = Draft { envelope: Some(two), ..draft() }.envelope().expect_err("a line break");
        assert_eq!(faults[0].field, Field::Envelope);
    }

    #[test]
    fn a_given_half_replaces_its_fields_and_their_faults() {
        let nobody = Draft { from: String::new(), ..draft() };
        let to = || vec!["you@b.example".to_owned()];
        assert_eq!(nobody.envelope_with(Some(String::new()), None), Ok(Envelope { from: String::new(), to: to() }));
        let unaddressed = Draft { to: "x y z".into(), ..draft() };
        let given = unaddressed.envelope_with(None, Some(to())).expect("the field is replaced");
        assert_eq!(given.from, "me@a.example");
        let none = Draft { to: String::new(), ..draft() }.envelope_with(Some(String::new()), None);
        assert_eq!(none.expect_err("no recipient")[0].field, Field::To);
    }

    #[test]
    fn missing_and_bad_addresses_name_their_field() {
        let fields = |draft: &Draft| draft.envelope().expect_err("bad").iter().map(|f| f.field).collect::<Vec<_>>();
        assert_eq!(fields(&Draft { from: String::new(), ..draft() }), [Field::From]);
        assert_eq!(fields(&Draft { to: " ".into(), ..draft() }), [Field::To]);
        let bad = Draft { from: "me".into(), cc: "x@".into(), bcc: "y z".into(), ..draft() };
        assert_eq!(fields(&bad), [Field::From, Field::Cc, Field::Bcc]);
    }

    #[test]
    fn a_header_may_be_typed_without_the_space() {
        let mut draft = draft();
        for line in ["X-A: 1", "X-B:2", "X-C:"] {
            draft.add_header(line).expect("a header");
        }
        let expected = [("X-A", "1"), ("X-B", "2"), ("X-C", "")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(draft.headers, expected);
        assert_eq!(draft.add_header("no colon").expect_err("refused").field, Field::Header(3));
    }

    #[test]
    fn a_domain_goes_into_the_envelope_in_ascii_and_once() {
        let to = "j@bücher.example, J Ö <j@xn--bcher-kva.example>, jörg@bücher.example";
        let envelope = Draft { from: "a@ü.example".into(), to: to.into(), ..draft() }.envelope().expect("good");
        assert_eq!(envelope.from, "a@xn--tda.example");
        assert_eq!(envelope.to, ["j@xn--bcher-kva.example", "jörg@bücher.example"]);
    }

    #[test]
    fn the_media_type_follows_the_name() {
        for (name, kind) in [
            ("photo.JPG", "image/jpeg"),
            ("notes.txt", "text/plain"),
            ("notes.md", "text/markdown"),
            ("mail.eml", "message/rfc822"),
            ("sheet.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ("invite.ics", "text/calendar"),
            ("odd.no-such", "application/octet-stream"),
            ("Makefile", "application/octet-stream"),
            (".png", "application/octet-stream"),
        ] {
            assert_eq!(Attachment::from_path(format!("/x/{name}")).content_type, kind, "{name}");
        }
    }

    #[test]
    fn a_saved_draft_comes_back_and_an_older_one_too() {
        let bytes = Attachment::new("a", "x/y", Content::Bytes(vec![0, 255].into()));
        let date = "2026-11-22T14:46:17+01:00[Europe/Berlin]".parse().ok();
        let attachments = vec![bytes, Attachment::from_path("/x/photo.JPG")];
        let draft = Draft { attachments, date, message_id: Some("a@b".into()), body: "ä\n".into(), ..draft() };
        let saved = serde_json::to_string(&draft).expect("serializable");
        assert_eq!(serde_json::from_str::<Draft>(&saved).expect("readable"), draft);
        assert_eq!(serde_json::from_str::<Draft>("{}").expect("readable"), Draft::default());
        assert_eq!(draft.attachments[1].content_type, "image/jpeg");
    }
}
