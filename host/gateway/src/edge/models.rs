//! `GET /v1/models` and `GET /v1/models/{id}`: the catalogue of models.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::auth;
use super::exchange::{ERROR_CODE, Entered};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::snapshot::Model;
use jackfield_config::{Modalities, Pricing};

/// The models that the caller may use.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct List<'a> {
    object: &'static str,
    data: Vec<Listed<'a>>,
}

/// One model, from the caller's point of view.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Detail<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'a str,
    tier: &'a str,
    /// Whether the caller's plan includes it.
    allowed: bool,
    /// The providers of its chain, in order.
    providers: Vec<&'a str>,
}

/// A model in the list: OpenAI's object with further members.
#[derive(Debug, JsonSchema, Serialize)]
struct Listed<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'a str,
    tier: &'a str,
    name: &'a str,
    capability: &'static str,
    modalities: &'a Modalities,
    limit: Limit,
    pricing: PerToken,
}

/// Limits in tokens; null if not configured.
#[derive(Debug, JsonSchema, Serialize)]
struct Limit {
    context: Option<u64>,
    output: Option<u64>,
}

/// Dollars per token, as strings, because binary floats would show rounding errors; null if unknown.
#[derive(Debug, JsonSchema, Serialize)]
struct PerToken {
    prompt: Option<String>,
    completion: Option<String>,
}

/// `GET /v1/models`: the models that the caller may use.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let snapshot = &entered.snapshot;
    let plan = auth::optional_plan(&gateway, snapshot, &headers).await?;
    let allowed = |model: &&Arc<Model>| snapshot.allows(plan.as_deref(), model);
    let offered = gateway.offers.models(snapshot);
    let data = snapshot
        .named_models()
        .chain(offered.iter())
        .filter(allowed)
        .map(|model| listed(model))
        .collect();
    let object = "list";
    Ok(Json(List { object, data }).into_response())
}

/// `GET /v1/models/{id}`: one model, with its providers in order.
pub(super) async fn detail(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let snapshot = &entered.snapshot;
    let caller = auth::required(&gateway, snapshot, &headers).await?;
    let Some(model) = snapshot.model(&id) else {
        let body = Json(json!({ "error": "Model not found" }));
        let code = [(ERROR_CODE, ErrorKind::NotFound.code())];
        return Ok((StatusCode::NOT_FOUND, code, body).into_response());
    };
    let plan = caller.as_ref().map(|caller| &*caller.plan);
    let providers: Vec<&str> = model.chain.targets.iter().map(|target| &*target.name).collect();
    let body = Detail {
        id: &id,
        object: "model",
        created: model.config.created,
        owned_by: owner(&model),
        tier: &model.config.tier,
        allowed: snapshot.allows(plan, &model),
        providers,
    };
    Ok(Json(body).into_response())
}

fn listed(model: &Model) -> Listed<'_> {
    let config = &model.config;
    Listed {
        id: &model.id,
        object: "model",
        created: config.created,
        owned_by: owner(model),
        tier: &config.tier,
        name: config.name.as_deref().unwrap_or(&model.id),
        capability: config.capability.operation(),
        modalities: &config.modalities,
        limit: Limit {
            context: config.context,
            output: config.max_output,
        },
        pricing: per_token(config.pricing.as_ref()),
    }
}

/// The configured owner, or else the model's first provider.
fn owner(model: &Model) -> &str {
    let first = || model.chain.targets.first().map_or("jackfield", |target| &target.name);
    model.config.owned_by.as_deref().unwrap_or_else(first)
}

fn per_token(pricing: Option<&Pricing>) -> PerToken {
    PerToken {
        prompt: pricing.map(|pricing| dollars(pricing.input_per_million)),
        completion: pricing.map(|pricing| dollars(pricing.output_per_million)),
    }
}

/// A millionth of `per_million`, in plain decimal notation.
fn dollars(per_million: f64) -> String {
    let text = format!("{:.12}", per_million / 1e6);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_plain_decimals_per_token() {
        assert_eq!(dollars(0.28), "0.00000028");
        assert_eq!(dollars(15.0), "0.000015");
        assert_eq!(dollars(0.0), "0");
    }
}
