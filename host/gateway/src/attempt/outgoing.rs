//! Turns a plugin's request into one that may leave once it has its credential: checked, and spliced.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

use super::destination::{Destination, destination};
use super::reach::Reach;
use super::redaction::Redaction;
use super::{Payload, SentForm};
use crate::error::{Class, Failure};
use crate::upstream::client::{Client, OutgoingRequest};
use crate::upstream::credential::Credential;
use crate::upstream::egress;
use crate::upstream::outgoing_body::OutgoingBody;
use jackfield_dialects::WrittenForm;
use jackfield_dialects::json::{Members, Outline, SpliceError};
use jackfield_sandbox::contract::{Body, Header, HttpRequest};

/// Reply headers that plugins do not see.
const HIDDEN: [http::HeaderName; 2] = [header::SET_COOKIE, header::WWW_AUTHENTICATE];

/// What we ask for unless the provider's own headers say otherwise: no coding. Replies are small or come piece by piece;
/// compressing them costs both sides time, and some servers hold events back to compress them better. What is coded all
/// the same is decoded.
const PLAIN: HeaderValue = HeaderValue::from_static("identity");

/// A plugin's request that has been checked: it may leave once it has a body and a credential.
#[derive(Debug)]
pub(super) struct Checked {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Template,
    /// The client that may open the URL.
    pub(super) client: Client,
    /// The provider's own headers name the media type.
    typed: bool,
}

/// How a body is made of a client's payload.
#[derive(Debug)]
enum Template {
    Empty,
    Original,
    Bytes(OutgoingBody),
    Patch(Bytes, Outline),
}

/// A body, and its media type if the plugin has no say in it.
struct Written {
    body: OutgoingBody,
    media_type: Option<HeaderValue>,
}

// === impl Checked ===

impl Checked {
    /// Checks what the plugin asks for, to which this credential or another of its kind is still to be attached.
    /// Step 7 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// Of class plugin, if the request may not leave; of class refused, if there is nowhere to send it.
    pub(super) fn new((reach, credential): (&Reach, &Credential), asked: HttpRequest) -> Result<Self, Failure> {
        let method = egress::method(&asked.method)?;
        let Destination { url, client } = destination(reach, credential, &asked.path)?;
        let from_plugin = asked.headers.iter().map(|h| (h.name.as_str(), h.value.as_str()));
        let mut headers = egress::headers(from_plugin, credential.header_name())?;
        headers.insert(header::ACCEPT_ENCODING, PLAIN);
        for (name, value) in &reach.headers {
            headers.insert(name.clone(), value.clone());
        }
        Ok(Self {
            method,
            url,
            headers,
            body: Template::new(asked.body)?,
            client: client.clone(),
            typed: reach.headers.contains_key(header::CONTENT_TYPE),
        })
    }

    /// Takes this body in place of the plugin's.
    pub(super) fn set_body(&mut self, body: OutgoingBody) {
        self.body = Template::Bytes(body);
    }

    /// The request with the body that is made of this payload.
    ///
    /// # Errors
    /// Of class client, if the payload is a form whose boundary is no text; of class plugin, if the patch does not fit it.
    pub(super) fn outgoing(&self, payload: &Payload<'_>) -> Result<OutgoingRequest, Failure> {
        let Written { body, media_type } = self.body.written(payload)?;
        let mut headers = self.headers.clone();
        if let Some(media_type) = media_type.filter(|_| !self.typed) {
            headers.insert(header::CONTENT_TYPE, media_type);
        } else if !body.is_empty() && !headers.contains_key(header::CONTENT_TYPE) {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(OutgoingRequest {
            method: self.method.clone(),
            url: self.url.clone(),
            headers,
            body,
        })
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
        let body = match &self.body {
            Template::Empty | Template::Original => 0,
            Template::Bytes(pieces) => pieces.len(),
            Template::Patch(bytes, _) => bytes.len(),
        };
        self.url.len() + headers + body
    }
}

// === impl Template ===

impl Template {
    fn new(asked: Body) -> Result<Self, Failure> {
        Ok(match asked {
            Body::Empty => Self::Empty,
            Body::Original => Self::Original,
            Body::Bytes(bytes) => Self::Bytes(Bytes::from(bytes).into()),
            Body::Patch(patch) => {
                let outline = Members::parse(&patch).map_err(|error| unfit(&error))?.outline();
                Self::Patch(patch.into(), outline)
            }
        })
    }

    fn written(&self, payload: &Payload<'_>) -> Result<Written, Failure> {
        let plain = |body| Written { body, media_type: None };
        match self {
            Self::Empty => Ok(plain(OutgoingBody::default())),
            Self::Original => match payload.form {
                None => Ok(plain(payload.text.body.clone().into())),
                Some(form) => written(form, &payload.members),
            },
            Self::Bytes(bytes) => Ok(plain(bytes.clone())),
            Self::Patch(patch, outline) => {
                let patch = outline.members(patch).map_err(|error| unfit(&error))?;
                match payload.form {
                    None => {
                        let parts = payload.members.patch_pieces(&patch);
                        Ok(plain(OutgoingBody::sharing(&parts, &payload.text.body)))
                    }
                    Some(form) => {
                        let fields = payload.members.patch(&patch);
                        written(form, &Members::parse(&fields).map_err(|error| unfit(&error))?)
                    }
                }
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
        body: Bytes::from(body).into(),
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
