//! What may stand at the end of the line that is being typed: verbs by state, parameters that were announced, addresses,
//! message numbers. Never a secret.

pub(super) mod pop3;
pub(super) mod smtp;

/// Most candidates at once.
const MOST: usize = 40;

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// What is put in.
    pub(crate) text: String,
    /// What it is for; sanitized.
    pub(crate) note: String,
}

impl Candidate {
    fn new(text: impl Into<String>, note: impl Into<String>) -> Self {
        Self { text: text.into(), note: note.into() }
    }

    #[cfg(test)]
    pub(super) fn for_test(text: &str) -> Self {
        Self::new(text, "")
    }
}

/// What can be chosen from, in place of the end of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    /// The octet of the line from which a candidate stands.
    from: usize,
    pub(crate) candidates: Vec<Candidate>,
}

impl Offer {
    /// Those of `candidates` that `line` begins from its octet `from` on, and that add something to it.
    pub(super) fn of(line: &str, from: usize, candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let typed = &line[from..];
        let fits = |candidate: &Candidate| {
            let text = &candidate.text;
            let begun = text.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
            begun && text.trim_end().len() > typed.trim_end().len()
        };
        Self { from, candidates: candidates.into_iter().filter(fits).take(MOST).collect() }
    }

    /// The line with a candidate in it.
    pub(crate) fn line_with(&self, line: &str, candidate: &Candidate) -> String {
        format!("{}{}", &line[..self.from.min(line.len())], candidate.text)
    }

    /// The line as all candidates go on, where that is further than it is now.
    pub(super) fn common(&self, line: &str) -> Option<String> {
        let (first, others) = self.candidates.split_first()?;
        let shared = others.iter().fold(first.text.len(), |shared, other| {
            let same =
                first.text.bytes().zip(other.text.bytes()).take_while(|(one, two)| one.eq_ignore_ascii_case(two));
            shared.min(same.count())
        });
        let shared = first.text.get(..shared).filter(|shared| super::starts(shared, &line[self.from..]))?;
        (self.from + shared.len() > line.len()).then(|| format!("{}{shared}", &line[..self.from]))
    }
}

/// Addresses of which the typed text is the beginning, and behind them those that have it somewhere inside.
fn addresses<'a>(typed: &str, known: impl Iterator<Item = &'a str> + Clone) -> Vec<&'a str> {
    let wanted = typed.to_lowercase();
    let begins = known.clone().filter(|address| address.to_lowercase().starts_with(&wanted));
    let holds = known.filter(|address| address.to_lowercase().find(&wanted).is_some_and(|at| at > 0));
    let mut found: Vec<&str> = Vec::new();
    for address in begins.chain(holds) {
        if !found.iter().any(|other| other.eq_ignore_ascii_case(address)) {
            found.push(address);
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_beginning_is_what_all_share() {
        let offer = |texts: &[&str]| Offer::of("R", 0, texts.iter().map(|text| Candidate::new(*text, "")));
        assert_eq!(offer(&["RSET", "RSXX", "QUIT"]).common("R").as_deref(), Some("RS"));
        assert_eq!(offer(&["RSET", "RCPT TO:<"]).common("R"), None);
        assert_eq!(offer(&[]).common("R"), None);
    }

    #[test]
    fn addresses_that_begin_so_come_before_those_that_hold_it() {
        let known = ["bob@ada.example", "ada@a.example", "Ada@A.example", "eve@c.example"];
        assert_eq!(addresses("ad", known.into_iter()), ["ada@a.example", "bob@ada.example"]);
        assert_eq!(addresses("", known.into_iter()).len(), 3);
    }
}
