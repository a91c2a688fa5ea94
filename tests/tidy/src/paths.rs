//! The paths that a Rust file mentions: in its imports, each branch of a tree on its own, and in its code.

/// A path, as it is written: `crate`, `super` or `self` first, or any other name.
pub(crate) type Steps = Vec<String>;

/// One import, of one name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The path of what is imported; `*` last for all of it.
    pub(crate) steps: Steps,
    /// The name that it has from here on; none for `*` and `_`.
    pub(crate) name: Option<String>,
    /// Whether others can import it from here again.
    pub(crate) is_public: bool,
}

/// What a file mentions.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// What `use` brings in.
    pub(crate) imports: Vec<Import>,
    /// Paths of two and more steps in the code.
    pub(crate) inline: Vec<Steps>,
    /// The names of the items that are defined here.
    pub(crate) defined: Vec<String>,
}

/// The words after which a name is an item's.
const ITEMS: [&str; 10] = [
    "const",
    "enum",
    "fn",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "union",
];

// === impl Mentions ===

impl Mentions {
    /// Reads code from which comments and strings have been taken out.
    pub(crate) fn read(code: &str) -> Self {
        let tokens = tokens(code);
        let mut mentions = Self::default();
        let mut at = 0;
        while at < tokens.len() {
            let token = tokens[at];
            let previous = at.checked_sub(1).map_or("", |before| tokens[before]);
            if token == "use" && previous != "+" && previous != "," {
                let is_public = matches!(previous, "pub" | ")");
                at = tree(&tokens, at + 1, &Vec::new(), is_public, &mut mentions.imports);
            } else if ITEMS.contains(&token) && tokens.get(at + 1).is_some_and(|next| is_name(next)) {
                // `const fn a` defines `a`, by its second word.
                mentions
                    .defined
                    .extend(Some(tokens[at + 1].to_owned()).filter(|next| !ITEMS.contains(&&**next)));
                at += 1;
            } else if is_name(token) && previous != "::" && tokens.get(at + 1) == Some(&"::") {
                let steps = chain(&tokens, at);
                at += steps.len() * 2 - 1;
                mentions.inline.push(steps);
            } else {
                at += 1;
            }
        }
        mentions
    }
}

/// Reads one branch of an import, or all of a group, and says where it ends.
fn tree(tokens: &[&str], from: usize, prefix: &Steps, is_public: bool, out: &mut Vec<Import>) -> usize {
    let mut steps = prefix.clone();
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        match *token {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| *token != "}") {
                    at = tree(tokens, at, &steps, is_public, out);
                    at += usize::from(tokens.get(at) == Some(&","));
                }
                return at + 1;
            }
            "as" => {
                let name = tokens.get(at + 1).filter(|name| **name != "_");
                push(steps, name.map(ToString::to_string), is_public, out);
                return at + 2;
            }
            "*" => {
                steps.push("*".to_owned());
                push(steps, None, is_public, out);
                return at + 1;
            }
            token if is_name(token) => {
                steps.push(token.to_owned());
                at += 1;
            }
            _ => break,
        }
    }
    let name = steps.iter().rev().find(|step| *step != "self").cloned();
    push(steps, name, is_public, out);
    at
}

fn push(mut steps: Steps, name: Option<String>, is_public: bool, out: &mut Vec<Import>) {
    // `a::{self}` is `a`.
    if steps.len() > 1 && steps.last().is_some_and(|last| last == "self") {
        steps.pop();
    }
    if !steps.is_empty() {
        out.push(Import { steps, name, is_public });
    }
}

/// The names from here on that `::` joins.
fn chain(tokens: &[&str], from: usize) -> Steps {
    let mut steps = vec![tokens[from].to_owned()];
    let mut at = from + 1;
    while tokens.get(at) == Some(&"::") && tokens.get(at + 1).is_some_and(|next| is_name(next)) {
        steps.push(tokens[at + 1].to_owned());
        at += 2;
    }
    steps
}

/// Names, `::`, and every other character alone.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ':' if rest.starts_with("::") => 2,
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_name(token: &str) -> bool {
    token.starts_with(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(code: &str) -> Vec<String> {
        let shown = |import: &Import| {
            let path = import.steps.join("::");
            let public = if import.is_public { "pub " } else { "" };
            format!("{public}{path} as {}", import.name.as_deref().unwrap_or("_"))
        };
        Mentions::read(code).imports.iter().map(shown).collect()
    }

    #[test]
    fn every_branch_of_an_import_is_a_path_of_its_own() {
        assert_eq!(
            imports("use crate::{a::{self, B, c::D as E}, f::*, G as _};"),
            [
                "crate::a as a",
                "crate::a::B as B",
                "crate::a::c::D as E",
                "crate::f::* as _",
                "crate::G as _"
            ]
        );
    }

    #[test]
    fn a_public_import_is_one_for_others_too() {
        assert_eq!(
            imports("pub use a::B; pub(crate) use self::c::D; use super::E;"),
            ["pub a::B as B", "pub self::c::D as D", "super::E as E"]
        );
    }

    #[test]
    fn paths_in_the_code_are_found_whole() {
        let mentions = Mentions::read("let a: crate::b::C = super::super::d(); self.e(); x::self::y();");
        assert_eq!(
            mentions.inline,
            [
                vec!["crate", "b", "C"],
                vec!["super", "super", "d"],
                vec!["x", "self", "y"]
            ]
        );
    }

    #[test]
    fn items_are_found_by_name() {
        let mentions =
            Mentions::read("pub struct A<T>; impl B { pub(crate) async fn c() {} } type D = fn(u8); const fn e() {}");
        assert_eq!(mentions.defined, ["A", "c", "D", "e"]);
    }
}
