//! Which clients read errors as JSON objects: the vendors' libraries, what is built on them, and agents.

/// Headers that only such clients send: those of libraries made with Stainless and with Fern, and those of the vendors.
///
/// Sources: the libraries of OpenAI, Anthropic and Groq (`_base_client`), Cohere (`client_wrapper`) and Google
/// (`_api_client`).
const HEADERS: [&str; 7] = [
    "x-stainless-lang",
    "x-stainless-package-version",
    "x-fern-language",
    "anthropic-version",
    "openai-beta",
    "x-goog-api-client",
    "x-goog-api-key",
];

/// The products with which such clients begin a part of their `User-Agent` (RFC 9110, section 10.1.5), in lower case.
/// One that ends in `*` stands for all with this beginning.
const PRODUCTS: [&str; 41] = [
    // Libraries of vendors: `OpenAI/Python`, `AsyncAnthropic/Python`, `google-genai-sdk`, `speakeasy-sdk`.
    "openai*",
    "asyncopenai*",
    "azureopenai*",
    "asyncazureopenai*",
    "anthropic*",
    "asyncanthropic*",
    "cohere*",
    "google-genai*",
    "googlegenai*",
    "mistral*",
    "speakeasy-sdk*",
    "huggingface*",
    "azsdk-*",
    // Libraries over several vendors: `ai-sdk/openai`, `langchainjs-openai`, `pydantic-ai`.
    "ai",
    "ai-sdk",
    "langchain*",
    "langgraph*",
    "litellm*",
    "llamaindex*",
    "llama-index*",
    "llama_index*",
    "pydantic-ai*",
    "semantic-kernel*",
    "autogen*",
    "ruby_llm*",
    "async-openai*",
    "go-openai*",
    // Agents.
    "claude-cli*",
    "claude-code*",
    "codex*",
    "opencode*",
    "copilot*",
    "githubcopilot*",
    "geminicli*",
    "qwencode*",
    "cline*",
    "roocode*",
    "kilo*",
    "aider*",
    "goose*",
    "zed*",
];

/// Whether a client reads errors as JSON that sends these values of `Accept` and `User-Agent`, and headers with these names, in
/// lower case: it asks for JSON and nothing else first, or shows itself as a library or an agent. Whoever shows nothing is
/// taken for a person at a terminal.
pub fn reads_objects<'a>(accept: Option<&str>, agent: Option<&str>, mut names: impl Iterator<Item = &'a str>) -> bool {
    let asks = accept.is_some_and(|accept| first(accept).eq_ignore_ascii_case("application/json"));
    asks || names.any(|name| HEADERS.contains(&name)) || agent.is_some_and(is_known)
}

/// The media type that is listed first.
fn first(accept: &str) -> &str {
    accept.split([',', ';']).next().unwrap_or_default().trim()
}

fn is_known(agent: &str) -> bool {
    agent.split_whitespace().any(|part| {
        let product = part.split('/').next().unwrap_or_default().trim_start_matches('@');
        PRODUCTS.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => {
                let begun = product.as_bytes().get(..start.len());
                begun.is_some_and(|begun| begun.eq_ignore_ascii_case(start.as_bytes()))
            }
            None => product.eq_ignore_ascii_case(known),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::reads_objects;

    fn reads(name: &str, value: &'static str) -> bool {
        let of = |asked: &str| (asked == name).then_some(value);
        reads_objects(of("accept"), of("user-agent"), [name].into_iter())
    }

    #[test]
    fn libraries_and_agents_read_json() {
        for agent in [
            "OpenAI/Python 3.57.0",
            "AsyncOpenAI/Python 3.57.0",
            "OpenAI/JS 6.9.1",
            "Anthropic/JS 1.2.0",
            "AsyncAnthropic/Python 2.14.0",
            "claude-cli/2.1.0 (external, cli)",
            "cohere/7.3.1",
            "google-genai-sdk/3.6.1 gl-python/3.11",
            "langchainjs-openai/1.0.0 ((node/v22.0.0; linux; x64))",
            "litellm/1.80.0",
            "ai/7.0.1 ai-sdk/provider-utils/5.0.0 runtime/node.js/22",
            "ai-sdk/openai/4.0.0",
            "opencode/1.4.0 ai-sdk/provider-utils/4.0.0",
            "codex_cli_rs/0.99.0 (Debian 13; x86_64) xterm",
            "pydantic-ai/1.9.0",
            "GitHubCopilotChat/0.40.0",
        ] {
            assert!(reads("user-agent", agent), "{agent}");
        }
        for header in [
            "x-stainless-lang",
            "x-fern-language",
            "anthropic-version",
            "x-goog-api-key",
        ] {
            assert!(reads(header, "x"), "{header}");
        }
        for accept in [
            "application/json",
            "application/json, */*;q=0.5",
            "Application/JSON;q=0.9",
        ] {
            assert!(reads("accept", accept), "{accept}");
        }
    }

    #[test]
    fn people_at_terminals_and_in_browsers_read_text() {
        for agent in [
            "curl/8.14.1",
            "Wget/1.25.0",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "python-requests/2.34.2",
            "Go-http-client/1.1",
            "airline/1.0",
            "",
        ] {
            assert!(!reads("user-agent", agent), "{agent}");
        }
        for accept in ["*/*", "text/html,application/xhtml+xml,application/json;q=0.1", ""] {
            assert!(!reads("accept", accept), "{accept}");
        }
        assert!(!reads("x-api-key", "rk_1"));
    }
}
