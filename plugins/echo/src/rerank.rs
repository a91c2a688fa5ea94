//! Reranking by shared words.

use std::collections::BTreeSet;

use jackfield_plugin_sdk::Dropped;
use jackfield_plugin_sdk::canonical::{Extra, InputUsage, Json, RankedDocument, Ranking, RerankRequest};

use crate::{digest, words};

/// The complete reply. A document's score is the share of the query's words it contains.
pub fn answer(request: &RerankRequest, model: &str) -> Ranking {
    let texts = request.texts(&mut Dropped::default()).unwrap_or_default();
    let query = vocabulary(&request.query);
    let score = |text: &String| {
        let shared = vocabulary(text).intersection(&query).count();
        f64::from(shared as u32) / f64::from(query.len().max(1) as u32)
    };
    let mut scores: Vec<(u32, f64)> = (0..).zip(texts.iter().map(score)).collect();
    // The sort is stable, so equal scores keep their order.
    scores.sort_by(|one, other| other.1.total_cmp(&one.1));
    scores.truncate(request.top_n.map_or(usize::MAX, |count| count as usize));
    let result = |(index, score): (u32, f64)| RankedDocument {
        document: document(request, &texts[index as usize]),
        ..RankedDocument::of(index, score)
    };
    let all = || texts.iter().map(String::as_str);
    let digest = digest::of([model, &request.query].into_iter().chain(all()));
    let tokens = all().map(words::count).sum::<u64>() + words::count(&request.query);
    Ranking {
        id: Some(digest::id("rerank", digest)),
        results: scores.into_iter().map(result).collect(),
        model: Some(model.to_owned()),
        usage: Some(InputUsage::of(tokens)),
        ..Ranking::default()
    }
}

/// The document as the reply repeats it, if the client wants it.
fn document(request: &RerankRequest, text: &str) -> Option<Json> {
    let mut document = Extra::new();
    document.insert("text", text);
    (request.return_documents == Some(true)).then(|| document.into())
}

fn vocabulary(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}
