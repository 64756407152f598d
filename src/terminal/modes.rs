//! The escape sequences that take a terminal and give it back (ECMA-48, xterm's control sequences).
//!
//! The mouse is asked for with 1000 (buttons), 1002 (drag) and 1006 (SGR coordinates), never with 1003: motion reports
//! would wake the program at every move.

/// Save the title; alternate screen, empty; bracketed paste; cursor hidden.
const ENTER: &[u8] = b"\x1b[22;0t\x1b[?1049h\x1b[2J\x1b[H\x1b[?2004h\x1b[?25l";

/// Buttons, wheel and drag.
pub const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";

/// The reverse, in reverse.
pub const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";

/// Everything undone, whatever of it was done: an open synchronized update, mouse, paste, colours, cursor shape and
/// visibility, screen, title.
pub const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[0 q\x1b[?1049l\x1b[?25h\x1b[23;0t";

/// Colours reset, screen empty.
pub const CLEAR: &[u8] = b"\x1b[0m\x1b[2J";

/// What takes the terminal.
pub fn enter(mouse: bool) -> Vec<u8> {
    let mut bytes = ENTER.to_vec();
    if mouse {
        bytes.extend_from_slice(MOUSE_ON);
    }
    bytes
}

/// Sets window title and icon name. `title` has no control characters.
pub fn title(title: &str) -> Vec<u8> {
    format!("\x1b]0;{title}\x1b\\").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8], end: char) -> Vec<u32> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let mut modes: Vec<u32> = text
            .split("\x1b[?")
            .skip(1)
            .filter_map(|part| part.split_once(['h', 'l']).filter(|(mode, _)| part[mode.len()..].starts_with(end)))
            .map(|(mode, _)| mode.parse().unwrap())
            .collect();
        modes.sort_unstable();
        modes
    }

    #[test]
    fn every_mode_that_is_set_is_reset() {
        let reset = numbers(LEAVE, 'l');
        for mode in numbers(&enter(true), 'h') {
            assert!(reset.contains(&mode), "{mode}");
        }
        // The cursor is the one mode that is reset on the way in.
        assert_eq!(numbers(&enter(true), 'l'), [25]);
        assert_eq!(numbers(LEAVE, 'h'), [25]);
    }

    #[test]
    fn motion_is_never_asked_for() {
        assert_eq!(numbers(&enter(true), 'h'), [1000, 1002, 1006, 1049, 2004]);
        assert_eq!(numbers(&enter(false), 'h'), [1049, 2004]);
        assert_eq!(numbers(MOUSE_OFF, 'l'), [1000, 1002, 1006]);
    }

    #[test]
    fn the_title_is_pushed_first_and_popped_last() {
        assert!(enter(true).starts_with(b"\x1b[22;0t"));
        assert!(LEAVE.ends_with(b"\x1b[23;0t"));
    }
}
