//! Tells from a component's exports which contract it was built for, so that a refusal can name it.

use semver::Version;
use wasmtime::component::Component;

use super::LoadError;

/// The version of `jackfield:plugin` that this host speaks.
pub const CONTRACT_VERSION: &str = "1.0.0";

const ADAPTER: &str = "jackfield:plugin/adapter@";

/// Checks that the bytes look like a component: the preamble's version and layer fields
/// (Component Model, "Binary Format").
pub(super) fn check_preamble(bytes: &[u8]) -> Result<(), LoadError> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(LoadError::CoreModule),
        _ => Err(LoadError::NotWasm {
            found: hex(&bytes[..bytes.len().min(4)]),
        }),
    }
}

/// Checks that the component exports an adapter of the host's major version.
pub(super) fn check_exports(engine: &wasmtime::Engine, component: &Component) -> Result<(), LoadError> {
    let component_type = component.component_type();
    let exports: Vec<&str> = component_type.exports(engine).map(|(name, _)| name).collect();
    let Some(version) = exports.iter().find_map(|name| name.strip_prefix(ADAPTER)) else {
        let found = if exports.is_empty() {
            "nothing".to_owned()
        } else {
            exports.join(", ")
        };
        return Err(LoadError::WrongWorld {
            found,
            host: CONTRACT_VERSION,
        });
    };
    if same_major(version, CONTRACT_VERSION) {
        return Ok(());
    }
    Err(LoadError::WrongVersion {
        plugin: version.to_owned(),
        host: CONTRACT_VERSION,
    })
}

/// True if the component imports anything of WASI.
pub(super) fn imports_wasi(engine: &wasmtime::Engine, component: &Component) -> bool {
    component
        .component_type()
        .imports(engine)
        .any(|(name, _)| name.starts_with("wasi:"))
}

fn same_major(plugin: &str, host: &str) -> bool {
    match (Version::parse(plugin), Version::parse(host)) {
        (Ok(plugin), Ok(host)) => plugin.major == host.major,
        _ => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing".to_owned();
    }
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}
