//! What operators may ask, as the description of the API has it.

use jackfield_config::AdminRole;
use schemars::SchemaGenerator;
use serde_json::json;

use super::access::Access;
use super::faults::administration::{FILTER, LEDGER, REQUESTS};
use super::faults::callers::SCRAPE;
use super::operation::OperationDescription;
use super::reply::ResponseDescription;
use crate::edge::admin::shapes;
use crate::edge::requests;

/// The operations of operators.
pub(super) fn all(generator: &mut SchemaGenerator) -> Vec<OperationDescription> {
    vec![
        OperationDescription::get("/admin/snapshot", "Get what is in force (for operators)")
            .access(Access::Operator(AdminRole::Read))
            .reply(ResponseDescription::json::<shapes::SnapshotShown>(generator)),
        listed(
            "/admin/requests",
            "List requests with their attempts (for operators)",
            generator,
        ),
        listed("/admin/api/requests", "List requests with their attempts", generator),
        OperationDescription::get("/metrics", "Get the metrics for Prometheus (for operators)")
            .access(Access::Scraper)
            .fails(SCRAPE)
            .reply(ResponseDescription::bytes([
                "text/plain; version=0.0.4",
                "application/openmetrics-text; version=1.0.0",
            ])),
    ]
}

fn listed(path: &'static str, summary: &'static str, generator: &mut SchemaGenerator) -> OperationDescription {
    let text = json!({ "type": "string", "maxLength": 256 });
    let moment = json!({ "type": "string", "examples": ["2026-11-21", "2026-11-21T10:00:00Z", "1795216326000"] });
    OperationDescription::get(path, summary)
        .access(Access::Operator(AdminRole::Read))
        .reply(ResponseDescription::json::<requests::Page>(generator))
        .fails(&[FILTER, LEDGER, REQUESTS])
        .query(
            "since",
            "The earliest arrival: a day, a time, or milliseconds since 1970.",
            &moment,
        )
        .query("until", "The arrival from which on requests are left out.", &moment)
        .query("user", "The user's id.", &text)
        .query("key", "The id of the user's key.", &text)
        .query("model", "The model that the client asked for.", &text)
        .query("provider", "The provider that answered, or that failed last.", &text)
        .query(
            "status",
            "The status that was sent, or `5xx` for all that begin with 5.",
            &json!({ "type": "string", "pattern": "^([1-9]xx|[0-9]{3})$" }),
        )
        .query("error_code", "The code of the error that the client got.", &text)
        .query("class", "The class of the failure that decided the request.", &text)
        .query("request_id", "The request's id.", &text)
        .query(
            "failed",
            "Whether it failed or broke off, without those that the client ended.",
            &json!({ "type": "boolean" }),
        )
        .query(
            "limit",
            "The size of a page.",
            &json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 }),
        )
        .query("cursor", "The `next` of another page.", &json!({ "type": "string" }))
}
