//! A client that talks to one model after the other in its protocol, and sends back what it was told as it was told.

use jackfield_tests::client::{Client, Collected};
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Request, Upstream};
use jackfield_tests::vendor::Turn;
use serde_json::{Value, json as value};

use super::vendor::House;

/// What the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Chat,
    Messages,
    Responses,
    /// Google's Gemini API.
    Google,
}

// === impl Protocol ===

impl Protocol {
    pub(super) const ALL: [Self; 4] = [Self::Chat, Self::Messages, Self::Responses, Self::Google];
}

/// A conversation over one gateway, whose models are the vendors.
pub(super) struct Talk {
    protocol: Protocol,
    is_streamed: bool,
    messages: Vec<Value>,
    past: Vec<(House, Turn)>,
    client: Client,
    upstreams: Vec<(House, Upstream)>,
    _gateway: Gateway,
}

// === impl Talk ===

impl Talk {
    pub(super) async fn start(protocol: Protocol, is_streamed: bool) -> Self {
        let (mut providers, mut models, mut upstreams) = (Vec::new(), Vec::new(), Vec::new());
        for house in House::ALL {
            let upstream = Upstream::start().await;
            let (name, members, url) = (house.model(), house.provider(), upstream.base_url());
            let model = house.upstream_model();
            providers.push(format!("  {name}: {{ {members}, base_url: \"{url}\", api_key: k }}\n"));
            models.push(format!(
                "  {name}: {{ {FREE}, chain: [{{ provider: {name}, model: \"{model}\" }}] }}\n"
            ));
            upstreams.push((house, upstream));
        }
        let (providers, models) = (providers.concat(), models.concat());
        let config = format!("routing: {{ retry_count: 0 }}\nproviders:\n{providers}models:\n{models}");
        let gateway = Gateway::start(&config).await;
        let mut talk = Self {
            protocol,
            is_streamed,
            messages: Vec::new(),
            past: Vec::new(),
            client: gateway.client().header("anthropic-version", "2023-06-01"),
            upstreams,
            _gateway: gateway,
        };
        talk.asks("Which town is cold?");
        talk
    }

    /// The client asks something.
    fn asks(&mut self, question: &str) {
        let message = match self.protocol {
            Protocol::Google => value!({ "role": "user", "parts": [{ "text": question }] }),
            _ => value!({ "role": "user", "content": question }),
        };
        self.messages.push(message);
    }

    /// Asks this vendor, which replies with the turn, and goes on: with the results of its calls, or with a question.
    pub(super) async fn hears(&mut self, house: House, turn: &Turn) {
        let (request, said) = self.exchange(house, turn).await;
        house.check(self.protocol, &request.json(), &self.past);
        self.past.push((house, turn.clone()));
        match self.protocol {
            Protocol::Chat => self.answer_chat(&said, turn),
            Protocol::Messages => self.answer_message(&said, turn),
            Protocol::Responses => self.answer_items(&said, turn),
            Protocol::Google => self.answer_parts(&said, turn),
        }
    }

    /// Sends the conversation so far and takes up the reply. Returns what arrived upstream, and the reply.
    async fn exchange(&mut self, house: House, turn: &Turn) -> (Request, Value) {
        let (_, upstream) = self.upstreams.iter().find(|(of, _)| *of == house).unwrap();
        upstream.reply(house.reply(turn, self.is_streamed));
        let (path, body) = self.request(house.model());
        let reply = if self.is_streamed {
            let stream = self.client.stream_from(&path, body).await.collect().await;
            assert_eq!(stream.status, 200, "{house:?}: {:?}", stream.events);
            self.assembled(&stream)
        } else {
            let answer = self.client.post(&path, body).await;
            assert_eq!(answer.status, 200, "{house:?}: {}", answer.text());
            answer.json()
        };
        let said = match self.protocol {
            Protocol::Chat => reply["choices"][0]["message"].clone(),
            Protocol::Messages => value!({ "role": "assistant", "content": reply["content"] }),
            Protocol::Responses => reply["output"].clone(),
            Protocol::Google => super::assembled::without_thoughts(&reply["candidates"][0]["content"]),
        };
        match said.as_array() {
            Some(items) => self.messages.extend(items.iter().cloned()),
            None => self.messages.push(said.clone()),
        }
        (upstream.next_request().await, said)
    }

    fn request(&self, model: &str) -> (String, Value) {
        let schema = value!({ "type": "object", "properties": { "city": { "type": "string" } } });
        let messages = &self.messages;
        match self.protocol {
            Protocol::Chat => {
                let function = value!({ "name": "weather", "parameters": schema });
                let tools = value!([{ "type": "function", "function": function }]);
                let body = value!({
                    "model": model, "messages": messages, "tools": tools, "reasoning_effort": "high",
                });
                ("/v1/chat/completions".to_owned(), body)
            }
            Protocol::Messages => {
                let tools = value!([{ "name": "weather", "input_schema": schema }]);
                let thinking = value!({ "type": "enabled", "budget_tokens": 2048 });
                let body = value!({
                    "model": model, "max_tokens": 4096, "messages": messages, "tools": tools, "thinking": thinking,
                });
                ("/v1/messages".to_owned(), body)
            }
            Protocol::Responses => {
                let tools = value!([{ "type": "function", "name": "weather", "parameters": schema }]);
                let reasoning = value!({ "effort": "high", "summary": "auto" });
                let body = value!({
                    "model": model, "input": messages, "tools": tools, "reasoning": reasoning, "store": false,
                    "include": ["reasoning.encrypted_content"],
                });
                ("/v1/responses".to_owned(), body)
            }
            Protocol::Google => {
                let declared = value!({ "name": "weather", "parametersJsonSchema": schema });
                let thinking = value!({ "includeThoughts": true, "thinkingLevel": "HIGH" });
                let body = value!({
                    "contents": messages, "tools": [{ "functionDeclarations": [declared] }],
                    "generationConfig": { "thinkingConfig": thinking },
                });
                let method = if self.is_streamed {
                    "streamGenerateContent?alt=sse"
                } else {
                    "generateContent"
                };
                (format!("/v1beta/models/{model}:{method}"), body)
            }
        }
    }

    fn assembled(&self, stream: &Collected) -> Value {
        match self.protocol {
            Protocol::Chat => super::assembled::completion(&stream.chunks()),
            Protocol::Messages => super::assembled::message(&stream.chunks()),
            Protocol::Responses => super::assembled::response(&stream.chunks()),
            Protocol::Google => super::assembled::content(&stream.chunks()),
        }
    }

    fn answer_chat(&mut self, said: &Value, turn: &Turn) {
        assert_eq!(
            said["content"].as_str().unwrap_or_default(),
            turn.text.concat(),
            "{said:#}"
        );
        let calls = said["tool_calls"].as_array().cloned().unwrap_or_default();
        assert_eq!(calls.len(), turn.calls.len(), "{said:#}");
        for call in &calls {
            let result = value!({ "role": "tool", "tool_call_id": call["id"], "content": "-4 degrees" });
            self.messages.push(result);
        }
        if calls.is_empty() {
            self.asks("And now?");
        }
    }

    fn answer_message(&mut self, said: &Value, turn: &Turn) {
        let blocks = said["content"].as_array().unwrap();
        let of = |kind: &'static str| blocks.iter().filter(move |block| block["type"] == kind);
        let text: String = of("text").filter_map(|block| block["text"].as_str()).collect();
        assert_eq!(text, turn.text.concat(), "{said:#}");
        let result =
            |call: &Value| value!({ "type": "tool_result", "tool_use_id": call["id"], "content": "-4 degrees" });
        let results: Vec<Value> = of("tool_use").map(result).collect();
        assert_eq!(results.len(), turn.calls.len(), "{said:#}");
        let content = if results.is_empty() {
            "And now?".into()
        } else {
            Value::from(results)
        };
        self.messages.push(value!({ "role": "user", "content": content }));
    }

    fn answer_items(&mut self, said: &Value, turn: &Turn) {
        let items = said.as_array().unwrap();
        let of = |kind: &'static str| items.iter().filter(move |item| item["type"] == kind);
        let parts = of("message").flat_map(|message| message["content"].as_array().unwrap());
        let text: String = parts.filter_map(|part| part["text"].as_str()).collect();
        assert_eq!(text, turn.text.concat(), "{said:#}");
        let output = |call: &Value| value!({ "type": "function_call_output", "call_id": call["call_id"], "output": "-4 degrees" });
        let outputs: Vec<Value> = of("function_call").map(output).collect();
        assert_eq!(outputs.len(), turn.calls.len(), "{said:#}");
        if outputs.is_empty() {
            self.asks("And now?");
        }
        self.messages.extend(outputs);
    }

    fn answer_parts(&mut self, said: &Value, turn: &Turn) {
        let parts = said["parts"].as_array().unwrap();
        let text: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
        assert_eq!(text, turn.text.concat(), "{said:#}");
        let calls: Vec<&Value> = parts.iter().filter_map(|part| part.get("functionCall")).collect();
        assert_eq!(calls.len(), turn.calls.len(), "{said:#}");
        if calls.is_empty() {
            return self.asks("And now?");
        }
        let response = |call: &&Value| {
            let mut response = value!({ "name": call["name"], "response": { "output": "-4 degrees" } });
            if call["id"].is_string() {
                response["id"] = call["id"].clone();
            }
            value!({ "functionResponse": response })
        };
        let parts: Vec<Value> = calls.iter().map(response).collect();
        self.messages.push(value!({ "role": "user", "parts": parts }));
    }
}
