//! Python's email parser as the judge of what a mail holds.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

const PYTHON: &str = "/usr/bin/python3";

/// Prints what the parser sees of each file, as one JSON list.
const JUDGE: &str = r#"
import base64, email, email.errors, email.policy, hashlib, json, sys

# SMTPUTF8 has such local parts (RFC 6531); the parser notes each of them.
INTERNATIONAL = email.errors.NonASCIILocalPartDefect

def header_defects(part):
    fields = [(name, defect) for name, value in part.items() for defect in value.defects]
    return [f"{name}: {defect!r}" for name, defect in fields if not isinstance(defect, INTERNATIONAL)]

def leaves(part):
    if part.get_content_maintype() == "multipart":
        for child in part.get_payload():
            yield from leaves(child)
    else:
        yield part

def defects(part):
    found = [repr(defect) for defect in part.defects] + header_defects(part)
    if part.is_multipart():
        for child in part.get_payload():
            found += defects(child)
    return found

def seen(part):
    mail = part.get_content_type() == "message/rfc822"
    octets = None if mail else part.get_payload(decode=True)
    return {
        "type": part.get_content_type(),
        "name": part.get_filename(),
        "disposition": part.get_content_disposition(),
        "sha256": None if mail else base64.b64encode(hashlib.sha256(octets).digest()).decode(),
        "text": octets.decode("utf-8") if part.get_content_type() == "text/html" else None,
    }

def people(mail, name):
    fields = mail.get_all(name, [])
    return [[person.display_name, person.addr_spec] for field in fields for person in field.addresses]

def judged(path):
    octets = open(path, "rb").read()
    head = octets.partition(b"\r\n\r\n")[0]
    if head.isascii():
        mail = email.message_from_bytes(octets, policy=email.policy.default)
    else:
        mail = email.message_from_string(octets.decode("utf-8"), policy=email.policy.SMTPUTF8)
    return {
        "subject": mail["subject"],
        "people": {name: people(mail, name) for name in ("from", "to", "cc", "reply-to")},
        "date": mail["date"].datetime.isoformat(),
        "id": mail["message-id"],
        "kept": mail["x-kept"],
        "names": [name for name in mail.keys() if not name.lower().startswith("content-")],
        "parts": [seen(part) for part in leaves(mail)],
        "structure": [part.get_content_type() for part in mail.walk() if part.get_content_maintype() == "multipart"],
        "defects": defects(mail),
    }

print(json.dumps([judged(path) for path in sys.argv[1:]]))
"#;

/// What the parser sees of each file: `subject`, `people`, `date`, `id`, `names` of headers, `parts` with `type`, `name`,
/// `disposition` and `sha256` (base64) of the decoded octets, `structure`, `defects`.
pub fn judged(paths: &[PathBuf]) -> Vec<Value> {
    let output = Command::new(PYTHON).arg("-c").arg(JUDGE).args(paths).output().expect("Python is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}
