//! A command as it is typed: words quoted for a POSIX shell, comments above it, text for its standard input below.

use shlex::Quoter;

/// Longer commands are broken into lines.
const ONE_LINE: usize = 100;

/// A command under construction.
#[derive(Debug)]
pub(super) struct Command {
    notes: Vec<String>,
    /// An option and its value stand together.
    groups: Vec<String>,
    input: Option<String>,
    below: Vec<String>,
}

impl Command {
    pub(super) fn new(words: &[&str]) -> Self {
        Self { notes: Vec::new(), groups: vec![words.join(" ")], input: None, below: Vec::new() }
    }

    /// A word, or an option without a value.
    pub(super) fn word(&mut self, word: impl AsRef<str>) -> &mut Self {
        self.groups.push(quoted(word.as_ref()));
        self
    }

    /// An option and its value.
    pub(super) fn option(&mut self, name: &str, value: impl AsRef<str>) -> &mut Self {
        self.groups.push(format!("{name} {}", quoted(value.as_ref())));
        self
    }

    /// The same, where there is a value.
    pub(super) fn maybe(&mut self, name: &str, value: Option<impl AsRef<str>>) -> &mut Self {
        if let Some(value) = value {
            self.option(name, value);
        }
        self
    }

    /// A comment above the command.
    pub(super) fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.notes.push(one_line(&text.into()));
        self
    }

    /// Text for its standard input, as a here-document.
    pub(super) fn input(&mut self, text: String) -> &mut Self {
        self.input = Some(text);
        self
    }

    /// A comment below the command.
    pub(super) fn below(&mut self, text: impl Into<String>) -> &mut Self {
        self.below.push(one_line(&text.into()));
        self
    }

    pub(super) fn text(&self) -> String {
        let whole = self.groups.join(" ");
        let command = if whole.len() <= ONE_LINE { whole } else { self.groups.join(" \\\n  ") };
        let mut lines: Vec<String> = self.notes.iter().map(|note| format!("# {note}")).collect();
        match &self.input {
            None => lines.push(command),
            Some(input) => {
                let mark = end_mark(input);
                lines.extend([format!("{command} <<'{mark}'"), input.trim_end_matches('\n').to_owned(), mark]);
            }
        }
        lines.extend(self.below.iter().map(|note| format!("# {note}")));
        lines.join("\n")
    }
}

/// One word for the shell. NUL cannot be in one.
fn quoted(word: &str) -> String {
    let word = word.replace('\0', "");
    Quoter::new().allow_nul(true).quote(&word).map(std::borrow::Cow::into_owned).unwrap_or_default()
}

/// A comment must not end before its end.
fn one_line(text: &str) -> String {
    crate::wire::printable::text(text).replace(['\n', '\r'], " ")
}

/// A word that is no line of the text.
fn end_mark(text: &str) -> String {
    let mut mark = "END".to_owned();
    while text.lines().any(|line| line == mark) {
        mark.push('_');
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_gives_every_word_back() {
        for word in ["plain", "", "two words", "it's", "a\nb", "$(id) `id` \\ \"x\" !!", "#no comment", "~", "é", "-o"]
        {
            let mut command = Command::new(&["tool", "sub"]);
            command.word(word).option("--text", word);
            let words = shlex::split(&command.text()).unwrap();
            assert_eq!(words, ["tool", "sub", word, "--text", word], "{}", command.text());
        }
    }

    #[test]
    fn long_commands_are_broken_and_comments_stay_on_their_line() {
        let mut command = Command::new(&["tool"]);
        command
            .note("first\nrm -rf x")
            .option("--one", "1".repeat(60))
            .option("--two", "2".repeat(60))
            .below("last\r\nid");
        let text = command.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        assert!(lines[0].starts_with("# first") && lines[4].starts_with("# last"));
        assert_eq!(shlex::split(&text.replace(" \\\n", " ")).unwrap().len(), 5, "{text}");
    }

    #[test]
    fn the_end_of_the_input_is_no_line_of_it() {
        let mut command = Command::new(&["tool"]);
        command.input("a\nEND\nEND_\nb\n\n".to_owned());
        assert_eq!(command.text(), "tool <<'END__'\na\nEND\nEND_\nb\nEND__");
    }
}
