//! Gemini and Claude on Vertex AI: a service account's key is exchanged for a token, once for many requests.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jackfield_tests::upstream::{Gate, Reply, Request, Upstream, json, sse, sse_typed, status, text};
use jackfield_tests::vendor::{Turn, anthropic};
use rustls::SignatureScheme;
use serde_json::{Value, json as value};
use tokio::task::JoinSet;

use super::kept::Kept;
use crate::scene::{ask, assert_complete, eventually};

const KEY_FILE: &str = include_str!("../../../../host/gateway/src/upstream/credential/account/key.json");

/// The public half of that key, as PKCS #1 has it.
const PUBLIC_KEY: &str = "MIIBCgKCAQEAkYRyjsdkgmTwS0SDaEkoizEICIm7T7F7nwl7inkFIy7tfla3htavNAMLj8u6ECSvyXQLA4ArfJfM6mLoW0R5WcR0LlXAx1tdXQdNc30Sj4KgbqRc9Wzo7cKJH2IVTvhwjHvF/M7Miw3lgLrqjGGQjOUyWdcgoC89xfG66Jkxik6n00Bly8jko/1u9MPJSByFOYsGuqqUARd4vjK+hVx2ozFwNhu75/54IIIkkR3dOsg0X5T3Wgb9zjiSgiz7gfuILvvbas2KA6ewbNRZyrT/L7Z23Lhea+7YRfjo3bM2GW2KyL/hYtqlnxbxscxEo9qkTRrJYKqjEZiqRjH+sX+t5QIDAQAB";

const PLACE: &str = "/v1/projects/p/locations/l/publishers";

/// What stands before the assertion in a request for a token (RFC 7523, section 2.1).
const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";

struct Scene {
    kept: Kept,
    vertex: Upstream,
    tokens: Upstream,
}

// === impl Scene ===

impl Scene {
    /// A gateway with `gemini` and `claude` on Vertex AI, an endpoint that gives tokens to who can sign, and replies from
    /// an upstream that takes no others.
    async fn start() -> Self {
        let (vertex, tokens) = (Upstream::start().await, Upstream::start().await);
        let (at, endpoint) = (vertex.address(), tokens.address());
        let auth = format!(
            "auth: {{ scheme: google-service-account, service_account: \"${{env:KEY_FILE}}\", token_url: \
             \"http://{endpoint}/token\" }}"
        );
        let providers = format!(
            "  gemini: {{ adapter: gemini, base_url: \"http://{at}/v1\", {auth}, settings: {{ vertex: {{ project: p, \
             location: l }} }} }}\n  claude: {{ adapter: anthropic, base_url: \"http://{at}{PLACE}/anthropic/models\", \
             {auth}, settings: {{ platform: vertex }} }}"
        );
        let price = "tier: any, pricing: { input_per_million: 1, output_per_million: 2 }";
        let models = format!(
            "  gemini: {{ {price}, chain: [{{ provider: gemini, model: gemini-2.5-flash }}] }}\n  \
             claude: {{ {price}, chain: [{{ provider: claude, model: claude-sonnet-4-5@20250929 }}] }}"
        );
        let kept = Kept::start(&providers, &models, &[("KEY_FILE", KEY_FILE)]).await;
        vertex.answer(serve);
        Self { kept, vertex, tokens }
    }

    /// The tokens of the requests that the upstream got.
    fn shown(&self) -> Vec<String> {
        let shown = |request: Request| request.header("authorization").unwrap_or_default().to_owned();
        self.vertex.requests().into_iter().map(shown).collect()
    }
}

/// What Vertex AI answers.
fn serve(request: &Request) -> Reply {
    let turn = Turn::says(&["hel", "lo"]);
    let model = request.path.strip_prefix(PLACE).unwrap_or_default();
    match model {
        "/google/models/gemini-2.5-flash:generateContent" => json(200, generated("hello")),
        "/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse" => {
            let mut first = generated("hel");
            first["candidates"][0]["finishReason"].take();
            sse([first, generated("lo")]).without_done()
        }
        "/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict" => json(200, anthropic::message(&turn)),
        "/anthropic/models/claude-sonnet-4-5%4020250929:streamRawPredict" => sse_typed(&anthropic::events(&turn)),
        _ => status(404),
    }
}

/// A reply of Gemini's.
fn generated(text: &str) -> Value {
    value!({
        "candidates": [{ "content": { "role": "model", "parts": [{ "text": text }] }, "finishReason": "STOP" }],
        "usageMetadata": { "promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7 },
    })
}

/// The claims of a request for a token, if its assertion is signed by the account's key (RFC 7518, section 3.3).
fn claims(request: &Request) -> Option<Value> {
    let body = std::str::from_utf8(&request.body).ok()?;
    let (signed, signature) = body.strip_prefix(GRANT)?.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let read = |part: &str| serde_json::from_slice::<Value>(&decoded(part)?).ok();
    let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    let mut known = known.mapping.iter();
    let (_, rs256) = known.find(|(scheme, _)| *scheme == SignatureScheme::RSA_PKCS1_SHA256)?;
    let key = STANDARD.decode(PUBLIC_KEY).ok()?;
    let verified = rs256[0].verify_signature(&key, signed.as_bytes(), &decoded(signature)?);
    verified
        .ok()
        .filter(|()| read(header).is_some_and(|header| header["alg"] == "RS256"))?;
    read(claims)
}

/// An endpoint that gives this token to who can sign for it.
fn grants(token: &'static str, expires_in: u64) -> impl Fn(&Request) -> Reply {
    move |request| match claims(request) {
        Some(claims) if claims["scope"] == "https://www.googleapis.com/auth/cloud-platform" => {
            granted(token, expires_in)
        }
        _ => json(
            400,
            value!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." }),
        ),
    }
}

fn granted(token: &str, expires_in: u64) -> Reply {
    let granted = value!({ "access_token": token, "expires_in": expires_in, "token_type": "Bearer" });
    json(200, granted)
}

#[tokio::test]
async fn gemini_and_claude_are_called_with_a_token_for_a_signed_assertion() {
    let scene = Scene::start().await;
    scene.tokens.answer(grants("ya29.first", 3599));
    let client = scene.kept.client().header("anthropic-version", "2023-06-01");
    for model in ["gemini", "claude"] {
        let answer = client.chat(ask(model)).await;
        assert_eq!(answer.content(), "hello", "{}", answer.text());
        assert_complete(&client.stream(ask(model)).await.collect().await, "hello");
        let mut prompt = ask(model);
        prompt["max_tokens"] = value!(16);
        let answer = client.post("/v1/messages", prompt).await;
        assert_eq!(answer.json()["content"][0]["text"], "hello", "{}", answer.text());
    }
    assert_eq!(scene.shown(), ["Bearer ya29.first"; 6]);
    // One for each provider.
    assert_eq!(scene.tokens.requests().len(), 2);
    let asked = scene.tokens.next_request().await;
    let claims = claims(&asked).unwrap();
    assert_eq!(claims["iss"], "gateway@example-project.iam.gserviceaccount.com");
    assert_eq!(claims["aud"], "https://oauth2.googleapis.com/token");
    for row in scene.kept.rows(6).await {
        assert_eq!(
            (&*row.ended, row.estimated, row.credits),
            ("ok", 0, row.input + 2 * row.output)
        );
    }
}

#[tokio::test]
async fn many_requests_at_once_fetch_one_token() {
    let scene = Scene::start().await;
    let gate = Gate::new();
    scene.tokens.reply(granted("ya29.one", 3599).after(&gate));
    let mut asking = JoinSet::new();
    for model in ["gemini"; 8] {
        let client = scene.kept.client().header("anthropic-version", "2023-06-01");
        asking.spawn(async move { client.chat(ask(model)).await.status });
    }
    let under_way = async || scene.kept.gateway.snapshot().await["requests_under_way"].clone();
    eventually("all to wait", under_way, |n| *n == 8).await;
    scene.tokens.next_request().await;
    gate.open();
    assert_eq!(asking.join_all().await, [200; 8]);
    assert_eq!(scene.shown(), ["Bearer ya29.one"; 8]);
    assert_eq!(scene.tokens.requests().len(), 1);
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced() {
    let scene = Scene::start().await;
    scene
        .tokens
        .reply(granted("ya29.old", 0))
        .then(granted("ya29.new", 3599));
    for model in ["gemini", "gemini", "gemini"] {
        assert_eq!(scene.kept.client().chat(ask(model)).await.content(), "hello");
    }
    let bearers = ["Bearer ya29.old", "Bearer ya29.new", "Bearer ya29.new"];
    assert_eq!(scene.shown(), bearers);
    assert_eq!(scene.tokens.requests().len(), 2);
}

#[tokio::test]
async fn an_endpoint_that_fails_is_named_and_no_secret_is() {
    for (reply, said) in [
        (status(503), "the token endpoint answers with status 503"),
        (
            json(
                400,
                value!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." }),
            ),
            "the token endpoint refuses the service account",
        ),
        (
            json(
                400,
                value!({ "error": "invalid_grant", "error_description": "Invalid JWT: check your iat and exp values" }),
            )
            .header("date", "Sun, 30 Aug 2015 12:36:00 GMT"),
            "ahead of theirs; set it right",
        ),
        (text(200, "hello"), "the token endpoint's answer contains no token"),
    ] {
        for model in ["gemini", "claude"] {
            let scene = Scene::start().await;
            scene.tokens.reply(reply.clone());
            let answer = scene.kept.client().chat(ask(model)).await;
            assert_eq!(answer.status, 502, "{}", answer.text());
            assert_eq!(scene.vertex.requests().len(), 0);
            let row = scene.kept.row().await;
            assert_eq!((&*row.ended, row.credits), ("failed", 0));
            let logs = scene.kept.logs_of(&row);
            assert!(logs.contains(said), "{said} in {logs}");
            let asked = scene.tokens.next_request().await;
            let assertion = std::str::from_utf8(&asked.body).unwrap().rsplit('=').next().unwrap();
            let private = KEY_FILE.split("\\n").nth(1).unwrap();
            for text in [answer.text(), &scene.kept.gateway.logs()] {
                assert!(!text.contains(private) && !text.contains(assertion));
            }
        }
    }
}
