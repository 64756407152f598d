//! What the sandbox of the workbench does wrong, switched while it runs.

use super::effects::Hands;
use crate::app::faults::FaultRow;
use crate::sandbox::{Fault, Sandbox};

impl Hands {
    pub(super) fn faults(&mut self, wanted: Option<Vec<String>>) -> Result<Vec<FaultRow>, String> {
        switch(self.surroundings.sandbox.as_ref(), wanted)
    }
}

/// Lets `sandbox` do the `wanted` things wrong and nothing else, if any are wanted; all things, and which are on.
fn switch(sandbox: Option<&Sandbox>, wanted: Option<Vec<String>>) -> Result<Vec<FaultRow>, String> {
    let sandbox = sandbox.ok_or("the sandbox does not run: ^X b starts it")?;
    if let Some(names) = wanted {
        let faults = names.iter().map(|name| name.parse::<Fault>()).collect::<Result<Vec<_>, _>>()?;
        sandbox.set_faults(&faults);
    }
    let on = sandbox.faults();
    let row = |fault: &Fault| FaultRow { name: fault.name(), summary: fault.summary(), on: on.contains(fault) };
    Ok(Fault::ALL.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Options;

    #[tokio::test]
    async fn faults_are_switched_by_name_and_a_wrong_name_changes_nothing() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let on = |wanted| {
            let rows = switch(Some(&sandbox), wanted)?;
            assert_eq!(rows.len(), Fault::ALL.len());
            Ok::<_, String>(rows.into_iter().filter(|row| row.on).map(|row| row.name).collect::<Vec<_>>())
        };
        assert_eq!(on(None).unwrap(), [""; 0]);
        assert_eq!(on(names(&["greylist", "no-ehlo"])).unwrap(), ["no-ehlo", "greylist"]);
        assert_eq!(sandbox.faults(), [Fault::NoEhlo, Fault::Greylist]);
        assert!(on(names(&["oversize", "lunch"])).unwrap_err().contains("lunch"));
        assert_eq!(on(None).unwrap(), ["no-ehlo", "greylist"]);
        assert_eq!(on(names(&[])).unwrap(), [""; 0]);
        assert!(switch(None, None).unwrap_err().contains("^X b"));
    }
}
