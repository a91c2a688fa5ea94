//! Puts images into a reply whose upstream gave their URLs, for a client that asked for the images themselves.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jackfield_dialects::{image_urls, with_images};

use super::adapter::Adapter;
use super::attachments::Attachments;
use super::clocks::Clocks;
use crate::error::{Class, Failure};

/// The reply with each image as Base64 in place of its URL. Nothing of the provider's is sent to where they are.
///
/// # Errors
/// Of class refused, if an image may not be fetched or cannot be; malformed, if the reply is.
pub(super) async fn embedded(adapter: &Adapter, body: Bytes, clocks: &mut Clocks) -> Result<Bytes, Failure> {
    let urls = image_urls(&body)?;
    if urls.is_empty() {
        return Ok(body);
    }
    let (mut images, mut left) = (BTreeMap::new(), adapter.max_reply_bytes);
    for url in urls {
        let image = match inline(&url) {
            Some(image) => image,
            None => fetched(adapter, &url, &mut left, clocks).await?,
        };
        images.insert(url, image);
    }
    Ok(with_images(&body, &images)?.into())
}

/// The Base64 of a data URL.
fn inline(url: &str) -> Option<String> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    head.ends_with(";base64").then(|| data.to_owned())
}

async fn fetched(adapter: &Adapter, url: &str, left: &mut usize, clocks: &mut Clocks) -> Result<String, Failure> {
    let refused = |reason: &str| {
        let quoted: String = url.chars().take(100).filter(|c| !c.is_control()).collect();
        Failure::new(Class::Refused, format!("the upstream's image {quoted:?} {reason}"))
    };
    let sources: Vec<&Attachments> = [&adapter.attachments, &adapter.reach.elsewhere]
        .into_iter()
        .flatten()
        .collect();
    let permitted = sources
        .iter()
        .find_map(|source| Some((source, source.permitted(url).ok()?)));
    let Some((source, permitted)) = permitted else {
        let reason =
            "is on a host that neither `attachments` nor `hosts` of the provider list, so it cannot be sent as base64";
        return Err(refused(reason));
    };
    let image = source.get(&permitted, source.max_bytes.min(*left), clocks).await;
    let (_, image) = image.map_err(|reason| refused(&reason))?;
    *left -= image.len();
    Ok(STANDARD.encode(image))
}
