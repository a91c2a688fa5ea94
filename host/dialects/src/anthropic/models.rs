//! The list of models in Anthropic's form, page by page.
//!
//! Source: <https://platform.claude.com/docs/en/api/models-list>.

use crate::fault::RequestFault;
use crate::json::{List, Object};
use crate::model_card::{ModelCard, Query};
use crate::page::PageRules;

/// How this vendor's lists are asked for page by page.
pub(super) const PAGES: PageRules = PageRules {
    after: "after_id",
    before: "before_id",
    usual: 20,
    most: 1000,
};

/// The page of the list that the query asks for.
///
/// # Errors
/// If a parameter of the query makes no sense.
pub(super) fn list(models: &[ModelCard<'_>], query: &Query) -> Result<Vec<u8>, RequestFault> {
    let (shown, has_more) = PAGES.read(query)?.cut(models, |model| model.id)?;
    let mut data = List::default();
    for model in shown {
        data.push(one(model));
    }
    Ok(Object::text(|page| {
        page.raw("data", data.into_text());
        page.raw("has_more", has_more.to_string());
        for (key, model) in [("first_id", shown.first()), ("last_id", shown.last())] {
            match model {
                Some(model) => page.string(key, model.id),
                None => page.raw(key, "null"),
            }
        }
    }))
}

/// One model.
pub(super) fn one(model: &ModelCard<'_>) -> Vec<u8> {
    let number = |number: Option<u64>| number.map_or_else(|| "null".to_owned(), |number| number.to_string());
    Object::text(|object| {
        object.string("type", "model");
        object.string("id", model.id);
        object.string("display_name", model.name);
        object.string("created_at", &model.created_at);
        object.string("lifecycle", "active");
        object.raw("max_input_tokens", number(model.context));
        object.raw("max_tokens", number(model.max_output));
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ModelCard, list, one};

    const IDS: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn card(id: &'static str) -> ModelCard<'static> {
        ModelCard {
            id,
            name: "A",
            created_at: "1970-01-01T00:00:00.000+00:00".to_owned(),
            context: Some(200),
            max_output: None,
        }
    }

    /// The ids of the page and whether there are more, or the fault.
    fn page(query: &[(&str, &str)]) -> Result<(Vec<String>, bool), String> {
        let query: Vec<_> = query
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect();
        let page = list(&IDS.map(card), &query).map_err(|fault| fault.to_string())?;
        let page: Value = serde_json::from_slice(&page).unwrap();
        let ids = page["data"].as_array().unwrap().iter();
        let ids: Vec<String> = ids.map(|model| model["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(page["first_id"].as_str(), ids.first().map(String::as_str));
        assert_eq!(page["last_id"].as_str(), ids.last().map(String::as_str));
        Ok((ids, page["has_more"].as_bool().unwrap()))
    }

    #[test]
    fn a_model_has_every_member() {
        let model: Value = serde_json::from_slice(&one(&card("a"))).unwrap();
        let expected = json!({
            "type": "model", "id": "a", "display_name": "A", "created_at": "1970-01-01T00:00:00.000+00:00",
            "lifecycle": "active", "max_input_tokens": 200, "max_tokens": null,
        });
        assert_eq!(model, expected);
    }

    #[test]
    fn the_list_comes_in_pages_of_either_direction() {
        let all = || IDS.map(str::to_owned).to_vec();
        assert_eq!(page(&[]), Ok((all(), false)));
        for (query, ids, more) in [
            (&[("limit", "2")][..], "ab", true),
            (&[("limit", "2"), ("after_id", "b")], "cd", true),
            (&[("limit", "2"), ("after_id", "d")], "e", false),
            (&[("after_id", "e")], "", false),
            (&[("limit", "2"), ("before_id", "e")], "cd", true),
            (&[("limit", "2"), ("before_id", "c")], "ab", false),
            (&[("before_id", "a"), ("beta", "true")], "", false),
        ] {
            let (found, has_more) = page(query).unwrap();
            assert_eq!((found.concat().as_str(), has_more), (ids, more), "{query:?}");
        }
    }

    #[test]
    fn a_query_that_makes_no_sense_is_refused_by_name() {
        for (query, name) in [
            (&[("limit", "0")][..], "limit: "),
            (&[("limit", "1001")], "limit: "),
            (&[("limit", "two")], "limit: "),
            (&[("after_id", "x")], "after_id: "),
            (&[("before_id", "")], "before_id: "),
            (&[("after_id", "a"), ("before_id", "b")], "before_id: "),
        ] {
            let fault = page(query).unwrap_err();
            assert!(fault.starts_with(name), "{query:?}: {fault}");
        }
    }
}
