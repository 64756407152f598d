//! What went wrong on our side of the line: connecting, DNS, TLS, proxies. Kinds are words, as this room knows nothing
//! of connections.

use super::Card;
use super::entry::heaviest;
use super::said::{Said, begins_a_word};
use super::table::{Alert, table};

/// The card for a failure: `kind` as the tables write it (`refused`, `timed-out/greeting`, `tls`, `event` …), `what` in
/// the words that are shown for it. `None` for a kind that is not known.
pub fn failure(kind: &str, what: &str) -> Option<Card> {
    let what = plain(what);
    if kind == "tls"
        && let Some(card) = alert_in(&what, false)
    {
        return Some(card);
    }
    let said = Said::new(&what);
    let weighed = table().failures.iter();
    let weighed = weighed.filter_map(|entry| Some((entry.failure_weight(kind, &said)?, entry)));
    let (_, entry) = heaviest(weighed)?;
    Some(entry.card(kind.to_owned(), if kind == "event" { "" } else { "ERR" }))
}

/// The card for a failure or alert that a question names: `certificate_unknown`, `UnknownCA`, `ECONNREFUSED`.
pub(super) fn named(question: &str) -> Option<Card> {
    let asked = plain(question);
    if let Some(card) = alert_in(&asked, true) {
        return Some(card);
    }
    let named = table().failures.iter().filter(|entry| !entry.codes.iter().any(|kind| kind == "event"));
    let named = named.filter_map(|entry| Some(((0, entry.named_in(&asked)?), entry)));
    let (_, entry) = heaviest(named)?;
    Some(entry.card(question.trim().to_owned(), "ERR"))
}

/// The card of the alert that is named. `alone`: by its name without more, or by its number behind the word alert;
/// else its name stands in brackets or behind that word.
fn alert_in(text: &str, alone: bool) -> Option<Card> {
    let numbered = || text.split_once("alert ").and_then(|(_, rest)| rest.trim().parse::<u8>().ok());
    let named = |name: &str| {
        let name = plain(name);
        text.contains(&format!("({name})"))
            || text.contains(&format!("alert {name}"))
            || (alone && (text == name || begins_a_word(text, &name)))
    };
    let mut all: Vec<(&String, &Alert)> = table().alerts.iter().collect();
    // The longest name first: bad_certificate_hash_value before bad_certificate.
    all.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let by_name = all.iter().find(|(name, _)| named(name));
    let found = by_name.or_else(|| {
        let number = numbered()?;
        all.iter().find(|(_, alert)| alert.number == number)
    });
    found.map(|(name, alert)| alert.card(name))
}

impl Alert {
    pub(super) fn card(&self, name: &str) -> Card {
        Card {
            code: format!("alert {}", self.number),
            title: name.to_owned(),
            class: "ERR",
            meaning: self.meaning.clone(),
            causes: vec![self.cause.clone()],
            next: self.next.clone(),
            key: Some("tls".to_owned()),
            field: None,
            rfc: "RFC 8446 6".to_owned(),
            enhanced: None,
            temporary: None,
            product: None,
            background: None,
        }
    }
}

/// Small letters with blanks between words, however they were joined: `UnknownCA`, `unknown_ca` and `unknown-ca` alike.
pub(super) fn plain(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut after_small = false;
    for letter in text.trim().chars() {
        if letter.is_ascii_uppercase() && after_small {
            words.push(' ');
        }
        after_small = letter.is_ascii_lowercase();
        words.push(if matches!(letter, '_' | '-') { ' ' } else { letter.to_ascii_lowercase() });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_chooses_its_own_card() {
        for entry in &table().failures {
            assert!(!entry.samples.is_empty(), "{}", entry.title);
            for sample in &entry.samples {
                let (kind, what) = sample.split_once(['?', ':']).expect("a kind and words");
                let card = if kind.is_empty() { named(what) } else { failure(kind, what) };
                assert_eq!(card.map(|card| card.title).as_ref(), Some(&entry.title), "{sample}");
            }
        }
    }

    #[test]
    fn every_alert_is_found_by_its_name_however_it_is_written() {
        // Numbers and names of RFC 8446 6, those that are no longer sent included.
        let registered = [
            (0, "close_notify"),
            (10, "unexpected_message"),
            (20, "bad_record_mac"),
            (21, "decryption_failed"),
            (22, "record_overflow"),
            (30, "decompression_failure"),
            (40, "handshake_failure"),
            (41, "no_certificate"),
            (42, "bad_certificate"),
            (43, "unsupported_certificate"),
            (44, "certificate_revoked"),
            (45, "certificate_expired"),
            (46, "certificate_unknown"),
            (47, "illegal_parameter"),
            (48, "unknown_ca"),
            (49, "access_denied"),
            (50, "decode_error"),
            (51, "decrypt_error"),
            (60, "export_restriction"),
            (70, "protocol_version"),
            (71, "insufficient_security"),
            (80, "internal_error"),
            (86, "inappropriate_fallback"),
            (90, "user_canceled"),
            (100, "no_renegotiation"),
            (109, "missing_extension"),
            (110, "unsupported_extension"),
            (111, "certificate_unobtainable"),
            (112, "unrecognized_name"),
            (113, "bad_certificate_status_response"),
            (114, "bad_certificate_hash_value"),
            (115, "unknown_psk_identity"),
            (116, "certificate_required"),
            (120, "no_application_protocol"),
        ];
        assert_eq!(table().alerts.len(), registered.len());
        for (number, name) in registered {
            let code = Some(format!("alert {number}"));
            let camel: String =
                name.split('_').flat_map(|word| [word[..1].to_uppercase(), word[1..].to_owned()]).collect();
            for asked in [name.to_owned(), camel, format!("alert {number}")] {
                assert_eq!(named(&asked).map(|card| card.code), code, "{asked}");
            }
            let told = failure("tls", &format!("the TLS handshake failed: the server refuses us ({name})"));
            assert_eq!(told.map(|card| card.code), code, "{name}");
        }
        assert_eq!(named("tlsv1 alert unknown ca").map(|card| card.title).as_deref(), Some("unknown_ca"));
        assert_eq!(named("UnknownCA").map(|card| card.title).as_deref(), Some("unknown_ca"));
    }

    #[test]
    fn an_unknown_kind_has_no_card() {
        assert_eq!(failure("unheard-of", "x"), None);
        assert_eq!(named("quite well"), None);
    }
}
