//! The endpoints of batches: each API lists its paths, and what is done there is the same for all.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::HeaderMap;
use jackfield_dialects::batches::Batching;
use jackfield_dialects::{PARAMETER_HEADERS, batch_apis};

use super::body::Reading;
use super::desks::{AtDesk, Desks};
use super::entered::Entered;
use super::files::lines;
use super::reply::json;
use super::{auth, query};
use crate::batches::{BatchRecord, Holder, NewBatch};
use crate::error::GatewayError;
use crate::request::Gateway;
use crate::request::heavy::Passage;

/// The routes of all APIs of batches.
pub(super) fn routes() -> Router<Arc<Gateway>> {
    let mut router = Router::new();
    for api in batch_apis() {
        let (path, one) = (api.path(), get(detail));
        let one = if api.keeps_results() { one.delete(remove) } else { one };
        let mut own = Router::new()
            .route(path, get(list).post(order))
            .route(&format!("{path}/{{id}}"), one)
            .route(&format!("{path}/{{id}}/cancel"), post(cancel));
        if api.keeps_results() {
            own = own.route(&format!("{path}/{{id}}/results"), get(results));
        }
        router = router.merge(own.layer(Extension(api)));
    }
    router
}

/// `POST` at the API's path.
async fn order(
    State(gateway): State<Arc<Gateway>>,
    Extension(entered): Extension<Entered>,
    Extension(desks): Extension<Desks>,
    Extension(api): Extension<Batching>,
    request: Request,
) -> Result<Response, GatewayError> {
    let (head, body) = request.into_parts();
    let caller = auth::required(&gateway, &entered.snapshot, &head.headers).await?;
    desks.check().await?;
    let config = &entered.snapshot.config;
    let reading = Reading {
        max_bytes: usize::try_from(config.batches.max_file_bytes).unwrap_or(usize::MAX),
        patience: config.server.body_timeout,
        passage: &Passage::new(&gateway.turns),
        room: gateway
            .bodies
            .room(caller.as_ref().map(|caller| &caller.user), &config.server),
    };
    let (body, room) = reading.json(&head.headers, body).await?;
    let holder = Holder::of(caller.as_deref(), auth::key_hash(&head.headers));
    let (headers, limits) = (passed(&head.headers), config.batches.clone());
    let ordered = desks.work(move |desk| {
        // A large order takes a while to read.
        let order = api.order(&body);
        drop((body, room));
        let new = NewBatch {
            api,
            holder,
            headers,
            order: order?,
        };
        desk.order(new, &limits)
    });
    let ordered = ordered.await?;
    desks.tell();
    Ok(json(api.batch(&ordered.card())))
}

/// `GET` at the API's path.
async fn list(
    Extension(api): Extension<Batching>,
    RawQuery(asked): RawQuery,
    at: AtDesk,
) -> Result<Response, GatewayError> {
    let asked = query::parameters(asked.as_deref().unwrap_or_default())?;
    let page = api.page(&asked)?;
    let found = at.work(move |desk, user| Ok(desk.batches(api, user))).await?;
    let (shown, has_more) = page.cut(&found, |batch| &batch.id)?;
    let cards: Vec<_> = shown.iter().map(BatchRecord::card).collect();
    Ok(json(api.list(&cards, has_more)))
}

/// `GET` of one batch.
async fn detail(
    Extension(api): Extension<Batching>,
    Path(id): Path<String>,
    at: AtDesk,
) -> Result<Response, GatewayError> {
    let batch = at.work(move |desk, user| desk.batch(api, user, &id)).await?;
    Ok(json(api.batch(&batch.card())))
}

/// `POST` to cancel one batch.
async fn cancel(
    Extension(api): Extension<Batching>,
    Path(id): Path<String>,
    at: AtDesk,
) -> Result<Response, GatewayError> {
    let batch = at.work(move |desk, user| desk.cancel(api, user, &id)).await?;
    at.tell();
    Ok(json(api.batch(&batch.card())))
}

/// `GET` of the results of one batch.
async fn results(
    Extension(api): Extension<Batching>,
    Path(id): Path<String>,
    at: AtDesk,
) -> Result<Response, GatewayError> {
    let file = at.work(move |desk, user| desk.results(api, user, &id)).await?;
    lines(file)
}

/// `DELETE` of one batch.
async fn remove(
    Extension(api): Extension<Batching>,
    Path(id): Path<String>,
    at: AtDesk,
) -> Result<Response, GatewayError> {
    let named = id.clone();
    at.work(move |desk, user| desk.remove_batch(api, user, &named)).await?;
    Ok(json(api.deleted(&id)))
}

/// The headers of an order that its lines are asked with: those that adapters get, and those that choose a variant of a
/// dialect.
fn passed(headers: &HeaderMap) -> Vec<(String, String)> {
    let dialects = jackfield_dialects::all();
    let native = dialects.iter().flat_map(|dialect| dialect.native_headers());
    let names = native.chain(&PARAMETER_HEADERS).map(|(name, _)| *name);
    let pair = |name: &str| Some((name.to_owned(), headers.get(name)?.to_str().ok()?.to_owned()));
    names.filter_map(pair).collect()
}
