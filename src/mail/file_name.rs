//! A name for a file from a name that a stranger chose.

use crate::wire::printable;

/// Most octets of a file name.
const LONGEST: usize = 200;

/// The part of `name` that is safe as a name inside a folder: no path, no leading dot, no control, reordering or
/// reserved character, never empty. Whether a file of that name exists is the caller's question.
pub fn safe_file_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    // What the screen would show as something else is no character for a name.
    let safe = |c: &char| {
        let mut one = [0; 4];
        let same = printable::text(c.encode_utf8(&mut one)) == c.to_string();
        same && *c != '\u{fffd}'
    };
    let plain: String = base.chars().filter(safe).map(|c| if "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    let plain = plain.trim_start_matches(['.', ' ', '-', '~']).trim_end_matches(['.', ' ']);
    let short = shortened(plain);
    match short.as_str() {
        "" => "attachment".into(),
        device if is_device(device) => format!("_{device}"),
        _ => short,
    }
}

/// At most [`LONGEST`] octets, with the extension kept if it is a short one.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let end = stem.floor_char_boundary(LONGEST - extension.len());
    format!("{}{extension}", &stem[..end])
}

/// Names that are devices on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.as_bytes()[3].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strangers_names_stay_in_the_folder() {
        for (name, safe) in [
            ("report.pdf", "report.pdf"),
            ("Grüße 2026.txt", "Grüße 2026.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\x.exe", "x.exe"),
            ("/", "attachment"),
            ("", "attachment"),
            ("..", "attachment"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("a\0b\x1b[31m\nc", "ab[31mc"),
            ("abc\u{202e}fdp.exe", "abcfdp.exe"),
            ("a<b>:c?.txt", "a_b__c_.txt"),
            ("trailing. . ", "trailing"),
            ("nul.txt", "_nul.txt"),
            ("COM1", "_COM1"),
            ("comma.txt", "comma.txt"),
        ] {
            assert_eq!(safe_file_name(name), safe, "{}", name.escape_debug());
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let safe = safe_file_name(&format!("{}.pdf", "ä".repeat(500)));
        assert!(safe.len() <= LONGEST && safe.ends_with("ä.pdf"), "{safe}");
        assert!(safe_file_name(&"x".repeat(5_000)).len() <= LONGEST);
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_harmless_one(name in any::<String>()) {
            let safe = safe_file_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= LONGEST + 1);
            prop_assert!(!safe.starts_with('.') && !safe.contains(['/', '\\', '\0']));
            prop_assert!(!safe.chars().any(char::is_control));
        }
    }
}
