//! Requests in the API's own form: they pass as they came, without what the client's path said.

use jackfield_plugin_sdk::canonical::{Extra, Json};
use jackfield_plugin_sdk::{Call, Dialect, Exchange, Failure, Framing, Operation};
use serde_json::{Map, Value};

use crate::endpoint;
use crate::request::safety;
use crate::settings::Settings;

/// The member of a request that holds another one, whose tokens are to be counted, and the one that holds several.
const INNER: [&str; 2] = ["generateContentRequest", "generate_content_request"];
const SEVERAL: &str = "requests";

/// The exchange for a request. Its reply is in the API's own form, too.
///
/// # Errors
/// If the model's name cannot be part of a path, or the API has no such method.
pub(crate) fn exchange(call: &Call<Settings>) -> Result<Exchange, Failure> {
    let parameters: Extra = call.parameters()?;
    let exchange = match &call.operation {
        Operation::Chat if call.stream => {
            post(call, "streamGenerateContent?alt=sse")?.patch(&patch(call, parameters))?
        }
        Operation::Chat => post(call, "generateContent")?.patch(&patch(call, parameters))?,
        Operation::CountTokens => named(call, post(call, "countTokens")?)?,
        Operation::Embeddings => {
            let body: Extra = call.body()?;
            let method = if body.contains_key(SEVERAL) {
                "batchEmbedContents"
            } else {
                "embedContent"
            };
            named(call, post(call, method)?)?
        }
        other => return Err(Failure::unsupported_operation(other)),
    };
    let framing = if call.stream { Framing::Sse } else { Framing::None };
    Ok(exchange.framing(framing).dialect(Dialect::GeminiGenerateContent))
}

fn post(call: &Call<Settings>, method: &str) -> Result<Exchange, Failure> {
    Ok(Exchange::post(endpoint::path(&call.settings, &call.model, method)?))
}

/// What the path says is not said twice, and the operator's settings count here, too. What is within another member stays
/// as it is, unless the operator sets that.
fn patch(call: &Call<Settings>, mut body: Extra) -> Map<String, Value> {
    let before = body.clone();
    if let Some(own) = body.remove("safety_settings") {
        body.insert("safetySettings", own);
    }
    safety(&mut body, &call.settings.safety_settings);
    call.settings.apply(&mut body);
    body.remove("model");
    body.remove("stream");
    let mut patch = Map::new();
    for (name, _) in before.iter().filter(|(name, _)| !body.contains_key(name)) {
        patch.insert(name.to_owned(), Value::Null);
    }
    for (name, value) in body.iter().filter(|(name, value)| before.get(name) != Some(*value)) {
        patch.insert(name.to_owned(), serde_json::from_str(value.text()).unwrap_or_default());
    }
    patch
}

/// The exchange with a body that names its model again, in each request that it holds.
fn named(call: &Call<Settings>, exchange: Exchange) -> Result<Exchange, Failure> {
    let mut body: Extra = call.body()?;
    body.remove("model");
    body.remove("stream");
    let model = endpoint::resource(&call.settings, &call.model)?;
    let renamed = |mut request: Extra| {
        request.insert("model", model.as_str());
        request
    };
    for name in INNER {
        if let Some(inner) = body.read::<Extra>(name) {
            body.insert(name, renamed(inner));
        }
    }
    if let Some(requests) = body.read::<Vec<Extra>>(SEVERAL) {
        let requests: Vec<Extra> = requests.into_iter().map(renamed).collect();
        body.insert(SEVERAL, Json::of(&requests));
    }
    exchange.json(&body)
}
