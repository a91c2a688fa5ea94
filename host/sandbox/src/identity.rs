//! Which contract a component was built for, read from its exports, so that a refusal can name it.

use semver::Version;
use wasmtime::component::Component;

use crate::LoadError;

/// The version of the contract `jackfield:plugin` that this host implements. Plugins of the same major version load.
pub const CONTRACT_VERSION: &str = "1.0.0";

const ADAPTER: &str = "jackfield:plugin/adapter@";

/// Checks the first bytes: WebAssembly's magic number, then the version and layer of a component (Component Model,
/// "Binary Format").
pub(crate) fn check_preamble(bytes: &[u8]) -> Result<(), LoadError> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Err(LoadError::CoreModule),
        _ => Err(LoadError::NotWasm {
            found: hex(&bytes[..bytes.len().min(4)]),
        }),
    }
}

/// Checks that the component exports an adapter for the host's major version of the contract.
pub(crate) fn check_exports(engine: &wasmtime::Engine, component: &Component) -> Result<(), LoadError> {
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

/// Whether the component imports any WASI interface.
pub(crate) fn imports_wasi(engine: &wasmtime::Engine, component: &Component) -> bool {
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

#[cfg(test)]
mod tests {
    use wasmtime::Engine;

    use super::*;

    #[test]
    fn the_version_is_that_of_the_contract() {
        let contract = include_str!("../../../wit/world.wit");
        assert!(contract.contains(&format!("package jackfield:plugin@{CONTRACT_VERSION};")));
    }

    #[test]
    fn only_the_major_version_must_match() {
        assert!(same_major("1.7.2", "1.0.0"));
        assert!(!same_major("2.0.0", "1.0.0"));
        assert!(!same_major("1", "1.0.0"));
    }

    #[test]
    fn an_import_of_wasi_is_recognised() {
        let engine = Engine::default();
        let imports = |name: &str| {
            let bytes = wat::parse_str(format!(r#"(component (import "{name}" (instance)))"#)).unwrap();
            imports_wasi(&engine, &Component::new(&engine, bytes).unwrap())
        };
        assert!(imports("wasi:cli/environment@0.2.0"));
        assert!(!imports("jackfield:plugin/host@1.0.0"));
    }

    #[test]
    fn a_component_is_told_from_a_core_module_and_from_anything_else() {
        assert_eq!(check_preamble(b"\0asm\x0d\0\x01\0rest"), Ok(()));
        assert_eq!(check_preamble(b"\0asm\x01\0\0\0"), Err(LoadError::CoreModule));
        for bytes in [&b"\0asm"[..], b"\0asm\x0d\0\x02\0", b"\x7fELF....", b""] {
            assert!(matches!(check_preamble(bytes), Err(LoadError::NotWasm { .. })));
        }
    }
}
