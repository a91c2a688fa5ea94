//! Pushes a plugin to an OCI registry: two blobs, and the manifest that names them (OCI distribution-spec 1.1).

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, StatusCode};
use sha2::{Digest, Sha256};

use super::access::Access;
use super::artefact::{Artefact, MANIFEST};
use super::error::WebError;
use super::redirect::{encoded, host, next};
use super::web::{Call, Session, refused};
use jackfield_config::Reference;

/// What is pushed.
pub struct Push<'a> {
    /// The component.
    pub component: &'a [u8],
    /// The interfaces that it imports.
    pub imports: &'a [String],
    /// The interfaces that it exports.
    pub exports: &'a [String],
    /// What people read about it, by the names of OCI image-spec 1.1, "Pre-defined annotation keys".
    pub annotations: BTreeMap<&'static str, String>,
}

/// Pushes to `reference`, under its tag if it has one. Returns the reference with the digest of what is there now.
///
/// # Errors
/// [`WebError`].
pub async fn push(push: Push<'_>, reference: &Reference, access: &Access) -> Result<Reference, WebError> {
    let artefact = Artefact::new(push.component, push.imports, push.exports, &push.annotations)?;
    let digest = hex::encode(Sha256::digest(&artefact.manifest));
    let mut upload = Upload {
        session: Session::new(&reference.base(), access)?,
        base: format!("{}/v2/{}", reference.base(), reference.repository),
        scope: format!("repository:{}:pull,push", reference.repository),
    };
    upload.blob(Bytes::copy_from_slice(push.component)).await?;
    upload.blob(Bytes::from(artefact.config)).await?;
    let by_digest = format!("sha256:{digest}");
    let name = reference.tag.as_deref().unwrap_or(&by_digest);
    upload.manifest(name, Bytes::from(artefact.manifest)).await?;
    Ok(reference.at(&digest))
}

/// The pushes into one repository.
struct Upload {
    session: Session,
    /// The URL of the repository.
    base: String,
    scope: String,
}

// === impl Upload ===

impl Upload {
    /// Sends a blob, unless the registry has it.
    async fn blob(&mut self, blob: Bytes) -> Result<(), WebError> {
        let digest = format!("sha256:{:x}", Sha256::digest(&blob));
        let known = self.call(Method::HEAD, format!("{}/blobs/{digest}", self.base), "", Bytes::new());
        if known.await?.0 == StatusCode::OK {
            return Ok(());
        }
        let begin = format!("{}/blobs/uploads/", self.base);
        let (status, headers) = self.call(Method::POST, begin.clone(), "", Bytes::new()).await?;
        if status != StatusCode::ACCEPTED {
            return Err(self.refused(status));
        }
        let place = next(&begin, &headers)?;
        let separator = if place.contains('?') { '&' } else { '?' };
        let place = format!("{place}{separator}digest={}", encoded(&digest));
        let (status, _) = self.call(Method::PUT, place, "application/octet-stream", blob).await?;
        if status == StatusCode::CREATED {
            Ok(())
        } else {
            Err(self.refused(status))
        }
    }

    async fn manifest(&mut self, name: &str, manifest: Bytes) -> Result<(), WebError> {
        let place = format!("{}/manifests/{name}", self.base);
        let (status, _) = self.call(Method::PUT, place, MANIFEST, manifest).await?;
        if status == StatusCode::CREATED {
            Ok(())
        } else {
            Err(self.refused(status))
        }
    }

    async fn call(
        &mut self,
        method: Method,
        url: String,
        content_type: &str,
        body: Bytes,
    ) -> Result<(StatusCode, http::HeaderMap), WebError> {
        let scope = self.scope.clone();
        let call = Call {
            method,
            url,
            accept: "",
            content_type,
            body,
            scope: &scope,
        };
        let reply = self.session.call(call).await?;
        Ok((reply.status, reply.headers))
    }

    fn refused(&self, status: StatusCode) -> WebError {
        refused(host(&self.base), status)
    }
}
