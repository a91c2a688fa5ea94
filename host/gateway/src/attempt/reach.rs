//! How a provider's upstream is reached.

use std::sync::Arc;

use http::HeaderMap;

use super::attachments::Attachments;
use crate::trace::Server;
use crate::upstream::client::Client;

/// Where a provider's requests go, how, and with which headers.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// The upstream's base URL; `None` if the plugin answers by itself.
    pub(crate) base_url: Option<String>,
    /// The same for spans.
    pub(crate) server: Option<Arc<Server>>,
    /// Static headers from the provider's configuration.
    pub(crate) headers: HeaderMap,
    /// Sends requests to the upstream.
    pub(crate) client: Client,
    /// The other hosts that its adapter may name, and how they are reached; `None` for none.
    pub(crate) elsewhere: Option<Attachments>,
}
