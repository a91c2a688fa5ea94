//! One fetch: from an origin to the bytes that its hash names, by way of the store.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use super::access::Access;
use super::artefact::{accepted, layer};
use super::error::WebError;
use super::store::Store;
use super::web::{Call, Session};
use jackfield_config::{Origin, Reference};

/// The largest plugin that is fetched. One that is compiled from Python has 18 MB.
const MAX_PLUGIN: usize = 128 << 20;

/// The largest manifest: registries need not take more (OCI distribution-spec 1.1, "Pushing manifests").
const MAX_MANIFEST: usize = 4 << 20;

/// The longest that one fetch may take, all requests together.
const LONGEST: Duration = Duration::from_mins(5);

/// The content of a plugin as far as the store has it; `None` if it has to be fetched.
pub(super) fn stored(store: &Store, origin: &Origin) -> Option<Vec<u8>> {
    match origin {
        Origin::Web { sha256, .. } => store.get(sha256),
        Origin::Oci(reference) => {
            let manifest = store.get(reference.digest.as_deref()?)?;
            store.get(&layer(&manifest, MAX_PLUGIN).ok()?)
        }
    }
}

/// The hashes under which the store keeps what belongs to an origin.
pub(super) fn hashes(store: &Store, origin: &Origin) -> Vec<String> {
    match origin {
        Origin::Web { sha256, .. } => vec![sha256.clone()],
        Origin::Oci(reference) => {
            let Some(digest) = &reference.digest else {
                return Vec::new();
            };
            let manifest = store.get(digest);
            let layer = manifest.and_then(|manifest| layer(&manifest, MAX_PLUGIN).ok());
            layer.into_iter().chain([digest.clone()]).collect()
        }
    }
}

/// Fetches a plugin: the blobs that the store is to keep. Each has the hash that its name says.
///
/// # Errors
/// [`WebError`].
pub(super) async fn fetch(origin: &Origin, access: &Access) -> Result<Vec<Bytes>, WebError> {
    let fetching = async {
        match origin {
            Origin::Web { url, sha256 } => {
                let mut session = Session::new(&origin.base(), access)?;
                let content = session.fetch(get(url.clone(), "*/*", ""), MAX_PLUGIN).await?;
                Ok(vec![checked(content, sha256)?])
            }
            Origin::Oci(reference) => pulled(reference, access).await.map(Pulled::blobs),
        }
    };
    let fetched = timeout(LONGEST, fetching).await;
    fetched.unwrap_or_else(|_| Err(WebError::Content(format!("it took longer than {LONGEST:?}"))))
}

/// What was pulled from a registry.
pub struct Pulled {
    /// The reference with the digest of the manifest.
    pub reference: Reference,
    /// The manifest.
    manifest: Bytes,
    /// The plugin.
    pub plugin: Bytes,
}

// === impl Pulled ===

impl Pulled {
    fn blobs(self) -> Vec<Bytes> {
        vec![self.plugin, self.manifest]
    }
}

/// Pulls a plugin from a registry. A tag without a digest is what the registry says it is now.
///
/// # Errors
/// [`WebError`].
pub async fn pulled(reference: &Reference, access: &Access) -> Result<Pulled, WebError> {
    let base = reference.base();
    let repository = &reference.repository;
    let scope = format!("repository:{repository}:pull");
    let mut session = Session::new(&base, access)?;
    let name = match (&reference.digest, &reference.tag) {
        (Some(digest), _) => format!("sha256:{digest}"),
        (None, tag) => tag.clone().unwrap_or_else(|| "latest".to_owned()),
    };
    let url = format!("{base}/v2/{repository}/manifests/{name}");
    let manifest = session.fetch(get(url, &accepted(), &scope), MAX_MANIFEST).await?;
    let digest = hex::encode(Sha256::digest(&manifest));
    let manifest = checked(manifest, reference.digest.as_deref().unwrap_or(&digest))?;
    let layer = layer(&manifest, MAX_PLUGIN)?;
    let url = format!("{base}/v2/{repository}/blobs/sha256:{layer}");
    let plugin = session.fetch(get(url, "*/*", &scope), MAX_PLUGIN).await?;
    Ok(Pulled {
        reference: reference.at(&digest),
        plugin: checked(plugin, &layer)?,
        manifest,
    })
}

pub(super) fn get<'a>(url: String, accept: &'a str, scope: &'a str) -> Call<'a> {
    Call {
        method: Method::GET,
        url,
        accept,
        content_type: "",
        body: Bytes::new(),
        scope,
    }
}

/// The content, if it has this hash.
fn checked(content: Bytes, sha256: &str) -> Result<Bytes, WebError> {
    let found = hex::encode(Sha256::digest(&content));
    if found == sha256 {
        return Ok(content);
    }
    Err(WebError::Content(format!(
        "what came has the SHA-256 {found}, and {sha256} was asked for"
    )))
}
