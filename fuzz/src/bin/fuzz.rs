//! Runs targets for a while, or one target on one file: `fuzz [TARGET…] [--seconds N | --runs N] [--seed N] [--file PATH]`.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use jackfield_fuzz::campaign::{self, Budget};
use jackfield_fuzz::targets::{self, Target};

/// How to call this program.
const USAGE: &str = "usage: fuzz [TARGET...] [--seconds N | --runs N] [--seed N] [--file PATH]
Without targets, all of them run, one after another. Without a budget, each runs for 60 seconds.";

/// What the command line asks for.
struct Asked {
    targets: Vec<Target>,
    seconds: u64,
    runs: Option<u64>,
    seed: u64,
    file: Option<String>,
}

fn main() -> ExitCode {
    let asked = match Asked::read(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(wrong) => {
            eprintln!("{wrong}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    // What is found is printed once, with how to repeat it.
    std::panic::set_hook(Box::new(|_| {}));
    let results: Vec<bool> = asked.targets.iter().map(|target| asked.run(target)).collect();
    if results.contains(&false) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

// === impl Asked ===

impl Asked {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self {
            targets: Vec::new(),
            seconds: 60,
            runs: None,
            seed: fastrand::u64(..),
            file: None,
        };
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            let number = |value: Option<String>| {
                let value = value.and_then(|value| value.parse().ok());
                value.ok_or(format!("{argument} needs a number"))
            };
            match argument.as_str() {
                "--seconds" => asked.seconds = number(arguments.next())?,
                "--runs" => asked.runs = Some(number(arguments.next())?),
                "--seed" => asked.seed = number(arguments.next())?,
                "--file" => asked.file = Some(arguments.next().ok_or("--file needs a path")?),
                name => asked.targets.push(targets::find(name).ok_or_else(|| unknown(name))?),
            }
        }
        if asked.targets.is_empty() {
            asked.targets.extend(targets::ALL);
        }
        Ok(asked)
    }

    /// Runs one target, and says whether all went well.
    fn run(&self, target: &Target) -> bool {
        let name = target.name;
        if let Some(file) = &self.file {
            let Ok(input) = std::fs::read(file) else {
                eprintln!("{file}: cannot be read");
                return false;
            };
            let broken = campaign::broken(target, &input);
            println!("{name}: {}", broken.as_deref().unwrap_or("holds"));
            return broken.is_none();
        }
        let end = Instant::now() + Duration::from_secs(self.seconds);
        let budget = self.runs.map_or(Budget::Until(end), Budget::Runs);
        match campaign::run(target, budget, self.seed) {
            Ok(seen) => println!("{name}: {seen} inputs, seed {}", self.seed),
            Err(found) => {
                let file = found.file.display();
                println!(
                    "{name}: {}\n  input:  {file}\n  repeat: fuzz {name} --file {file}",
                    found.message
                );
                return false;
            }
        }
        true
    }
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    format!(
        "unknown target or option `{name}`; the targets are {}",
        known.join(", ")
    )
}
