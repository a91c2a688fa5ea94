//! `jackfield completions` and `jackfield man`: what a package installs beside the program, from the same declarations.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Command;

/// The name of the program.
const NAME: &str = "jackfield";

/// The arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArguments {
    /// The shell that is to complete commands.
    shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, clap::Args)]
pub(crate) struct ManArguments {
    /// Write one page for each command into this folder, instead of the first page to stdout.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints the script that makes a shell complete commands.
pub(super) fn completions(arguments: &CompletionsArguments) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Command::command(), NAME, &mut script);
    exit(io::stdout().write_all(&script))
}

/// Prints the manual page of the program, or writes those of all commands.
pub(super) fn man(arguments: &ManArguments) -> ExitCode {
    exit(match &arguments.dir {
        Some(dir) => write_pages(dir),
        None => clap_mangen::Man::new(commands()).render(&mut io::stdout()),
    })
}

/// The commands as every manual has them: whether `--config` may be left out depends on the environment of whoever reads it.
fn commands() -> clap::Command {
    fn with_optional_config(command: clap::Command) -> clap::Command {
        let optional = |argument: clap::Arg| {
            let is_config = argument.get_id() == "config";
            if is_config { argument.required(false) } else { argument }
        };
        command.mut_args(optional).mut_subcommands(with_optional_config)
    }
    with_optional_config(Command::command())
}

fn write_pages(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    clap_mangen::generate_to(commands(), dir)
}

fn exit(outcome: io::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of our output is gone, as after `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_and_the_first_one_names_them() {
        let folder = tempfile::tempdir().unwrap();
        write_pages(folder.path()).unwrap();
        for page in ["jackfield.1", "jackfield-serve.1", "jackfield-plugin-build.1"] {
            let text = fs::read_to_string(folder.path().join(page)).unwrap();
            assert!(text.contains(".SH"), "{page}");
        }
        let serve = fs::read_to_string(folder.path().join("jackfield-serve.1")).unwrap();
        assert!(serve.contains("[\\fB\\-\\-config\\fR]"), "{serve}");
    }

    #[test]
    fn each_shell_completes_the_commands() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Command::command(), NAME, &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("completions") && script.contains("serve"), "{shell}");
        }
    }
}
