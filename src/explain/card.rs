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

    /// The whole card, one paragraph or list item a line.
    pub fn text(&self) -> String {
        let mut lines =
            vec![format!("{}  {}  {}", self.code, self.class, self.title), String::new(), self.meaning.clone()];
        if !self.causes.is_empty() {
            lines.extend([String::new(), "Usual causes:".to_owned()]);
            lines.extend(self.causes.iter().map(|cause| format!("- {cause}")));
        }
        lines.extend([String::new(), format!("Next: {}", self.next)]);
        lines.extend(self.enhanced.iter().map(|enhanced| format!("Enhanced code {enhanced}")));
        lines.push(self.rfc.clone());
        lines.join("\n")
    }
}
