//! The exit codes by which a service manager tells whether another try may help (sysexits.h).

use std::process::ExitCode;

use jackfield_gateway::{Blame, StartError};

/// `EX_UNAVAILABLE`: a service that the gateway needs does not answer.
pub(super) const EX_UNAVAILABLE: u8 = 69;

/// `EX_OSERR`: the system refuses something, such as a port that another process has.
pub(super) const EX_OSERR: u8 = 71;

/// `EX_CONFIG`: the configuration is faulty, which only an edit mends.
pub(super) const EX_CONFIG: u8 = 78;

/// The exit code of a start that failed.
pub(super) fn of_start(error: &StartError) -> ExitCode {
    ExitCode::from(match error.blame() {
        Blame::Configuration => EX_CONFIG,
        Blame::Store => EX_UNAVAILABLE,
        Blame::Machine => EX_OSERR,
    })
}
