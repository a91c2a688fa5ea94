//! `jackfield models` as operators run it: the built program, over real files, built plugins and a scripted upstream.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::fs;
use std::path::PathBuf;

use jackfield_tests::gateway::install_adapters;
use jackfield_tests::upstream::{Upstream, json};
use tempfile::TempDir;
use tokio::process::Command;

/// The program that cargo built beside this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("jackfield")
}

/// A folder with these providers and their plugins.
fn folder(providers: &str) -> TempDir {
    let config = format!("providers:\n{providers}plugins: {{ deadline: 10s }}\n");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plugins")).unwrap();
    install_adapters(&config, &folder.path().join("plugins"));
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    folder
}

/// The exit code, stdout and stderr of the command.
async fn models(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(program())
        .arg("models")
        .args(arguments)
        .args(["--config", "config.yaml", "--plugins", "plugins"])
        .current_dir(folder.path())
        .env_remove("NOT_SET")
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn what_an_upstream_offers_is_listed_as_a_table_and_as_json() {
    let upstream = Upstream::start().await;
    let list =
        r#"{"object":"list","data":[{"id":"small-1","context_window":8192,"owned_by":"them"},{"id":"b","price":1}]}"#;
    upstream.reply(json(200, list)).reply(json(200, list));
    let url = upstream.base_url();
    let folder = folder(&format!(
        "  there: {{ adapter: openai, base_url: \"{url}\", api_key: \"sk-there\" }}\n"
    ));
    let (code, out, err) = models(&folder, &["there"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(
        out,
        "model    context  owner\nsmall-1  8192     them\nb        -        -\n"
    );
    let (code, out, _) = models(&folder, &["there", "--format", "json"]).await;
    assert_eq!(code, Some(0));
    let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&listed[0]["context_length"], &listed[1]["price"]),
        (&8192.into(), &1.into())
    );
    let asked = &upstream.requests()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/v1/models"));
    assert_eq!(asked.header("authorization"), Some("Bearer sk-there"));
    assert!(asked.body.is_empty());
}

#[tokio::test]
async fn an_upstream_with_pages_is_asked_for_all_of_them() {
    let upstream = Upstream::start().await;
    upstream
        .reply(json(
            200,
            r#"{"data":[{"id":"claude-a"}],"has_more":true,"last_id":"claude-a"}"#,
        ))
        .reply(json(
            200,
            r#"{"data":[{"id":"claude-b"}],"has_more":false,"last_id":"claude-b"}"#,
        ));
    let url = upstream.base_url();
    let folder = folder(&format!(
        "  claude: {{ adapter: anthropic, base_url: \"{url}\", api_key: \"sk\" }}\n"
    ));
    let (code, out, err) = models(&folder, &["claude"]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(
        out,
        "model     context  owner\nclaude-a  -        anthropic\nclaude-b  -        anthropic\n"
    );
    assert_eq!(upstream.requests()[1].path, "/v1/models?limit=1000&after_id=claude-a");
}

/// A vendor's list: its provider, where `URL` and `HOST` are those of the upstream, which two of them reach only beside
/// their `base_url`; the replies in their order; what is
/// asked for; and the names that are printed.
struct Offer {
    provider: &'static str,
    replies: &'static [&'static str],
    asked: &'static [&'static str],
    names: &'static [&'static str],
}

const OFFERS: [Offer; 5] = [
    Offer {
        provider: "{ adapter: minimax, base_url: \"URL\", api_key: sk }",
        replies: &[r#"{"object":"list","data":[{"id":"MiniMax-M3","object":"model","owned_by":"minimax"}]}"#],
        asked: &["/v1/models"],
        names: &["MiniMax-M3"],
    },
    Offer {
        provider: "{ adapter: jina, base_url: \"URL\", api_key: sk }",
        replies: &[
            r#"{"data":[{"id":"jina-ai/jina-embeddings-v4","context_length":32768},{"id":"jina-reranker-m0"}]}"#,
        ],
        asked: &["/v1/models"],
        names: &["jina-embeddings-v4", "jina-reranker-m0"],
    },
    Offer {
        provider: "{ adapter: replicate, base_url: \"URL\", api_key: sk }",
        replies: &[r#"{"slug":"text-to-image","models":[{"owner":"acme","name":"painter"}]}"#],
        asked: &["/v1/collections/text-to-image"],
        names: &["acme/painter"],
    },
    Offer {
        provider: "{ adapter: fal, base_url: \"http://127.0.0.1:1\", api_key: \"Key k\", hosts: [HOST], \
                   settings: { models_url: \"URL/models\" } }",
        replies: &[
            r#"{"models":[{"endpoint_id":"fal-ai/flux/dev"}],"has_more":true,"next_cursor":"Mg=="}"#,
            r#"{"models":[{"endpoint_id":"acme/painter"}],"has_more":false}"#,
        ],
        asked: &[
            "/v1/models?category=text-to-image&status=active",
            "/v1/models?category=text-to-image&status=active&cursor=Mg%3D%3D",
        ],
        names: &["fal-ai/flux/dev", "acme/painter"],
    },
    Offer {
        provider: "{ adapter: bedrock, base_url: \"http://127.0.0.1:1\", hosts: [HOST], settings: { control_plane: \"URL\" }, \
                   auth: { scheme: aws-sigv4, region: eu-west-1, access_key_id: AKID, secret_access_key: secret } }",
        replies: &[
            r#"{"modelSummaries":[{"modelId":"amazon.nova-lite-v1:0","providerName":"Amazon"}]}"#,
            r#"{"inferenceProfileSummaries":[{"inferenceProfileId":"eu.amazon.nova-pro-v1:0"}],"nextToken":"n/1"}"#,
            r#"{"inferenceProfileSummaries":[{"inferenceProfileId":"eu.anthropic.claude-sonnet-4-6"}]}"#,
        ],
        asked: &[
            "/v1/foundation-models?byInferenceType=ON_DEMAND",
            "/v1/inference-profiles?maxResults=1000",
            "/v1/inference-profiles?maxResults=1000&nextToken=n%2F1",
        ],
        names: &[
            "amazon.nova-lite-v1:0",
            "eu.amazon.nova-pro-v1:0",
            "eu.anthropic.claude-sonnet-4-6",
        ],
    },
];

#[tokio::test]
async fn each_vendors_own_list_is_read_to_its_end() {
    for offer in OFFERS {
        let upstream = Upstream::start().await;
        for reply in offer.replies {
            upstream.reply(json(200, *reply));
        }
        let url = upstream.base_url();
        let host = url.trim_start_matches("http://").split('/').next().unwrap();
        let provider = offer
            .provider
            .replace("URL", &url)
            .replace("HOST", &format!("\"{host}\""));
        let folder = folder(&format!("  vendor: {provider}\n"));
        let (code, out, err) = models(&folder, &["vendor", "--format", "json"]).await;
        assert_eq!((code, err.as_str()), (Some(0), ""), "{provider}");
        let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
        let names: Vec<_> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["id"].clone())
            .collect();
        assert_eq!(names, offer.names, "{provider}");
        let requests = upstream.requests();
        let asked: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
        assert_eq!(asked, offer.asked, "{provider}");
        let credentials = requests.iter().all(|request| request.header("authorization").is_some());
        assert!(credentials, "{provider}");
    }
}

#[tokio::test]
async fn a_list_on_an_unlisted_host_is_not_asked_for() {
    let upstream = Upstream::start().await;
    let url = upstream.base_url();
    let auth = "auth: { scheme: aws-sigv4, region: eu-west-1, access_key_id: AKID, secret_access_key: secret }";
    let folder = folder(&format!(
        "  fal: {{ adapter: fal, base_url: \"{url}\", api_key: \"Key k\" }}\n  \
         bedrock: {{ adapter: bedrock, base_url: \"{url}\", {auth} }}\n"
    ));
    for (provider, told) in [
        ("fal", "add its host to `hosts` of the provider"),
        ("bedrock", "set `control_plane: "),
    ] {
        let (code, _, err) = models(&folder, &[provider]).await;
        assert_eq!(code, Some(1), "{provider}");
        assert!(err.contains(told), "{provider}: {err}");
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn what_stands_in_the_way_is_said() {
    let upstream = Upstream::start().await;
    upstream.reply(json(401, r#"{"error":{"message":"wrong key: sk-secret"}}"#));
    let url = upstream.base_url();
    let folder = folder(&format!(
        "  there: {{ adapter: openai, base_url: \"{url}\", api_key: \"sk-secret\" }}\n  \
         off: {{ adapter: openai, base_url: \"{url}\", api_key: \"${{env:NOT_SET}}\" }}\n  self: {{ adapter: echo }}\n"
    ));
    let (code, _, err) = models(&folder, &["there"]).await;
    assert_eq!(code, Some(1));
    assert!(
        err.starts_with("the upstream of `there` gave no list: refused: "),
        "{err}"
    );
    assert!(!err.contains("sk-secret"), "{err}");
    let (code, _, err) = models(&folder, &["off"]).await;
    assert_eq!(
        (code, err.as_str()),
        (Some(1), "the provider `off` is off; `jackfield check` says why\n")
    );
    let (code, _, err) = models(&folder, &["other"]).await;
    assert_eq!(
        (code, err.as_str()),
        (Some(1), "no provider is named `other`; use one of: off, self, there\n")
    );
    let (_, out, _) = models(&folder, &["self"]).await;
    assert_eq!(out, "model  context  owner\necho   -        jackfield\n");
}
