//! One mail for each row of a table. All rows are read and checked before anything is sent, and read again to send.

use std::path::Path;

use jiff::Zoned;

use super::spool;
use crate::batch::{Form, Halves, Row, Rows};
use crate::cli::{Status, Trouble};
use crate::mail::{Draft, Fault, Field};

/// A table whose rows have been checked.
#[derive(Debug)]
pub(super) struct Table {
    name: String,
    form: Form,
    rows: Rows,
    total: u64,
}

impl Table {
    /// Checks every row: what it makes of `draft` has to be a mail. `now` and `host`: for the check alone.
    pub fn open(path: &Path, draft: Draft, halves: &Halves, now: &Zoned, host: &str) -> Result<Self, Trouble> {
        let name = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        let broken = |error: crate::batch::BadTable| Trouble::new(Status::Usage, format!("{name}, {error}"));
        let mut rows = Rows::new(spool::twice(path)?).map_err(broken)?;
        let form = Form::new(draft, halves, rows.names());
        let form = form.map_err(|(field, bad)| Trouble::new(Status::Usage, format!("{}, {bad}", option(field))))?;
        let mut total = 0;
        while let Some(row) = rows.row().map_err(broken)? {
            let check = |draft: Draft| draft.envelope().and_then(|_| draft.build(now, host)).map(drop);
            form.fill(&row).and_then(check).map_err(|faults| of_faults(&name, &row, &faults))?;
            total = row.number;
        }
        if total == 0 {
            return Err(Trouble::usage(format!("{name}: there is no row behind the names"), "write one a mail"));
        }
        let rows = rows.again().map_err(broken)?;
        Ok(Self { name, form, rows, total })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many rows there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The next row, and the draft that it makes.
    pub fn row(&mut self) -> Result<(Row, Draft), Trouble> {
        let changed = |why: String| Trouble::new(Status::Usage, format!("{}, {why}", self.name));
        let row = self.rows.row().map_err(|error| changed(error.to_string()))?;
        let row = row.ok_or_else(|| changed("the file became shorter while it was read".to_owned()))?;
        let draft = self.form.fill(&row).map_err(|faults| of_faults(&self.name, &row, &faults))?;
        Ok((row, draft))
    }
}

/// Faults of the mail of one row.
pub(super) fn of_faults(name: &str, row: &Row, faults: &[Fault]) -> Trouble {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{name}, line {}: {fault}", row.line)).collect();
    Trouble::new(Status::Usage, lines.join("\n"))
}

/// The option that a field of the draft comes from.
fn option(field: Field) -> &'static str {
    match field {
        Field::From => "--from",
        Field::To => "--to",
        Field::Cc => "--cc",
        Field::Bcc => "--bcc",
        Field::ReplyTo => "--reply-to",
        Field::Subject => "--subject",
        Field::Body => "the text",
        Field::Header(_) => "--header",
        Field::Attachment(_) => "--attach",
        Field::Envelope => "the envelope",
        Field::Dkim => "--dkim-key",
        Field::Date | Field::MessageId => "the mail",
    }
}
