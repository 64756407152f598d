//! Templates: mails to begin from, one file each, under the name that the person gave.

use std::path::PathBuf;

use super::files::{self, Glance, Reading};
use super::{LISTED, Listed, Saved, Trouble, parts};
use crate::mail::Draft;

/// Longest name, in characters.
const LONGEST: usize = 64;

/// The folder of templates.
#[derive(Clone, Debug)]
pub struct Templates {
    folder: PathBuf,
}

impl Templates {
    /// The templates in `folder`. Nothing is opened yet.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What is wrong with a name, for the person who typed it.
    pub fn check(name: &str) -> Result<(), &'static str> {
        let fits = |c: char| c.is_alphanumeric() || " -_.+".contains(c);
        match name {
            _ if name.trim().is_empty() => Err("a template needs a name"),
            _ if name.trim() != name || name.starts_with('.') => Err("no dot and no blank at its ends"),
            _ if !name.chars().all(fits) => Err("letters, digits, blanks and - _ . + only"),
            _ if name.chars().count() > LONGEST => Err("at most 64 characters"),
            _ => Ok(()),
        }
    }

    /// Keeps a mail as a template: without Message-ID, date, and what became of it. One of that name is not replaced.
    pub fn save(&self, name: &str, saved: Saved) -> Result<(), Trouble> {
        Self::check(name).map_err(|why| Trouble::Other(why.to_owned()))?;
        if self.file(name).exists() {
            return Err(Trouble::Other(format!("there is a template {name} already: delete it first")));
        }
        let draft = Draft { message_id: None, date: None, ..saved.draft };
        let mut template = Saved { draft, manner: saved.manner, ..Saved::default() };
        parts::put_by(&self.parts(name), &mut template.draft)?;
        Ok(files::write_saved(&self.file(name), &template)?)
    }

    /// A new mail from a template.
    pub fn open(&self, name: &str) -> Result<Saved, Trouble> {
        Self::check(name).map_err(|why| Trouble::Other(why.to_owned()))?;
        let mut saved = files::read_saved(&self.file(name))?;
        parts::fetch(&self.parts(name), &mut saved.draft);
        let draft = Draft { message_id: None, date: None, ..saved.draft };
        Ok(Saved { draft, manner: saved.manner, template: Some(name.to_owned()), ..Saved::default() })
    }

    /// Removes a template.
    pub fn forget(&self, name: &str) -> Result<(), Trouble> {
        Self::check(name).map_err(|why| Trouble::Other(why.to_owned()))?;
        std::fs::remove_file(self.file(name))?;
        // It costs room only.
        let _ = std::fs::remove_dir_all(self.parts(name));
        Ok(())
    }

    /// All templates by name. What is broken is not listed and stays.
    pub fn list(&self) -> Result<Vec<Listed<String>>, Trouble> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut listed: Vec<Listed<String>> = entries.flatten().filter_map(|entry| look(&entry.path())).collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        listed.truncate(LISTED);
        Ok(listed)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn parts(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.parts"))
    }
}

fn look(path: &std::path::Path) -> Option<Listed<String>> {
    let name = path.file_name()?.to_str()?.strip_suffix(".json")?;
    Templates::check(name).ok()?;
    let Reading::Whole(Glance { subject, to, .. }) = files::read(path).ok()? else { return None };
    let (changed, octets) = files::about(path).ok()?;
    let (template, elsewhere, away, perhaps_sent) = (None, false, false, false);
    Some(Listed { name: name.to_owned(), subject, to, changed, octets, template, elsewhere, away, perhaps_sent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Attachment, Content};

    #[test]
    fn a_template_is_a_mail_without_identity() {
        let place = tempfile::tempdir().unwrap();
        let templates = Templates::new(place.path().join("templates"));
        assert!(templates.list().unwrap().is_empty());
        let draft = Draft {
            subject: "Weekly".into(),
            message_id: Some("a@b".into()),
            date: "2026-11-22T14:46:17+01:00[Europe/Berlin]".parse().ok(),
            attachments: vec![Attachment::new("a", "x/y", Content::Bytes(vec![1; parts::LARGE + 1].into()))],
            ..Draft::default()
        };
        let saved = Saved { draft, perhaps_sent: true, away: true, ..Saved::default() };
        templates.save("Weekly é", saved.clone()).unwrap();
        assert!(templates.save("Weekly é", saved.clone()).unwrap_err().to_string().contains("already"));
        let begun = templates.open("Weekly é").unwrap();
        assert_eq!((&begun.draft.message_id, &begun.draft.date), (&None, &None));
        assert_eq!(begun.draft.attachments, saved.draft.attachments);
        assert!(!begun.perhaps_sent && !begun.away && begun.template.as_deref() == Some("Weekly é"));
        assert_eq!(templates.list().unwrap()[0].subject, "Weekly");
        templates.forget("Weekly é").unwrap();
        assert_eq!(std::fs::read_dir(place.path().join("templates")).unwrap().count(), 0);
        assert_eq!(templates.open("Weekly é"), Err(Trouble::Gone));
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for bad in ["", " ", "a/b", "..", "../x", ".x", "a\0b", "a\nb", " a", "a ", &"x".repeat(65)] {
            assert!(Templates::check(bad).is_err(), "{bad:?}");
        }
    }
}
