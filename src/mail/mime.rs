//! The parts of a mail (RFC 2045, 2046), taken apart without recursion and under caps.
//!
//! Our own walk and not mail-parser's, because that one frees nested messages recursively and overflows the stack on
//! a mail made for it. Each level is a slice of the one above: a missing boundary can spoil its own part only.

use mail_parser::{ContentType, Encoding};
use memchr::memmem;

use super::decoded;
use super::header::{self, RawField};

/// Deepest nesting that is taken apart.
pub(super) const DEPTH: usize = 100;
/// Most parts that are listed.
pub(super) const PARTS: usize = 10_000;

/// What the Content- headers of a part say.
#[derive(Debug, Clone)]
pub(super) struct Info {
    /// `type/subtype` in small letters.
    pub(super) kind: String,
    pub(super) charset: Option<String>,
    pub(super) boundary: Option<String>,
    pub(super) name: Option<String>,
    pub(super) attachment: bool,
    /// `inline`, `attachment` or another word; empty if none is said.
    pub(super) disposition: String,
    pub(super) encoding: Encoding,
    /// Content-Transfer-Encoding as it stands there.
    pub(super) encoding_name: String,
}

/// One part, a leaf or a container.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// `1.2`, as IMAP numbers parts.
    pub(super) path: String,
    pub(super) info: Info,
    /// What it holds, still encoded.
    pub(super) body: &'a [u8],
    /// Which multipart/alternative it is a choice of.
    pub(super) alternative: Option<usize>,
    /// It belongs to a message inside the mail.
    pub(super) nested: bool,
    /// Its parts are listed too.
    pub(super) taken_apart: bool,
    /// It lies at the deepest level and would have parts.
    pub(super) too_deep: bool,
}

impl Part<'_> {
    /// The encoding to undo for its octets; of what was taken apart none, whatever it says.
    pub(super) fn decoding(&self) -> Encoding {
        if self.taken_apart || self.too_deep { Encoding::None } else { self.info.encoding }
    }
}

/// A mail taken apart.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// There are more than [`PARTS`].
    pub(super) too_many: bool,
    /// A multipart did not end with its boundary, or had none.
    pub(super) broken: bool,
}

struct Todo<'a> {
    entity: &'a [u8],
    path: Vec<usize>,
    depth: usize,
    /// A whole message: its own number is its container's.
    root: bool,
    /// The type it has if it names none.
    default: &'static str,
    alternative: Option<usize>,
    nested: bool,
}

/// Takes `mail` apart.
pub(super) fn parts(mail: &[u8]) -> Tree<'_> {
    let mut tree = Tree::default();
    let whole = Todo {
        entity: mail,
        path: Vec::new(),
        depth: 0,
        root: true,
        default: "text/plain",
        alternative: None,
        nested: false,
    };
    let mut todo = vec![whole];
    while let Some(next) = todo.pop() {
        if tree.parts.len() >= PARTS {
            tree.too_many = true;
            break;
        }
        take_apart(&next, &mut tree, &mut todo);
    }
    tree
}

/// What lies inside an entity.
enum Inside<'a> {
    Nothing,
    Message(&'a [u8]),
    Entities(Vec<&'a [u8]>),
}

fn take_apart<'a>(next: &Todo<'a>, tree: &mut Tree<'a>, todo: &mut Vec<Todo<'a>>) {
    let split = header::split(next.entity);
    let info = info(split.head, next.default);
    let room = PARTS.saturating_sub(tree.parts.len() + todo.len());
    let at_bottom = next.depth >= DEPTH;
    let inside = if at_bottom { Inside::Nothing } else { inside(&info, split.body, room, tree) };
    let unnumbered = next.root && matches!(inside, Inside::Entities(_));
    let mut path = next.path.clone();
    if next.root && !unnumbered {
        path.push(1);
    }
    let part = Part {
        path: path.iter().map(usize::to_string).collect::<Vec<_>>().join("."),
        body: split.body,
        alternative: next.alternative,
        nested: next.nested,
        taken_apart: !matches!(inside, Inside::Nothing),
        too_deep: at_bottom && (is_message(&info) || is_multipart(&info)),
        info,
    };
    match inside {
        Inside::Nothing => {}
        Inside::Message(entity) => todo.push(message(entity, path, next.depth)),
        Inside::Entities(entities) => push_entities(entities, &path, &part, next, todo),
    }
    if !unnumbered {
        tree.parts.push(part);
    }
}

fn message(entity: &[u8], path: Vec<usize>, depth: usize) -> Todo<'_> {
    Todo { entity, path, depth: depth + 1, root: true, default: "text/plain", alternative: None, nested: true }
}

/// Pushes the entities of a multipart, the first one last, as it is popped first.
fn push_entities<'a>(
    entities: Vec<&'a [u8]>,
    path: &[usize],
    part: &Part<'a>,
    outer: &Todo<'a>,
    todo: &mut Vec<Todo<'a>>,
) {
    // The place of the body in memory tells alternatives apart, as no two have the same.
    let own = (part.info.kind == "multipart/alternative").then_some(part.body.as_ptr() as usize);
    for (index, entity) in entities.into_iter().enumerate().rev() {
        todo.push(Todo {
            entity,
            path: path.iter().copied().chain([index + 1]).collect(),
            depth: outer.depth + 1,
            root: false,
            default: if part.info.kind == "multipart/digest" { "message/rfc822" } else { "text/plain" },
            alternative: outer.alternative.or(own),
            nested: outer.nested,
        });
    }
}

/// What lies inside an entity with this header, at most `room` entities.
fn inside<'a>(info: &Info, body: &'a [u8], room: usize, tree: &mut Tree<'a>) -> Inside<'a> {
    if is_message(info) {
        return Inside::Message(body);
    }
    if !is_multipart(info) {
        return Inside::Nothing;
    }
    let Some(boundary) = &info.boundary else {
        tree.broken = true;
        return Inside::Nothing;
    };
    let (entities, closed) = entities(body, boundary.as_bytes(), room);
    if entities.len() >= room {
        tree.too_many = true;
    } else {
        tree.broken |= !closed;
    }
    if entities.is_empty() { Inside::Nothing } else { Inside::Entities(entities) }
}

fn is_multipart(info: &Info) -> bool {
    info.kind.starts_with("multipart/")
}

fn is_message(info: &Info) -> bool {
    matches!(info.kind.as_str(), "message/rfc822" | "message/global") && info.encoding == Encoding::None
}

/// The entities between the boundary lines of `body`, at most `room`, and whether the closing line was there.
fn entities<'a>(body: &'a [u8], boundary: &[u8], room: usize) -> (Vec<&'a [u8]>, bool) {
    let needle = [b"--", boundary].concat();
    let (mut entities, mut start) = (Vec::new(), None);
    for at in memmem::find_iter(body, &needle) {
        if at > 0 && body[at - 1] != b'\n' {
            continue;
        }
        let behind = at + needle.len();
        let end = memchr::memchr(b'\n', &body[behind..]).map_or(body.len(), |length| behind + length + 1);
        let rest = &body[behind..end];
        let closing = rest.starts_with(b"--");
        if !closing && !rest.trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start {
            entities.push(header::without_end(&body[start..at.max(start)]));
        }
        if closing || entities.len() >= room {
            return (entities, closing);
        }
        start = Some(end);
    }
    entities.extend(start.filter(|_| entities.len() < room).map(|start| &body[start..]));
    (entities, false)
}

fn info(head: &[u8], default: &str) -> Info {
    let fields: Vec<RawField<'_>> = header::fields(head).collect();
    let find = |name: &str| fields.iter().find(|field| field.is(name));
    let content_type = find("Content-Type").and_then(decoded::content_type);
    let disposition = find("Content-Disposition").and_then(decoded::content_type);
    let encoding_name = find("Content-Transfer-Encoding").map(decoded::text).unwrap_or_default();
    let parameter = |name| content_type.as_ref().and_then(|value| value.attribute(name)).map(str::to_owned);
    let file_name = disposition.as_ref().and_then(|value| value.attribute("filename")).map(str::to_owned);
    let kind = content_type.as_ref().map(|value| match value.subtype() {
        Some(subtype) => format!("{}/{subtype}", value.ctype()),
        None => value.ctype().to_owned(),
    });
    Info {
        kind: kind.map_or_else(|| default.to_owned(), |kind| kind.to_ascii_lowercase()),
        charset: parameter("charset"),
        boundary: parameter("boundary").filter(|boundary| !boundary.is_empty()),
        name: file_name.or_else(|| parameter("name")),
        attachment: disposition.as_ref().is_some_and(ContentType::is_attachment),
        disposition: disposition.map(|value| value.ctype().to_ascii_lowercase()).unwrap_or_default(),
        encoding: encoding(&encoding_name),
        encoding_name,
    }
}

fn encoding(name: &str) -> Encoding {
    match name.to_ascii_lowercase().as_str() {
        "base64" => Encoding::Base64,
        "quoted-printable" => Encoding::QuotedPrintable,
        _ => Encoding::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_parts_on_each_of_many_levels_do_not_add_up() {
        let level = |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}x\r\n\r\n--b{n}x\r\n");
        let ends = |n: usize| format!("--b{n}x\r\n").repeat(5_000);
        let mail: String = (0..50).map(level).chain((0..50).rev().map(ends)).collect();
        let (mut tree, mut todo) = (Tree::default(), vec![message(mail.as_bytes(), Vec::new(), 0)]);
        while let Some(next) = todo.pop() {
            take_apart(&next, &mut tree, &mut todo);
            assert!(tree.parts.len() + todo.len() <= PARTS + 1);
        }
        assert!(tree.too_many);
    }

    #[test]
    fn only_a_whole_line_is_a_boundary() {
        for (body, found, closed) in [
            (&b"--b\r\nx\r\n--b--\r\n"[..], &[&b"x"[..]][..], true),
            (b"--b \t\nx\n--b--", &[b"x"], true),
            (b"--b\nx --b\n--bc\n--b--\n", &[b"x --b\n--bc"], true),
            (b"--b\n--b\n\n--b--", &[b"", b""], true),
            (b"--b\nx\n", &[b"x\n"], false),
            (b"--b--\n--b\nx", &[], true),
            (b"no boundary", &[], false),
        ] {
            assert_eq!(entities(body, b"b", 9), (found.to_vec(), closed), "{}", body.escape_ascii());
        }
        assert_eq!(entities(b"--b\n1\n--b\n2\n--b\n3", b"b", 2).0.len(), 2);
    }
}
