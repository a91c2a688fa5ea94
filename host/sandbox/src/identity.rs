//! Which contract a component was built for, read from its exports, so that a refusal can name it.

use semver::Version;
use wasmtime::component::Component;

use crate::LoadError;

/// The version of the contract `jackfield:plugin` that this host implements. Plugins of the same major version load.
pub const CONTRACT_VERSION: &str = "1.1.0";

/// The version of this host, against which `minimum_host` of a manifest is checked.
pub const HOST_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The contract's package, as it begins the names of interfaces.
const PACKAGE: &str = "jackfield:plugin/";

/// The packages of WASI that are linked into plugins that import them.
const WASI: [&str; 6] = ["cli", "clocks", "filesystem", "io", "random", "sockets"];

/// What kind of plugin a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It exports `adapter`.
    Adapter,
    /// It exports `shaper`.
    Shaper,
}

/// What a component was built for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contract {
    pub(crate) kind: Kind,
    /// The version of the contract.
    pub(crate) version: Version,
}

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

/// Reads what the component was built for, and checks that it is the host's major version of the contract.
pub(crate) fn contract(engine: &wasmtime::Engine, component: &Component) -> Result<Contract, LoadError> {
    let component_type = component.component_type();
    let exports: Vec<&str> = component_type.exports(engine).map(|(name, _)| name).collect();
    let Some((kind, version)) = exports.iter().find_map(|name| exported(name)) else {
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
    match Version::parse(version) {
        Ok(version) if version.major == host_contract().major => Ok(Contract { kind, version }),
        _ => Err(LoadError::WrongVersion {
            plugin: version.to_owned(),
            host: CONTRACT_VERSION,
        }),
    }
}

/// The kind and the version of the contract in the name of an export, such as `jackfield:plugin/adapter@1.1.0`.
fn exported(name: &str) -> Option<(Kind, &str)> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    match interface {
        "adapter" => Some((Kind::Adapter, version)),
        "shaper" => Some((Kind::Shaper, version)),
        _ => None,
    }
}

/// The version of the contract that this host implements.
fn host_contract() -> Version {
    // The constant is a version: a test says so.
    Version::parse(CONTRACT_VERSION).unwrap_or(Version::new(0, 0, 0))
}

/// Whether the component imports any WASI interface.
pub(crate) fn imports_wasi(engine: &wasmtime::Engine, component: &Component) -> bool {
    component
        .component_type()
        .imports(engine)
        .any(|(name, _)| name.starts_with("wasi:"))
}

/// The interfaces that a component imports from neither the contract nor the part of WASI 0.2 that is linked.
pub(crate) fn foreign_imports(engine: &wasmtime::Engine, component: &Component) -> Vec<String> {
    let component_type = component.component_type();
    let names = component_type.imports(engine).map(|(name, _)| name);
    names
        .filter(|name| !name.starts_with(PACKAGE) && !is_linked_wasi(name))
        .map(str::to_owned)
        .collect()
}

/// Whether an interface belongs to the packages of WASI 0.2 that a command has, such as `wasi:io/poll@0.2.9`.
fn is_linked_wasi(name: &str) -> bool {
    let interface = name.strip_prefix("wasi:").and_then(|name| name.split_once('@'));
    interface.is_some_and(|(interface, version)| {
        let package = interface.split('/').next().unwrap_or_default();
        WASI.contains(&package) && version.starts_with("0.2.")
    })
}

// === impl Contract ===

impl Contract {
    /// Why a component does not link: it may have been built for a later version of the contract than the host's.
    pub(crate) fn does_not_link(&self, reason: String) -> LoadError {
        if self.version > host_contract() {
            return LoadError::NewerContract {
                plugin: self.version.to_string(),
                host: CONTRACT_VERSION,
                reason,
            };
        }
        LoadError::Link(reason)
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
        for contract in [
            include_str!("../../../wit/world.wit"),
            include_str!("../../../wit/shaper.wit"),
            include_str!("../../../wit/extensions.wit"),
        ] {
            assert!(contract.contains(&format!("package jackfield:plugin@{CONTRACT_VERSION};")));
        }
    }

    #[test]
    fn the_export_names_the_kind_and_the_version() {
        assert_eq!(
            exported("jackfield:plugin/adapter@1.7.2"),
            Some((Kind::Adapter, "1.7.2"))
        );
        assert_eq!(exported("jackfield:plugin/shaper@2.0.0"), Some((Kind::Shaper, "2.0.0")));
        assert_eq!(exported("jackfield:plugin/head@1.1.0"), None);
        assert_eq!(exported("wasi:http/handler@0.2.0"), None);
    }

    #[test]
    fn what_a_newer_plugin_lacks_is_told_with_both_versions() {
        let contract = |version| Contract {
            kind: Kind::Adapter,
            version,
        };
        let newer = contract(Version::new(1, 9, 0)).does_not_link("x is missing".to_owned());
        assert_eq!(
            newer.to_string(),
            format!("was built for jackfield:plugin@1.9.0, but this host implements {CONTRACT_VERSION}: x is missing")
        );
        let same = contract(host_contract()).does_not_link("x is missing".to_owned());
        assert_eq!(same, LoadError::Link("x is missing".to_owned()));
    }

    #[test]
    fn imports_that_the_host_lacks_are_named() {
        let engine = Engine::default();
        let foreign = |name: &str| {
            let bytes = wat::parse_str(format!(r#"(component (import "{name}" (instance)))"#)).unwrap();
            foreign_imports(&engine, &Component::new(&engine, bytes).unwrap())
        };
        for name in [
            "wasi:http/types@0.2.10",
            "wasi:cli/stdout@0.3.0",
            "mine:own/store@1.0.0",
        ] {
            assert_eq!(foreign(name), [name]);
        }
        for name in ["wasi:sockets/tcp@0.2.9", "jackfield:plugin/host@1.1.0"] {
            assert_eq!(foreign(name), [""; 0], "{name}");
        }
    }

    #[test]
    fn an_import_of_wasi_is_recognised() {
        let engine = Engine::default();
        let imports = |name: &str| {
            let bytes = wat::parse_str(format!(r#"(component (import "{name}" (instance)))"#)).unwrap();
            imports_wasi(&engine, &Component::new(&engine, bytes).unwrap())
        };
        assert!(imports("wasi:cli/environment@0.2.0"));
        assert!(!imports("jackfield:plugin/host@1.1.0"));
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
