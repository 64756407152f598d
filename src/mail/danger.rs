//! Whether opening a file may do more than show it: by its name, by its type, by how it begins.
//!
//! A list of what is known to be dangerous; what it does not know is not safe for that.

/// What opening a file may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Danger {
    /// It is a program, a script or a shortcut to one: opening runs it.
    Program,
    /// It can hold macros, scripts or references to the network, or other files.
    Active,
}

/// Suffixes of programs, scripts, installers and shortcuts.
const PROGRAMS: &[&str] = &[
    "action",
    "apk",
    "app",
    "appimage",
    "appref-ms",
    "bash",
    "bat",
    "bin",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "csh",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "ear",
    "exe",
    "fish",
    "gadget",
    "hta",
    "inf",
    "jar",
    "jnlp",
    "js",
    "jse",
    "ksh",
    "lnk",
    "mjs",
    "msc",
    "msi",
    "msix",
    "msp",
    "mst",
    "out",
    "pif",
    "pl",
    "pkg",
    "ps1",
    "psm1",
    "py",
    "pyc",
    "pyw",
    "rb",
    "reg",
    "rpm",
    "run",
    "scf",
    "scpt",
    "scr",
    "sct",
    "service",
    "sh",
    "so",
    "terminal",
    "url",
    "vb",
    "vbe",
    "vbs",
    "webloc",
    "wsf",
    "wsh",
    "xll",
    "zsh",
];

/// Suffixes of documents that can act.
const ACTIVE: &[&str] = &[
    "7z", "ace", "bz2", "cab", "doc", "docm", "dotm", "gz", "htm", "html", "img", "iso", "mht", "mhtml", "odt", "ods",
    "one", "ppt", "pptm", "rar", "rtf", "shtml", "svg", "tar", "vhd", "xht", "xhtml", "xla", "xlam", "xls", "xlsb",
    "xlsm", "xltm", "xml", "xz", "zip",
];

/// Words in types of programs.
const PROGRAM_TYPES: &[&str] = &[
    "javascript",
    "ecmascript",
    "x-sh",
    "x-csh",
    "x-bat",
    "x-msdownload",
    "x-msdos",
    "x-executable",
    "x-elf",
    "x-perl",
    "x-python",
    "java-archive",
    "x-desktop",
    "x-ms-shortcut",
    "vnd.microsoft.portable",
    "x-msi",
    "hta",
];

/// How programs and scripts begin.
const PROGRAM_STARTS: &[&[u8]] =
    &[b"MZ", b"\x7fELF", b"#!", b"[Desktop Entry]", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"L\0\0\0\x01\x14\x02\0"];

/// What opening a file with this name and type may do; `start` is how it begins, as far as that is known.
pub fn danger(name: &str, content_type: &str, start: &[u8]) -> Option<Danger> {
    let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix.to_ascii_lowercase()).unwrap_or_default();
    let kind = content_type.to_ascii_lowercase();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let program = PROGRAMS.contains(&suffix.as_str())
        || PROGRAM_TYPES.iter().any(|word| kind.contains(word))
        || PROGRAM_STARTS.iter().any(|known| start.starts_with(known));
    let active = ACTIVE.contains(&suffix.as_str())
        || ["html", "svg", "macroenabled", "zip", "rar", "xml"].iter().any(|word| kind.contains(word))
        || start.starts_with(b"<")
        || start.starts_with(b"PK\x03\x04");
    if program { Some(Danger::Program) } else { active.then_some(Danger::Active) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_name_type_or_beginning() {
        for (name, kind, start) in [
            ("a.EXE", "image/png", &b""[..]),
            ("invoice.pdf.js", "application/pdf", b""),
            ("x.desktop", "text/plain", b""),
            ("x.png", "application/x-msdownload", b""),
            ("x.png", "image/png", b"MZ\x90"),
            ("x.txt", "text/plain", b"\xef\xbb\xbf#!/bin/sh"),
            ("x", "", b"\x7fELF"),
        ] {
            assert_eq!(danger(name, kind, start), Some(Danger::Program), "{name} {kind}");
        }
        for (name, kind, start) in [
            ("x.html", "text/plain", &b""[..]),
            ("x.txt", "text/html", b""),
            ("x.png", "image/png", b"  <!doctype html>"),
            ("x.docm", "", b""),
        ] {
            assert_eq!(danger(name, kind, start), Some(Danger::Active), "{name} {kind}");
        }
        for (name, kind, start) in [
            ("x.png", "image/png", &b"\x89PNG"[..]),
            ("notes.txt", "text/plain", b"hi"),
            ("x.pdf", "application/pdf", b"%PDF"),
        ] {
            assert_eq!(danger(name, kind, start), None, "{name}");
        }
    }
}
