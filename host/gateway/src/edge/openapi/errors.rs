//! Errors as responses of the description: in the form of the dialect of their path, with an example of each. Operations share
//! them.

use std::collections::BTreeMap;

use http::HeaderMap;
use jackfield_dialects::Dialect;
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use super::error_forms::{Form, written};
use super::faults::Fault;
use crate::edge::{exchange, operators};
use crate::error::GatewayError;

/// The forms of the errors of a path.
struct Forms {
    /// The dialect, in the variant that its own clients choose by their headers. It writes the examples.
    dialect: Dialect,
    /// The variant of those who send no such header.
    bare: Dialect,
    /// What each of them may be, the form of the examples first.
    all: Vec<Form>,
}

/// A fault, as a dialect writes it.
struct Case<'a> {
    fault: &'a Fault,
    error: GatewayError,
    dialect: Dialect,
}

/// The errors of all operations.
pub(super) struct Errors {
    schemas: [(Form, Value); 5],
    /// The responses that operations share, by name.
    responses: Map<String, Value>,
}

// === impl Forms ===

impl Forms {
    fn of(path: &str) -> Self {
        let own = exchange::dialect_of(path, &HeaderMap::new());
        let bare = own.unwrap_or_else(jackfield_dialects::canonical);
        let dialect = bare.variant(&|_| true);
        let mut all = vec![Form::of(dialect)];
        if Form::of(bare) != Form::of(dialect) {
            all.push(Form::of(bare));
        }
        if own.is_none() && !operators::has(path) {
            let others = jackfield_dialects::all();
            let others = others.into_iter().filter(|other| other.is_spoken_by(&|_| true));
            all.extend(others.map(Form::of));
        }
        Self { dialect, bare, all }
    }

    /// What the names of their responses begin with.
    fn name(&self) -> &'static str {
        match self.all.as_slice() {
            [form] | [form, _] => form.as_str(),
            _ => "Any",
        }
    }
}

// === impl Errors ===

impl Errors {
    pub(super) fn new(generator: &mut SchemaGenerator) -> Self {
        Self {
            schemas: Form::ALL.map(|form| (form, form.schema(generator))),
            responses: Map::new(),
        }
    }

    /// The responses of an operation at this path that may fail so, by status.
    pub(super) fn responses(&mut self, path: &str, faults: &[Fault]) -> Map<String, Value> {
        let forms = Forms::of(path);
        let mut by_status: BTreeMap<u16, Vec<Case<'_>>> = BTreeMap::new();
        for fault in faults {
            let cases = [forms.dialect, forms.bare].map(|dialect| Case::new(fault, dialect));
            let [of_dialect, of_bare] = cases;
            let differs = of_bare.status() != of_dialect.status();
            for case in [Some(of_dialect), differs.then_some(of_bare)].into_iter().flatten() {
                by_status.entry(case.status()).or_default().push(case);
            }
        }
        let shared = by_status.into_iter().map(|(status, cases)| {
            let response = self.response(&forms, &cases);
            let name = self.shared(&format!("{}{status}", forms.name()), response);
            (
                status.to_string(),
                json!({ "$ref": format!("#/components/responses/{name}") }),
            )
        });
        shared.collect()
    }

    /// All that operations share.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.responses
    }

    /// The name of a response that begins so.
    fn shared(&mut self, name: &str, response: Value) -> String {
        let mut found = name.to_owned();
        for number in 2.. {
            match self.responses.get(&found) {
                Some(other) if *other == response => break,
                Some(_) => found = format!("{name}-{number}"),
                None => {
                    self.responses.insert(found.clone(), response);
                    break;
                }
            }
        }
        found
    }

    /// The response with one of these errors, which have the same status.
    fn response(&self, forms: &Forms, cases: &[Case<'_>]) -> Value {
        let schema_of = |form: &Form| {
            let found = self.schemas.iter().find(|(known, _)| known == form);
            found.map(|(_, schema)| schema.clone()).unwrap_or_default()
        };
        let mut all = forms.all.clone();
        if cases.iter().any(|case| case.fault.is_bare()) {
            all.insert(0, Form::Word);
        }
        let schema = match all.as_slice() {
            [form] => schema_of(form),
            all => json!({ "anyOf": all.iter().map(schema_of).collect::<Vec<_>>() }),
        };
        let object = json!({ "schema": schema, "examples": examples(cases) });
        let mut content = Map::from_iter([("application/json".to_owned(), object)]);
        let may_be_plain = !forms.bare.has_own_error_form();
        let plain = cases.iter().find(|case| may_be_plain && !case.fault.is_bare());
        if let Some(Case { error, .. }) = plain {
            let text = json!({ "schema": { "type": "string" }, "example": error.message });
            content.insert("text/plain".to_owned(), text);
        }
        json!({ "description": description(cases), "headers": headers(cases), "content": content })
    }
}

// === impl Case ===

impl<'a> Case<'a> {
    fn new(fault: &'a Fault, dialect: Dialect) -> Self {
        let error = fault.error(dialect);
        Self { fault, error, dialect }
    }

    fn status(&self) -> u16 {
        self.error.status().as_u16()
    }

    fn code(&self) -> &str {
        self.error.code()
    }

    /// The body that a program gets.
    fn body(&self) -> Value {
        if self.fault.is_bare() && !self.dialect.has_own_error_form() {
            return json!({ "error": self.error.message });
        }
        written(&self.error, self.dialect)
    }
}

/// One example for each message, by its code; further ones with the same code are numbered.
fn examples(cases: &[Case<'_>]) -> Map<String, Value> {
    let mut examples = Map::new();
    for (at, case) in cases.iter().enumerate() {
        let code = case.code();
        let name = match cases.iter().take(at).filter(|other| other.code() == code).count() {
            0 => code.to_owned(),
            number => format!("{code}-{}", number + 1),
        };
        let summary = format!("{code}: {}", case.fault.when);
        examples.insert(name, json!({ "summary": summary, "value": case.body() }));
    }
    examples
}

/// Each code, and when it is sent.
fn description(cases: &[Case<'_>]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for code in codes(cases) {
        let mut whens: Vec<&str> = Vec::new();
        for Case { fault, .. } in cases.iter().filter(|case| case.code() == code) {
            if !whens.contains(&fault.when) {
                whens.push(fault.when);
            }
        }
        reasons.push(format!("`{code}`: {}.", whens.join("; ")));
    }
    reasons.join(" ")
}

/// The codes, each once.
fn codes<'a>(cases: &'a [Case<'_>]) -> Vec<&'a str> {
    let mut codes = Vec::new();
    for case in cases {
        if !codes.contains(&case.code()) {
            codes.push(case.code());
        }
    }
    codes
}

/// The headers of a response with one of these errors.
fn headers(cases: &[Case<'_>]) -> Value {
    let mut headers = json!({
        "x-error-code": {
            "description": "What programs decide by.",
            "schema": { "type": "string", "examples": codes(cases) },
        },
    });
    if cases.iter().any(|case| case.error.retry_after.is_some()) {
        let seconds = json!({ "type": "integer", "minimum": 1, "maximum": 86400 });
        headers["retry-after"] = json!({ "description": "When to try again, in seconds.", "schema": seconds });
    }
    if cases.iter().any(|case| case.status() == 401) {
        headers["www-authenticate"] = json!({ "schema": { "type": "string" } });
    }
    headers
}
