//! Reads from a component's bytes, without running it, what it is and which contract it speaks.

use wasmparser::{Parser, Payload};

/// The contract's package, without its version.
const CONTRACT: &str = "jackfield:plugin";

/// The version of the contract that this host speaks. It runs every plugin of the same major.
const CONTRACT_VERSION: &str = "1.0.0";

/// What the outermost component says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// The names that the host must provide.
    pub(super) imports: Vec<String>,
    /// The names that the host may call.
    pub(super) exports: Vec<String>,
    /// The initial size of all memories in it, in pages of 64 KiB.
    pub(super) memory_pages: u64,
}

/// What a component exports of the contract.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contract {
    /// The interface: `adapter`.
    pub(super) interface: String,
    /// The version of the contract that the plugin was built against.
    pub(super) version: String,
}

/// Why bytes are no component.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComponentError {
    /// The bytes do not begin as WebAssembly does.
    #[error("is not WebAssembly")]
    NotWasm,
    /// A module that was not packed.
    #[error("is a core module, not a component; `jackfield plugin build` packs it")]
    CoreModule,
    /// Cut off or damaged.
    #[error("is damaged: {0}")]
    Damaged(#[from] wasmparser::BinaryReaderError),
}

/// Why a component is no plugin of this host.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ContractError {
    /// It exports nothing of ours.
    #[error("is no Jackfield plugin: it exports nothing of {CONTRACT}")]
    Foreign,
    /// It was built for another major version.
    #[error(
        "speaks {CONTRACT}@{0}, and this host speaks {CONTRACT}@{CONTRACT_VERSION}; \
         build it again with the SDK of this host's release, or run a host of its major version"
    )]
    OtherMajor(String),
}

// === impl Component ===

impl Component {
    /// Reads the outermost component's imports and exports, and the memories of the modules within.
    ///
    /// # Errors
    /// If the bytes are no component.
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

    /// What it exports of the contract.
    ///
    /// # Errors
    /// If that is nothing, or of a major version that this host does not speak.
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

/// The part of a version that must be equal.
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
                (import "jackfield:plugin/host@1.0.0" (instance))
                (core module (memory 2))
                (instance $empty)
                (export "{name}" (instance $empty)))"#
        ))
        .unwrap()
    }

    #[test]
    fn the_outer_names_and_the_inner_memory_are_read() {
        let component = exporting("jackfield:plugin/adapter@1.0.0");
        let expected = Component {
            imports: vec!["jackfield:plugin/host@1.0.0".to_owned()],
            exports: vec!["jackfield:plugin/adapter@1.0.0".to_owned()],
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
            "speaks jackfield:plugin@2.0.0, and this host speaks jackfield:plugin@1.0.0; \
             build it again with the SDK of this host's release, or run a host of its major version"
        );
    }

    #[test]
    fn a_component_for_something_else_is_foreign() {
        let error = exporting("wasi:http/incoming-handler@0.2.0").contract().unwrap_err();
        assert_eq!(error, ContractError::Foreign);
    }

    #[test]
    fn a_core_module_is_sent_to_plugin_build() {
        let error = read("(module (memory 1))").unwrap_err();
        assert_eq!(
            error.to_string(),
            "is a core module, not a component; `jackfield plugin build` packs it"
        );
    }

    #[test]
    fn garbage_is_not_webassembly_and_a_cut_component_is_damaged() {
        assert!(matches!(Component::read(b"garbage"), Err(ComponentError::NotWasm)));
        let whole = wat::parse_str("(component (core module (memory 1)))").unwrap();
        let cut = Component::read(&whole[..whole.len() - 3]);
        assert!(matches!(cut, Err(ComponentError::Damaged(_))), "{cut:?}");
    }

    #[test]
    fn the_version_is_the_one_in_the_contract() {
        let contract = include_str!("../../../../../wit/world.wit");
        assert!(contract.contains(&format!("package {CONTRACT}@{CONTRACT_VERSION};")));
    }
}
