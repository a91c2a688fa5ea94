//! The functions of a core module, and which of them can run.

use std::collections::HashSet;

use wasmparser::{
    BinaryReaderError, ElementItems, ExternalKind, FunctionBody, Operator, OperatorsReader, Parser, Payload, TypeRef,
};

/// The functions of a core module, by their indices. What is imported comes first.
#[derive(Default)]
pub(super) struct Functions<'a> {
    imported: u32,
    bodies: Vec<FunctionBody<'a>>,
    /// Those that are exported, by name.
    pub(super) exports: Vec<(&'a str, u32)>,
    /// Those that run without being exported: by a table, a global or at the start.
    referred: Vec<u32>,
    /// How many data segments the module has.
    pub(super) data_segments: u32,
}

/// The functions that these instructions call or refer to.
fn referred(instructions: OperatorsReader<'_>, into: &mut Vec<u32>) -> Result<(), BinaryReaderError> {
    for instruction in instructions {
        match instruction? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => into.push(function_index),
            _ => {}
        }
    }
    Ok(())
}

// === impl Functions ===

impl<'a> Functions<'a> {
    /// Those of this module.
    ///
    /// # Errors
    /// If it is damaged.
    pub(super) fn of(module: &'a [u8]) -> Result<Self, BinaryReaderError> {
        let mut functions = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            functions.note(payload?)?;
        }
        Ok(functions)
    }

    fn note(&mut self, payload: Payload<'a>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    referred(global?.init_expr.get_operators_reader(), &mut self.referred)?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exports.push((export.name, export.index));
                    }
                }
            }
            Payload::StartSection { func, .. } => self.referred.push(func),
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.note_elements(element?.items)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(segments) => self.data_segments = segments.count(),
            _ => {}
        }
        Ok(())
    }

    fn note_elements(&mut self, items: ElementItems<'a>) -> Result<(), BinaryReaderError> {
        match items {
            ElementItems::Functions(indices) => {
                for index in indices {
                    self.referred.push(index?);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    referred(expression?.get_operators_reader(), &mut self.referred)?;
                }
            }
        }
        Ok(())
    }

    /// The function that is exported by this name.
    pub(super) fn exported(&self, name: &str) -> Option<u32> {
        let export = self.exports.iter().find(|(known, _)| *known == name);
        export.map(|(_, index)| *index)
    }

    /// Those that the module itself has, each with its index.
    pub(super) fn defined(&self) -> impl Iterator<Item = (u32, &FunctionBody<'a>)> {
        (self.imported..).zip(&self.bodies)
    }

    /// Those that run if these do, and those that run without being exported.
    ///
    /// # Errors
    /// If the module is damaged.
    pub(super) fn reached(&self, roots: impl Iterator<Item = u32>) -> Result<HashSet<u32>, BinaryReaderError> {
        let mut ahead: Vec<u32> = roots.chain(self.referred.iter().copied()).collect();
        let mut reached = HashSet::new();
        while let Some(index) = ahead.pop() {
            if reached.insert(index)
                && let Some(place) = index.checked_sub(self.imported)
                && let Some(body) = self.bodies.get(place as usize)
            {
                referred(body.get_operators_reader()?, &mut ahead)?;
            }
        }
        Ok(reached)
    }
}
