//! A script as a row of steps with jumps, so that whoever plays it holds one number.

use super::{Condition, Script, Statement, What};

/// One step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A statement that is no `if`, and its line.
    Do(u32, What),
    /// Goes on with the next step where the condition holds, else with the one of this number. Line of the `if`.
    Branch(u32, Condition, usize),
    /// Goes on with the step of this number.
    Jump(usize),
}

/// The steps of a script. There are no loops: each is taken once at most.
pub(super) fn steps(script: &Script) -> Vec<Step> {
    let mut steps = Vec::new();
    add(&mut steps, &script.statements);
    steps
}

fn add(steps: &mut Vec<Step>, statements: &[Statement]) {
    for Statement { line, what } in statements {
        match what {
            What::If { condition, then, otherwise } => {
                let branch = steps.len();
                steps.push(Step::Jump(0));
                add(steps, then);
                let jump = steps.len();
                steps.push(Step::Jump(0));
                steps[branch] = Step::Branch(*line, condition.clone(), steps.len());
                add(steps, otherwise);
                steps[jump] = Step::Jump(steps.len());
            }
            What::Remark(_) => {}
            what => steps.push(Step::Do(*line, what.clone())),
        }
    }
}
