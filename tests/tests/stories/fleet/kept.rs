//! A gateway that keeps its books, and its one caller.

use jackfield_tests::client::Client;
use jackfield_tests::gateway::Gateway;

use crate::accounting::books::{Row, rows_when};
use crate::api::tokens::SECRET;

const KEY: &str = "rk_5555555555555555555555555555555555555555555555555555555555555555";

/// A gateway with a database, for a user with a key.
pub(super) struct Kept {
    pub(super) gateway: Gateway,
}

// === impl Kept ===

impl Kept {
    /// A gateway with these providers and models, each a line or more that begin with two spaces, and these variables.
    pub(super) async fn start(providers: &str, models: &str, variables: &[(&str, &str)]) -> Self {
        Self::with_plan("", providers, models, variables).await
    }

    /// The same with these limits of the caller's plan.
    pub(super) async fn with_plan(limits: &str, providers: &str, models: &str, variables: &[(&str, &str)]) -> Self {
        let config = format!(
            r#"
server: {{ auth: required }}
storage: {{ url: "sqlite:jackfield.db" }}
routing: {{ retry_count: 0, breaker: {{ failures: 1000 }} }}
plans: {{ pro: {{ tiers: [any], limits: {{ {limits} }} }} }}
keys: {{ ada: {{ key: "{KEY}", user: ada, plan: pro }} }}
tokens: {{ secrets: ["{SECRET}"] }}
providers:
{providers}
models:
{models}
"#
        );
        Self {
            gateway: Gateway::start_with(&config, variables).await,
        }
    }

    pub(super) fn client(&self) -> Client {
        self.gateway.client().with_key(KEY)
    }

    /// Where the books are.
    pub(super) fn books(&self) -> String {
        format!("sqlite:{}", self.gateway.config_dir().join("jackfield.db").display())
    }

    /// All rows of the ledger, when there are so many.
    pub(super) async fn rows(&self, count: usize) -> Vec<Row> {
        let rows = rows_when(&self.books(), count).await;
        assert_eq!(rows.len(), count, "{rows:?}");
        rows
    }

    /// The one row of the one request.
    pub(super) async fn row(&self) -> Row {
        let row = self.rows(1).await.remove(0);
        assert_eq!(row.user, "ada");
        row
    }

    /// What the log says of the request of this row.
    pub(super) fn logs_of(&self, row: &Row) -> String {
        let logs = self.gateway.logs();
        let lines = logs.lines().filter(|line| line.contains(&row.request_id));
        lines.collect::<Vec<_>>().join("\n")
    }
}
