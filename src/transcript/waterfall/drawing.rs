//! The waterfall as lines of text, for a card and for a copy: no borders, no colour.

use std::time::Duration;

use super::{Lane, Stage};
use crate::transcript::text::{grouped, lapse};

/// Columns of a label.
const LABEL: usize = 10;
/// Columns of time and share behind a bar.
const FIGURES: usize = 16;
/// The narrowest bar that says anything.
const BAR: usize = 8;
/// Stages drawn of a connection, the longest ones; the rest is counted.
const STAGES: usize = 40;
/// What marks the slowest stage.
const SLOWEST: &str = " slowest";

/// `lanes` in lines of at most `width` columns, the bars made of `sign`.
pub fn draw(lanes: &[Lane], width: usize, sign: char) -> Vec<String> {
    let mut lines = Vec::new();
    for lane in lanes {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(draw_lane(lane, width, sign));
    }
    lines
}

fn draw_lane(lane: &Lane, width: usize, sign: char) -> Vec<String> {
    let waits = |stage: &&Stage| stage.label != "pause";
    let pauses: Duration = lane.stages.iter().filter(|stage| !waits(stage)).map(|stage| stage.took).sum();
    let mut lines = vec![format!(
        "{} connection {}: {} in all, {} of it pauses in which nothing was owed",
        lane.side.name(),
        lane.link,
        lapse(lane.total()),
        lapse(pauses)
    )];
    let slowest = lane.stages.iter().filter(waits).map(|stage| stage.took).max().filter(|most| !most.is_zero());
    let (kept, left_out) = longest(&lane.stages);
    let mut marked = false;
    for stage in kept {
        let slow = !marked && waits(&stage) && Some(stage.took) == slowest;
        marked |= slow;
        lines.push(draw_stage(lane, stage, slow, width, sign));
    }
    if left_out.0 > 0 {
        lines.push(format!("and {} shorter ones: {}", grouped(left_out.0), lapse(left_out.1)));
    }
    lines
}

/// The longest stages in their order; how many others there are, and what they took together.
fn longest(stages: &[Stage]) -> (Vec<&Stage>, (u64, Duration)) {
    let mut order: Vec<usize> = (0..stages.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(stages[*index].took));
    let rest = order.split_off(order.len().min(STAGES));
    order.sort_unstable();
    let took = rest.iter().map(|index| stages[*index].took).sum();
    (order.into_iter().map(|index| &stages[index]).collect(), (rest.len() as u64, took))
}

fn draw_stage(lane: &Lane, stage: &Stage, slowest: bool, width: usize, sign: char) -> String {
    let room = width.saturating_sub(LABEL + FIGURES + SLOWEST.len()).max(BAR);
    let whole = lane.total().as_secs_f64();
    let share = |time: Duration| if whole > 0.0 { time.as_secs_f64() / whole } else { 0.0 };
    let cells = |time: Duration| (0..room).filter(|cell| *cell as f64 + 0.5 <= share(time) * room as f64).count();
    let from = cells(stage.from.saturating_sub(lane.begins)).min(room - 1);
    let long = cells(stage.took).clamp(1, room - from);
    let sign = if stage.label == "pause" { '.' } else { sign };
    let bar = " ".repeat(from) + &sign.to_string().repeat(long);
    let mark = if slowest { SLOWEST } else { "" };
    let took = lapse(stage.took);
    format!("{:<LABEL$}{bar:<room$}{took:>10}{:>4.0} %{mark}", stage.label, share(stage.took) * 100.0)
}
