//! The admin page, as far as a program sees it; `tests/pages` opens it in a browser.

use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::Upstream;
use serde_json::{Value, json as value};

use super::CONFIG;
use crate::scene::{Scene, ask, says, streams};

/// The addresses that a page names in these attributes.
fn named<'p>(page: &'p str, attribute: &'p str) -> impl Iterator<Item = &'p str> {
    let parts = page.split(attribute).skip(1);
    parts.filter_map(|part| part.strip_prefix("=\"")?.split('"').next())
}

#[tokio::test]
async fn the_page_comes_with_its_files_and_loads_nothing_from_elsewhere() {
    let gateway = Gateway::start_without_operators(&format!(
        "server: {{ auth: required, admin: {{ token: \"let-me-in\" }} }}{CONFIG}"
    ))
    .await;
    // A browser has no token when it opens a page.
    let browser = gateway.client();
    let page = browser.get("/admin").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let files: Vec<&str> = named(page.text(), "src").chain(named(page.text(), "href")).collect();
    let own = files.iter().filter(|file| file.starts_with("/admin/page/"));
    assert!(own.clone().count() >= 4, "{files:?}");
    for file in own {
        let answer = browser.get(file).await;
        assert_eq!(answer.status, 200, "{file}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    assert!(
        files
            .iter()
            .all(|file| file.starts_with(['/', '#']) || *file == "data:,"),
        "{files:?}"
    );
    assert_eq!(browser.get("/admin/page/other.js").await.status, 404);
    assert_eq!(browser.get("/admin/api/me").await.status, 401);
}

#[tokio::test]
async fn the_operators_own_listener_leads_to_the_page() {
    let gateway = Gateway::start(CONFIG).await;
    let led = gateway.operator().get("/").await;
    assert_eq!((led.status, led.header("location")), (307, Some("/admin")));
    assert_eq!(gateway.client().get("/").await.status, 404);
}

#[tokio::test]
async fn where_operators_are_not_there_is_no_page() {
    let gateway = Gateway::start_without_operators(&format!("server: {{ auth: required }}{CONFIG}")).await;
    for path in ["/admin", "/admin/page/app.js"] {
        let answer = gateway.client().get(path).await;
        assert_eq!((answer.status, answer.error_code()), (404, Some("NOT_FOUND")), "{path}");
    }
}

#[tokio::test]
async fn the_playground_sends_what_a_client_would_and_tells_what_was_tried() {
    let scene = Scene::start().await;
    scene.first.reply(jackfield_tests::upstream::status(503));
    scene.second.reply(says("fine"));
    let play = async |body| scene.gateway.operator().post("/admin/api/playground", body).await;
    let trial = value!({ "path": "/v1/chat/completions", "body": ask("duo") });
    let result = play(trial).await.json();
    assert_eq!(result["status"], 200);
    assert!(result["body"].as_str().unwrap().contains("fine"), "{result}");
    let tried = result["attempts"].as_array().unwrap();
    assert_eq!(tried.len(), 2);
    assert_eq!(
        (&tried[0]["provider"], &tried[0]["status"]),
        (&value!("first"), &value!(503))
    );
    assert_eq!(
        (&tried[1]["provider"], &tried[1]["failed"]),
        (&value!("second"), &value!(null))
    );
    let exchanges = result["exchanges"].as_array().unwrap();
    assert_eq!(exchanges.len(), 2);
    assert_eq!(
        (&exchanges[0]["provider"], &exchanges[0]["reply"]["status"]),
        (&value!("first"), &value!(503))
    );
    assert_eq!(
        (&exchanges[1]["method"], &exchanges[1]["reply"]["status"]),
        (&value!("POST"), &value!(200))
    );
    assert!(
        exchanges[1]["url"].as_str().unwrap().ends_with("/chat/completions"),
        "{result}"
    );
    assert!(exchanges[1]["body"].as_str().unwrap().contains("hello"), "{result}");
    assert!(
        exchanges[1]["reply"]["body"].as_str().unwrap().contains("fine"),
        "{result}"
    );
    // Nothing that a client could not do.
    let admin = play(value!({ "path": "/admin/api/drain", "body": {} })).await.json();
    assert_eq!(admin["status"], 404);
    let keyless = Gateway::start(&format!("server: {{ auth: required }}{CONFIG}")).await;
    let trial = value!({ "path": "/v1/chat/completions", "body": ask("a") });
    let refused = keyless.operator().post("/admin/api/playground", trial).await.json();
    assert_eq!(refused["status"], 401);
}

#[tokio::test]
async fn what_was_exchanged_is_shown_without_secrets_and_to_operators_alone() {
    let upstream = Upstream::start().await;
    let secret = "sk-very/secret+key=1";
    let encoded = [
        "sk-very/secret+key=1",
        "sk-very%2Fsecret%2Bkey%3D1",
        "c2stdmVyeS9zZWNyZXQra2V5PTE=",
    ];
    let config = format!(
        "server: {{ auth: off, admin: {{ token: all-of-it, tokens: {{ watch: {{ token: w-token }} }} }} }}
providers:
  mine: {{ adapter: openai, base_url: \"{}\", api_key: \"{secret}\", headers: {{ x-team: \"the {secret} team\", x-api-key: plain-words }} }}
models:
  a: {{ {FREE}, chain: [{{ provider: mine, model: e }}] }}
",
        upstream.base_url()
    );
    let gateway = Gateway::start_without_operators(&config).await;
    let said = format!("your key is {}", encoded.join(" or "));
    for stream in [false, true] {
        upstream.reply(if stream { streams(&[&said]) } else { says(&said) });
        let mut body = ask("a");
        body["stream"] = value!(stream);
        let trial = value!({ "path": "/v1/chat/completions", "body": body });
        let play = async |token: &str| {
            let operator = gateway.client().with_key(token);
            operator.post("/admin/api/playground", trial.clone()).await.json()
        };
        let result = play("all-of-it").await;
        let exchange = &result["exchanges"][0];
        let told = exchange.to_string();
        for spelling in encoded {
            assert!(!told.contains(spelling), "{told}");
        }
        assert!(!told.contains("plain-words"), "{told}");
        assert!(
            exchange["reply"]["body"]
                .as_str()
                .unwrap()
                .contains("your key is [secret]"),
            "{told}"
        );
        let headers = exchange["headers"].to_string();
        assert!(
            headers.contains("[secret]") && headers.contains("[left out]"),
            "{headers}"
        );
        upstream.reply(if stream { streams(&[&said]) } else { says(&said) });
        let result = play("w-token").await;
        assert_eq!((&result["status"], &result["exchanges"]), (&value!(200), &Value::Null));
    }
    assert!(!gateway.logs().contains(secret), "{}", gateway.logs());
}
