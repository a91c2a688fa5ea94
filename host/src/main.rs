//! The `jackfield` program: reads the command line and hands over.

use std::process::ExitCode;

use clap::Parser;
use jackfield::cli::Command;

/// A third of a request's time is spent outside of our own code in allocations of a few hundred bytes; mimalloc
/// (MIT, kept by Microsoft) serves those faster than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Command::parse().run()
}
