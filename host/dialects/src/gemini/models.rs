//! The list of models in the vendor's form, page by page.
//!
//! Source: <https://ai.google.dev/api/models>.

use crate::fault::RequestFault;
use crate::json::{List, Object};
use crate::model_card::{ModelCard, Query};

/// How many models a page has if the client does not say.
const PAGE: usize = 50;

/// The most models that a page may have.
const LARGEST_PAGE: usize = 1000;

/// The methods that are served for a model, whatever it is for: the others refuse it by name.
const METHODS: &str = r#"["generateContent","streamGenerateContent","countTokens"]"#;

/// The page of the list that the query asks for. A page's token is the place of its first model.
///
/// # Errors
/// If a parameter of the query makes no sense.
pub(super) fn list(models: &[ModelCard<'_>], query: &Query) -> Result<Vec<u8>, RequestFault> {
    let get = |names: [&str; 2]| {
        let found = query.iter().find(|(key, _)| names.contains(&key.as_str()));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let size = match get(["pageSize", "page_size"]).map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(size @ 1..)) => size.min(LARGEST_PAGE),
        Some(_) => return Err(RequestFault::new("pageSize", "must be a number of at least 1")),
    };
    let first = match get(["pageToken", "page_token"]).map(str::parse::<usize>) {
        None => 0,
        Some(Ok(first)) if first <= models.len() => first,
        Some(_) => {
            return Err(RequestFault::new(
                "pageToken",
                "must be the nextPageToken of another page",
            ));
        }
    };
    let end = models.len().min(first.saturating_add(size));
    let mut page = List::default();
    for model in &models[first..end] {
        page.push(one(model));
    }
    Ok(Object::text(|list| {
        list.raw("models", page.into_text());
        if end < models.len() {
            list.string("nextPageToken", &end.to_string());
        }
    }))
}

/// One model.
pub(super) fn one(model: &ModelCard<'_>) -> Vec<u8> {
    Object::text(|object| {
        object.string("name", &format!("models/{}", model.id));
        object.string("displayName", model.name);
        for (name, limit) in [
            ("inputTokenLimit", model.context),
            ("outputTokenLimit", model.max_output),
        ] {
            if let Some(limit) = limit {
                object.raw(name, limit.to_string());
            }
        }
        object.raw("supportedGenerationMethods", METHODS);
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ModelCard, list, one};

    fn card(id: &'static str) -> ModelCard<'static> {
        ModelCard {
            id,
            name: "A",
            created_at: String::new(),
            context: Some(200),
            max_output: None,
        }
    }

    fn page(query: &[(&str, &str)]) -> Result<(Vec<String>, Option<String>), String> {
        let query: Vec<_> = query
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        let page = list(&["a", "b", "c"].map(card), &query).map_err(|fault| fault.to_string())?;
        let page: Value = serde_json::from_slice(&page).unwrap();
        let names = page["models"].as_array().unwrap().iter();
        let names = names.map(|model| model["name"].as_str().unwrap().to_owned()).collect();
        Ok((names, page["nextPageToken"].as_str().map(str::to_owned)))
    }

    #[test]
    fn a_model_says_what_is_known_of_it() {
        let model: Value = serde_json::from_slice(&one(&card("org/a"))).unwrap();
        let expected = json!({
            "name": "models/org/a", "displayName": "A", "inputTokenLimit": 200,
            "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
        });
        assert_eq!(model, expected);
    }

    #[test]
    fn the_list_comes_in_pages() {
        let names = |ids: &[&str]| ids.iter().map(|id| format!("models/{id}")).collect::<Vec<_>>();
        assert_eq!(page(&[]), Ok((names(&["a", "b", "c"]), None)));
        assert_eq!(
            page(&[("pageSize", "2")]),
            Ok((names(&["a", "b"]), Some("2".to_owned())))
        );
        assert_eq!(
            page(&[("page_size", "2"), ("pageToken", "2")]),
            Ok((names(&["c"]), None))
        );
        assert_eq!(page(&[("pageToken", "")]), Ok((names(&["a", "b", "c"]), None)));
        assert!(page(&[("pageSize", "0")]).unwrap_err().starts_with("pageSize: "));
        assert!(page(&[("pageToken", "x")]).unwrap_err().starts_with("pageToken: "));
    }
}
