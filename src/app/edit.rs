//! Text editing: one key map of our own (the readline set) over one-line fields and text areas.
//!
//! The widgets' stock maps are never used: they take Ctrl-X, Ctrl-P and others that mean something else here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};
use tui_textarea::{CursorMove, TextArea};

/// Edits one line. Returns whether the key was one of editing.
pub(crate) fn line(input: &mut Input, key: KeyEvent) -> bool {
    let Some(request) = line_request(key) else { return false };
    input.handle(request);
    true
}

fn line_request(key: KeyEvent) -> Option<InputRequest> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    Some(match (key.code, control, alt) {
        // AltGr arrives as Ctrl-Alt on some systems: it types.
        (KeyCode::Char(character), false, false) | (KeyCode::Char(character), true, true) => {
            InputRequest::InsertChar(character)
        }
        (KeyCode::Left, false, _) | (KeyCode::Char('b'), true, _) => InputRequest::GoToPrevChar,
        (KeyCode::Right, false, _) | (KeyCode::Char('f'), true, _) => InputRequest::GoToNextChar,
        (KeyCode::Left, true, _) | (KeyCode::Char('b'), _, true) => InputRequest::GoToPrevWord,
        (KeyCode::Right, true, _) | (KeyCode::Char('f'), _, true) => InputRequest::GoToNextWord,
        (KeyCode::Home, ..) | (KeyCode::Char('a'), true, _) => InputRequest::GoToStart,
        (KeyCode::End, ..) | (KeyCode::Char('e'), true, _) => InputRequest::GoToEnd,
        (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, _) => InputRequest::DeletePrevChar,
        (KeyCode::Delete, false, _) | (KeyCode::Char('d'), true, _) => InputRequest::DeleteNextChar,
        (KeyCode::Char('w'), true, _) | (KeyCode::Backspace, ..) => InputRequest::DeletePrevWord,
        (KeyCode::Delete, true, _) | (KeyCode::Char('d'), _, true) => InputRequest::DeleteNextWord,
        (KeyCode::Char('u'), true, _) => InputRequest::DeleteFromStart,
        (KeyCode::Char('k'), true, _) => InputRequest::DeleteTillEnd,
        (KeyCode::Char('y'), true, _) => InputRequest::Yank,
        _ => return None,
    })
}

/// Edits a text area. Returns whether the key was one of editing.
pub(crate) fn area(area: &mut TextArea<'_>, key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let selecting = key.modifiers.contains(KeyModifiers::SHIFT)
        && matches!(
            key.code,
            KeyCode::Left | KeyCode::Right | KeyCode::Up | KeyCode::Down | KeyCode::Home | KeyCode::End
        );
    if selecting && !area.is_selecting() {
        area.start_selection();
    } else if !selecting && area.is_selecting() && area_move(key.code, control, alt).is_some() {
        area.cancel_selection();
    }
    if let Some(step) = area_move(key.code, control, alt) {
        area.move_cursor(step);
        return true;
    }
    match (key.code, control, alt) {
        (KeyCode::Char(character), false, false) | (KeyCode::Char(character), true, true) => {
            area.insert_char(character);
        }
        (KeyCode::Enter, ..) | (KeyCode::Char('j' | 'm'), true, _) => area.insert_newline(),
        (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, _) => ignore(area.delete_char()),
        (KeyCode::Delete, false, _) | (KeyCode::Char('d'), true, _) => ignore(area.delete_next_char()),
        (KeyCode::Char('w'), true, _) | (KeyCode::Backspace, ..) => ignore(area.delete_word()),
        (KeyCode::Delete, true, _) | (KeyCode::Char('d'), _, true) => ignore(area.delete_next_word()),
        (KeyCode::Char('u'), true, _) => ignore(area.delete_line_by_head()),
        (KeyCode::Char('k'), true, _) => ignore(area.delete_line_by_end()),
        (KeyCode::Char('y'), true, _) => ignore(area.paste()),
        _ => return false,
    }
    true
}

fn ignore(_changed: bool) {}

fn area_move(code: KeyCode, control: bool, alt: bool) -> Option<CursorMove> {
    Some(match (code, control, alt) {
        (KeyCode::Left, false, _) | (KeyCode::Char('b'), true, false) => CursorMove::Back,
        (KeyCode::Right, false, _) | (KeyCode::Char('f'), true, false) => CursorMove::Forward,
        (KeyCode::Up, ..) => CursorMove::Up,
        (KeyCode::Down, ..) | (KeyCode::Char('n'), true, false) => CursorMove::Down,
        (KeyCode::Left, true, _) | (KeyCode::Char('b'), false, true) => CursorMove::WordBack,
        (KeyCode::Right, true, _) | (KeyCode::Char('f'), false, true) => CursorMove::WordForward,
        (KeyCode::Home, false, _) | (KeyCode::Char('a'), true, false) => CursorMove::Head,
        (KeyCode::End, false, _) | (KeyCode::Char('e'), true, false) => CursorMove::End,
        (KeyCode::Home, true, _) => CursorMove::Top,
        (KeyCode::End, true, _) => CursorMove::Bottom,
        _ => return None,
    })
}

/// Whether a key only moves the caret.
pub(crate) fn is_move(key: KeyEvent) -> bool {
    area_move(key.code, key.modifiers.contains(KeyModifiers::CONTROL), key.modifiers.contains(KeyModifiers::ALT))
        .is_some()
}

/// Pastes into one line: line ends become spaces, other controls go. Returns how many went.
pub(crate) fn paste_line(input: &mut Input, text: &str) -> usize {
    // Put together at once: the widget walks through the whole text for each character.
    let at = input.cursor();
    let (mut all, mut pasted, mut dropped) = (String::with_capacity(input.value().len() + text.len()), 0, 0);
    all.extend(input.value().chars().take(at));
    for character in text.trim_end_matches(['\r', '\n']).chars() {
        match character {
            '\r' | '\n' | '\t' => all.push(' '),
            control if control.is_control() => {
                dropped += 1;
                continue;
            }
            other => all.push(other),
        }
        pasted += 1;
    }
    all.extend(input.value().chars().skip(at));
    *input = Input::new(all).with_cursor(at + pasted);
    dropped
}

/// Pastes into a text area as one undo step; every kind of line end becomes a line, other controls but tabs go. Returns
/// how many went.
pub(crate) fn paste_area(area: &mut TextArea<'_>, text: &str) -> usize {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut dropped = 0;
    let kept = |c: &char| {
        let control = c.is_control() && !matches!(c, '\n' | '\t');
        dropped += usize::from(control);
        !control
    };
    let text: String = text.chars().filter(kept).collect();
    area.insert_str(text);
    dropped
}

/// A field with this text and the cursor at its end.
pub(crate) fn field(text: &str) -> Input {
    Input::new(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> String {
        let mut input = field("");
        for (code, modifiers) in keys {
            line(&mut input, KeyEvent::new(*code, *modifiers));
        }
        input.value().to_owned()
    }

    #[test]
    fn backspace_delete_and_ctrl_h_edit_the_local_text() {
        const N: KeyModifiers = KeyModifiers::NONE;
        let text = typed(&[
            (KeyCode::Char('h'), N),
            (KeyCode::Char('x'), N),
            (KeyCode::Backspace, N),
            (KeyCode::Char('y'), N),
            (KeyCode::Char('h'), KeyModifiers::CONTROL),
            (KeyCode::Char('e'), N),
            (KeyCode::Char('o'), N),
            (KeyCode::Left, N),
            (KeyCode::Delete, N),
            (KeyCode::Char('y'), N),
        ]);
        assert_eq!(text, "hey");
    }

    #[test]
    fn a_paste_into_one_line_stays_one_line() {
        let mut input = field("a");
        assert_eq!(paste_line(&mut input, "b\r\nBcc: x@y\x1b[31m\0\r\n"), 2);
        assert_eq!(input.value(), "ab  Bcc: x@y[31m");
        let mut input = field("ac").with_cursor(1);
        paste_line(&mut input, "é中");
        line(&mut input, KeyEvent::from(KeyCode::Char('b')));
        assert_eq!(input.value(), "aé中bc");
    }

    #[test]
    fn a_paste_into_the_body_is_undone_at_once() {
        let mut body = TextArea::default();
        assert_eq!(paste_area(&mut body, "one\r\ntwo\rthree\x07\n"), 1);
        assert_eq!(body.lines(), ["one", "two", "three", ""]);
        body.undo();
        assert_eq!(body.lines(), [""]);
    }
}
