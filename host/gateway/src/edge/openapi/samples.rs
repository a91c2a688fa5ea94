//! How an operation is called from a shell, from Python and from Node: what the page for people shows beside it.

use serde_json::{Value, json};

use super::addressed::{CLIENTS, OPERATORS};
use super::examples;
use super::operation::FormFields;
use crate::edge::operators;

/// Adds an example of the body and of the stream, and code in three languages, to an operation object.
pub(super) fn add((method, path): (&str, &str), form: Option<FormFields>, operation: &mut Value) {
    let body = examples::body(path).filter(|_| matches!(method, "post" | "patch"));
    if let Some(body) = &body {
        operation["requestBody"]["content"]["application/json"]["example"] = body.clone();
    }
    let mut replies = |media_type: &str, example: Option<Value>| {
        let reply = operation.pointer_mut(&format!("/responses/200/content/{media_type}"));
        if let (Some(reply), Some(example)) = (reply, example) {
            reply["example"] = example;
        }
    };
    replies("text~1event-stream", examples::events(path).map(Value::from));
    replies("application~1json", examples::list(path));
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let media_type = content.and_then(|content| content.keys().next());
    let is_file = body.is_none() && form.is_none() && media_type.is_some_and(|kind| kind != "application/json");
    let call = Call {
        method: method.to_uppercase(),
        url: url(path),
        credential: if operators::has(path) {
            "JACKFIELD_ADMIN_TOKEN"
        } else {
            "JACKFIELD_KEY"
        },
        body,
        form,
        is_file,
    };
    operation["x-codeSamples"] = json!([
        { "lang": "Shell", "label": "curl", "source": call.curl() },
        { "lang": "Python", "label": "Python", "source": call.python() },
        { "lang": "JavaScript", "label": "Node", "source": call.node() },
    ]);
}

/// The whole address of an operation, with examples for what its path names.
fn url(path: &str) -> String {
    let mut url = if operators::has(path) { OPERATORS } else { CLIENTS }.to_owned();
    for (place, part) in path.split(['{', '}']).enumerate() {
        // Every second part is a name.
        match (place % 2, examples::parameter(path, part)) {
            (0, _) => url.push_str(part),
            (_, Some(example)) => url.push_str(example),
            (_, None) => url.push_str(&part.to_ascii_uppercase()),
        }
    }
    url
}

/// One call, to be written in several languages.
struct Call {
    method: String,
    url: String,
    /// The variable that holds it.
    credential: &'static str,
    body: Option<Value>,
    form: Option<FormFields>,
    /// Whether the body is a file as it is.
    is_file: bool,
}

// === impl Call ===

impl Call {
    fn curl(&self) -> String {
        let mut lines = vec![format!("curl \"{}\"", self.url)];
        let implied = self.method == "GET" || self.method == "POST" && (self.body.is_some() || self.form.is_some());
        if !implied {
            lines[0] = format!("curl -X {} \"{}\"", self.method, self.url);
        }
        lines.push(format!("  -H \"authorization: Bearer ${}\"", self.credential));
        if let Some(body) = &self.body {
            lines.push("  -H \"content-type: application/json\"".to_owned());
            lines.push(format!("  -d '{body}'"));
        }
        if let Some(FormFields {
            texts,
            file: (name, file),
        }) = self.form
        {
            lines.extend(texts.iter().map(|(name, value)| format!("  -F \"{name}={value}\"")));
            lines.push(format!("  -F \"{name}=@{file}\""));
        }
        if self.is_file {
            lines.push("  --data-binary @FILE".to_owned());
        }
        lines.join(" \\\n")
    }

    fn python(&self) -> String {
        let content = match (&self.body, self.form) {
            (Some(body), _) => format!("    json={},\n", python(body)),
            (
                None,
                Some(FormFields {
                    texts,
                    file: (name, file),
                }),
            ) => {
                let texts: Vec<String> = texts
                    .iter()
                    .map(|(name, value)| format!("\"{name}\": \"{value}\""))
                    .collect();
                let texts = texts.join(", ");
                format!("    data={{{texts}}},\n    files={{\"{name}\": open(\"{file}\", \"rb\")}},\n")
            }
            (None, None) if self.is_file => "    data=open(\"FILE\", \"rb\"),\n".to_owned(),
            (None, None) => String::new(),
        };
        format!(
            "import os, requests\n\nanswer = requests.request(\n    \"{}\", \"{}\",\n    headers={{\"authorization\": f\"Bearer {{os.environ['{}']}}\"}},\n{content})\nprint(answer.text)\n",
            self.method, self.url, self.credential,
        )
    }

    fn node(&self) -> String {
        let (before, typed, content) = match (&self.body, self.form) {
            (Some(body), _) => (
                String::new(),
                ", 'content-type': 'application/json'",
                format!("  body: JSON.stringify({body}),\n"),
            ),
            (None, Some(form)) => (node_form(form), "", "  body: form,\n".to_owned()),
            (None, None) if self.is_file => (
                "import { openAsBlob } from 'node:fs';\n\n".to_owned(),
                "",
                "  body: await openAsBlob('FILE'),\n".to_owned(),
            ),
            (None, None) => (String::new(), "", String::new()),
        };
        format!(
            "{before}const answer = await fetch('{}', {{\n  method: '{}',\n  headers: {{ authorization: `Bearer ${{process.env.{}}}`{typed} }},\n{content}}});\nconsole.log(await answer.text());\n",
            self.url, self.method, self.credential,
        )
    }
}

/// How Node makes a form.
fn node_form(
    FormFields {
        texts,
        file: (name, file),
    }: FormFields,
) -> String {
    let texts = texts
        .iter()
        .map(|(name, value)| format!("form.set('{name}', '{value}');\n"));
    format!(
        "import {{ openAsBlob }} from 'node:fs';\n\nconst form = new FormData();\n{}form.set('{name}', await openAsBlob('{file}'), '{file}');\n",
        texts.collect::<String>()
    )
}

/// The value as Python writes it.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Array(values) => format!("[{}]", values.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", json!(name), python(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_written_in_each_language() {
        let mut operation = json!({ "responses": { "200": { "content": { "text/event-stream": {} } } } });
        add(("post", "/v1/chat/completions"), None, &mut operation);
        let sources: Vec<&str> = operation["x-codeSamples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sample| sample["source"].as_str().unwrap())
            .collect();
        assert!(sources[0].starts_with("curl \"http://clients.invalid/v1/chat/completions\" \\\n"));
        assert!(sources[1].contains("json={\"model\": \"echo\", \"messages\": [{\"role\": \"user\""));
        assert!(sources[2].contains("method: 'POST'"));
        assert!(
            operation["responses"]["200"]["content"]["text/event-stream"]["example"]
                .as_str()
                .unwrap()
                .ends_with("data: [DONE]\n\n")
        );
    }

    #[test]
    fn a_file_is_sent_as_it_is() {
        let mut operation = json!({ "requestBody": { "content": { "application/wasm": {} } } });
        add(("put", "/admin/api/plugins/{name}"), None, &mut operation);
        let sources = operation["x-codeSamples"].to_string();
        for part in [
            "curl -X PUT \\\"http://operators.invalid/admin/api/plugins/NAME\\\"",
            "--data-binary @FILE",
            "data=open(",
            "body: await openAsBlob(",
        ] {
            assert!(sources.contains(part), "{part}: {sources}");
        }
    }

    #[test]
    fn a_form_is_written_with_all_its_fields() {
        let form = FormFields {
            texts: &[("model", "m"), ("prompt", "A dusk")],
            file: ("image", "a.png"),
        };
        let mut operation = json!({ "requestBody": { "content": { "multipart/form-data": {} } } });
        add(("post", "/v1/images/edits"), Some(form), &mut operation);
        let sources = operation["x-codeSamples"].as_array().unwrap();
        let has = |at: usize, part: &str| sources[at]["source"].as_str().unwrap().contains(part);
        assert!(has(
            0,
            "  -F \"model=m\" \\\n  -F \"prompt=A dusk\" \\\n  -F \"image=@a.png\""
        ));
        assert!(has(
            1,
            "data={\"model\": \"m\", \"prompt\": \"A dusk\"},\n    files={\"image\": open(\"a.png\", \"rb\")}"
        ));
        assert!(has(
            2,
            "form.set('prompt', 'A dusk');\nform.set('image', await openAsBlob('a.png'), 'a.png');"
        ));
    }

    #[test]
    fn a_path_is_called_with_examples_of_what_it_names() {
        let path = "/v1beta/models/{model}:generateContent";
        assert_eq!(url(path), "http://clients.invalid/v1beta/models/echo:generateContent");
        assert_eq!(
            url("/v1/files/{id}/content"),
            "http://clients.invalid/v1/files/ID/content"
        );
        assert_eq!(url("/metrics"), "http://operators.invalid/metrics");
    }

    #[test]
    fn python_has_words_of_its_own() {
        assert_eq!(
            python(&json!({ "a": [true, null, 1.5, "b"] })),
            "{\"a\": [True, None, 1.5, \"b\"]}"
        );
    }
}
