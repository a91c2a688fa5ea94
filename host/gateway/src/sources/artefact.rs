//! A plugin as an OCI artefact, in the layout of the CNCF: one layer of WebAssembly, and a config that says so
//! (tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::WebError;

/// The media type of an image manifest (OCI image-spec 1.1).
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The media type of an index, which lists manifests.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The media types of the config and of the layer.
const CONFIG: &str = "application/vnd.wasm.config.v0+json";
const LAYER: &str = "application/wasm";

/// A manifest, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    layers: Vec<Descriptor>,
    /// The manifests of an index.
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

/// Names a blob.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    media_type: String,
    digest: String,
    size: u64,
}

/// What is pushed: two blobs, and the manifest that names them.
pub(super) struct Artefact {
    /// The config.
    pub(super) config: Vec<u8>,
    /// The manifest.
    pub(super) manifest: Vec<u8>,
}

/// What a config says of a component.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    architecture: &'static str,
    os: &'static str,
    layer_digests: [&'a str; 1],
    component: Component<'a>,
}

/// What goes in and out of a component.
#[derive(Serialize)]
struct Component<'a> {
    imports: &'a [String],
    exports: &'a [String],
}

/// The SHA-256 of the plugin that a manifest names.
///
/// # Errors
/// If it names none, or several.
pub(super) fn layer(manifest: &[u8], max_bytes: usize) -> Result<String, WebError> {
    let invalid = |problem: &str| WebError::Content(format!("its manifest {problem}"));
    let manifest: Manifest = serde_json::from_slice(manifest).map_err(|_| invalid("cannot be read"))?;
    if let Some(first) = manifest.manifests.first() {
        let what = format!(
            "is an index of others; write the digest of the one that is meant, such as {}",
            first.digest
        );
        return Err(invalid(&what));
    }
    let [layer] = manifest.layers.as_slice() else {
        return Err(invalid("does not name exactly one layer"));
    };
    if layer.media_type != LAYER {
        let what = format!("names a layer that is not {LAYER} but {}", short(&layer.media_type));
        return Err(invalid(&what));
    }
    if layer.size > max_bytes as u64 {
        let what = format!("names {} bytes, and {max_bytes} are allowed", layer.size);
        return Err(invalid(&what));
    }
    let hex = layer.digest.strip_prefix("sha256:");
    let hex = hex.filter(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hex.map(str::to_ascii_lowercase)
        .ok_or_else(|| invalid("names a layer by something else than a SHA-256"))
}

/// What registries are asked for: an index too, so that the error can say what is there.
pub(super) fn accepted() -> String {
    format!("{MANIFEST}, {INDEX}")
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

// === impl Artefact ===

impl Artefact {
    /// The artefact of one component.
    pub(super) fn new(
        component: &[u8],
        imports: &[String],
        exports: &[String],
        annotations: &BTreeMap<&'static str, String>,
    ) -> Result<Self, WebError> {
        let layer = Descriptor::of(LAYER, component);
        let unwritten = |error: serde_json::Error| WebError::Content(error.to_string());
        let config = serde_json::to_vec(&Config {
            architecture: "wasm",
            os: "wasip2",
            layer_digests: [&layer.digest],
            component: Component { imports, exports },
        });
        let config = config.map_err(unwritten)?;
        let manifest = serde_json::to_vec(&serde_json::json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": Descriptor::of(CONFIG, &config),
            "layers": [layer],
            "annotations": annotations,
        }));
        let manifest = manifest.map_err(unwritten)?;
        Ok(Self { config, manifest })
    }
}

// === impl Descriptor ===

impl Descriptor {
    fn of(media_type: &str, blob: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{:x}", Sha256::digest(blob)),
            size: blob.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const MAX: usize = 1000;

    fn refused(manifest: &Value) -> String {
        layer(manifest.to_string().as_bytes(), MAX).unwrap_err().to_string()
    }

    #[test]
    fn what_is_pushed_is_what_is_pulled() {
        let exports = ["jackfield:plugin/adapter@1.1.0".to_owned()];
        let annotations = BTreeMap::from([("org.opencontainers.image.title", "a.wasm".to_owned())]);
        let artefact = Artefact::new(b"component", &[], &exports, &annotations).unwrap();
        let sha256 = hex::encode(Sha256::digest(b"component"));
        assert_eq!(layer(&artefact.manifest, MAX).unwrap(), sha256);
        let manifest: Value = serde_json::from_slice(&artefact.manifest).unwrap();
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
        assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
        let config: Value = serde_json::from_slice(&artefact.config).unwrap();
        assert_eq!(
            config,
            json!({ "architecture": "wasm", "os": "wasip2", "layerDigests": [format!("sha256:{sha256}")],
                    "component": { "imports": [], "exports": exports } })
        );
    }

    #[test]
    fn what_names_no_single_plugin_is_refused() {
        let named = |media_type: &str, digest: &str, size: u64| {
            let layer = json!({ "mediaType": media_type, "digest": digest, "size": size });
            json!({ "layers": [layer] })
        };
        let good = format!("sha256:{}", "0".repeat(64));
        assert_eq!(refused(&json!("text")), "its manifest cannot be read");
        assert_eq!(refused(&json!({})), "its manifest does not name exactly one layer");
        assert!(refused(&named("text/plain", &good, 1)).contains("is not application/wasm but text/plain"));
        assert!(refused(&named(LAYER, "md5:1", 1)).contains("something else than a SHA-256"));
        assert!(refused(&named(LAYER, &good, 1001)).contains("names 1001 bytes"));
        let index = json!({ "manifests": [{ "mediaType": MANIFEST, "digest": good, "size": 1 }] });
        assert!(refused(&index).contains(&format!("such as {good}")));
    }
}
