mod course;
mod generated;
mod reading;

use super::*;

/// The statements of a script that reads.
#[track_caller]
fn read(text: &str) -> Script {
    Script::parse(text).unwrap_or_else(|faults| panic!("{text}\n{}", told(&faults)))
}

fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
