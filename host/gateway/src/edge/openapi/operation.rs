//! One operation of the API, as an OpenAPI object.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::access::Access;
use super::errors::Errors;
use super::faults::{self, Fault, administration, routed};
use super::reply::ResponseDescription;
use super::{examples, names};

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

/// The least that a form needs: fields of text, each with an example, and a file with an example of its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct FormFields {
    pub(super) texts: &'static [(&'static str, &'static str)],
    pub(super) file: (&'static str, &'static str),
}

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
    /// The status of that.
    status: &'static str,
    /// Whether upstreams answer it.
    routed: bool,
    /// How it may fail, besides what all may.
    faults: Vec<Fault>,
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
            status: "200",
            routed: false,
            faults: Vec::new(),
        }
    }

    pub(super) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Lets it fail so, too.
    pub(super) fn fails(mut self, so: &[Fault]) -> Self {
        self.faults.extend_from_slice(so);
        self
    }

    pub(super) fn body<T: JsonSchema>(self, generator: &mut SchemaGenerator) -> Self {
        let schema = generator.subschema_for::<T>();
        let json = self.content("application/json", &json!({ "schema": schema }));
        json.fails(&[faults::JSON])
    }

    /// The same, of an operator: it is small, and a refusal shows an example.
    pub(super) fn settings<T: JsonSchema>(self, generator: &mut SchemaGenerator) -> Self {
        let example = examples::body(self.path).unwrap_or_default().to_string();
        let wrong = Fault::of_settings(&example);
        self.fails(&[wrong, administration::SMALL]).body::<T>(generator)
    }

    /// The same, of bytes.
    pub(super) fn file(self, media_type: &str) -> Self {
        self.content(media_type, &json!({}))
    }

    /// The same, of a form with a file.
    pub(super) fn form<T: JsonSchema>(mut self, generator: &mut SchemaGenerator, fields: FormFields) -> Self {
        self.form = Some(fields);
        let schema = generator.subschema_for::<T>();
        let form = json!({ "schema": schema, "example": fields.example() });
        self.content("multipart/form-data", &form).fails(&[faults::FORM])
    }

    fn content(mut self, media_type: &str, content: &Value) -> Self {
        self.body = Some(json!({ "required": true, "content": { media_type: content } }));
        self.fails(faults::BODY)
    }

    pub(super) fn parameter(mut self, name: &str, description: &str) -> Self {
        let schema = json!({ "type": "string", "minLength": 1 });
        let mut parameter = json!({
            "name": name, "in": "path", "required": true, "description": description, "schema": schema,
        });
        if let Some(example) = examples::parameter(self.path, name) {
            parameter["example"] = example.into();
        }
        self.parameters.push(parameter);
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
        if self.reply.contains_key("text/event-stream") {
            self.faults.push(routed::STREAM);
        }
        self.fails(routed::ROUTED)
    }

    /// Marks an operation that answers before it is done.
    pub(super) fn accepted(mut self) -> Self {
        self.status = "202";
        self
    }

    /// The operation object (OpenAPI 3.1, section 4.8.10).
    pub(super) fn describe(mut self, errors: &mut Errors) -> Value {
        let mut good = json!({ "description": "Success.", "content": std::mem::take(&mut self.reply) });
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
        let mut responses = Map::from_iter([(self.status.to_owned(), good)]);
        self.faults.extend_from_slice(self.access.faults());
        if let Some(role) = self.access.role_fault() {
            self.faults.push(role);
        }
        self.faults.extend_from_slice(faults::ALWAYS);
        responses.extend(errors.responses(self.path, &faults::distinct(self.faults)));
        let mut described = json!({ "summary": self.summary, "responses": responses });
        described["security"] = self.access.security();
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

// === impl FormFields ===

impl FormFields {
    /// What a form may hold; of its file, the name.
    fn example(self) -> Value {
        let fields = self.texts.iter().copied().chain([self.file]);
        let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
        Value::Object(fields.collect())
    }
}
