//! `GET /v1/models`, `GET /v1/models/{id}` and `GET /v1/model/info`: the catalogue of models.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::entered::Entered;
use super::error_form::ERROR_CODE;
use super::reply::json as json_text;
use super::{auth, query};
use crate::error::{ErrorKind, GatewayError};
use crate::request::Gateway;
use crate::request::pipeline::terms;
use crate::snapshot::{Model, Snapshot};
use jackfield_accounting::callers::Caller;
use jackfield_accounting::ledger::utc;
use jackfield_config::escaped::cut;
use jackfield_config::{Modalities, Pricing};
use jackfield_dialects::{ClientDialect, ModelCard, ModelInfo, Operation, model_infos};

/// The most bytes of an unknown id that an error repeats.
const MAX_NAMED: usize = 256;

/// Ten to the twelfth: of how many parts a dollar is told.
const PLACES: u64 = 1_000_000_000_000;

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

/// `GET /v1/models`: the models that the caller may use, in the form of the caller's dialect if it has one.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let snapshot = &entered.snapshot;
    let (caller, plan) = auth::optional(&gateway, snapshot, &headers).await?;
    let offered = gateway.offers.models(snapshot);
    let models = allowed(snapshot, &offered, caller.as_deref(), plan.as_deref());
    if let Some(dialect) = entered.dialect {
        let cards: Vec<ModelCard<'_>> = models.iter().map(|model| card(&model.id, model)).collect();
        let query = query::parameters(query.as_deref().unwrap_or_default())?;
        if let Some(list) = dialect.model_list(&cards, &query)? {
            return Ok(json_text(list));
        }
    }
    let data = models.into_iter().map(listed).collect();
    let object = "list";
    Ok(Json(List { object, data }).into_response())
}

/// `GET /v1/model/info`: the same models with their limits and prices, as some agents read them.
pub(super) async fn info(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    headers: HeaderMap,
) -> Result<Response, GatewayError> {
    let snapshot = &entered.snapshot;
    let caller = auth::required(&gateway, snapshot, &headers).await?;
    let offered = gateway.offers.models(snapshot);
    let models = allowed(snapshot, &offered, caller.as_deref(), plan(caller.as_deref()));
    let infos: Vec<ModelInfo<'_>> = models.into_iter().map(informed).collect();
    Ok(json_text(model_infos(&infos)))
}

/// The models that a plan and a caller's key may call: those with an id of their own, and those that upstreams offer.
fn allowed<'a>(
    snapshot: &'a Snapshot,
    offered: &'a [Arc<Model>],
    caller: Option<&Caller>,
    plan: Option<&str>,
) -> Vec<&'a Model> {
    let models = snapshot.named_models().chain(offered).map(|model| &**model);
    models
        .filter(|model| is_allowed(snapshot, model, caller, plan))
        .collect()
}

fn is_allowed(snapshot: &Snapshot, model: &Model, caller: Option<&Caller>, plan: Option<&str>) -> bool {
    snapshot.allows(plan, model) && caller.is_none_or(|caller| terms::allows(caller, model))
}

fn plan(caller: Option<&Caller>) -> Option<&str> {
    caller.map(|caller| &*caller.plan)
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
        if entered.dialect.is_some_and(ClientDialect::has_own_error_form) {
            let message = format!("There is no model `{}`.", cut(&id, MAX_NAMED));
            return Err(GatewayError::new(ErrorKind::NotFound, message));
        }
        let body = Json(json!({ "error": "Model not found" }));
        let code = [(ERROR_CODE, ErrorKind::NotFound.code())];
        return Ok((StatusCode::NOT_FOUND, code, body).into_response());
    };
    if let Some(own) = entered.dialect.and_then(|dialect| dialect.model(&card(&id, &model))) {
        return Ok(json_text(own));
    }
    let caller = caller.as_deref();
    let providers: Vec<&str> = model.chain.targets.iter().map(|target| &*target.name).collect();
    let body = Detail {
        id: &id,
        object: "model",
        created: model.config.created,
        owned_by: owner(&model),
        tier: &model.config.tier,
        allowed: is_allowed(snapshot, &model, caller, plan(caller)),
        providers,
    };
    Ok(Json(body).into_response())
}

/// The model under this id, which a pattern may stand for.
fn card<'a>(id: &'a str, model: &'a Model) -> ModelCard<'a> {
    let config = &model.config;
    ModelCard {
        id,
        name: config.name.as_deref().unwrap_or(id),
        created_at: utc(i64::try_from(config.created.saturating_mul(1000)).unwrap_or(i64::MAX)),
        context: config.context,
        max_output: config.max_output,
    }
}

fn informed(model: &Model) -> ModelInfo<'_> {
    let config = &model.config;
    let price = |pricing: &Pricing| (pricing.input_per_million / 1e6, pricing.output_per_million / 1e6);
    ModelInfo {
        card: card(&model.id, model),
        operation: config.capability.operation().parse().unwrap_or(Operation::Chat),
        sees: config.modalities.input.iter().any(|kind| kind == "image"),
        price: config.pricing.as_ref().map(price),
    }
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

/// A millionth of `per_million`, in plain decimal notation, to twelve places. Formatting a float to so many places takes a
/// microsecond, and a list has many.
#[expect(clippy::cast_sign_loss, reason = "no price is negative, and `as` saturates")]
fn dollars(per_million: f64) -> String {
    let per_trillion = (per_million * 1e6).round() as u64;
    let text = format!("{}.{:012}", per_trillion / PLACES, per_trillion % PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_plain_decimals_per_token() {
        assert_eq!(dollars(0.28), "0.00000028");
        assert_eq!(dollars(15.0), "0.000015");
        assert_eq!(dollars(0.0), "0");
        assert_eq!(dollars(1_500_000.0), "1.5");
    }
}
