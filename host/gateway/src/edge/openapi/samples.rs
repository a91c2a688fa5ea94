//! How an operation is called from a shell, from Python and from Node: what the page for people shows beside it.

use serde_json::{Value, json};

use super::examples;
use super::operation::FormFields;

/// Where the shipped configuration listens.
const BASE: &str = "http://127.0.0.1:8080";

/// Adds an example of the body and of the stream, and code in three languages, to an operation object.
pub(super) fn add((method, path): (&str, &str), form: Option<FormFields>, operation: &mut Value) {
    let body = examples::body(path).filter(|_| matches!(method, "post" | "patch"));
    if let Some(body) = &body {
        operation["requestBody"]["content"]["application/json"]["example"] = body.clone();
    }
    let events = operation.pointer_mut("/responses/200/content/text~1event-stream");
    if let (Some(events), Some(example)) = (events, examples::events(path)) {
        events["example"] = example.into();
    }
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let media_type = content.and_then(|content| content.keys().next());
    let is_file = body.is_none() && form.is_none() && media_type.is_some_and(|kind| kind != "application/json");
    let call = Call {
        method: method.to_uppercase(),
        url: format!(
            "{BASE}{}",
            path.replace("{id}", "ID")
                .replace("{number}", "NUMBER")
                .replace("{name}", "NAME")
        ),
        credential: if path.starts_with("/admin") {
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
        let mut lines = vec![format!("curl {}", self.url)];
        let implied = self.method == "GET" || self.method == "POST" && (self.body.is_some() || self.form.is_some());
        if !implied {
            lines[0] = format!("curl -X {} {}", self.method, self.url);
        }
        lines.push(format!("  -H \"authorization: Bearer ${}\"", self.credential));
        if let Some(body) = &self.body {
            lines.push("  -H \"content-type: application/json\"".to_owned());
            lines.push(format!("  -d '{body}'"));
        }
        if let Some(FormFields {
            text: (name, value),
            file,
        }) = self.form
        {
            lines.push(format!("  -F {name}={value}"));
            lines.push(format!("  -F {file}=@FILE"));
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
                    text: (name, value),
                    file,
                }),
            ) => {
                format!("    data={{\"{name}\": \"{value}\"}},\n    files={{\"{file}\": open(\"FILE\", \"rb\")}},\n")
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
            (
                None,
                Some(FormFields {
                    text: (name, value),
                    file,
                }),
            ) => (
                format!(
                    "import {{ openAsBlob }} from 'node:fs';\n\nconst form = new FormData();\nform.set('{name}', '{value}');\nform.set('{file}', await openAsBlob('FILE'), 'FILE');\n"
                ),
                "",
                "  body: form,\n".to_owned(),
            ),
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
        assert!(sources[0].starts_with("curl http://127.0.0.1:8080/v1/chat/completions \\\n"));
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
            "curl -X PUT http://127.0.0.1:8080/admin/api/plugins/NAME",
            "--data-binary @FILE",
            "data=open(",
            "body: await openAsBlob(",
        ] {
            assert!(sources.contains(part), "{part}: {sources}");
        }
    }

    #[test]
    fn python_has_words_of_its_own() {
        assert_eq!(
            python(&json!({ "a": [true, null, 1.5, "b"] })),
            "{\"a\": [True, None, 1.5, \"b\"]}"
        );
    }
}
