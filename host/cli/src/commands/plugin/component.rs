//! What a component's bytes tell without running it: imports, exports, memory and contract.

use jackfield_sandbox::CONTRACT_VERSION;
use wasmparser::{Parser, Payload};

/// The contract's package, without its version.
const CONTRACT: &str = "jackfield:plugin";

/// The facts about a component.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// The interfaces that the host must provide.
    pub(super) imports: Vec<String>,
    /// The interfaces that the host may call.
    pub(super) exports: Vec<String>,
    /// The initial size of all its memories together, in pages of 64 KiB.
    pub(super) memory_pages: u64,
}

/// The part of the contract that a plugin implements.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contract {
    /// The interface, such as `adapter`.
    pub(super) interface: String,
    /// The version of the contract that the plugin was built against.
    pub(super) version: String,
}

/// Why bytes are not a component.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComponentError {
    /// The bytes do not begin with WebAssembly's magic number.
    #[error("is not WebAssembly")]
    NotWasm,
    /// A core module that was not packed into a component.
    #[error("is a core module, not a component; pack it with `jackfield plugin build`")]
    CoreModule,
    /// Cut off or damaged.
    #[error("is damaged: {0}")]
    Damaged(#[from] wasmparser::BinaryReaderError),
}

/// Why a component is not a plugin for this host.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ContractError {
    /// It exports no interface of the contract.
    #[error("is not a Jackfield plugin: it exports nothing of {CONTRACT}")]
    Foreign,
    /// It was built for another major version of the contract.
    #[error(
        "was built for {CONTRACT}@{0}, but this host implements {CONTRACT}@{CONTRACT_VERSION}; \
         rebuild it with the SDK of this host's release, or run a host of the plugin's major version"
    )]
    OtherMajor(String),
}

// === impl Component ===

impl Component {
    /// Reads the outermost component's imports and exports, and the memories of all modules inside it.
    ///
    /// # Errors
    /// If the bytes are not a component.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ComponentError> {
        if !bytes.starts_with(b"\0asm") {
            return Err(ComponentError::NotWasm);
        }
        if Parser::is_core_wasm(bytes) {
            return Err(ComponentError::CoreModule);
        }
        let mut component = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        component.memory_pages += memory?.initial;
                    }
                }
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        component.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    for export in exports {
                        component.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(component)
    }

    /// The part of the contract that it implements.
    ///
    /// # Errors
    /// If there is none, or it is of another major version than the host's.
    pub(super) fn contract(&self) -> Result<Contract, ContractError> {
        let (interface, version) = self
            .exports
            .iter()
            .find_map(|name| name.strip_prefix(CONTRACT)?.strip_prefix('/')?.split_once('@'))
            .ok_or(ContractError::Foreign)?;
        if major(version) == major(CONTRACT_VERSION) {
            Ok(Contract {
                interface: interface.to_owned(),
                version: version.to_owned(),
            })
        } else {
            Err(ContractError::OtherMajor(version.to_owned()))
        }
    }
}

/// The part of a version that must match.
fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or(version)
}

/// The initial memory in pages and KiB, for a person.
pub(super) fn display_memory(pages: u64) -> String {
    format!("{pages} pages ({} KiB) of initial memory", pages * 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(wat: &str) -> Result<Component, ComponentError> {
        Component::read(&wat::parse_str(wat).unwrap())
    }

    /// A component with one export of this name and one core module with two memory pages.
    fn exporting(name: &str) -> Component {
        read(&format!(
            r#"(component
                (import "jackfield:plugin/host@1.1.0" (instance))
                (core module (memory 2))
                (instance $empty)
                (export "{name}" (instance $empty)))"#
        ))
        .unwrap()
    }

    #[test]
    fn the_outer_imports_and_exports_and_the_inner_memory_are_read() {
        let component = exporting("jackfield:plugin/adapter@1.1.0");
        let expected = Component {
            imports: vec!["jackfield:plugin/host@1.1.0".to_owned()],
            exports: vec!["jackfield:plugin/adapter@1.1.0".to_owned()],
            memory_pages: 2,
        };
        assert_eq!(component, expected);
    }

    #[test]
    fn a_later_minor_version_is_the_same_contract() {
        let contract = exporting("jackfield:plugin/adapter@1.7.2").contract().unwrap();
        assert_eq!((&*contract.interface, &*contract.version), ("adapter", "1.7.2"));
    }

    #[test]
    fn another_major_is_refused_with_both_versions_and_the_way_out() {
        let error = exporting("jackfield:plugin/adapter@2.0.0").contract().unwrap_err();
        assert_eq!(
            error.to_string(),
            "was built for jackfield:plugin@2.0.0, but this host implements jackfield:plugin@1.1.0; \
             rebuild it with the SDK of this host's release, or run a host of the plugin's major version"
        );
    }

    #[test]
    fn a_component_for_something_else_is_foreign() {
        let error = exporting("wasi:http/incoming-handler@0.2.0").contract().unwrap_err();
        assert_eq!(error, ContractError::Foreign);
    }

    #[test]
    fn the_error_for_a_core_module_says_how_to_pack_it() {
        let error = read("(module (memory 1))").unwrap_err();
        assert_eq!(
            error.to_string(),
            "is a core module, not a component; pack it with `jackfield plugin build`"
        );
    }

    #[test]
    fn garbage_is_not_webassembly_and_a_cut_component_is_damaged() {
        assert!(matches!(Component::read(b"garbage"), Err(ComponentError::NotWasm)));
        let whole = wat::parse_str("(component (core module (memory 1)))").unwrap();
        let cut = Component::read(&whole[..whole.len() - 3]);
        assert!(matches!(cut, Err(ComponentError::Damaged(_))), "{cut:?}");
    }
}
