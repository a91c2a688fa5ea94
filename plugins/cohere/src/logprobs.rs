//! Log probabilities, in OpenAI's form.
//!
//! Sources: `LogprobItem` in the vendor's SDK; `logprobs` in
//! <https://platform.openai.com/docs/api-reference/chat/object>.

use jackfield_plugin_sdk::canonical::Extra;
use serde::{Deserialize, Serialize};

/// A piece of text and its tokens.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    logprobs: Option<Vec<f64>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    token: &'a str,
    logprob: f64,
    bytes: &'a [u8],
    top_logprobs: [(); 0],
}

/// The value of a choice's `logprobs`. The API tells of the tokens in a piece of text only together what they say, so a
/// piece counts as one token, whose probability is the product of theirs.
pub(crate) fn of(items: &[Item]) -> Extra {
    let token = |item: &'_ Item| -> (String, f64) {
        let sum = item.logprobs.iter().flatten().sum();
        (item.text.clone().unwrap_or_default(), sum)
    };
    let tokens: Vec<(String, f64)> = items.iter().map(token).collect();
    let content: Vec<Entry<'_>> = tokens
        .iter()
        .map(|(token, logprob)| Entry {
            token,
            logprob: *logprob,
            bytes: token.as_bytes(),
            top_logprobs: [],
        })
        .collect();
    let mut logprobs = Extra::new();
    logprobs.set("content", &content);
    logprobs
}
