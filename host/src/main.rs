//! The `jackfield` program: reads the command line and hands over.

use std::process::ExitCode;

use clap::Parser;
use jackfield::cli::Command;

fn main() -> ExitCode {
    Command::parse().run()
}
