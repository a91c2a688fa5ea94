//! Errors of programs: whoever shows itself as a library or an agent reads the object of its dialect, at every path.

use jackfield_tests::client::Client;
use jackfield_tests::upstream::json;
use serde_json::{Value, json as value};

use super::scene::{Api, assert_marked, assert_refused};
use crate::scene::ask;

/// Headers that show a library or an agent.
const SHOWN: [(&str, &str); 7] = [
    ("user-agent", "OpenAI/Python 3.57.0"),
    (
        "user-agent",
        "ai-sdk/openai/4.0.0 ai-sdk/provider-utils/5.0.0 runtime/node.js/22",
    ),
    ("user-agent", "langchainjs-openai/1.0.0 ((node/v22.0.0; linux; x64))"),
    ("user-agent", "litellm/1.80.0"),
    ("user-agent", "codex_cli_rs/0.99.0 (Debian 13; x86_64) xterm"),
    ("x-stainless-lang", "js"),
    ("accept", "application/json"),
];

/// Everything that a client can do wrong without a credential, and at which path.
const WRONG: [(&str, u16); 6] = [
    ("/v1/chat/completions", 405),
    ("/v1/models/route/small", 401),
    ("/v1/user/requests", 401),
    ("/v1/nothing", 404),
    ("/nothing", 404),
    ("/v1/model/info", 401),
];

fn is_openais(body: &Value) -> bool {
    let Some(error) = body["error"].as_object() else {
        return false;
    };
    error.len() == 4
        && ["code", "message", "param", "type"]
            .iter()
            .all(|member| error.contains_key(*member))
}

#[tokio::test]
async fn programs_read_json_and_people_read_text() {
    let api = Api::start().await;
    for (name, shown) in SHOWN {
        for (path, status) in WRONG {
            let answer = api.client().header(name, shown).get(path).await;
            assert_eq!(answer.status, status, "{path}");
            assert_marked(&answer);
            assert!(is_openais(&answer.json()), "{shown} {path}: {}", answer.text());
        }
    }
    for agent in ["curl/8.14.1", "Mozilla/5.0 (X11; Linux x86_64)", "Go-http-client/2.0"] {
        let code = [
            "METHOD_NOT_ALLOWED",
            "AUTHENTICATION_ERROR",
            "AUTHENTICATION_ERROR",
            "NOT_FOUND",
        ];
        for ((path, status), code) in WRONG.into_iter().zip(code) {
            let answer = api.client().header("user-agent", agent).get(path).await;
            assert_refused(&answer, status, code);
        }
    }
}

#[tokio::test]
async fn the_configuration_decides_for_all_if_it_says_so() {
    let sdk = |api: &Api| api.client().header("user-agent", "OpenAI/Python 3.57.0");
    let text = Api::with("error_format: text", "").await;
    assert_refused(&sdk(&text).get("/v1/nothing").await, 404, "NOT_FOUND");
    let json = Api::with("error_format: json", "").await;
    let answer = json
        .client()
        .header("user-agent", "curl/8.14.1")
        .get("/v1/nothing")
        .await;
    assert!(is_openais(&answer.json()));
}

#[tokio::test]
async fn who_speaks_anthropics_dialect_reads_its_errors_at_every_path() {
    for server in ["", "error_format: text", "error_format: json"] {
        let api = Api::with(server, "").await;
        let claude = |client: Client| client.header("anthropic-version", "2026-10-21");
        for (path, status, kind) in [
            ("/v1/models/route/small", 401, "authentication_error"),
            ("/v1/nothing", 404, "not_found_error"),
            ("/v1/messages", 405, "invalid_request_error"),
            ("/v1/messages/nothing/b1", 404, "not_found_error"),
            ("/v1/user/requests", 401, "authentication_error"),
        ] {
            let answer = claude(api.client()).get(path).await;
            assert_eq!(answer.status, status, "{path}");
            assert_marked(&answer);
            assert_eq!(answer.header("request-id"), answer.header("x-request-id"));
            let body = answer.json();
            assert_eq!(
                (&body["type"], &body["error"]["type"]),
                (&"error".into(), &kind.into()),
                "{path}"
            );
        }
        let unknown = claude(api.ada()).get("/v1/models/route/none").await;
        assert_eq!((unknown.status, unknown.error_code()), (404, Some("NOT_FOUND")));
        assert_eq!(unknown.json()["error"]["type"], "not_found_error");
    }
}

#[tokio::test]
async fn an_unknown_model_is_not_found_in_anthropics_dialect_alone() {
    let api = Api::start().await;
    let claude = api.ada().header("anthropic-version", "2023-06-01");
    let mut prompt = ask("route/none");
    prompt["max_tokens"] = value!(8);
    for path in ["/v1/messages", "/v1/messages/count_tokens"] {
        let answer = claude.post(path, prompt.clone()).await;
        assert_eq!(
            (answer.status, answer.error_code()),
            (404, Some("INVALID_MODEL")),
            "{path}"
        );
        assert_eq!(answer.json()["error"]["type"], "not_found_error");
        assert_refused(&api.ada().post(path, prompt.clone()).await, 400, "INVALID_MODEL");
    }
    let chat = claude.chat(prompt.clone()).await;
    assert_eq!((chat.status, chat.error_code()), (400, Some("INVALID_MODEL")));
    // One that exists and does something else is no reason to give up.
    prompt["model"] = value!("route/embed");
    let answer = claude.post("/v1/messages", prompt).await;
    assert_eq!((answer.status, answer.error_code()), (400, Some("INVALID_MODEL")));
}

#[tokio::test]
async fn an_upstreams_words_for_programs_reach_them() {
    let api = Api::start().await;
    let error = value!({ "message": "bad schema", "type": "invalid_request_error", "param": "tools[0]", "code": "invalid_schema" });
    api.upstream.always(json(400, value!({ "error": error })));
    let sdk = api.ada().header("x-stainless-lang", "python");
    for stream in [false, true] {
        let mut question = ask("route/small");
        question["stream"] = value!(stream);
        let answer = sdk.chat(question.clone()).await;
        assert_eq!((answer.status, answer.json()), (400, value!({ "error": error })));
        assert_refused(&api.ada().chat(question).await, 400, "INVALID_REQUEST");
    }
}
