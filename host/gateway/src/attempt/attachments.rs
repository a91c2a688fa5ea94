//! Fetches what an adapter asks for before `prepare`: the contents of URLs in the client's request.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use jackfield_sandbox::Attachment;

use super::clocks::Clocks;
use crate::error::{Class, Failure};
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::egress::{self, AttachmentUrl};
use crate::upstream::outgoing_body::OutgoingBody;
use crate::upstream::reply::UpstreamReply;

/// The most URLs of one request.
const MOST: usize = 32;

/// What a provider fetches for its adapter, and from where.
#[derive(Debug, Clone)]
pub(crate) struct Attachments {
    /// The hosts to fetch from.
    pub(crate) hosts: Vec<String>,
    /// Sends requests to public addresses. They carry nothing of the provider's: no credential, no header.
    pub(crate) public: Client,
    /// Sends requests to the hosts that are named in full, also in the gateway's own network; `None` if none may be there.
    pub(crate) private: Option<Client>,
    /// The most bytes of one request's attachments together.
    pub(crate) max_bytes: usize,
}

/// Fetches what stands at these URLs, one after the other. Redirects are not followed.
///
/// # Errors
/// Of class unsupported: whatever is wrong with a URL is no fault of the target's, and another may need no fetching.
pub(super) async fn fetch(
    attachments: Option<&Attachments>,
    urls: Vec<String>,
    clocks: &mut Clocks,
) -> Result<Arc<[Attachment]>, Failure> {
    if urls.is_empty() {
        return Ok(Arc::default());
    }
    if urls.len() > MOST {
        let message = format!("the adapter asked for more than {MOST} attachments");
        return Err(Failure::new(Class::Plugin, message));
    }
    let Some(attachments) = attachments else {
        let reason = "cannot be sent: this provider fetches no URLs; send the content itself, as a data URL";
        return Err(unfetched(urls.first().map_or("", String::as_str), reason));
    };
    let (mut fetched, mut left) = (Vec::with_capacity(urls.len()), attachments.max_bytes);
    for url in urls {
        let one = match attachments.permitted(&url) {
            Ok(permitted) => attachments.get(&permitted, left, clocks).await,
            Err(reason) => Err(reason),
        };
        let (media_type, body) = one.map_err(|reason| unfetched(&url, &reason))?;
        left -= body.len();
        fetched.push(Attachment { url, media_type, body });
    }
    Ok(fetched.into())
}

// === impl Attachments ===

impl Attachments {
    /// Whether this URL may be fetched; the reason if not.
    pub(super) fn permitted(&self, url: &str) -> Result<AttachmentUrl, String> {
        let permitted = egress::attachment(url, &self.hosts, self.private.is_some());
        permitted.map_err(|refusal| refusal.to_string())
    }

    /// The client that may open this URL.
    pub(super) fn client(&self, permitted: &AttachmentUrl) -> &Client {
        let private = self.private.as_ref().filter(|_| permitted.private);
        private.unwrap_or(&self.public)
    }

    /// Its media type and content, up to this many bytes; the reason if it cannot be fetched.
    pub(super) async fn get(
        &self,
        permitted: &AttachmentUrl,
        left: usize,
        clocks: &mut Clocks,
    ) -> Result<(String, Bytes), String> {
        let request = OutgoingRequest {
            method: Method::GET,
            url: permitted.uri.to_string(),
            headers: HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("*/*"))]),
            body: OutgoingBody::default(),
        };
        let (_, sending) = self.client(permitted).send(request);
        let mut reply = clocks.head(sending).await.map_err(|_| "does not answer".to_owned())?;
        if reply.status.as_u16() != 200 {
            return Err(format!("answers with status {}", reply.status.as_u16()));
        }
        let body = clocks.body(&mut reply, None, left).await;
        let body = body.map_err(|_| "is too large, or breaks off".to_owned())?;
        Ok((media_type(&reply), body))
    }
}

fn media_type(reply: &UpstreamReply) -> String {
    let value = reply.headers.get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// The failure that the client reads. It quotes the beginning of their own URL.
fn unfetched(url: &str, reason: &str) -> Failure {
    let quoted: String = url.chars().take(100).filter(|c| !c.is_control()).collect();
    Failure::new(Class::Unsupported, format!("the attachment {quoted:?} {reason}"))
}
