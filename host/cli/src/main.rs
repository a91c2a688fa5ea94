//! The `jackfield` program: parses the command line and runs the command.

mod allocator;
mod commands;
mod start_code;

use std::process::ExitCode;

use clap::Parser;
use commands::Command;

/// The exit status of a program that was ended by SIGPIPE, as shells report it.
const ENDED_BY_SIGPIPE: i32 = 128 + 13;

fn main() -> ExitCode {
    end_quietly_without_a_reader();
    Command::parse().run()
}

/// Ends the program without a word if nobody reads its output any more, as in `jackfield plugin inspect FILE | head`. Rust
/// ignores SIGPIPE, and `println!` panics instead.
fn end_quietly_without_a_reader() {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout") && message.contains("Broken pipe") {
            #[expect(clippy::disallowed_methods, reason = "nothing is left to do, and nobody to tell")]
            std::process::exit(ENDED_BY_SIGPIPE);
        }
        otherwise(panic);
    }));
}
