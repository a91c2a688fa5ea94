//! `GET /v1/pricing` and `GET /v1/settings`: prices per token, and the multiplier on them.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::HeaderMap;
use jackfield_config::is_pattern;
use schemars::JsonSchema;
use serde::Serialize;

use super::auth;
use super::entered::Entered;
use crate::error::GatewayError;
use crate::request::Gateway;
use crate::snapshot::Model;

/// The prices of all models, those that upstreams offer behind patterns among them. They are the same for every caller.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Prices<'a> {
    models: Vec<Price<'a>>,
}

/// The prices of one model, in dollars per million tokens.
#[derive(Debug, JsonSchema, Serialize)]
struct Price<'a> {
    model: &'a str,
    display_name: &'a str,
    tier: &'a str,
    /// Null if the price is unknown.
    input_per_million: Option<f64>,
    /// Null if the price is unknown.
    output_per_million: Option<f64>,
}

/// Settings that apply to all models.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Settings {
    cost_multiplier: f64,
}

/// `GET /v1/pricing`.
pub(super) async fn prices(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    auth::required(&gateway, &entered.snapshot, &headers).await?;
    let snapshot = &entered.snapshot;
    // What an open name costs is known once it is chosen: of a pattern, what its upstream offers is priced instead.
    let told = |model: &&Arc<Model>| !is_pattern(&model.id) || model.config.pricing.is_some();
    let offered = gateway.offers.models(snapshot);
    let models = snapshot.models.values().filter(told).chain(&*offered);
    let models = models.map(|model| price(model)).collect();
    Ok(Json(Prices { models }).into_response())
}

/// `GET /v1/settings`. Needs no credential.
pub(super) async fn settings(Extension(entered): Extension<Entered>) -> Response {
    let cost_multiplier = entered.snapshot.config.credits.cost_multiplier;
    Json(Settings { cost_multiplier }).into_response()
}

fn price(model: &Model) -> Price<'_> {
    let pricing = model.config.pricing.as_ref();
    Price {
        model: &model.id,
        display_name: model.config.name.as_deref().unwrap_or(&model.id),
        tier: &model.config.tier,
        input_per_million: pricing.map(|pricing| pricing.input_per_million),
        output_per_million: pricing.map(|pricing| pricing.output_per_million),
    }
}
