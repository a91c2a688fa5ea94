//! Images made from others: the client's form. The reply is that of [`images`](super::images).
//!
//! Sources: <https://platform.openai.com/docs/api-reference/images/createEdit>,
//! <https://platform.openai.com/docs/api-reference/images/createVariation>.

use crate::fault::RequestFault;
use crate::json::{Members, fields};
use crate::operation::Operation;
use crate::request::ParsedRequest;

/// The names of the field that holds the images: one, or several.
const IMAGES: [&str; 2] = ["image", "image[]"];

/// Reads the fields of a form at `POST /v1/images/edits` or `/v1/images/variations`.
///
/// # Errors
/// If `model`, the image or, for an edit, the prompt is missing or of the wrong type.
pub(super) fn read(operation: Operation, members: Members<'_>) -> Result<ParsedRequest<'_>, RequestFault> {
    let model = fields::model(&members)?;
    let several = members.get(IMAGES[1]).is_some();
    fields::file(&members, IMAGES[usize::from(several)], "the image")?;
    if operation == Operation::ImageEdit {
        fields::required_text(&members, "prompt", "what the image is to show")?;
    }
    if fields::given(&members, "stream").is_some_and(|stream| stream != "\"false\"") {
        let message = "must be false or left out; images are not streamed";
        return Err(RequestFault::new("stream", message));
    }
    Ok(ParsedRequest {
        operation,
        model,
        stream: false,
        include_usage: false,
        pinned: false,
        members,
        bulk: &[],
    })
}

#[cfg(test)]
mod tests {
    use super::{fields, read};
    use crate::operation::Operation;

    #[test]
    fn an_edit_needs_an_image_and_a_prompt_and_a_variation_only_the_image() {
        let edit = |fields: &'static str| {
            fields::body(fields.as_bytes())
                .and_then(|members| read(Operation::ImageEdit, members))
                .map(|_| ())
        };
        assert!(edit(r#"{"model":"m","image":{"filename":"a"},"prompt":"x"}"#).is_ok());
        assert!(
            edit(r#"{"model":"m","image[]":[{"filename":"a"},{"filename":"b"}],"prompt":"x","stream":"false"}"#)
                .is_ok()
        );
        for (fields, fault) in [
            (
                r#"{"model":"m","prompt":"x"}"#,
                "image: is missing; attach the image as a file",
            ),
            (
                r#"{"model":"m","prompt":"x","image":"iVBOR"}"#,
                "image: must be a file with a filename",
            ),
            (
                r#"{"model":"m","prompt":"x","image[]":["iVBOR"]}"#,
                "image[]: must be a file with a filename",
            ),
            (
                r#"{"model":"m","image":{"filename":"a"}}"#,
                "prompt: is missing; give what the image is to show",
            ),
            (
                r#"{"model":"m","image":{"filename":"a"},"prompt":"x","stream":"true"}"#,
                "stream: must be false or left out; images are not streamed",
            ),
        ] {
            assert_eq!(edit(fields).unwrap_err().to_string(), fault);
        }
        let fields = br#"{"model":"m","image":{"filename":"a"}}"#;
        assert!(
            fields::body(fields)
                .and_then(|members| read(Operation::ImageVariation, members))
                .is_ok()
        );
    }
}
