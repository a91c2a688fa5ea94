//! One operation of the API, as an OpenAPI object.

use jackfield_config::AdminRole;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::names;

/// The errors of all endpoints, by status.
const ERRORS: [(&str, &str); 13] = [
    ("400", "The request is invalid, or there is no such model."),
    ("401", "The credential is missing or wrong."),
    ("402", "The user's credits, or the budget of the key, are spent."),
    ("403", "The plan does not include the model."),
    (
        "404",
        "There is no such resource, or (Anthropic's dialect) no such model.",
    ),
    ("405", "The path does not support this method."),
    ("408", "The body arrived too slowly."),
    ("413", "The body is too large."),
    ("415", "The body is not JSON, or compressed in an unknown way."),
    (
        "429",
        "A limit of the plan is reached, or every provider is rate-limited; Retry-After says when to retry.",
    ),
    ("502", "Every provider failed."),
    (
        "503",
        "The gateway is overloaded or shutting down, or no provider of the model is set up.",
    ),
    ("504", "Every provider timed out."),
];

/// The response headers of operations that upstreams answer.
const ROUTED: [(&str, &str); 5] = [
    (
        "x-jackfield-attempts",
        "What was tried, and the upstream's model that answered; off by default.",
    ),
    (
        "x-jackfield-model",
        "The upstream's model that answered; off by default.",
    ),
    (
        "x-jackfield-cache",
        "`hit` if the answer was kept for an equal request, `coalesced` if it is that of one in flight; `miss` or `refresh` if it is new. Absent unless the model has a cache.",
    ),
    ("age", "How many seconds an answer has been kept; of a `hit` alone."),
    (
        "x-jackfield-substitute",
        "The model that serves in place of the one that was asked for, because the budget of the key is spent.",
    ),
];

/// The request header that says how the response cache is to be used.
const CACHE: &str = "How the model's response cache is used, if it has one: `use`, `skip` (not at all) or `refresh` (a new answer, \
                     which is kept).";

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anyone; a credential is optional.
    Anyone,
    /// Holders of a key or a token.
    Key,
    /// Holders of an access token.
    Token,
    /// Operators with this role: with their token, if there is one.
    Operator(AdminRole),
    /// Whoever reads metrics: with their token, if there is one.
    Scraper,
}

/// The least that a form needs: one field of text, with an example, and a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct FormFields {
    pub(super) text: (&'static str, &'static str),
    pub(super) file: &'static str,
}

/// The content of a successful response, by media type.
#[derive(Debug)]
pub(super) struct ResponseDescription(Map<String, Value>);

/// One operation: a method at a path.
#[derive(Debug)]
pub(super) struct OperationDescription {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    summary: &'static str,
    access: Access,
    body: Option<Value>,
    pub(super) form: Option<FormFields>,
    parameters: Vec<Value>,
    reply: Map<String, Value>,
    /// Whether upstreams answer it.
    routed: bool,
}

// === impl OperationDescription ===

impl OperationDescription {
    pub(super) fn get(path: &'static str, summary: &'static str) -> Self {
        Self::new("get", path, summary)
    }

    pub(super) fn post(path: &'static str, summary: &'static str) -> Self {
        Self::new("post", path, summary)
    }

    pub(super) fn put(path: &'static str, summary: &'static str) -> Self {
        Self::new("put", path, summary)
    }

    pub(super) fn patch(path: &'static str, summary: &'static str) -> Self {
        Self::new("patch", path, summary)
    }

    pub(super) fn delete(path: &'static str, summary: &'static str) -> Self {
        Self::new("delete", path, summary)
    }

    fn new(method: &'static str, path: &'static str, summary: &'static str) -> Self {
        Self {
            method,
            path,
            summary,
            access: Access::Key,
            body: None,
            form: None,
            parameters: Vec::new(),
            reply: Map::new(),
            routed: false,
        }
    }

    pub(super) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    pub(super) fn body<T: JsonSchema>(mut self, generator: &mut SchemaGenerator) -> Self {
        let schema = generator.subschema_for::<T>();
        let content = json!({ "application/json": { "schema": schema } });
        self.body = Some(json!({ "required": true, "content": content }));
        self
    }

    /// The same, of bytes.
    pub(super) fn file(mut self, media_type: &str) -> Self {
        let content = json!({ media_type: {} });
        self.body = Some(json!({ "required": true, "content": content }));
        self
    }

    /// The same, of a form with a file.
    pub(super) fn form<T: JsonSchema>(mut self, generator: &mut SchemaGenerator, fields: FormFields) -> Self {
        self.form = Some(fields);
        let schema = generator.subschema_for::<T>();
        let content = json!({ "multipart/form-data": { "schema": schema } });
        self.body = Some(json!({ "required": true, "content": content }));
        self
    }

    pub(super) fn parameter(mut self, name: &str, description: &str) -> Self {
        let schema = json!({ "type": "string", "minLength": 1 });
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        }));
        self
    }

    /// An optional header, with its description and an example.
    pub(super) fn header(mut self, name: &str, (description, example): (&str, &str)) -> Self {
        let schema = json!({ "type": "string", "examples": [example] });
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": schema,
        }));
        self
    }

    /// An optional parameter of the query, with its schema.
    pub(super) fn query(mut self, name: &str, description: &str, schema: &Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "required": false, "description": description, "schema": schema,
        }));
        self
    }

    pub(super) fn reply(mut self, reply: ResponseDescription) -> Self {
        self.reply = reply.0;
        self
    }

    /// Marks an operation that upstreams answer.
    pub(super) fn routed(mut self) -> Self {
        self.routed = true;
        self
    }

    /// The operation object (OpenAPI 3.1, section 4.8.10).
    pub(super) fn describe(mut self) -> Value {
        let mut responses = Map::new();
        let mut good = json!({ "description": "Success.", "content": self.reply });
        if self.routed {
            let header = |(name, description): (&str, &str)| {
                let header = json!({ "description": description, "schema": { "type": "string" } });
                (name.to_owned(), header)
            };
            self.parameters.push(json!({
                "name": "x-jackfield-cache", "in": "header", "required": false, "description": CACHE,
                "schema": { "type": "string", "enum": ["use", "skip", "refresh"] },
            }));
            good["headers"] = ROUTED.into_iter().map(header).collect::<Map<_, _>>().into();
        }
        responses.insert("200".to_owned(), good);
        for (status, description) in ERRORS {
            let content = json!({
                "text/plain": { "schema": { "type": "string" } },
                "application/json": { "schema": { "type": "object" } },
            });
            let error = json!({ "description": description, "content": content });
            responses.insert(status.to_owned(), error);
        }
        let mut described = json!({ "summary": self.summary, "responses": responses });
        described["security"] = match self.access {
            Access::Anyone => json!([{}, { "key": [] }, { "header": [] }, { "token": [] }]),
            Access::Key => json!([{ "key": [] }, { "header": [] }, { "token": [] }]),
            Access::Token => json!([{ "token": [] }]),
            Access::Operator(_) => json!([{}, { "operator": [] }]),
            Access::Scraper => json!([{}, { "scraper": [] }]),
        };
        if let Access::Operator(role) = self.access {
            described["description"] = format!("Needs the role `{}`.", role.as_str()).into();
        }
        described["operationId"] = names::operation_id(self.method, self.path).into();
        described["tags"] = json!([names::tag(self.method, self.path)]);
        if let Some(body) = self.body {
            described["requestBody"] = body;
        }
        if !self.parameters.is_empty() {
            described["parameters"] = self.parameters.into();
        }
        described
    }
}

// === impl ResponseDescription ===

impl ResponseDescription {
    pub(super) fn json<T: JsonSchema>(generator: &mut SchemaGenerator) -> Self {
        let schema = generator.subschema_for::<T>();
        let mut content = Map::new();
        content.insert("application/json".to_owned(), json!({ "schema": schema }));
        Self(content)
    }

    /// Adds another form of the JSON.
    pub(super) fn or_json<T: JsonSchema>(mut self, generator: &mut SchemaGenerator) -> Self {
        if let Some(content) = self.0.get_mut("application/json") {
            let either = json!([content["schema"], generator.subschema_for::<T>()]);
            content["schema"] = json!({ "anyOf": either });
        }
        self
    }

    /// A response of these media types, of which the description says no more.
    pub(super) fn bytes<const N: usize>(media_types: [&str; N]) -> Self {
        Self(Map::new()).or_bytes(media_types)
    }

    /// Adds these media types.
    pub(super) fn or_bytes<const N: usize>(mut self, media_types: [&str; N]) -> Self {
        let content = media_types.map(|media_type| (media_type.to_owned(), json!({})));
        self.0.extend(content);
        self
    }

    /// Adds a stream of server-sent events, for requests that ask for one.
    pub(super) fn or_events(mut self) -> Self {
        // One event, as clients parse it.
        let text = json!({ "type": "string" });
        let event = json!({
            "type": "object", "required": ["data"], "properties": { "event": text, "data": text },
        });
        let events = json!({ "schema": event });
        self.0.insert("text/event-stream".to_owned(), events);
        self
    }
}
