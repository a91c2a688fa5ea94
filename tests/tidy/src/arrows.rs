//! Which part of the code may know which library, and which part may name a vendor's dialect.

use crate::paths::Mentions;
use crate::source::Source;
use crate::tree::File;

/// Where a rule looks, what it forbids there, and which paths below may do it all the same.
struct Arrow {
    within: &'static str,
    /// What a path begins with; a path of two steps and more may also stand further behind.
    words: &'static [&'static str],
    owners: &'static [&'static str],
}

/// The arrows of the architecture, as `ARCHITECTURE.md` draws them. Tests are free.
const ARROWS: [Arrow; 11] = [
    Arrow {
        within: "host/",
        words: &["wasmtime", "wasmtime_wasi"],
        owners: &["host/sandbox"],
    },
    Arrow {
        within: "host/",
        words: &[
            "h2",
            "hyper::client",
            "hyper_rustls",
            "hyper_util::client",
            "reqwest",
            "rustls",
            "rustls_native_certs",
            "rustls_platform_verifier",
        ],
        owners: &[
            "host/gateway/src/upstream",
            "host/gateway/src/tls",
            "host/gateway/src/listen/wire",
            "host/cli/src/commands/health",
        ],
    },
    Arrow {
        within: "host/",
        words: &["compression_codecs", "mzstd"],
        owners: &[
            "host/gateway/src/upstream",
            "host/gateway/src/edge",
            "host/gateway/src/coding",
        ],
    },
    Arrow {
        within: "host/",
        words: &["axum"],
        owners: &["host/gateway/src/listen", "host/gateway/src/edge"],
    },
    Arrow {
        within: "host/",
        words: &["rusqlite", "sqlx"],
        owners: &["host/accounting/src/store", "host/accounting/src/ledger"],
    },
    Arrow {
        within: "host/",
        words: &["redis"],
        owners: &["host/accounting/src/limits", "host/gateway/src/cache"],
    },
    Arrow {
        within: "host/",
        words: &["jsonwebtoken"],
        owners: &["host/accounting/src/callers"],
    },
    Arrow {
        within: "host/",
        words: &["env::var", "env::var_os", "env::vars", "env::vars_os"],
        owners: &["host/config/src", "host/cli"],
    },
    Arrow {
        within: "host/dialects/src/",
        words: &[
            "axum", "bytes", "http", "hyper", "std::env", "std::fs", "std::net", "tokio",
        ],
        owners: &[],
    },
    Arrow {
        within: "host/",
        words: &["jackfield_plugin_sdk"],
        owners: &["host/cli/src/commands/plugin/template"],
    },
    Arrow {
        within: "plugins/",
        words: &["std::env", "std::fs", "std::net"],
        owners: &[],
    },
];

/// Where no dialect may be named: all that stands on the crate of dialects.
const ABOVE_DIALECTS: &str = "host/gateway/src/";

/// The vendors after whom dialects are named.
const VENDORS: [&str; 2] = ["anthropic", "openai"];

/// The paths in a file that go against an arrow.
pub(crate) fn findings(file: &File) -> Vec<String> {
    let arrows: Vec<&Arrow> = ARROWS.iter().filter(|arrow| arrow.holds_for(&file.path)).collect();
    if arrows.is_empty() || file.is_test() {
        return Vec::new();
    }
    let mentions = Mentions::read(&Source::read(&file.text).code);
    let imported = mentions.imports.iter().map(|import| &import.steps);
    let mut findings = Vec::new();
    for steps in imported.chain(&mentions.inline) {
        for arrow in &arrows {
            let Some(word) = arrow.words.iter().find(|word| begins_with(steps, word)) else {
                continue;
            };
            let owners = arrow.owners.join(" and ");
            let owners = if owners.is_empty() { "nothing here" } else { &owners };
            let path = steps.join("::");
            findings.push(format!(
                "{}: mentions `{path}`, but {owners} may know `{word}`",
                file.path
            ));
        }
    }
    findings.dedup();
    findings
}

/// The files above the dialects that name one, apart from those in `known`. A file that is known but names none any
/// more is wrong too.
pub(crate) fn dialects_named(files: &[File], known: &[&str]) -> Vec<String> {
    let above = files
        .iter()
        .filter(|file| file.path.starts_with(ABOVE_DIALECTS) && !file.is_test());
    let named: Vec<(&str, Vec<String>)> = above
        .map(|file| (&*file.path, names(file)))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let unknown = named.iter().filter(|(path, _)| !known.contains(path));
    let unknown = unknown.map(|(path, words)| {
        let words = words.join(", ");
        format!("{path}: names a dialect ({words}); ask the trait in host/dialects instead")
    });
    let gone = known
        .iter()
        .filter(|path| !named.iter().any(|(other, _)| *other == **path));
    let gone = gone.map(|path| format!("{path}: names no dialect any more; delete the exception"));
    unknown.chain(gone).collect()
}

/// The words of a file that name a vendor, each with its line: identifiers in any spelling, and strings as programs
/// write them. Prose for people may say `OpenAI`.
fn names(file: &File) -> Vec<String> {
    let source = Source::read(&file.text);
    let mut names = Vec::new();
    for (number, line) in source.code.lines().enumerate() {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        let vendors = words.filter(|word| VENDORS.iter().any(|vendor| word.to_lowercase().contains(vendor)));
        names.extend(vendors.map(|word| format!("line {}: `{word}`", number + 1)));
    }
    let strings = source.strings.iter();
    let strings = strings.filter(|(_, text)| VENDORS.iter().any(|vendor| text.contains(vendor)));
    names.extend(strings.map(|(line, text)| format!("line {line}: {text:?}")));
    names.dedup();
    names
}

// === impl Arrow ===

impl Arrow {
    fn holds_for(&self, path: &str) -> bool {
        let is_rust = std::path::Path::new(path).extension().is_some_and(|end| end == "rs");
        is_rust && path.starts_with(self.within) && !self.owners.iter().any(|owner| below(path, owner))
    }
}

/// Whether a path is the module's file or in its folder.
fn below(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Whether a path begins with these steps. If they are several, they may also follow others: `env::var` is in
/// `std::env::var`.
fn begins_with(steps: &[String], word: &str) -> bool {
    let word: Vec<&str> = word.split("::").collect();
    let mut places = steps.windows(word.len());
    let is_word = |place: &[String]| place.iter().map(String::as_str).eq(word.iter().copied());
    if word.len() == 1 {
        places.next().is_some_and(is_word)
    } else {
        places.any(is_word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&File::sample(path, text)).len()
    }

    #[test]
    fn a_library_outside_its_owner_is_found_with_the_path() {
        let file = File::sample(
            "host/gateway/src/routing/chain.rs",
            "//! A.\nuse hyper_rustls::HttpsConnector;\n",
        );
        assert_eq!(
            findings(&file),
            [
                "host/gateway/src/routing/chain.rs: mentions `hyper_rustls::HttpsConnector`, but host/gateway/src/upstream and host/gateway/src/tls and host/gateway/src/listen/wire and host/cli/src/commands/health may know `hyper_rustls`"
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
    fn comments_tests_longer_words_and_modules_of_that_name_are_no_mention() {
        let text = "// wasmtime::Engine\nuse hyper_rustlss::A;\nuse crate::redis::B;\n#[cfg(test)]\nmod tests { use axum::C; }";
        assert_eq!(found("host/gateway/src/a.rs", text), 0);
        assert_eq!(found("host/gateway/src/a/tests.rs", "use axum::C;"), 0);
    }

    #[test]
    fn a_branch_of_an_import_is_found_like_a_path() {
        let text = "use hyper_util::{client::legacy::Client, rt::TokioIo};";
        assert_eq!(found("host/gateway/src/listen.rs", text), 1);
        assert_eq!(found("host/gateway/src/upstream/client.rs", text), 0);
    }

    #[test]
    fn the_database_the_counters_and_the_tokens_have_one_owner_each() {
        assert_eq!(found("host/gateway/src/edge/user.rs", "use sqlx::AnyPool;"), 1);
        assert_eq!(found("host/accounting/src/store/user.rs", "use sqlx::AnyPool;"), 0);
        assert_eq!(found("host/gateway/src/app/services.rs", "redis::Client::open(url)"), 1);
        assert_eq!(found("host/gateway/src/app/services.rs", "Limits::in_redis(url)"), 0);
        assert_eq!(found("host/config/src/limits.rs", "\"redis://host\""), 0);
        assert_eq!(found("host/gateway/src/edge/auth.rs", "use jsonwebtoken::decode;"), 1);
    }

    #[test]
    fn the_host_reads_the_environment_in_two_places() {
        assert_eq!(found("host/gateway/src/listen.rs", "std::env::var(\"A\")"), 1);
        assert_eq!(
            found(
                "host/gateway/src/listen.rs",
                "use std::env; fn a() { env::var_os(\"A\") }"
            ),
            1
        );
        assert_eq!(found("host/cli/src/serve.rs", "std::env::var(\"A\")"), 0);
    }

    #[test]
    fn the_dialects_know_no_socket_and_no_runtime() {
        assert_eq!(
            found("host/dialects/src/openai.rs", "use std::{fs, net::TcpStream};"),
            2
        );
        assert_eq!(found("host/dialects/src/openai.rs", "let a = http::StatusCode::OK;"), 1);
        assert_eq!(found("host/dialects/src/openai.rs", "bytes.len(); self.http.a()"), 0);
    }

    #[test]
    fn a_dialect_is_named_by_no_identifier_and_no_string() {
        let file = |path: &str, text: &str| File::sample(path, text);
        let named = |text: &str| dialects_named(&[file("host/gateway/src/edge.rs", text)], &[]).len();
        assert_eq!(named("Dialect::Anthropic"), 1);
        assert_eq!(named("fn openai_type() {}"), 1);
        assert_eq!(named("\"anthropic-version\""), 1);
        assert_eq!(named("// anthropic\n\"OpenAI's chat completions\""), 0);
        let elsewhere = file("host/dialects/src/openai.rs", "struct OpenAi;");
        assert_eq!(dialects_named(&[elsewhere], &[]), [""; 0]);
    }

    #[test]
    fn a_file_that_names_a_dialect_is_passed_over_while_it_does() {
        let files = [File::sample("host/gateway/src/a.rs", "\nDialect::OpenAi")];
        assert_eq!(
            dialects_named(&files, &[]),
            ["host/gateway/src/a.rs: names a dialect (line 2: `OpenAi`); ask the trait in host/dialects instead"]
        );
        assert_eq!(dialects_named(&files, &["host/gateway/src/a.rs"]), [""; 0]);
        assert_eq!(
            dialects_named(&files, &["host/gateway/src/a.rs", "host/gateway/src/b.rs"]),
            ["host/gateway/src/b.rs: names no dialect any more; delete the exception"]
        );
    }
}
