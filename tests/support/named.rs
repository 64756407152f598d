//! Tests as other tests name them: by file and function.

use std::collections::HashSet;
use std::path::Path;

/// Names of the test functions in a file of the project.
pub fn tests_in(file: &str) -> HashSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut tests = HashSet::new();
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(name) = line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))
            && std::mem::take(&mut marked)
        {
            tests.insert(name.split('(').next().unwrap_or_default().to_owned());
        }
    }
    tests
}
