//! `plugin pull`: fetches a plugin file from an OCI registry, and says which digest it has.

use std::path::PathBuf;

use jackfield_gateway::sources::{pulled, write_whole};

use super::push::{PushError, reference};
use super::registry::{self, RegistryArguments, RegistryError};

/// The arguments of `plugin pull`.
#[derive(Debug, clap::Args)]
pub(crate) struct PullArguments {
    /// Where it is: `oci://REGISTRY/REPOSITORY:TAG`, or with a digest.
    #[arg(value_name = "REFERENCE")]
    from: String,
    /// File to write; without it, only the digest is shown.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryArguments,
}

/// Pulls a plugin, and prints the reference with its digest, as `plugins.sources` takes it.
///
/// # Errors
/// [`PushError`].
pub(super) fn run(arguments: &PullArguments) -> Result<(), PushError> {
    let reference = reference(&arguments.from)?;
    let access = arguments.registry.access(&reference.registry)?;
    let pulled = registry::run(pulled(&reference, &access))?;
    if let Some(file) = &arguments.out {
        write_whole(file, &pulled.plugin).map_err(RegistryError::Io)?;
    }
    println!("{}", pulled.reference);
    Ok(())
}
