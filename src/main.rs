//! The `telepost` program: hands over to [`telepost::cli`] and ends with its status.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(telepost::cli::run())
}
