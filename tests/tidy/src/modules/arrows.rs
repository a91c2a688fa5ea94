//! From the paths that files mention to the modules that they mean.

use std::collections::{BTreeMap, BTreeSet};

use super::Path;
use crate::paths::{Import, Mentions};

/// One module uses something of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    /// The module that uses it.
    pub(super) from: Path,
    /// The module in which it is defined.
    pub(super) to: Path,
    /// Its name there; none if it is the module itself.
    pub(super) name: Option<String>,
}

/// How many times a name may be passed on from one module to the next.
const HOPS: u8 = 8;

type Modules = BTreeMap<Path, (String, Mentions)>;

/// The arrows of all modules, apart from those between a module and one below it.
pub(super) fn all(modules: &Modules) -> Vec<Arrow> {
    let mut arrows = BTreeSet::new();
    for (from, (_, mentions)) in modules {
        let imported = mentions.imports.iter().map(|import| &import.steps);
        for steps in imported.chain(&mentions.inline) {
            if let Some((to, name)) = resolve(modules, from, steps, HOPS)
                && !from.starts_with(&to)
                && !to.starts_with(from)
            {
                let from = from.clone();
                arrows.insert(Arrow { from, to, name });
            }
        }
    }
    arrows.into_iter().collect()
}

/// The module that a path leads to from this one, and the name of what it means there. A path into another crate leads
/// nowhere.
fn resolve(modules: &Modules, from: &Path, steps: &[String], hops: u8) -> Option<(Path, Option<String>)> {
    let hops = hops.checked_sub(1)?;
    let (first, mut rest) = steps.split_first()?;
    let mut module = match first.as_str() {
        "crate" => Path::new(),
        "self" => from.clone(),
        "super" => parent(from)?,
        name => {
            let child = [&from[..], &[name.to_owned()]].concat();
            if modules.contains_key(&child) {
                child
            } else {
                let (module, item) = resolve_import(modules, from, name, hops)?;
                if item.is_some() {
                    return Some((module, item));
                }
                module
            }
        }
    };
    while let Some((step, others)) = rest.split_first() {
        rest = others;
        let below = [&module[..], std::slice::from_ref(step)].concat();
        match step.as_str() {
            "super" => module = parent(&module)?,
            "self" => {}
            "*" => return Some((module, Some(step.clone()))),
            _ if modules.contains_key(&below) => module = below,
            name => match resolve_import(modules, &module, name, hops) {
                Some((elsewhere, None)) => module = elsewhere,
                Some(found) => return Some(found),
                None => return Some((module, Some(step.clone()))),
            },
        }
    }
    Some((module, None))
}

/// Where a name leads that a module has only imported.
fn resolve_import(modules: &Modules, module: &Path, name: &str, hops: u8) -> Option<(Path, Option<String>)> {
    let imports = &modules.get(module)?.1.imports;
    let by_name = imports.iter().find(|import| import.name.as_deref() == Some(name));
    if let Some(import) = by_name.filter(|import| import.steps != [name]) {
        return resolve(modules, module, &import.steps, hops);
    }
    imports
        .iter()
        .filter_map(|import| glob(modules, module, import, hops))
        .find_map(|source| {
            let mentions = &modules.get(&source)?.1;
            let passed_on = mentions.imports.iter().any(|import| {
                import.is_public && import.name.as_deref() == Some(name)
                    || import.steps.last().is_some_and(|s| s == "*")
            });
            if mentions.defined.iter().any(|item| item == name) {
                Some((source, Some(name.to_owned())))
            } else if passed_on {
                resolve_import(modules, &source, name, hops.checked_sub(1)?)
            } else {
                None
            }
        })
}

/// The module all of which is imported.
fn glob(modules: &Modules, module: &Path, import: &Import, hops: u8) -> Option<Path> {
    let (last, steps) = import.steps.split_last()?;
    if last != "*" {
        return None;
    }
    let (source, item) = resolve(modules, module, steps, hops)?;
    item.is_none().then_some(source).filter(|source| source != module)
}

fn parent(module: &Path) -> Option<Path> {
    let (_, parent) = module.split_last()?;
    Some(parent.to_vec())
}
