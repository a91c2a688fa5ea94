//! Turns a plugin's request into one that may leave once it has its credential: checked, and spliced.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};

use super::adapter::Adapter;
use super::destination::{Destination, destination};
use super::redaction::Redaction;
use super::{Payload, SentForm};
use crate::error::{Class, Failure};
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::credential::Credential;
use crate::upstream::egress;
use jackfield_dialects::WrittenForm;
use jackfield_dialects::json::{Members, SpliceError};
use jackfield_sandbox::contract::{Body, Header, HttpRequest};

/// Reply headers that plugins do not see.
const HIDDEN: [http::HeaderName; 2] = [header::SET_COOKIE, header::WWW_AUTHENTICATE];

/// What we ask for unless the provider's own headers say otherwise: no coding. Replies are small or come piece by piece;
/// compressing them costs both sides time, and some servers hold events back to compress them better. What is coded all
/// the same is decoded.
const PLAIN: HeaderValue = HeaderValue::from_static("identity");

/// Builds the outgoing request from the plugin's request and the client's payload, to which this credential is still to be
/// attached, and names the client to send it with.
/// Step 7 of a request's life (ARCHITECTURE.md).
pub(super) fn outgoing<'a>(
    (adapter, credential): (&'a Adapter, &Credential),
    asked: &HttpRequest,
    payload: &Payload<'_>,
) -> Result<(OutgoingRequest, &'a Client), Failure> {
    let method = egress::method(&asked.method)?;
    let Destination { url, client } = destination(adapter, credential, &asked.path)?;
    let from_plugin = asked.headers.iter().map(|h| (h.name.as_str(), h.value.as_str()));
    let mut headers = egress::headers(from_plugin, credential.header_name())?;
    let Written { body, media_type } = body(&asked.body, payload)?;
    if let Some(media_type) = media_type {
        headers.insert(header::CONTENT_TYPE, media_type);
    } else if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    headers.insert(header::ACCEPT_ENCODING, PLAIN);
    for (name, value) in &adapter.headers {
        headers.insert(name.clone(), value.clone());
    }
    let request = OutgoingRequest {
        method,
        url,
        headers,
        body,
    };
    Ok((request, client))
}

/// A body, and its media type if the plugin has no say in it.
struct Written {
    body: Bytes,
    media_type: Option<HeaderValue>,
}

fn body(asked: &Body, payload: &Payload<'_>) -> Result<Written, Failure> {
    let plain = |body| Written { body, media_type: None };
    match asked {
        Body::Empty => Ok(plain(Bytes::new())),
        Body::Original => match payload.form {
            None => Ok(plain(payload.text.body.clone())),
            Some(form) => written(form, &payload.members),
        },
        Body::Bytes(bytes) => Ok(plain(Bytes::copy_from_slice(bytes))),
        Body::Patch(patch) => {
            let patch = Members::parse(patch).map_err(|error| unfit(&error))?;
            let body = payload.members.patch(&patch);
            match payload.form {
                None => Ok(plain(body.into())),
                Some(form) => written(form, &Members::parse(&body).map_err(|error| unfit(&error))?),
            }
        }
    }
}

/// The form with these fields and its own files, which no plugin sees.
fn written(form: &SentForm, fields: &Members<'_>) -> Result<Written, Failure> {
    let WrittenForm { media_type, body } = form.data.written(fields, &form.body);
    let media_type = HeaderValue::try_from(media_type);
    let media_type = media_type.map_err(|_| Failure::new(Class::Client, "the form's boundary is no text"))?;
    Ok(Written {
        body: body.into(),
        media_type: Some(media_type),
    })
}

fn unfit(error: &SpliceError) -> Failure {
    let message = format!("the adapter's patch cannot be applied: {error}");
    Failure::new(Class::Plugin, message)
}

/// The reply's headers as the plugin sees them: without [`HIDDEN`] ones, values that are not text, and secrets.
pub(super) fn visible_headers(headers: &HeaderMap, redaction: &Redaction) -> Vec<Header> {
    let visible = headers.iter().filter(|(name, _)| !HIDDEN.contains(name));
    visible
        .filter_map(|(name, value)| {
            let value = redaction.text(value.to_str().ok()?).into_owned();
            Some(Header {
                name: name.as_str().to_owned(),
                value,
            })
        })
        .collect()
}
