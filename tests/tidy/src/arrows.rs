//! Which part of the code may know which library.

use crate::tree::File;

/// Where a rule looks, what it forbids there, and which paths below may do it all the same.
struct Arrow {
    within: &'static str,
    word: &'static str,
    owners: &'static [&'static str],
}

/// The arrows of the architecture, as `ARCHITECTURE.md` draws them.
const ARROWS: [Arrow; 12] = [
    Arrow {
        within: "host/",
        word: "wasmtime",
        owners: &["host/sandbox"],
    },
    Arrow {
        within: "host/",
        word: "wasmtime_wasi",
        owners: &["host/sandbox"],
    },
    Arrow {
        within: "host/",
        word: "hyper_rustls",
        owners: &["host/gateway/src/upstream"],
    },
    Arrow {
        within: "host/",
        word: "sqlx",
        owners: &["host/accounting/src/store", "host/accounting/src/ledger"],
    },
    Arrow {
        within: "host/",
        word: "rusqlite",
        owners: &["host/accounting/src/ledger/table"],
    },
    Arrow {
        within: "host/",
        // With the colons, because the scheme of its URLs is called the same.
        word: "redis::",
        owners: &["host/accounting/src/limits"],
    },
    Arrow {
        within: "host/",
        word: "jsonwebtoken",
        owners: &["host/accounting/src/callers"],
    },
    Arrow {
        within: "host/",
        word: "axum",
        owners: &["host/gateway/src/listen", "host/gateway/src/edge"],
    },
    Arrow {
        within: "host/",
        word: "env::var",
        owners: &["host/config/src", "host/cli"],
    },
    Arrow {
        within: "host/",
        word: "env::var_os",
        owners: &["host/config/src", "host/cli"],
    },
    Arrow {
        within: "host/",
        word: "jackfield_plugin_sdk",
        owners: &["host/cli/src/commands/plugin/template"],
    },
    Arrow {
        within: "plugins/",
        word: "std::env",
        owners: &[],
    },
];

/// The lines of a file that go against an arrow.
pub(crate) fn findings(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for arrow in ARROWS.iter().filter(|arrow| arrow.holds_for(&file.path)) {
        for (number, line) in file.text.lines().enumerate() {
            if mentions(code(line), arrow.word) {
                let Arrow { word, owners, .. } = arrow;
                let owners = owners.join(" and ");
                let owners = if owners.is_empty() { "nobody" } else { &owners };
                let place = format!("{}:{}", file.path, number + 1);
                findings.push(format!("{place}: mentions `{word}`, which {owners} may know alone"));
            }
        }
    }
    findings
}

// === impl Arrow ===

impl Arrow {
    fn holds_for(&self, path: &str) -> bool {
        path.starts_with(self.within) && !self.owners.iter().any(|owner| below(path, owner))
    }
}

/// Whether a path is the module's file or in its folder.
fn below(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether a line holds these identifiers, not as a part of longer ones.
fn mentions(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let rest = &line[start + word.len()..];
        let goes_on = word.ends_with(inside) && rest.starts_with(inside);
        !line[..start].ends_with(inside) && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&File::sample(path, text)).len()
    }

    #[test]
    fn a_library_outside_its_owner_is_found_with_the_line() {
        let file = File::sample(
            "host/gateway/src/routing/chain.rs",
            "//! A.\nuse hyper_rustls::HttpsConnector;\n",
        );
        assert_eq!(
            findings(&file),
            [
                "host/gateway/src/routing/chain.rs:2: mentions `hyper_rustls`, which host/gateway/src/upstream may know alone"
            ]
        );
    }

    #[test]
    fn the_owner_is_a_file_and_its_folder_but_no_longer_name() {
        assert_eq!(found("host/gateway/src/upstream.rs", "use hyper_rustls::A;"), 0);
        assert_eq!(found("host/sandbox/src/engine.rs", "use wasmtime::Engine;"), 0);
        assert_eq!(found("host/sandboxes/src/engine.rs", "use wasmtime::Engine;"), 1);
    }

    #[test]
    fn comments_and_longer_words_are_no_mention() {
        assert_eq!(
            found(
                "host/gateway/src/a.rs",
                "// Only `plugin` knows wasmtime.\nlet hyper_rustlss = 1;"
            ),
            0
        );
    }

    #[test]
    fn the_database_the_counters_and_the_tokens_have_one_owner_each() {
        assert_eq!(found("host/gateway/src/edge/user.rs", "use sqlx::AnyPool;"), 1);
        assert_eq!(found("host/accounting/src/store/user.rs", "use sqlx::AnyPool;"), 0);
        assert_eq!(found("host/gateway/src/app/backing.rs", "redis::Client::open(url)"), 1);
        assert_eq!(found("host/gateway/src/app/backing.rs", "Limits::in_redis(url)"), 0);
        assert_eq!(found("host/config/src/limits.rs", "\"redis://host\""), 0);
        assert_eq!(found("host/gateway/src/edge/auth.rs", "use jsonwebtoken::decode;"), 1);
    }

    #[test]
    fn the_host_reads_the_environment_in_two_places() {
        assert_eq!(found("host/gateway/src/listen.rs", "std::env::var(\"A\")"), 1);
        assert_eq!(found("host/gateway/src/listen.rs", "env::var_os(\"A\")"), 1);
        assert_eq!(found("host/cli/src/serve.rs", "std::env::var(\"A\")"), 0);
    }
}
