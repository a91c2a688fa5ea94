//! A plugin's name, as a package and as a crate.

/// The template's package.
const TEMPLATE: &str = "my-plugin";

/// Names that a crate cannot have: Rust's keywords, reserved words, and its own crates.
const RESERVED: [&str; 55] = [
    "abstract", "alloc", "as", "async", "await", "become", "box", "break", "const", "continue", "core", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "std", "struct",
    "super", "test", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];

/// A plugin's name in its two forms.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// The package, the file and the adapter: `my-plugin`.
    package: String,
    /// The crate: `my_plugin`.
    library: String,
}

/// Why a name is not valid for a plugin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::commands::plugin) enum NameError {
    /// It has characters that a package, a file or a crate cannot have.
    #[error(
        "`{0}` is not a valid plugin name; use lower-case letters, digits and hyphens, starting with a letter, \
         as in `{TEMPLATE}`"
    )]
    Characters(String),
    /// It is a reserved word of Rust.
    #[error("`{0}` is reserved in Rust; extend the name, as in `{0}-api`")]
    Reserved(String),
}

// === impl Names ===

impl Names {
    /// Checks a name and derives its forms.
    ///
    /// # Errors
    /// If it does not match `[a-z][a-z0-9-]*`, or is reserved in Rust.
    pub(super) fn new(name: &str) -> Result<Self, NameError> {
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !begins || !name.chars().all(allowed) {
            return Err(NameError::Characters(name.to_owned()));
        }
        if RESERVED.contains(&name) {
            return Err(NameError::Reserved(name.to_owned()));
        }
        Ok(Self {
            package: name.to_owned(),
            library: name.replace('-', "_"),
        })
    }

    /// The name of the package, the file and the plugin.
    pub(super) fn package(&self) -> &str {
        &self.package
    }

    /// A text of the template with its name replaced by this one.
    pub(super) fn rename(&self, text: &str) -> String {
        text.replace("my-plugin", &self.package)
            .replace("my_plugin", &self.library)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_two_forms() {
        let names = Names::new("gpt-4-proxy").unwrap();
        assert_eq!(names.rename("my-plugin my_plugin"), "gpt-4-proxy gpt_4_proxy");
    }

    #[test]
    fn a_name_that_contains_the_templates_is_replaced_once() {
        let names = Names::new("my-plugin-two").unwrap();
        assert_eq!(names.rename("my-plugin"), "my-plugin-two");
    }

    #[test]
    fn a_name_consists_of_lower_case_letters_digits_and_hyphens() {
        for name in ["", "4a", "-a", "A", "a_b", "a b", "a/b", "..", "ä"] {
            assert_eq!(Names::new(name), Err(NameError::Characters(name.to_owned())));
        }
    }

    #[test]
    fn a_reserved_word_is_refused_with_a_remedy() {
        let message = Names::new("match").unwrap_err().to_string();
        assert_eq!(
            message,
            "`match` is reserved in Rust; extend the name, as in `match-api`"
        );
    }

    #[test]
    fn the_reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }
}
