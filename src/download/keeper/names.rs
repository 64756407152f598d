//! Names of files: unique ones for a Maildir, numbered ones for single files, and temporary ones that tell whose they
//! are, so that only what is ours is ever cleared away.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// One run of this program, as it shows in its temporary files.
#[derive(Debug)]
pub struct Run {
    id: String,
    host: String,
    count: u64,
}

impl Run {
    /// The run that begins now.
    pub fn new() -> Self {
        let host = gethostname::gethostname();
        let id = format!("M{}P{}", Timestamp::now().as_microsecond(), std::process::id());
        Self { id, host: host_part(&host.to_string_lossy()), count: 0 }
    }

    /// What all its names have in common.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `<time>.M<time of the run>P<pid>Q<count>.<host>`: unique by time, process, counter and host.
    pub fn maildir_name(&mut self) -> String {
        self.count += 1;
        format!("{}.{}Q{}.{}", Timestamp::now().as_second(), self.id, self.count, self.host)
    }

    /// The name of a single file while it is being written.
    pub fn hidden_name(&mut self) -> String {
        self.count += 1;
        format!(".telepost-{}Q{}", self.id, self.count)
    }
}

/// Whether one of `runs` gave this name to a temporary file.
pub fn is_of(runs: &[String], name: &str) -> bool {
    let middle = name.strip_prefix(".telepost-").or_else(|| name.split_once('.').map(|(_, rest)| rest));
    let rest = |run: &String| middle.and_then(|middle| middle.strip_prefix(run.as_str()));
    runs.iter().filter_map(rest).any(|rest| rest.starts_with('Q'))
}

/// `NNNNNN-<hash of the unique-id>.eml`, without the hash where there is no unique-id.
pub fn numbered(number: u32, uid: Option<&str>) -> String {
    let Some(uid) = uid else { return format!("{number:06}.eml") };
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(uid));
    format!("{number:06}-{:08x}.eml", u32::from_be_bytes([a, b, c, d]))
}

/// The number that a file of such a name has. One of ten digits is not ours: none could follow it.
pub fn number_of(name: &str) -> Option<u32> {
    let name = name.strip_suffix(".eml")?;
    let digits = name.split_once('-').map_or(name, |(digits, _)| digits);
    ((6..10).contains(&digits.len()) && digits.bytes().all(|octet| octet.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

/// The host as Maildir names have it: `/` and `:` in octal, and nothing that a shell or a screen takes ill.
fn host_part(host: &str) -> String {
    let part = |character: char| match character {
        '/' => "\\057".to_owned(),
        ':' => "\\072".to_owned(),
        '-' | '_' | '.' => character.to_string(),
        _ if character.is_ascii_alphanumeric() => character.to_string(),
        _ => "_".to_owned(),
    };
    let host: String = host.chars().take(64).map(part).collect();
    if host.is_empty() { "localhost".to_owned() } else { host }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_found_again_as_ours_alone() {
        let mut run = Run::new();
        let names: HashSet<String> = (0..50).flat_map(|_| [run.maildir_name(), run.hidden_name()]).collect();
        assert_eq!(names.len(), 100);
        let runs = ["M1P2".to_owned(), run.id().to_owned()];
        for name in &names {
            assert!(is_of(&runs, name), "{name}");
            assert!(!is_of(&runs[..1], name), "{name}");
            assert!(!name.contains(['/', ':']));
        }
        for foreign in ["", "1.M1P23Q1.host", "1.M1P2.host", ".telepost-", ".telepost-M1P2", "M1P2Q1", "x.eml"] {
            assert!(!is_of(&runs, foreign), "{foreign}");
        }
    }

    #[test]
    fn a_host_name_cannot_break_a_file_name() {
        assert_eq!(host_part("mail.example.org"), "mail.example.org");
        assert_eq!(host_part("a/b:c\n\u{1b}d"), "a\\057b\\072c__d");
        assert_eq!(host_part(""), "localhost");
    }

    #[test]
    fn numbers_come_back_from_names() {
        assert_eq!(numbered(7, Some("u")).len(), "000007-01234567.eml".len());
        for name in [numbered(7, Some("u")), numbered(7, None)] {
            assert_eq!(number_of(&name), Some(7), "{name}");
        }
        assert_eq!(number_of(&numbered(1_234_567, None)), Some(1_234_567));
        for foreign in ["message-1.eml", "1.eml", "000001.txt", "99999999999.eml", "4294967295.eml", "+00001.eml"] {
            assert_eq!(number_of(foreign), None, "{foreign}");
        }
    }
}
