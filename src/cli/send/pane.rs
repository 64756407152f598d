//! Many mails out of the workbench: the mail of its form over connections of their own, by what `telepost send` sends
//! with. What is asked for comes as an [`Order`], what became of it goes back as a [`ManySummary`].

use std::path::Path;

use super::course::Plan;
use super::crew::{self, Watcher};
use super::desk::Desk;
use super::mail::Source;
use super::options::ManyArgs;
use super::report::Summary;
use super::{connections, faults, lists};
use crate::app::Looked;
use crate::app::batching::{List, ManySummary, Order};
use crate::batch::{Counts, Halves};
use crate::cli::args::{Output, Server};
use crate::cli::{Trouble, block_on};
use crate::run::batch::Watching;
use crate::smtp::Manner;
use crate::wire::printable;

/// Carries the order out on a runtime of this thread alone, and blocks until it is done. An error is a mistake in the
/// order: nothing was sent then.
pub fn run(order: Order, watcher: &mut Watching) -> Result<ManySummary, String> {
    carry_out(order, watcher).map(|summary| summary.told()).map_err(|trouble| trouble.to_string())
}

fn carry_out(order: Order, watcher: &mut impl Watcher) -> Result<Summary, Trouble> {
    let many = ManyArgs {
        count: order.wanted.count,
        each: order.wanted.each,
        csv: None,
        rate: order.wanted.rate,
        connections: order.wanted.connections,
        per_connection: None,
        results: None,
        data: false,
    };
    let (mut draft, mut many) = (order.draft, many);
    match &order.wanted.list {
        Some(List::Recipients(path)) => draft.to = lists::addresses(&found(path)?)?.join(", "),
        Some(List::Rows(path)) => many.csv = Some(found(path)?),
        None => {}
    }
    let halves = draft.envelope.take().map_or_else(Halves::default, |envelope| Halves {
        from: Some(envelope.from),
        to: Some(envelope.to).filter(|to| !to.is_empty()),
    });
    let source = Source::of_draft(draft, halves, order.manner, &many, &order.host)?;
    let flaws = faults::on_the_way(&[], source.flaws(), source.manner().flaws);
    let manner = Manner { flaws, halt: None, ..source.manner().clone() };
    let total = source.total();
    let server = Server { target: order.target, hello: order.hello, who: None };
    let sign_in = order.sign_in;
    let plan = Plan { server, sign_in, manner, bdat: total > 1, halt: None, per_connection: None, xclient: Vec::new() };
    let connections = connections(many.connections, total);
    let desk = Desk::new(source, many.rate, None, connections);
    // The transcript of the workbench is that of its own two links.
    let output = Output { transcript: None, verbose: false, json: false };
    block_on(crew::run(plan, desk, connections, &output, watcher))
}

/// The file, as the workbench takes paths; never standard input, which is the keyboard here.
fn found(path: &Path) -> Result<std::path::PathBuf, Trouble> {
    let found = Looked::at(path).map_err(|why| Trouble::usage(format!("{}: {why}", path.display()), "name a file"))?;
    if found.is_dir {
        return Err(Trouble::usage(format!("{} is a folder", path.display()), "name a file"));
    }
    Ok(found.path)
}

impl Watcher for Watching {
    async fn stop(&mut self) {
        Self::stop(self).await;
    }

    fn looks(&self) -> bool {
        Self::looks(self)
    }

    fn progress(&self, counts: Counts) {
        Self::progress(self, counts);
    }
}

impl Summary {
    /// For a card of the workbench.
    fn told(&self) -> ManySummary {
        let mut text = self.counts();
        if let Some(trouble) = self.trouble() {
            text = format!("{text}\n\n{trouble}");
        }
        for line in self.others() {
            text = format!("{text}\n{line}");
        }
        text = format!("{text}\n\n{}\n\n{}", self.line_words(), self.times());
        ManySummary {
            word: self.verdict().0,
            counts: self.numbers(),
            lines: text.trim_end().lines().map(|line| printable::text(line).into_owned()).collect(),
        }
    }
}
