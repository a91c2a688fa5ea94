//! The sandbox as its users see it: plugins that are refused, and calls that are kept within limits.

mod calls;
pub(crate) mod guest;
mod parking;
mod refusals;
mod releases;

use bytes::Bytes;
use jackfield_config::{PluginLimits, PluginsConfig};

use crate::contract::{Answer, Call, Prepared};
use crate::{AdapterPlugin, CallError, CodeCache, Engine, Parking, RequestText};

/// The plugin with this body of `prepare`, under the default limits as changed.
pub(crate) fn load(engine: &Engine, prepare: &str, change: impl Fn(PluginLimits) -> PluginLimits) -> AdapterPlugin {
    let limits = |name: &str| change(PluginsConfig::default().limits_for(name));
    AdapterPlugin::load(engine, &CodeCache::disabled(), &guest::component(prepare), limits).unwrap()
}

const CALL: Call<'_> = Call {
    operation: "chat",
    dialect: "openai-chat",
    model: "m",
    stream: false,
    settings: b"{}",
};

/// A request whose body is `hello`.
fn request() -> RequestText {
    RequestText {
        body: Bytes::from_static(b"hello"),
        ..RequestText::default()
    }
}

/// Whether the plugin would prepare the same for another request with the same parameters.
fn is_repeatable(plugin: &AdapterPlugin) -> bool {
    let (_, repeatable) = plugin
        .prepare_repeatably(&CALL, &request(), &Parking::default())
        .unwrap();
    repeatable
}

/// What the plugin answers to a request whose body is `hello`.
pub(crate) fn prepared(plugin: &AdapterPlugin) -> Result<String, CallError> {
    prepared_with(plugin, &Parking::default())
}

/// The same in the instance that waits in `parking`.
fn prepared_with(plugin: &AdapterPlugin, parking: &Parking) -> Result<String, CallError> {
    let (made, _) = plugin.prepare_repeatably(&CALL, &request(), parking)?;
    match made.map(|made| made.prepared) {
        Ok(Prepared::Answer(Answer::Whole(payload))) => Ok(String::from_utf8(payload.body).unwrap()),
        other => panic!("not an answer: {other:?}"),
    }
}
