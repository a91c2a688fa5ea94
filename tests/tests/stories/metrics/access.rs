//! Who may scrape.

use jackfield_tests::gateway::Gateway;

const LOOPBACK: &str = "127.0.0.1:0";

const CONFIG: &str = "
providers: { mine: { adapter: echo } }
models:
  a: { pricing: { input_per_million: 0, output_per_million: 0 }, chain: [{ provider: mine, model: e }] }
";

#[tokio::test]
async fn a_listener_of_its_own_serves_scrapes_and_nothing_else() {
    let gateway = Gateway::start_with_scrapers(CONFIG, LOOPBACK.parse().unwrap()).await;
    let answer = gateway.scraper().get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert_eq!(gateway.scraper().get("/healthz").await.status, 200);
    for path in ["/admin/snapshot", "/v1/models"] {
        assert_eq!(gateway.scraper().get(path).await.status, 404, "{path}");
    }
    assert_eq!(gateway.client().get("/metrics").await.status, 404);
    let open = gateway
        .scraper()
        .header("accept", "application/openmetrics-text; version=1.0.0");
    let answer = open.get("/metrics").await;
    assert!(answer.text().ends_with("# EOF\n"));
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
}

#[tokio::test]
async fn with_a_token_only_its_bearer_may_scrape() {
    let config = format!("metrics: {{ token: \"scrape-me\" }}{CONFIG}");
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let gateway = Gateway::start_with_scrapers(&config, everywhere).await;
    assert_eq!(gateway.scraper().get("/metrics").await.status, 401);
    assert_eq!(gateway.scraper().with_key("scrape").get("/metrics").await.status, 401);
    assert_eq!(
        gateway.scraper().with_key("scrape-me").get("/metrics").await.status,
        200
    );
}

#[tokio::test]
async fn operators_may_scrape_with_their_token_or_with_that_of_scrapes() {
    let config = format!(
        "server: {{ auth: off, admin: {{ token: \"let-me-in\" }} }}\nmetrics: {{ token: \"scrape-me\" }}{CONFIG}"
    );
    let gateway = Gateway::start_without_operators(&config).await;
    let client = gateway.client();
    assert_eq!(client.get("/metrics").await.status, 401);
    for token in ["let-me-in", "scrape-me"] {
        assert_eq!(
            client.clone().with_key(token).get("/metrics").await.status,
            200,
            "{token}"
        );
    }
    let scraper = client.with_key("scrape-me");
    assert_eq!(scraper.get("/admin/snapshot").await.status, 401);
}

#[tokio::test]
async fn a_page_of_another_site_cannot_read_it() {
    let gateway = Gateway::start_with_scrapers(CONFIG, LOOPBACK.parse().unwrap()).await;
    for client in [gateway.scraper(), gateway.operator()] {
        let page = client.header("origin", "https://evil.example");
        assert_eq!(page.get("/metrics").await.status, 403);
    }
}

#[tokio::test]
async fn where_nothing_is_counted_nothing_is_shown() {
    let gateway = Gateway::start(&format!("metrics: {{ enabled: false }}{CONFIG}")).await;
    let answer = gateway.operator().get("/metrics").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("metrics.enabled"), "{}", answer.text());
}
