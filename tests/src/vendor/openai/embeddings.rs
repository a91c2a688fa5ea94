//! Embeddings as in OpenAI's API reference, "Create embeddings": vectors of length 1 that depend on the input alone.

use serde_json::{Value, json};

use super::request::{closed, model, within, word};
use super::{EMBEDDING_MODEL, Served};
use crate::vendor::fault::{Fault, demand};

const PARAMETERS: &[&str] = &["dimensions", "encoding_format", "input", "model", "user"];

/// How many dimensions a vector has unless the request says otherwise.
const DIMENSIONS: u64 = 8;

/// The alphabet of base64 (RFC 4648, section 4).
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The answer to a request that OpenAI would serve.
pub(super) fn serve(body: &Value) -> Result<Served, Fault> {
    closed(body, PARAMETERS)?;
    model(body, &[EMBEDDING_MODEL])?;
    within(body, "dimensions", 1.0, 3072.0)?;
    word(body, "encoding_format", &["float", "base64"])?;
    let inputs = inputs(&body["input"])?;
    let dimensions = body["dimensions"].as_u64().unwrap_or(DIMENSIONS);
    let data = inputs.iter().enumerate().map(|(index, input)| {
        let vector = vector(input, dimensions);
        let embedding = match body["encoding_format"].as_str() {
            Some("base64") => json!(encoded(&vector)),
            _ => json!(vector),
        };
        json!({ "object": "embedding", "index": index, "embedding": embedding })
    });
    let tokens: usize = inputs.iter().map(|input| input.split_whitespace().count()).sum();
    let reply = json!({
        "object": "list",
        "data": data.collect::<Vec<_>>(),
        "model": EMBEDDING_MODEL,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    });
    Ok(Served {
        text: inputs.join("\n"),
        reply,
    })
}

/// The inputs, one text each; tokens become a text of their numbers.
fn inputs(input: &Value) -> Result<Vec<String>, Fault> {
    let fault = || Fault::invalid("'$.input' is invalid. Please check the API reference.");
    if input.is_string() || tokens(input).is_some() {
        return one(input).map(|input| vec![input]).ok_or_else(fault);
    }
    let inputs = input.as_array().filter(|inputs| !inputs.is_empty());
    let inputs = inputs.ok_or_else(fault)?;
    let texts = inputs.iter().all(Value::is_string);
    demand(
        texts || inputs.iter().all(Value::is_array),
        "'$.input' is invalid: texts and tokens do not mix",
    )?;
    let inputs: Option<Vec<String>> = inputs.iter().map(one).collect();
    inputs.ok_or_else(fault)
}

/// One text or the tokens of one, neither of them empty.
fn one(input: &Value) -> Option<String> {
    let text = input.as_str().map(str::to_owned).or_else(|| tokens(input));
    text.filter(|text| !text.is_empty())
}

fn tokens(input: &Value) -> Option<String> {
    let tokens = input.as_array().filter(|tokens| !tokens.is_empty())?;
    let numbers: Option<Vec<String>> = tokens
        .iter()
        .map(|token| token.as_u64().map(|token| token.to_string()))
        .collect();
    numbers.map(|numbers| numbers.join(" "))
}

fn vector(text: &str, dimensions: u64) -> Vec<f32> {
    let raw: Vec<f32> = (0..dimensions).map(|place| coordinate(text, place)).collect();
    let length = raw.iter().map(|number| number * number).sum::<f32>().sqrt();
    raw.into_iter().map(|number| number / length).collect()
}

/// A number from 0.5 to 1.5, by FNV-1a: never 0, so that every vector has a length.
fn coordinate(text: &str, place: u64) -> f32 {
    let bytes = place.to_le_bytes().into_iter().chain(text.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let bits = u16::try_from(hash >> 48).unwrap_or_default();
    f32::from(bits) / f32::from(u16::MAX) + 0.5
}

/// 32-bit floats, little end first, in base64.
fn encoded(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    bytes.chunks(3).flat_map(sextets).collect()
}

fn sextets(bytes: &[u8]) -> [char; 4] {
    let byte = |place: usize| u32::from(bytes.get(place).copied().unwrap_or_default());
    let all = byte(0) << 16 | byte(1) << 8 | byte(2);
    let letter = |place: usize| {
        let sextet = all >> (18 - 6 * place) & 63;
        if place <= bytes.len() {
            char::from(BASE64[sextet as usize])
        } else {
            '='
        }
    };
    [letter(0), letter(1), letter(2), letter(3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, expected) in [("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            let encoded: String = text.as_bytes().chunks(3).flat_map(sextets).collect();
            assert_eq!(encoded, expected);
        }
    }
}
