//! What a lesson is made of, and which events fit a pattern.

use super::happened::{By, Happened, Place, Reply};
use super::words::{Words, fill};
use crate::transcript::Class;
use crate::wire::Side;

/// A lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// Its name in progress files and on the command line.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What one can do at its end, in a sentence.
    pub goal: String,
    /// What it belongs to: `tour`, a guide (`guide 1` to `guide 5`), or anything else.
    pub part: String,
    /// What it needs of the servers.
    pub needs: Needs,
    /// What the sandbox does wrong all along, by name.
    pub faults: Vec<String>,
    /// In order; at least one.
    pub steps: Vec<Step>,
}

/// What a lesson needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// A server to send by.
    pub smtp: bool,
    /// A server to read from.
    pub pop3: bool,
    /// No other server will do than the sandbox.
    pub sandbox: bool,
}

/// A step. Texts hold placeholders in braces, see [`super::words`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What to do now.
    pub say: String,
    /// Why, or what it means.
    pub why: String,
    /// Plainer each time. The keys themselves are the last hint, made of [`Self::keys`].
    pub hints: Vec<String>,
    /// What a person presses, in order.
    pub keys: Vec<Press>,
    /// All of these have to happen, in any order.
    pub until: Vec<Pattern>,
    /// What may go wrong, and what to say then.
    pub wrong: Vec<Wrong>,
    /// What was seen, once it is done.
    pub done: String,
    /// What the sandbox does wrong for this step, by name.
    pub faults: Vec<String>,
    /// It begins without a line to any server: those there are, are dropped; a lesson is gone on with from here.
    pub fresh: bool,
    /// The server the prompt speaks to from here on.
    pub prompt: Option<Side>,
}

/// Something a person presses or types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// Keys by name, separated by spaces; `{key:…}` stands for those of an action.
    Keys(String),
    /// Text.
    Text(String),
}

/// A wrong turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// How it shows.
    pub when: Pattern,
    /// What went wrong, and what to do.
    pub say: String,
}

/// What an event looks like. Everything that is set has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// What kind of event.
    pub kind: Kind,
    /// Of which server.
    pub side: Option<Side>,
    /// One of these verbs, upper case; empty: any.
    pub verbs: Vec<String>,
    /// One of these codes; empty: any.
    pub codes: Vec<u16>,
    /// What a reply amounts to.
    pub class: Option<Class>,
    /// Enhanced code.
    pub enhanced: Option<String>,
    /// Held by a reply, a command or a line, in any letter case. It may hold placeholders.
    pub text: Option<String>,
    /// Held by the command that a reply answers, in any letter case. It may hold placeholders.
    pub asked: Option<String>,
    /// Who sent it.
    pub by: Option<By>,
    /// At least so many: lines with a doubled dot, messages marked.
    pub least: u64,
    /// Which pane.
    pub place: Option<Place>,
}

/// The kinds of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A command was sent.
    #[default]
    Sent,
    /// A reply came.
    Reply,
    /// A line of a mail was sent.
    Line,
    /// The final dot was sent.
    Dot,
    /// A connection stands.
    Connected,
    /// TLS stands.
    Tls,
    /// Signed in.
    SignedIn,
    /// A line ended as it should.
    Closed,
    /// A line ended, however.
    Gone,
    /// A message was opened.
    Opened,
    /// Messages are marked.
    Marked,
    /// A pane has the focus.
    Looks,
}

impl Step {
    /// What a person presses, placeholders replaced.
    pub fn presses(&self, words: &dyn Words) -> Vec<Press> {
        let filled = |press: &Press| match press {
            Press::Keys(keys) => Press::Keys(fill(keys, words)),
            Press::Text(text) => Press::Text(fill(text, words)),
        };
        self.keys.iter().map(filled).collect()
    }

    /// The keys in a sentence: the last hint.
    pub fn keys_in_words(&self, words: &dyn Words) -> String {
        let mut parts: Vec<String> = Vec::new();
        for press in self.presses(words) {
            match (press, parts.last_mut()) {
                (Press::Keys(keys), Some(last)) if keys == "Enter" && last.starts_with("type ") => {
                    last.push_str(" Enter");
                }
                (Press::Keys(keys), _) => parts.push(format!("press {keys}")),
                (Press::Text(text), _) => parts.push(format!("type {text}")),
            }
        }
        let mut sentence = parts.join(", then ");
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        sentence + "."
    }
}

impl Pattern {
    /// Whether an event is of this kind and all that is set fits. `fill` replaces placeholders.
    pub fn fits(&self, happened: &Happened, fill: &dyn Fn(&str) -> String) -> bool {
        let side = |side: Side| self.side.is_none_or(|wanted| wanted == side);
        let by = |by: By| self.by.is_none_or(|wanted| wanted == by);
        let verb = |verb: &str| self.verbs.is_empty() || self.verbs.iter().any(|wanted| wanted == verb);
        let text = |text: &str| self.text.as_ref().is_none_or(|wanted| holds(text, &fill(wanted)));
        match (self.kind, happened) {
            (Kind::Sent, Happened::Command { side: of, verb: sent, line, by: sender }) => {
                side(*of) && verb(sent) && text(line) && by(*sender)
            }
            (Kind::Reply, Happened::Reply(reply)) => {
                side(reply.side)
                    && verb(&reply.verb)
                    && text(&reply.text)
                    && by(reply.by)
                    && self.fits_reply(reply, fill)
            }
            (Kind::Line, Happened::Line { text: line, by: sender }) => {
                let stuffed = self.least == 0 || line.starts_with("..");
                stuffed && text(line) && by(*sender)
            }
            (Kind::Dot, Happened::Dot { stuffed, by: sender }) => *stuffed >= self.least && by(*sender),
            (Kind::Connected, Happened::Connected(of))
            | (Kind::Tls, Happened::Tls(of))
            | (Kind::SignedIn, Happened::SignedIn(of))
            | (Kind::Closed, Happened::Closed(of, true))
            | (Kind::Gone, Happened::Closed(of, _)) => side(*of),
            (Kind::Opened, Happened::Opened) => true,
            (Kind::Marked, Happened::Marked(count)) => *count as u64 >= self.least,
            (Kind::Looks, Happened::Looks(place)) => self.place.is_none_or(|wanted| wanted == *place),
            _ => false,
        }
    }

    fn fits_reply(&self, reply: &Reply, fill: &dyn Fn(&str) -> String) -> bool {
        let code = self.codes.is_empty() || reply.code.is_some_and(|code| self.codes.contains(&code));
        let class = self.class.is_none_or(|wanted| reply.class == Some(wanted));
        let enhanced = self.enhanced.is_none() || self.enhanced == reply.enhanced;
        code && class && enhanced && self.asked.as_ref().is_none_or(|wanted| holds(&reply.asked, &fill(wanted)))
    }

    /// Which server it is about, if that can be told.
    pub fn about(&self) -> Option<Side> {
        let pop3 = ["USER", "PASS", "APOP", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "CAPA", "STLS"];
        let smtp = ["HELO", "EHLO", "MAIL", "RCPT", "DATA", ".", "STARTTLS", "VRFY", "EXPN", "BDAT"];
        let all =
            |known: &[&str]| !self.verbs.is_empty() && self.verbs.iter().all(|verb| known.contains(&verb.as_str()));
        match self.kind {
            Kind::Line | Kind::Dot => Some(Side::Smtp),
            Kind::Opened | Kind::Marked => Some(Side::Pop3),
            _ if self.side.is_some() => self.side,
            _ if all(&pop3) || self.class == Some(Class::Err) => Some(Side::Pop3),
            _ if all(&smtp) || !self.codes.is_empty() || self.enhanced.is_some() => Some(Side::Smtp),
            _ => None,
        }
    }
}

/// Whether `text` holds `wanted`, in any letter case of ASCII.
fn holds(text: &str, wanted: &str) -> bool {
    text.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(verb: &str, code: u16, text: &str) -> Happened {
        Happened::Reply(Reply {
            side: Side::Smtp,
            verb: verb.to_owned(),
            asked: "RCPT TO:<bob@example.org>".to_owned(),
            code: Some(code),
            class: Some(Class::Perm),
            enhanced: Some("5.7.1".to_owned()),
            text: text.to_owned(),
            by: By::Hand,
        })
    }

    #[test]
    fn everything_that_is_set_has_to_fit() {
        let happened = reply("RCPT", 550, "550 5.7.1 Relaying denied");
        let fill = |text: &str| text.replace("{domain}", "example.org");
        let base = Pattern { kind: Kind::Reply, ..Pattern::default() };
        let with = |change: fn(&mut Pattern)| {
            let mut pattern = base.clone();
            change(&mut pattern);
            pattern.fits(&happened, &fill)
        };
        assert!(base.fits(&happened, &fill));
        assert!(with(|pattern| pattern.verbs = vec!["MAIL".to_owned(), "RCPT".to_owned()]));
        assert!(!with(|pattern| pattern.verbs = vec!["MAIL".to_owned()]));
        assert!(with(|pattern| pattern.codes = vec![551, 550]) && !with(|pattern| pattern.codes = vec![551]));
        assert!(with(|pattern| pattern.class = Some(Class::Perm)) && !with(|pattern| pattern.class = Some(Class::Ok)));
        assert!(with(|pattern| pattern.text = Some("relaying".to_owned())));
        assert!(with(|pattern| pattern.asked = Some("@{domain}".to_owned())));
        assert!(!with(|pattern| pattern.asked = Some("grace".to_owned())));
        assert!(with(|pattern| pattern.by = Some(By::Hand)) && !with(|pattern| pattern.by = Some(By::Form)));
        assert!(!with(|pattern| pattern.side = Some(Side::Pop3)));
        assert!(!with(|pattern| pattern.kind = Kind::Sent));
    }

    #[test]
    fn the_keys_are_a_sentence() {
        let text = |text: &str| Press::Text(text.to_owned());
        let keys = |keys: &str| Press::Keys(keys.to_owned());
        let step = Step {
            keys: vec![keys("{key:prompt}"), text("HELO {hello}"), keys("Enter"), keys("F5")],
            ..Step::default()
        };
        let words = |name: &str| Some(if name == "hello" { "lab" } else { "^X 4" }.to_owned());
        assert_eq!(step.keys_in_words(&words), "Press ^X 4, then type HELO lab Enter, then press F5.");
    }

    #[test]
    fn a_line_that_was_lost_is_not_one_that_was_closed() {
        let lost = Happened::Closed(Side::Smtp, false);
        let of = |kind| Pattern { kind, ..Pattern::default() }.fits(&lost, &str::to_owned);
        assert!(of(Kind::Gone) && !of(Kind::Closed));
    }
}
