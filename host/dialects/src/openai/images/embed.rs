//! Images in place of their URLs, in a reply.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fault::StreamFault;

/// The URLs of the images that a canonical reply names without holding them, in their order.
///
/// # Errors
/// `Malformed` if `body` is not JSON.
pub fn image_urls(body: &[u8]) -> Result<Vec<String>, StreamFault> {
    let reply: Value = serde_json::from_slice(body)?;
    let images = reply["data"].as_array().into_iter().flatten();
    Ok(images.filter_map(|image| named(image).map(ToOwned::to_owned)).collect())
}

/// The reply with the Base64 of each image, by its URL, in place of that.
///
/// # Errors
/// `Malformed` if `body` is not JSON.
pub fn with_images(body: &[u8], images: &BTreeMap<String, String>) -> Result<Vec<u8>, StreamFault> {
    let mut reply: Value = serde_json::from_slice(body)?;
    let named_images = reply["data"].as_array_mut().into_iter().flatten();
    for image in named_images {
        let data = named(image).and_then(|url| images.get(url)).cloned();
        if let (Some(data), Some(members)) = (data, image.as_object_mut()) {
            members.insert("b64_json".to_owned(), data.into());
            members.insert("url".to_owned(), Value::Null);
        }
    }
    Ok(reply.to_string().into_bytes())
}

/// The URL of an image that is not there itself.
fn named(image: &Value) -> Option<&str> {
    let image = image.as_object()?;
    let is_there = image.get("b64_json").is_some_and(Value::is_string);
    image.get("url")?.as_str().filter(|_| !is_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_images_that_are_not_there_are_put_in() {
        let body = br#"{"created":1,"data":[{"url":"https://a/1"},{"b64_json":"BBBB","url":"https://a/2"},{"url":null}],"x":1}"#;
        assert_eq!(image_urls(body).unwrap(), ["https://a/1"]);
        let images = BTreeMap::from([("https://a/1".to_owned(), "AAAA".to_owned())]);
        let whole = String::from_utf8(with_images(body, &images).unwrap()).unwrap();
        assert_eq!(
            whole,
            r#"{"created":1,"data":[{"url":null,"b64_json":"AAAA"},{"b64_json":"BBBB","url":"https://a/2"},{"url":null}],"x":1}"#
        );
        assert!(image_urls(b"[").is_err());
        assert!(image_urls(b"[]").unwrap().is_empty());
    }
}
