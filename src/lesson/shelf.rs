//! The lessons that come with the program, and those of others behind them.

use std::sync::Arc;

use super::format::Lesson;
use super::read;

/// The files, in the order in which lessons are listed.
const FILES: [(&str, &str); 12] = [
    ("send.toml", include_str!("../../assets/lessons/send.toml")),
    ("read.toml", include_str!("../../assets/lessons/read.toml")),
    ("ehlo.toml", include_str!("../../assets/lessons/ehlo.toml")),
    ("starttls.toml", include_str!("../../assets/lessons/starttls.toml")),
    ("auth.toml", include_str!("../../assets/lessons/auth.toml")),
    ("break-it.toml", include_str!("../../assets/lessons/break-it.toml")),
    ("delete.toml", include_str!("../../assets/lessons/delete.toml")),
    ("by-hand.toml", include_str!("../../assets/lessons/by-hand.toml")),
    ("both-servers.toml", include_str!("../../assets/lessons/both-servers.toml")),
    ("listing.toml", include_str!("../../assets/lessons/listing.toml")),
    ("headers.toml", include_str!("../../assets/lessons/headers.toml")),
    ("problems.toml", include_str!("../../assets/lessons/problems.toml")),
];

/// A lesson on the shelf, or why there is none.
#[derive(Clone, Debug)]
pub struct Shelved {
    /// Where it comes from; empty for one of ours.
    pub file: String,
    /// The lesson; or what is wrong with its file, with the place.
    pub lesson: Result<Arc<Lesson>, String>,
}

/// Our own lessons, each with its whole text.
pub fn built_in() -> Vec<(Arc<Lesson>, &'static str)> {
    let read = |(_, text): &(&str, &'static str)| {
        (Arc::new(read::parse(text).expect("a test reads each of them").lesson), *text)
    };
    FILES.iter().map(read).collect()
}

/// All lessons: ours, then those in `own`: file names and texts, or why one could not be read. One that has the name of a
/// lesson before it is refused.
pub fn all(own: Vec<(String, Result<String, String>)>) -> Vec<Shelved> {
    let mut shelf: Vec<Shelved> =
        built_in().into_iter().map(|(lesson, _)| Shelved { file: String::new(), lesson: Ok(lesson) }).collect();
    for (file, text) in own {
        let lesson = text.and_then(|text| read::parse(&text).map_err(|mistakes| first(&mistakes)));
        let lesson = lesson.and_then(|read| {
            let taken = shelf.iter().any(|other| other.lesson.as_ref().is_ok_and(|known| known.id == read.lesson.id));
            if taken {
                Err(format!("another lesson has the id {:?}", read.lesson.id))
            } else {
                Ok(Arc::new(read.lesson))
            }
        });
        shelf.push(Shelved { file, lesson });
    }
    shelf
}

fn first(mistakes: &[crate::config::Mistake]) -> String {
    let first = mistakes.first().map(ToString::to_string).unwrap_or_default();
    match mistakes.len() {
        0 | 1 => first,
        many => format!("{first} (and {} more; telepost lesson check lists them)", many - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_lessons_stand_behind_ours_and_bad_ones_say_why() {
        let ours = built_in();
        let sound = include_str!("check/sample.toml").to_owned();
        let own = vec![
            ("a.toml".to_owned(), Ok(sound.clone())),
            ("b.toml".to_owned(), Ok(sound)),
            ("c.toml".to_owned(), Ok("id = 1".to_owned())),
            ("d.toml".to_owned(), Err("cannot be read".to_owned())),
        ];
        let shelf = all(own);
        assert_eq!(shelf.len(), ours.len() + 4);
        assert_eq!(shelf[ours.len()].lesson.as_ref().unwrap().id, "noop");
        let why = |index: usize| shelf[ours.len() + index].lesson.clone().unwrap_err();
        assert!(why(1).contains("another lesson"), "{}", why(1));
        assert!(why(2).contains("line 1") && why(2).contains("more"), "{}", why(2));
        assert_eq!(why(3), "cannot be read");
    }
}
