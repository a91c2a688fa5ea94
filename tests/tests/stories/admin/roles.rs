//! Several tokens, each with roles of its own.

use http::Method;
use jackfield_tests::client::Client;
use jackfield_tests::gateway::Gateway;
use serde_json::json as value;

use super::CONFIG;

const TOKENS: &str = "server: { auth: off, admin: { token: all-of-it, tokens: { watch: { token: w-token }, \
    ops: { token: o-token, roles: [operate] }, desk: { token: d-token, roles: [accounts] } } } }
storage: { url: \"sqlite:jackfield.db\" }
plans: { free: { tiers: [free] } }";

/// The statuses of a read, a change of the process, and a change of an account.
async fn statuses(operator: &Client) -> [u16; 3] {
    let read = operator.get("/admin/api/providers").await;
    let reload = operator.post("/admin/api/reload", value!({})).await;
    let missing = operator.request(Method::DELETE, "/admin/api/keys/none", None).await;
    for answer in [&read, &reload, &missing] {
        if answer.status == 403 {
            assert_eq!(answer.error_code(), Some("ROLE_REQUIRED"));
        }
    }
    [read, reload, missing].map(|answer| answer.status)
}

#[tokio::test]
async fn each_token_may_do_what_its_roles_say() {
    let gateway = Gateway::start_without_operators(&format!("{TOKENS}{CONFIG}")).await;
    let with = |token: &str| gateway.client().with_key(token);
    assert_eq!(statuses(&with("all-of-it")).await, [200, 200, 404]);
    assert_eq!(statuses(&with("w-token")).await, [200, 403, 403]);
    assert_eq!(statuses(&with("o-token")).await, [200, 200, 403]);
    assert_eq!(statuses(&with("d-token")).await, [200, 403, 404]);
    for stranger in [gateway.client(), with("w-toke"), with("watch")] {
        assert_eq!(statuses(&stranger).await, [401, 401, 401]);
    }
    let me = with("o-token").get("/admin/api/me").await.json();
    assert_eq!((&me["name"], &me["roles"]), (&value!("ops"), &value!(["operate"])));
}

#[tokio::test]
async fn on_the_listener_of_clients_nothing_is_changed_without_a_token() {
    let open = format!("server: {{ auth: off }}{CONFIG}");
    let gateway = Gateway::start_without_operators(&open).await;
    assert_eq!(statuses(&gateway.client()).await, [200, 403, 403]);
    let closed = format!("server: {{ auth: required }}{CONFIG}");
    let gateway = Gateway::start_without_operators(&closed).await;
    assert_eq!(statuses(&gateway.client()).await, [404, 404, 404]);
    let page = gateway.client().header("origin", "https://evil.example");
    assert_eq!(page.get("/admin/api/me").await.error_code(), Some("ORIGIN_NOT_ALLOWED"));
}
