//! Images that are changed: by Azure's deployments, and inlined like those that are made of a prompt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jackfield_tests::upstream::{Upstream, json, text};
use serde_json::json as value;

use super::kept::Kept;
use crate::media::{BOUNDARY, field, form};

#[tokio::test]
async fn a_changed_image_is_inlined_for_a_client_that_wants_it_so() {
    let (upstream, pictures) = (Upstream::start().await, Upstream::start().await);
    let (at, elsewhere) = (upstream.address(), pictures.address());
    let provider = format!(
        "  vendor: {{ adapter: azure-openai, base_url: \"http://{at}\", api_key: azure-key, settings: {{ api_version: \
         2025-04-01-preview }}, attachments: {{ hosts: [\"{elsewhere}\"], private: true }} }}"
    );
    let model = "  draw: { tier: any, capability: images, pricing: { input_per_million: 0, output_per_million: 0, \
                 per_image: 0.04 }, chain: [{ provider: vendor, model: up }] }";
    let kept = Kept::start(&provider, model, &[]).await;
    let url = format!("http://{elsewhere}/1.png");
    upstream.reply(json(200, value!({ "created": 7, "data": [{ "url": url }] })));
    pictures.reply(text(200, "a picture").header("content-type", "image/png"));
    let fields = [
        ("model", "draw"),
        ("prompt", "a red hat"),
        ("response_format", "b64_json"),
    ];
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let client = kept.client().header("content-type", &media_type);
    let answer = client
        .post_text("/v1/images/edits", &form(&fields, Some("image")))
        .await;
    let image = answer.json()["data"][0].clone();
    assert_eq!(image["b64_json"], STANDARD.encode("a picture"), "{}", answer.text());
    assert!(image["url"].is_null());
    let sent = upstream.next_request().await;
    assert_eq!(
        sent.path,
        "/openai/deployments/up/images/edits?api-version=2025-04-01-preview"
    );
    assert_eq!(
        (field(&sent, "model"), field(&sent, "image")),
        (Some("up"), Some("ID3 bytes"))
    );
    assert!(!format!("{:?}", pictures.next_request().await).contains("azure-key"));
    let row = kept.row().await;
    assert_eq!(
        (&*row.operation, row.images, row.credits),
        ("image-edit", Some(1), 40_000)
    );
}
