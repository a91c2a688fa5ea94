//! The `large_ledger` program: measures lists and reports of a ledger that grows, and prints what it finds as Markdown.

use std::process::ExitCode;

use clap::Parser;
use jackfield_tests::large_ledger::{self, Options};

/// Fills a temporary ledger, and prints how long lists and reports take at 10,000, 100,000, 1,000,000 and 10,000,000 rows.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    match large_ledger::run(&Arguments::parse().options) {
        Ok(table) => {
            print!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("large_ledger: {error}");
            ExitCode::FAILURE
        }
    }
}
