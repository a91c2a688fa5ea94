//! Puts a manifest that is known into the core module that would write it each time.
//!
//! What writes a manifest, above all the schema of the settings, is up to a third of a module's code. It runs once when
//! the file is loaded, and every gateway that loads the file compiles it. The manifest becomes a passive data segment,
//! which is in no instance's memory until it is asked for, and the functions that only wrote it are emptied. All
//! functions keep their places, so that nothing that refers to them changes.

mod functions;

use wasm_encoder::{CodeSection, DataCountSection, DataSection, Function, MemArg, Module, RawSection, ValType};
use wasmparser::{BinaryReaderError, Parser, Payload};

use self::functions::Functions;

/// How the name of the export ends that returns the manifest.
const DESCRIBE: &str = "#describe";

/// How the name of the export begins that frees what another has returned (canonical ABI of the component model).
const POST_RETURN: &str = "cabi_post_";

/// The export that allocates memory: old address, old size, alignment, new size (canonical ABI of the component model).
const REALLOC: &str = "cabi_realloc";

/// The result of `describe` stands before the manifest: its address and its length.
const RESULT: i32 = 8;

/// The functions that a manifest changes.
struct Changed {
    /// Returns it.
    describe: u32,
    /// Frees what was returned. An instance is asked for its manifest once, so nothing needs to be freed.
    free: Option<u32>,
    /// Allocates memory.
    realloc: u32,
}

/// The module with this manifest; `None` if it does not export what a contract's module does, or is damaged.
pub(in crate::commands::plugin) fn put_into(module: &[u8], manifest: &[u8]) -> Option<Vec<u8>> {
    let functions = Functions::of(module).ok()?;
    let changed = Changed::in_exports(&functions)?;
    let length = i32::try_from(manifest.len()).ok()?;
    let code = changed.code(module, &functions, length).ok()?;
    assembled(module, &code, functions.data_segments, manifest).ok()
}

/// The module with other code, and the manifest behind its data.
fn assembled(
    module: &[u8],
    code: &CodeSection,
    data_segments: u32,
    manifest: &[u8],
) -> Result<Vec<u8>, BinaryReaderError> {
    let mut assembled = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::DataCountSection { .. } => {}
            Payload::CodeSectionStart { .. } => {
                let count = data_segments + 1;
                assembled.section(&DataCountSection { count }).section(code);
            }
            Payload::DataSection(segments) => {
                let mut data = DataSection::new();
                for segment in segments {
                    data.raw(&module[segment?.range]);
                }
                assembled.section(data.passive(manifest.iter().copied()));
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &module[range];
                    assembled.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(assembled.finish())
}

// === impl Changed ===

impl Changed {
    /// By their names. `None` if one is missing, or if the module has no data, behind which the manifest would stand.
    fn in_exports(functions: &Functions<'_>) -> Option<Self> {
        let mut exports = functions.exports.iter();
        let (name, describe) = exports.find(|(name, _)| name.ends_with(DESCRIBE) && !name.starts_with(POST_RETURN))?;
        let changed = Self {
            describe: *describe,
            free: functions.exported(&format!("{POST_RETURN}{name}")),
            realloc: functions.exported(REALLOC)?,
        };
        (functions.data_segments > 0).then_some(changed)
    }

    /// The module's code, in which the manifest is the data segment behind its own.
    fn code(&self, module: &[u8], functions: &Functions<'_>, length: i32) -> Result<CodeSection, BinaryReaderError> {
        let exported = functions.exports.iter().map(|(_, index)| *index);
        let roots = exported.filter(|index| *index != self.describe && Some(*index) != self.free);
        let reached = functions.reached(roots.chain([self.realloc]))?;
        let (mut nothing, mut emptied) = (Function::new([]), Function::new([]));
        nothing.instructions().end();
        emptied.instructions().unreachable().end();
        let mut code = CodeSection::new();
        for (index, body) in functions.defined() {
            if index == self.describe {
                code.function(&self.described(functions.data_segments, length));
            } else if Some(index) == self.free {
                code.function(&nothing);
            } else if reached.contains(&index) {
                code.raw(&module[body.range()]);
            } else {
                code.function(&emptied);
            }
        }
        Ok(code)
    }

    /// Copies the data segment behind its address and length, and returns where these stand.
    fn described(&self, segment: u32, length: i32) -> Function {
        let field = |offset| MemArg {
            offset,
            align: 2,
            memory_index: 0,
        };
        let mut described = Function::new([(1, ValType::I32)]);
        let mut body = described.instructions();
        body.i32_const(0).i32_const(0).i32_const(4).i32_const(length + RESULT);
        body.call(self.realloc).local_set(0);
        body.local_get(0).i32_const(RESULT).i32_add();
        body.i32_const(0).i32_const(length).memory_init(0, segment);
        body.local_get(0).local_get(0).i32_const(RESULT).i32_add();
        body.i32_store(field(0));
        body.local_get(0).i32_const(length).i32_store(field(4));
        body.local_get(0).end();
        described
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADAPTER: &str = r#"(module
        (import "host" "log" (func $log))
        (memory (export "memory") 1)
        (table 1 funcref)
        (elem (i32.const 0) $by_table)
        (data (i32.const 16) "settings")
        (func $writes (call $twice))
        (func $twice)
        (func $by_table (call $log) (call $twice_more))
        (func $twice_more)
        (func $describe (export "jackfield:plugin/adapter@1.1.0#describe") (result i32) (call $writes) (i32.const 16))
        (func (export "cabi_post_jackfield:plugin/adapter@1.1.0#describe") (param i32) (call $writes))
        (func $prepare (export "jackfield:plugin/adapter@1.1.0#prepare") (param i32) (result i32) (local.get 0))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))"#;

    /// The indices of a module's functions that do more than trap.
    fn filled(module: &[u8]) -> Vec<u32> {
        let functions = Functions::of(module).unwrap();
        let empty = |body: &wasmparser::FunctionBody<'_>| {
            let mut operators = body.get_operators_reader().unwrap();
            matches!(operators.read().unwrap(), wasmparser::Operator::Unreachable)
        };
        let kept = functions.defined().filter(|(_, body)| !empty(body));
        kept.map(|(index, _)| index).collect()
    }

    #[test]
    fn what_only_wrote_the_manifest_is_emptied_and_the_rest_is_as_it_was() {
        let module = wat::parse_str(ADAPTER).unwrap();
        let put = put_into(&module, br#"{"name":"x"}"#).unwrap();
        wasmparser::validate(&put).unwrap();
        assert_eq!(filled(&module), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(filled(&put), [3, 4, 5, 6, 7, 8]);
        let functions = Functions::of(&put).unwrap();
        assert_eq!(functions.data_segments, 2);
        assert!(put.windows(12).any(|bytes| bytes == br#"{"name":"x"}"#));
    }

    #[test]
    fn a_module_of_another_kind_is_left_as_it_is() {
        for module in [
            "(module (memory 1))".to_owned(),
            ADAPTER.replace("#describe", "#tell"),
            ADAPTER.replace("cabi_realloc", "malloc"),
            ADAPTER.replace(r#"(data (i32.const 16) "settings")"#, ""),
        ] {
            assert_eq!(put_into(&wat::parse_str(module).unwrap(), b"{}"), None);
        }
        assert_eq!(put_into(b"not wasm", b"{}"), None);
    }
}
