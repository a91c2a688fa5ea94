//! `jackfield schema`: prints the JSON Schema of the configuration, for editors.

use std::io::{self, Write};
use std::process::ExitCode;

use jackfield_config::json_schema;

/// Prints the schema to stdout.
pub(super) fn run() -> ExitCode {
    // `{:#}` is serde_json's indented form.
    match writeln!(io::stdout(), "{:#}", json_schema()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
