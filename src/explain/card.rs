//! The answer: what a reply means, in words for people.

/// What is known about a reply. All sentences end with a full stop; none holds text of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The code it is about, as the server wrote it: `550 5.1.1`, `-ERR [IN-USE]`.
    pub code: String,
    /// A few words.
    pub title: String,
    /// OK, MORE, TEMP, PERM or ERR.
    pub class: &'static str,
    /// What the reply says.
    pub meaning: String,
    /// Why it usually comes, likeliest first. Empty for good news.
    pub causes: Vec<String>,
    /// What to do now.
    pub next: String,
    /// The action that does it.
    pub key: Option<String>,
    /// The field of the form to put the cursor on: from, to, body, helo, host, port, user, password or command.
    pub field: Option<String>,
    /// Where it is written.
    pub rfc: String,
    /// What the enhanced code says by itself, when the card is about something more special.
    pub enhanced: Option<String>,
    /// Whether the same may work later; `None` for good news and where nobody can tell.
    pub temporary: Option<bool>,
    /// Whose wording it is, if that shows.
    pub product: Option<String>,
    /// What stands behind it, where `meaning` only says what happened.
    pub background: Option<String>,
}

impl Card {
    /// The explain line: code, class, meaning and what to do.
    pub fn line(&self) -> String {
        // POP3's own indicator is its class.
        let class = if self.code.starts_with(['+', '-']) { "" } else { self.class };
        format!("{} {class}: {} {}", self.code, self.meaning, self.next).replacen(" :", ":", 1)
    }

    /// The second line, where there is room for one: likely causes and where it is written.
    pub fn likely(&self) -> String {
        if self.causes.is_empty() {
            return self.rfc.clone();
        }
        format!("Likely: {}  {}", self.causes.join(" "), self.rfc)
    }

    /// The class in words, and how long the refusal lasts.
    fn class_in_words(&self) -> &'static str {
        match (self.class, self.temporary) {
            ("OK", _) => "done: the command was carried out",
            ("MORE", _) => "not done yet: the server waits for more",
            ("TEMP", Some(false)) => "the code says for now, the words say for good",
            ("TEMP", _) => "refused for now: the same may work later",
            ("PERM", Some(true)) => "the code says for good, and yet it often passes later",
            ("PERM", _) => "refused for good: the same will be refused again",
            (_, Some(true)) => "failed, for now: the same may work later",
            (_, Some(false)) => "failed, for good: the same will fail again",
            ("ERR", None) => "failed",
            _ => "",
        }
    }

    /// The whole card, one paragraph or list item a line.
    pub fn text(&self) -> String {
        let head = [self.code.as_str(), self.class, &self.title];
        let head = head.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
        let mut lines = vec![head];
        lines.extend(Some(self.class_in_words().to_owned()).filter(|words| !words.is_empty()));
        lines.extend([String::new(), self.meaning.clone()]);
        lines.extend(self.background.clone());
        if !self.causes.is_empty() {
            lines.extend([String::new(), "Usual causes:".to_owned()]);
            lines.extend(self.causes.iter().map(|cause| format!("- {cause}")));
        }
        if !self.next.is_empty() {
            lines.extend([String::new(), format!("Next: {}", self.next)]);
        }
        lines.extend(self.enhanced.iter().map(|enhanced| format!("Enhanced code {enhanced}")));
        lines.extend(self.product.iter().map(|product| format!("Wording of {product}.")));
        lines.extend(Some(self.rfc.clone()).filter(|rfc| !rfc.is_empty()));
        lines.join("\n")
    }
}
