//! The `bench` program: measures the gateway beside nginx and prints what it finds as Markdown.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jackfield_tests::bench::{self, Options, peers, scale, start, tail};

/// Measures the gateway beside nginx, both in front of one upstream, and prints Markdown tables.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    #[command(flatten)]
    options: Options,
}

/// What else this program measures, and can be.
#[derive(Subcommand)]
enum Role {
    /// Measures the slowest requests at half of the peak, at rest and while something else goes on.
    Tail(tail::Options),
    /// Measures what requests cost as there is more of something, and draws it.
    Scale(scale::Options),
    /// Measures how long a start takes, and a change until it is in force.
    Start(start::Options),
    /// Measures other gateways beside nginx and Jackfield, each alone; see tests/peers.
    Peers(peers::Options),
    /// The upstream that is called; it ends when its standard input does.
    #[command(hide = true)]
    Upstream,
    /// The bare proxy in front of an upstream; it ends when its standard input does.
    #[command(hide = true)]
    Bare { upstream: SocketAddr },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.role {
        Some(Role::Upstream) => bench::be_upstream(),
        Some(Role::Bare { upstream }) => bench::be_bare(upstream),
        Some(Role::Tail(options)) => tail::run(&options).map(|report| print!("{report}")),
        Some(Role::Scale(options)) => scale::run(&options).map(|report| print!("{report}")),
        Some(Role::Start(options)) => start::run(&options).map(|report| print!("{report}")),
        Some(Role::Peers(options)) => peers::run(&options).map(|report| print!("{report}")),
        None => bench::run(&arguments.options).map(|report| print!("{report}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
