//! The modules of a crate and their arrows: among the modules of one folder, these must not lead in a circle.
//!
//! A module and what lies below it count as one at each level, and a module and those below it may know each other. So
//! every circle shows among siblings.

mod arrows;

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::arrows::Arrow;
use crate::paths::Mentions;
use crate::source::Source;
use crate::tree::File;

/// A module's path, without the crate's name.
pub(crate) type Path = Vec<String>;

/// The modules of one crate.
pub(crate) struct Modules {
    /// The crate's folder.
    package: String,
    /// Each module's file, below the folder `src`, and what it mentions.
    modules: BTreeMap<Path, (String, Mentions)>,
}

/// Sibling modules each of which leads to every other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Circle {
    /// The crate's folder.
    pub(crate) package: String,
    /// The modules.
    pub(crate) modules: BTreeSet<String>,
    /// What ties them: each file with what it uses.
    pub(crate) ties: Vec<String>,
}

/// The circles in a tree.
pub(crate) fn findings(files: &[File]) -> Vec<String> {
    let modules = Modules::read(files);
    modules
        .iter()
        .flat_map(Modules::circles)
        .map(|circle| circle.finding())
        .collect()
}

// === impl Modules ===

impl Modules {
    /// Reads every crate of the host.
    pub(crate) fn read(files: &[File]) -> Vec<Self> {
        let mut crates: BTreeMap<String, BTreeMap<Path, (String, Mentions)>> = BTreeMap::new();
        for file in files {
            let Some((package, below)) = file.path.split_once("/src/") else {
                continue;
            };
            if let (true, Some(path)) = (package.starts_with("host/"), module(below)) {
                let mentions = Mentions::read(&Source::read(&file.text).code);
                let modules = crates.entry(package.to_owned()).or_default();
                modules.insert(path, (below.to_owned(), mentions));
            }
        }
        crates
            .into_iter()
            .map(|(package, mut modules)| {
                // What has no parent is no module of this crate, such as a template that the crate writes out.
                let paths: BTreeSet<Path> = modules.keys().cloned().collect();
                modules.retain(|path, _| (0..path.len()).all(|length| paths.contains(&path[..length])));
                Self { package, modules }
            })
            .collect()
    }

    /// How many arrows there are between modules of which neither is below the other.
    pub(crate) fn arrow_count(&self) -> usize {
        arrows::all(&self.modules).len()
    }

    /// The circles, those of the outer folders first.
    pub(crate) fn circles(&self) -> Vec<Circle> {
        let arrows = arrows::all(&self.modules);
        let levels = self.modules.keys();
        levels.flat_map(|parent| self.circles_in(parent, &arrows)).collect()
    }

    /// The circles among the modules directly below this one.
    fn circles_in(&self, parent: &Path, arrows: &[Arrow]) -> Vec<Circle> {
        let sibling = |path: &Path| path.strip_prefix(&parent[..])?.first().cloned();
        let inner: Vec<(String, String, &Arrow)> = arrows
            .iter()
            .filter_map(|arrow| Some((sibling(&arrow.from)?, sibling(&arrow.to)?, arrow)))
            .filter(|(from, to, _)| from != to)
            .collect();
        let pairs: BTreeSet<(&str, &str)> = inner.iter().map(|(from, to, _)| (&**from, &**to)).collect();
        let circle = |names: BTreeSet<&str>| {
            let full = |name: &&str| [&parent[..], &[(*name).to_owned()]].concat().join("::");
            let ties = inner
                .iter()
                .filter(|(from, to, _)| names.contains(&**from) && names.contains(&**to));
            let ties: BTreeSet<String> = ties.map(|(_, _, arrow)| self.tie(arrow)).collect();
            Circle {
                package: self.package.clone(),
                modules: names.iter().map(full).collect(),
                ties: ties.into_iter().collect(),
            }
        };
        components(&pairs).into_iter().map(circle).collect()
    }

    fn tie(&self, arrow: &Arrow) -> String {
        let file = &self.modules[&arrow.from].0;
        let name = arrow.name.iter();
        let used: Vec<&str> = arrow.to.iter().chain(name).map(String::as_str).collect();
        format!("{file} uses {}", used.join("::"))
    }
}

// === impl Circle ===

impl Circle {
    fn finding(&self) -> String {
        let Self { package, modules, ties } = self;
        let modules: Vec<&str> = modules.iter().map(String::as_str).collect();
        let (last, others) = modules.split_last().expect("a circle has modules");
        let others = others.join(", ");
        format!(
            "{package}: modules {others} and {last} form a circle: {}",
            ties.join(", ")
        )
    }
}

/// The path of the module in this file below `src`, unless it holds tests.
fn module(below: &str) -> Option<Path> {
    let stem = below.strip_suffix(".rs")?;
    if matches!(stem, "lib" | "main") {
        return Some(Path::new());
    }
    let path: Path = stem.split('/').map(str::to_owned).collect();
    (!path.iter().any(|step| step == "tests")).then_some(path)
}

/// The sets of two and more names that lead to each other.
fn components<'a>(pairs: &BTreeSet<(&'a str, &'a str)>) -> BTreeSet<BTreeSet<&'a str>> {
    let names: BTreeSet<&str> = pairs.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let reached: BTreeMap<&str, BTreeSet<&str>> = names.iter().map(|name| (*name, reach(name, pairs))).collect();
    let mutual = |name: &&'a str| -> BTreeSet<&'a str> {
        let reached_back = reached[name].iter().filter(|other| reached[**other].contains(name));
        reached_back.copied().collect()
    };
    names.iter().map(mutual).filter(|set| set.len() > 1).collect()
}

/// The names to which arrows lead from here.
fn reach<'a>(from: &'a str, pairs: &BTreeSet<(&'a str, &'a str)>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        let next = pairs.iter().filter(|(start, _)| *start == name).map(|(_, end)| *end);
        open.extend(next.filter(|end| reached.insert(*end)));
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sample = |(path, text): &(&str, &str)| File::sample(&format!("host/x/src/{path}"), text);
        let files: Vec<File> = files.iter().map(sample).collect();
        findings(&files)
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn siblings_that_use_each_other_are_found_with_what_ties_them() {
        assert_eq!(
            found(&[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", "fn d() { crate::c::e() }"),
                ("c.rs", "use super::{a::{self, A}, b as _};"),
            ]),
            [
                "host/x: modules a, b and c form a circle: a.rs uses b::B, b.rs uses c::e, c.rs uses a, c.rs uses a::A, \
                 c.rs uses b"
            ]
        );
    }

    #[test]
    fn a_line_of_modules_is_no_circle() {
        assert_eq!(
            found(&[
                ("lib.rs", "pub use a::A;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", "use crate::c::C;"),
                ("c.rs", ""),
            ]),
            NONE
        );
    }

    #[test]
    fn a_parent_and_its_children_may_know_each_other() {
        assert_eq!(
            found(&[
                ("lib.rs", ""),
                ("a.rs", "mod b; pub use b::B; struct A;"),
                ("a/b.rs", "use super::A; use crate::a::A as C;"),
            ]),
            NONE
        );
    }

    #[test]
    fn a_folder_counts_as_one_module_with_all_that_is_in_it() {
        assert_eq!(
            found(&[
                ("main.rs", ""),
                ("a.rs", ""),
                ("a/deep.rs", "use crate::b::B;"),
                ("b.rs", ""),
                ("b/low.rs", "use crate::a::other::O;"),
                ("a/other.rs", ""),
            ]),
            ["host/x: modules a and b form a circle: a/deep.rs uses b::B, b/low.rs uses a::other::O"]
        );
    }

    #[test]
    fn a_name_that_the_parent_passes_on_leads_to_where_it_is_defined() {
        assert_eq!(
            found(&[
                ("lib.rs", ""),
                ("p.rs", "mod a; mod b; pub(crate) use self::a::A; use b::*;"),
                ("p/a.rs", "use super::B;"),
                ("p/b.rs", "pub(super) struct B; fn c() -> super::A {}"),
            ]),
            ["host/x: modules p::a and p::b form a circle: p/a.rs uses p::b::B, p/b.rs uses p::a::A"]
        );
    }

    #[test]
    fn tests_comments_strings_and_other_crates_tie_nothing() {
        assert_eq!(
            found(&[
                ("lib.rs", ""),
                (
                    "a.rs",
                    "// crate::b::B\nconst C: &str = \"crate::b::B\";\n#[cfg(test)]\nmod tests { use crate::b::B; }"
                ),
                ("a/tests.rs", "use crate::b::B;"),
                ("b.rs", "use crate::a::A; use other::a::A as D;"),
                ("b/template/src/lib.rs", "use crate::a::A;"),
            ]),
            NONE
        );
    }
}
