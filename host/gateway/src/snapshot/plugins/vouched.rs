//! What speaks for the content of a plugin under `plugins.trust`: asked before any of it is compiled, and fail-closed.

use std::path::Path;

use super::PluginFile;
use super::content::PluginContent;
use super::trust::Refusal;
use crate::sources::signature_file;
use jackfield_config::{PluginsConfig, Unsigned, Voucher};

/// What speaks for the content of the file at `path`; `None` if nothing has to.
///
/// # Errors
/// If something has to, and nothing does.
pub(super) fn voucher(
    path: &Path,
    content: &PluginContent,
    config: &PluginsConfig,
) -> Result<Option<Voucher>, Refusal> {
    let pinned = config.is_pinned(&content.sha256).then_some(Voucher::Pin);
    let Some(trust) = &config.trust else {
        return Ok(pinned);
    };
    let signature = signature_file(path);
    let name = signature.file_name().unwrap_or_default().to_string_lossy();
    match (
        trust.signer(&content.bytes, content.signature.as_deref(), &name),
        pinned,
    ) {
        (Ok(signer), _) => Ok(Some(signer)),
        (Err(_), Some(pinned)) => Ok(Some(pinned)),
        (Err(unsigned), None) => Err(unvouched(path, &content.sha256, &unsigned)),
    }
}

fn unvouched(path: &Path, sha256: &str, unsigned: &Unsigned) -> Refusal {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let first = match unsigned {
        Unsigned::UnknownKey => "if you trust the signer, add their key to plugins.trust.public_keys".to_owned(),
        Unsigned::Mismatch => "put the file and its signature there again, both of the same build".to_owned(),
        _ => format!("sign it with `jackfield plugin sign {name} --key KEY`"),
    };
    Refusal {
        problem: format!("{unsigned}, and plugins.trust lets in only what is signed or pinned"),
        remedy: format!("{first}; or, if you know the file, add \"{sha256}\" to plugins.trust.sha256"),
    }
}

/// Whether a plugin that was in force may stay so under this configuration: what spoke for it must still do so.
pub(super) fn holds(file: &PluginFile, config: &PluginsConfig) -> bool {
    let Some(trust) = &config.trust else { return true };
    let (name, sha256) = (file.plugin.name(), file.plugin.sha256());
    let still = match &file.voucher {
        // Until the next version has been fetched.
        Some(Voucher::Source) => config.sources.iter().any(|source| source.name == name),
        Some(Voucher::Signature(key)) => trust.lists(key),
        Some(Voucher::Pin) | None => false,
    };
    still || config.pins(name, sha256)
}
