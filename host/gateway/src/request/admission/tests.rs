//! What requests take, by what they ask for and what their model can do.

use jackfield_config::Extra;
use serde_json::{Value, json};

use super::*;
use crate::snapshot::price::prices;

/// A model with these members: a micro-credit for each token in and ten for each out.
fn model(members: &Value) -> ModelConfig {
    let mut model = json!({
        "chain": [{ "provider": "p", "model": "m" }],
        "pricing": { "input_per_million": 1, "output_per_million": 10 },
    });
    model
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    serde_json::from_value(model).unwrap()
}

/// What a request with a body of 400 bytes takes of this model.
fn admitted(request: &ParsedRequest<'_>, model: &ModelConfig) -> Admission {
    let prices: Vec<_> = prices(model, 1.0).collect();
    Admission::of(request, (400, 0), model, prices.iter().map(Option::as_ref), None)
}

fn plan(members: Value) -> PlanConfig {
    serde_json::from_value(members).unwrap()
}

/// What a chat with these members and a body of 400 bytes takes of this model.
fn admission(members: &Value, model: &ModelConfig) -> Admission {
    let mut request = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }] });
    request
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    let body = request.to_string();
    let request = jackfield_dialects::canonical().parse(Operation::Chat, body.as_bytes());
    admitted(&request.unwrap(), model)
}

#[test]
fn the_hold_is_for_the_largest_limit_times_the_answers() {
    let model = model(&json!({}));
    for (members, output) in [
        (json!({}), 1024),
        (json!({ "max_tokens": 5 }), 5),
        (json!({ "max_tokens": 5, "max_completion_tokens": 0 }), 5),
        (json!({ "max_completion_tokens": 0 }), 1024),
        (json!({ "max_tokens": 1, "max_completion_tokens": 9 }), 9),
        (json!({ "max_tokens": 5, "n": 100 }), 500),
        (json!({ "max_tokens": 5, "n": 2, "best_of": 3 }), 15),
        (json!({ "max_tokens": 1_000_000_000 }), 128 * 1024),
    ] {
        assert_eq!(admission(&members, &model).estimate, 100 + 10 * output, "{members}");
    }
}

#[test]
fn the_hold_is_bounded_by_what_the_model_can_read_and_write() {
    let generous = json!({ "max_tokens": 1_000_000 });
    for (members, estimate) in [
        (json!({ "max_output": 50 }), 100 + 500),
        (json!({ "context": 60 }), 60 + 600),
        (json!({ "context": 60, "max_output": 50 }), 60 + 500),
        (json!({ "context": 200_000 }), 100 + 2_000_000),
    ] {
        assert_eq!(admission(&generous, &model(&members)).estimate, estimate, "{members}");
    }
}

#[test]
fn nothing_is_held_only_if_the_model_is_free() {
    let of = |pricing: Value| {
        let model = model(&json!({ "pricing": pricing }));
        let body = json!({ "model": "m", "input": "hi" }).to_string();
        let request = jackfield_dialects::canonical().parse(Operation::Embeddings, body.as_bytes());
        admitted(&request.unwrap(), &model).estimate
    };
    assert_eq!(of(json!({ "input_per_million": 0, "output_per_million": 0 })), 0);
    assert_eq!(of(json!({ "input_per_million": 0, "output_per_million": 10 })), 1);
    assert_eq!(of(Value::Null), 0);
}

#[test]
fn the_hold_is_for_the_dearest_target() {
    let price = |output: u64| json!({ "input_per_million": 0, "output_per_million": output });
    let chain = json!([
        { "provider": "p", "model": "m", "pricing": price(2) },
        { "targets": [{ "provider": "q", "model": "m", "pricing": price(30) }, { "provider": "r", "model": "m" }] },
    ]);
    let chat = json!({ "max_tokens": 5 });
    let known = admission(&chat, &model(&json!({ "chain": chain })));
    assert_eq!((known.estimate, known.priced), (150, true));
    let unknown = admission(&chat, &model(&json!({ "chain": chain, "pricing": null })));
    assert_eq!((unknown.estimate, unknown.priced), (150, false));
}

#[test]
fn each_of_several_answers_counts_as_a_request() {
    let model = model(&json!({ "request_cost": 5 }));
    assert_eq!(admission(&json!({ "n": 3 }), &model).request_cost, 15);
    assert_eq!(admission(&json!({}), &model).request_cost, 5);
    assert_eq!(Admission::of_count(None).request_cost, 1);
}

#[test]
fn extras_are_refused_to_those_who_are_limited() {
    let body = json!({ "model": "m", "service_tier": "priority", "messages": [{ "role": "user", "content": "hi" }] });
    let body = body.to_string();
    let request = jackfield_dialects::canonical().parse(Operation::Chat, body.as_bytes());
    let request = request.unwrap();
    let (plain, passing) = (model(&json!({})), model(&json!({ "passes": ["service_tier"] })));
    let limited = plan(json!({ "tiers": [], "limits": { "per_day": 9 } }));
    let open = plan(json!({ "tiers": [], "overdraft": true }));
    let paying = plan(json!({ "tiers": [] }));
    let passes = plan(json!({ "tiers": [], "passes": ["service_tier"], "limits": { "per_day": 9 } }));
    for (model, plan, pays, passed) in [
        (&plain, None, false, true),
        (&plain, Some(&open), true, true),
        (&plain, Some(&paying), false, true),
        (&plain, Some(&paying), true, false),
        (&plain, Some(&limited), false, false),
        (&plain, Some(&passes), false, true),
        (&passing, Some(&limited), false, true),
    ] {
        let checked = check_extras(&request, model, plan, pays, &[]);
        assert_eq!(checked.is_ok(), passed, "{plan:?} {pays}");
        if let Err(fault) = checked {
            assert_eq!(fault.field, "service_tier");
        }
    }
}

#[test]
fn the_configuration_has_a_name_for_every_extra() {
    assert_eq!(Extra::ALL.map(Extra::as_str), jackfield_dialects::EXTRAS);
}

#[test]
fn the_hold_covers_what_images_recordings_and_rankings_may_have() {
    let held = |operation, members: Value, recording, pricing: Value| {
        let body = members.to_string();
        let request = jackfield_dialects::canonical().parse(operation, body.as_bytes());
        let model = model(&json!({ "pricing": pricing }));
        let prices: Vec<_> = prices(&model, 1.0).collect();
        let prices = prices.iter().map(Option::as_ref);
        Admission::of(&request.unwrap(), (400, recording), &model, prices, None).estimate
    };
    let draw = |n: u64| json!({ "model": "m", "prompt": "a cat", "n": n });
    let by_token = json!({ "input_per_million": 1, "output_per_million": 10, "image_output_per_million": 40 });
    assert_eq!(
        held(Operation::Images, draw(2), 0, by_token.clone()),
        100 + 40 * 2 * 6_240
    );
    let by_image = json!({ "input_per_million": 0, "output_per_million": 0, "per_image": 0.01 });
    assert_eq!(held(Operation::Images, draw(2), 0, by_image), 20_000);
    let hear = json!({ "model": "m", "file": { "filename": "a.mp3" } });
    // Ten seconds at the lowest rate: a hundred tokens to hear, and fifty to write.
    assert_eq!(
        held(Operation::Transcription, hear, 40_000, by_token),
        100 + 100 + 40 * 50
    );
    let rank = json!({ "model": "m", "query": "q", "documents": vec!["d"; 201] });
    let by_search = json!({ "input_per_million": 0, "output_per_million": 0, "per_search": 0.002 });
    assert_eq!(held(Operation::Rerank, rank, 0, by_search), 6_000);
}
