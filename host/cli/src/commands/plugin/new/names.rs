//! The forms of a plugin's name: a package and a file, and a crate.

/// The package that the template is.
const TEMPLATE: &str = "my-plugin";

/// Words that cannot name a crate: Rust's own, those it reserves, and the crates that it brings.
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

/// Why a name cannot be a plugin's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::commands::plugin) enum NameError {
    /// It has letters that a package, a file or a crate cannot have.
    #[error(
        "`{0}` cannot be a plugin's name; begin with a letter a to z and go on with such letters, digits \
         and hyphens, as in `{TEMPLATE}`"
    )]
    Letters(String),
    /// Rust has another use for it.
    #[error("`{0}` is a word that Rust reserves; add another to it, as in `{0}-api`")]
    Reserved(String),
}

// === impl Names ===

impl Names {
    /// The forms of a name.
    ///
    /// # Errors
    /// If it is not `[a-z][a-z0-9-]*`, or a word of the language.
    pub(super) fn new(name: &str) -> Result<Self, NameError> {
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !begins || !name.chars().all(allowed) {
            return Err(NameError::Letters(name.to_owned()));
        }
        if RESERVED.contains(&name) {
            return Err(NameError::Reserved(name.to_owned()));
        }
        Ok(Self {
            package: name.to_owned(),
            library: name.replace('-', "_"),
        })
    }

    /// A text of the template with this name in place of the template's.
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
    fn a_name_is_not_renamed_again_by_the_next_form() {
        let names = Names::new("my-plugin-two").unwrap();
        assert_eq!(names.rename("my-plugin"), "my-plugin-two");
    }

    #[test]
    fn only_lower_case_letters_digits_and_hyphens_make_a_name() {
        for name in ["", "4a", "-a", "A", "a_b", "a b", "a/b", "..", "ä"] {
            assert_eq!(Names::new(name), Err(NameError::Letters(name.to_owned())));
        }
    }

    #[test]
    fn a_word_of_the_language_is_refused_with_a_way_out() {
        let message = Names::new("match").unwrap_err().to_string();
        assert_eq!(
            message,
            "`match` is a word that Rust reserves; add another to it, as in `match-api`"
        );
    }

    #[test]
    fn the_reserved_words_are_sorted() {
        assert!(RESERVED.is_sorted());
    }
}
