//! What a source file uses: of its own crate, and of others. Works on the words of [`super::source`].

use super::source::Token;

/// What a file uses of its own crate or of another one.
#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    /// First name of the path: a room or a crate.
    pub head: String,
    /// The name after it, if there is one.
    pub next: Option<String>,
    /// Where it stands.
    pub line: usize,
}

/// Leaves out what stands under `#[cfg(test)]`: the item up to its `;` or the end of its block.
pub fn without_tests(words: &[Token]) -> Vec<Token> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = words;
    while let Some((first, tail)) = rest.split_first() {
        if rest.len() >= mark.len() && rest.iter().zip(mark).all(|(word, text)| word.text == text) {
            rest = &rest[mark.len() + item_length(&rest[mark.len()..])..];
        } else {
            kept.push(first.clone());
            rest = tail;
        }
    }
    kept
}

/// How many words an item has.
fn item_length(words: &[Token]) -> usize {
    let mut depth = 0_usize;
    for (index, word) in words.iter().enumerate() {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(word.text.as_str(), ";" | "}") {
            return index + 1;
        }
    }
    words.len()
}

/// Paths into other rooms: `crate::room`, and `super::…` where it climbs that far. Inline modules are not followed.
pub fn own_imports(words: &[Token], module: &[String]) -> Vec<Import> {
    let mut imports = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let starts = index == 0 || words[index - 1].text != "::";
        let root = starts.then(|| climb(&words[index..], module)).flatten();
        if let Some(length) = root {
            imports.extend(heads(&words[index + length..]));
            index += length;
        } else {
            index += 1;
        }
    }
    imports
}

/// Length of a path's start that leads to the root of the crate: `crate::`, `telepost::` or enough `super::`.
fn climb(words: &[Token], module: &[String]) -> Option<usize> {
    let pair = |index: usize, name: &str| {
        words.get(index).is_some_and(|word| word.text == name)
            && words.get(index + 1).is_some_and(|word| word.text == "::")
    };
    if pair(0, "crate") || pair(0, "telepost") {
        return Some(2);
    }
    let supers = (0..words.len()).take_while(|&step| pair(2 * step, "super")).count();
    // The module itself stands one below the folder that its first `super` names.
    (supers > 0 && supers >= module.len()).then_some(2 * supers)
}

/// The names that follow a path's start: one, or all of a `{…}` list.
fn heads(words: &[Token]) -> Vec<Import> {
    if words.first().is_none_or(|word| word.text != "{") {
        return head(words).into_iter().collect();
    }
    let mut depth = 0_usize;
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match word.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(word.text.as_str(), "{" | ",") {
            found.extend(head(&words[index + 1..]));
        }
    }
    found
}

/// `room::name` or `room`; of `room::{a, b}` one for each name.
fn head(words: &[Token]) -> Vec<Import> {
    let Some(first) = words.first().filter(|word| word.text.starts_with(|sign: char| sign.is_alphabetic())) else {
        return Vec::new();
    };
    let import = |next: Option<&Token>| Import {
        head: first.text.clone(),
        next: next.map(|word| word.text.clone()),
        line: first.line,
    };
    if words.get(1).is_none_or(|word| word.text != "::") {
        return vec![import(None)];
    }
    if words.get(2).is_some_and(|word| word.text == "{") {
        return nested(&words[2..]).into_iter().map(|word| import(Some(word))).collect();
    }
    vec![import(words.get(2))]
}

/// The names on the first level of a `{…}` list.
fn nested(words: &[Token]) -> Vec<&Token> {
    let mut depth = 0_usize;
    let mut names = Vec::new();
    for pair in words.windows(2) {
        match pair[0].text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(pair[0].text.as_str(), "{" | ",") && pair[1].text != "}" {
            names.push(&pair[1]);
        }
    }
    names
}

/// Names of crates at the start of paths: `name::…`, `use name;`, `use name as …`.
pub fn foreign_imports(words: &[Token]) -> Vec<Import> {
    let text = |index: usize| words.get(index).map(|word| word.text.as_str());
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let before = index.checked_sub(1).and_then(text);
        let starts = before != Some("::") || index.checked_sub(2).and_then(text).is_none_or(|name| !is_name(name));
        let path =
            text(index + 1) == Some("::") || before == Some("use") && matches!(text(index + 1), Some(";" | "as"));
        if starts && path && before != Some(".") {
            found.push(Import { head: word.text.clone(), next: None, line: word.line });
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    text.starts_with(|sign: char| sign.is_alphabetic() || sign == '_' || sign == '>')
}
