//! One case per invalid value of providers and models. Each asserts the whole message, so that none becomes unreadable
//! by accident.

use super::check;

#[test]
fn each_invalid_value_of_a_provider_is_reported() {
    check(PROVIDER);
}

const PROVIDER: &str = r#"
providers: { a: {} }
! 1:14: providers.a.adapter: is missing; add "adapter" here
providers: { a: { adapter: "" } }
! 1:19: providers.a.adapter: must not be empty; write at least one character
providers: { a: echo }
! 1:14: providers.a: must be a mapping, found a string; write its keys below it, indented
providers: { "a b": { adapter: echo } }
! 1:14: providers."a b": is not a valid provider name; use only letters, digits, "_", "-" and "."
providers: { a: { adapter: echo, base_url: upstream.example } }
! 1:34: providers.a.base_url: is not an http or https URL; write one such as "https://upstream.example/v1"
providers: { a: { adapter: echo, base_url: "https://u.example?a=b" } }
! 1:34: providers.a.base_url: has a query or fragment, which a base URL cannot have; write one such as "https://upstream.example/v1"
providers: { a: { adapter: echo, base_url: "https://u:p@u.example" } }
! 1:34: providers.a.base_url: contains a user or password, which belongs in api_key; write one such as "https://upstream.example/v1"
providers: { a: { adapter: echo, baseurl: x } }
! 1:34: providers.a.baseurl: is not a known key; did you mean "base_url"?
providers: { a: { adapter: echo, api_key: 12345 } }
! 1:34: providers.a.api_key: must be a string; put it in quotes
providers: { a: { adapter: echo, api_keys: [] } }
! 1:34: providers.a.api_keys: must not be empty; write at least one item
providers: { a: { adapter: echo, api_keys: sk } }
! 1:34: providers.a.api_keys: must be a list, found a string; write each item on its own line, after "- "
providers: { a: { adapter: echo, api_keys: [sk-a, ""] } }
! 1:51: providers.a.api_keys[1]: must not be empty; write at least one character
providers: { a: { adapter: echo, api_key: sk-a, api_keys: [sk-b] } }
! 1:49: providers.a.api_keys: stands beside api_key, but only one of the two may be set; write all keys in api_keys, and remove api_key
providers: { a: { adapter: echo, api_key: "" } }
! 1:34: providers.a.api_key: must not be empty; write at least one character
providers: { a: { adapter: echo, auth: { name: x } } }
! 1:34: providers.a.auth.scheme: is missing; add "scheme" here
providers: { a: { adapter: echo, auth: { scheme: oauth } } }
! 1:42: providers.a.auth.scheme: must be bearer, header, query, basic, none, aws-sigv4 or google-service-account, found "oauth"; use one of these
providers: { a: { adapter: echo, auth: { scheme: header } } }
! 1:34: providers.a.auth.name: is missing, but the scheme header requires it; add the header's name
providers: { a: { adapter: echo, auth: { scheme: header, name: "a b" } } }
! 1:58: providers.a.auth.name: is not a valid header name; write one such as x-api-key
providers: { a: { adapter: echo, auth: { scheme: header, name: Host } } }
! 1:58: providers.a.auth.name: is a connection header, which the gateway sets itself; write one such as x-api-key
providers: { a: { adapter: echo, trust_base_url: openai } }
! 1:34: providers.a.trust_base_url: must be true or false, found "openai"; write true or false, without quotes
providers: { a: { adapter: echo, auth: { scheme: query } } }
! 1:34: providers.a.auth.name: is missing, but the scheme query requires it; add the parameter's name
providers: { a: { adapter: echo, auth: { scheme: aws-sigv4 } } }
! 1:34: providers.a.auth.access_key_id: is missing, but the scheme aws-sigv4 requires it; add `access_key_id: "${env:AWS_ACCESS_KEY_ID}"`
! 1:34: providers.a.auth.region: is missing, but the scheme aws-sigv4 requires it; add one such as eu-central-1
! 1:34: providers.a.auth.secret_access_key: is missing, but the scheme aws-sigv4 requires it; add `secret_access_key: "${env:AWS_SECRET_ACCESS_KEY}"`
providers: { a: { adapter: echo, auth: { scheme: aws-sigv4, region: eu/1, access_key_id: i, secret_access_key: s } } }
! 1:61: providers.a.auth.region: contains a character that no scope of a signature has; use lower-case letters, digits and "-"
providers: { a: { adapter: echo, api_key: k, auth: { scheme: aws-sigv4, region: r, access_key_id: i, secret_access_key: s } } }
! 1:34: providers.a.api_key: is not used by the scheme aws-sigv4; remove it
providers: { a: { adapter: echo, auth: { scheme: bearer, region: r } } }
! 1:58: providers.a.auth.region: belongs to the scheme aws-sigv4; remove it, or change the scheme
providers: { a: { adapter: echo, auth: { scheme: google-service-account } } }
! 1:34: providers.a.auth.service_account: is missing, but the scheme google-service-account requires it; add `service_account: "${file:PATH}"`
providers: { a: { adapter: echo, auth: { scheme: google-service-account, service_account: "{}", token_url: "http://tokens.example" } } }
! 1:97: providers.a.auth.token_url: is not https, so others could read the token; write one such as "https://oauth2.googleapis.com/token", or remove it
providers: { a: { adapter: echo, hosts: ["*"] } }
! 1:42: providers.a.hosts[0]: is neither a host, nor a host and a port, nor "*." and a domain; write one such as api.example.com or "*.example.com"
providers: { a: { adapter: echo, hosts: ["https://a.example"] } }
! 1:42: providers.a.hosts[0]: is neither a host, nor a host and a port, nor "*." and a domain; write one such as api.example.com or "*.example.com"
providers: { a: { adapter: echo, headers: { "a b": c } } }
! 1:45: providers.a.headers."a b": is not a valid header name; write one such as x-team
providers: { a: { adapter: echo, headers: { Host: c } } }
! 1:45: providers.a.headers.Host: is a connection header, which the gateway sets itself; remove it
providers: { a: { adapter: echo, headers: { x: "a\nb" } } }
! 1:45: providers.a.headers.x: contains a character that is not allowed in a header; remove line breaks and control characters
providers: { a: { adapter: echo, proxy: "proxy.example:3128" } }
! 1:34: providers.a.proxy: is not an http or https URL; write one such as "http://proxy.example:3128", or none
providers: { a: { adapter: echo, proxy: "http://u:p@proxy.example/x" } }
! 1:34: providers.a.proxy: has a path or query, which a proxy's URL cannot have; write one such as "http://proxy.example:3128", or none
providers: { a: { adapter: echo, tls: { verify: false } } }
! 1:41: providers.a.tls.verify: is not a known key; the only key allowed here is ca
providers: { a: { adapter: echo, timeouts: { connect: 5 } } }
! 1:46: providers.a.timeouts.connect: must be a positive duration, found 5; write one such as 250ms, 5s or 2m
providers: { a: { adapter: echo, connections: { idle_timeout: 10h } } }
! 1:49: providers.a.connections.idle_timeout: is longer than 9h; write a shorter duration
providers: { a: { adapter: echo, connections: { tcp_probe_every: 500ms, max_idle: -1 } } }
! 1:49: providers.a.connections.tcp_probe_every: must be a positive duration in whole seconds, found "500ms"; write one such as 15s or 2m
! 1:73: providers.a.connections.max_idle: must be at least 0, found -1; write a larger number
providers: { a: { adapter: echo, connections: { http_version: 2 } } }
! 1:49: providers.a.connections.http_version: must be auto, http1 or http2, found 2; use one of these
providers: { a: { adapter: echo, timeouts: { first_token: 5s } } }
! 1:46: providers.a.timeouts.first_token: is not a known key; did you mean "first_content"?
providers: { a: { adapter: echo, max_reply_bytes: 0 } }
! 1:34: providers.a.max_reply_bytes: must be at least 1, found 0; write a larger number
providers: { a: { adapter: echo, max_event_bytes: "4" } }
! 1:34: providers.a.max_event_bytes: must be a whole number, found "4"; write digits only, without quotes or a unit
providers: { a: { adapter: echo, settings: none } }
! 1:34: providers.a.settings: must be a mapping, found a string; write its keys below it, indented
providers: { a: { adapter: echo, off: why } }
! 1:34: providers.a.off: is not a known key; the keys allowed here are adapter, base_url, vendor, telemetry_name, trust_base_url, api_key, api_keys, auth, accepts, headers, hosts, proxy, tls, connections, timeouts, check_every, max_reply_bytes, max_event_bytes, prefill, attachments and settings
"#;

#[test]
fn each_invalid_value_of_a_model_is_reported() {
    check(MODEL);
}

const MODEL: &str = r#"
providers: { crof: { adapter: echo } }
models: { r/m: { FREE } }
! 2:11: models."r/m".chain: is missing; add "chain" here
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [], FREE } }
! 2:18: models."r/m".chain: must not be empty; write at least one item
providers: { crof: { adapter: echo } }
models: { r/m: { chain: crof, FREE } }
! 2:18: models."r/m".chain: must be a list, found a string; write each item on its own line, after "- "
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [crof], FREE } }
! 2:26: models."r/m".chain[0]: must be a mapping, found a string; write its keys below it, indented
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: crof }], FREE } }
! 2:26: models."r/m".chain[0].model: is missing; add "model" here
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: corf, model: m }], FREE } }
! 2:28: models."r/m".chain[0].provider: names an unknown provider: "corf"; did you mean "crof"?
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: other, model: m }], FREE } }
! 2:28: models."r/m".chain[0].provider: names an unknown provider: "other"; add it under providers, or use an existing one
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: crof, model: 1.5 }], FREE } }
! 2:44: models."r/m".chain[0].model: must be a string, found 1.5; put it in quotes
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: crof, model: m, weight: 1 }], FREE } }
! 2:54: models."r/m".chain[0].weight: has no effect, because this target is alone in its step; list the targets of the step, as in `{ strategy: weighted, targets: […] }`, or remove it
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: crof, model: m, wight: 1 }], FREE } }
! 2:54: models."r/m".chain[0].wight: is not a known key; did you mean "weight"?
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: crof, model: m, strategy: weighted }], FREE } }
! 2:26: models."r/m".chain[0].targets: is missing; add "targets" here
! 2:28: models."r/m".chain[0].provider: is not a known key; the keys allowed here are strategy, sticky and targets
! 2:44: models."r/m".chain[0].model: is not a known key; the keys allowed here are strategy, sticky and targets
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ strategy: random, targets: [{ provider: crof, model: m }] }], FREE } }
! 2:28: models."r/m".chain[0].strategy: must be order, weighted, least-latency or least-busy, found "random"; use one of these
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ sticky: session, targets: [{ provider: crof, model: m }] }], FREE } }
! 2:28: models."r/m".chain[0].sticky: must be none, conversation or user, found "session"; use one of these
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ targets: [] }], FREE } }
! 2:28: models."r/m".chain[0].targets: must not be empty; write at least one item
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ strategy: weighted, targets: [{ provider: corf, model: m, weight: 0 }] }], FREE } }
! 2:60: models."r/m".chain[0].targets[0].provider: names an unknown provider: "corf"; did you mean "crof"?
! 2:86: models."r/m".chain[0].targets[0].weight: must be at least 1, found 0; write a larger number
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ targets: [{ provider: crof, model: m }, { provider: crof, model: n, weight: 2 }] }], FREE } }
! 2:96: models."r/m".chain[0].targets[1].weight: has no effect with the strategy order; write `strategy: weighted` beside `targets`, or remove it
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ strategy: weighted, targets: [{ provider: crof, model: m }, { provider: crof, model: m, weight: 2 }] }], FREE } }
! 2:88: models."r/m".chain[0].targets[1]: is the same target as targets[0]; keep one of the two, with a weight if it is to get more
providers: { crof: { adapter: echo } }
models: { r/m: { name: 5, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".name: must be a string, found 5; put it in quotes
providers: { crof: { adapter: echo } }
models: { r/m: { tier: "", chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".tier: must not be empty; write at least one character
providers: { crof: { adapter: echo } }
models: { r/m: { context: 128k, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".context: must be a whole number, found "128k"; write digits only, without quotes or a unit
providers: { crof: { adapter: echo } }
models: { r/m: { max_output: 0, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".max_output: must be at least 1, found 0; write a larger number
providers: { crof: { adapter: echo } }
models: { r/m: { capability: image, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".capability: must be chat, embeddings, rerank, images, completion, moderation, speech or transcription, found "image"; did you mean "images"?
providers: { crof: { adapter: echo } }
models: { r/m: { modalities: { input: text }, chain: [{ provider: crof, model: m }], FREE } }
! 2:32: models."r/m".modalities.input: must be a list, found a string; write each item on its own line, after "- "
providers: { crof: { adapter: echo } }
models: { r/m: { pricing: { input_per_million: -1 }, chain: [{ provider: crof, model: m }] } }
! 2:18: models."r/m".pricing.output_per_million: is missing; add "output_per_million" here
! 2:29: models."r/m".pricing.input_per_million: must be at least 0, found -1; write a larger number
providers: { crof: { adapter: echo } }
models: { r/m: { pricing: { input_per_million: .nan, output_per_million: 1 }, chain: [{ provider: crof, model: m }] } }
! 2:29: models."r/m".pricing.input_per_million: must be a number, found ".nan"; write digits only, without quotes or a unit
providers: { crof: { adapter: echo } }
models: { r/m: { routing: { fallback_on: [client] }, chain: [{ provider: crof, model: m }] } }
! 2:43: models."r/m".routing.fallback_on[0]: must be context-length or content-policy, found "client"; use one of these
providers: { crof: { adapter: echo } }
models: { r/*/m: { chain: [{ provider: crof, model: m }] } }
! 2:11: models."r/*/m": has a `*` that is not its end; end the id with one `*`, as in openai/*
providers: { crof: { adapter: echo } }
models: { r/m: { chain: [{ provider: crof, model: "*" }] } }
! 2:44: models."r/m".chain[0].model: has a `*`, but the model's id has none; end the id with `*`, as in openai/*, or name one model
providers: { crof: { adapter: echo } }
models: { r/*: { chain: [{ provider: crof, model: "*-*" }] } }
! 2:44: models."r/*".chain[0].model: has more than one `*`; keep one
providers: { crof: { adapter: echo } }
models: { r/m: { pricing: 0, chain: [{ provider: crof, model: m }] } }
! 2:18: models."r/m".pricing: must be a mapping, found a number; write its keys below it, indented
providers: { crof: { adapter: echo } }
models: { r/m: { request_cost: 0, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".request_cost: must be at least 1, found 0; write a larger number
providers: { crof: { adapter: echo } }
models: { r/m: { request_cost: 1.5, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".request_cost: must be a whole number, found 1.5; write digits only, without quotes or a unit
providers: { crof: { adapter: echo } }
models: { r/m: { truncate_messages: maybe, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".truncate_messages: must be true or false, found "maybe"; write true or false, without quotes
providers: { crof: { adapter: echo } }
models: { r/m: { truncate_messages: true, chain: [{ provider: crof, model: m }], FREE } }
! 2:11: models."r/m".context: is missing, but truncate_messages requires it; add the context window, in tokens
providers: { crof: { adapter: echo } }
models: { r/m: { truncate_messages: true, context: 8k, chain: [{ provider: crof, model: m }], FREE } }
! 2:43: models."r/m".context: must be a whole number, found "8k"; write digits only, without quotes or a unit
providers: { crof: { adapter: echo } }
models: { r/m: { created: 2026-01-01, chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".created: must be a whole number, found "2026-01-01"; write digits only, without quotes or a unit
providers: { crof: { adapter: echo } }
models: { r/m: { owned_by: [], chain: [{ provider: crof, model: m }], FREE } }
! 2:18: models."r/m".owned_by: must be a string, found a list; write a single value
providers: { a: { adapter: echo } }
models: { "a b": { chain: [{ provider: a, model: m }], FREE } }
! 2:11: models."a b": is not a valid model id; use printable ASCII characters without spaces
"#;

#[test]
fn each_invalid_value_of_a_shaper_is_reported() {
    check(SHAPER);
}

const SHAPER: &str = r#"
shapers: { a: {} }
! 1:12: shapers.a: is neither a plugin nor a guard; add `plugin` with the name of a plugin, or `http` with the url of a guard
shapers: { a: { plugin: "" } }
! 1:17: shapers.a.plugin: must not be empty; write at least one character
shapers: { a: { plugin: p, http: { url: "https://g.example/c" } } }
! 1:28: shapers.a.http: is a second thing beside `plugin`; remove one of the two
shapers: { "a b": { plugin: p } }
! 1:12: shapers."a b": is not a valid shaper name; use only letters, digits, "_", "-" and ".", and no "-" at its beginning
shapers: { -a: { plugin: p } }
! 1:12: shapers.-a: is not a valid shaper name; use only letters, digits, "_", "-" and ".", and no "-" at its beginning
shapers: { a: { plugin: p, grant: [keys] } }
! 1:36: shapers.a.grant[0]: must be texts, reply, tool-arguments or reasoning, found "keys"; use one of these
shapers: { a: { plugin: p, grant: [texts, texts] } }
! 1:43: shapers.a.grant[1]: is granted a second time; grant each thing once
shapers: { a: { plugin: p, on_failure: ignore } }
! 1:28: shapers.a.on_failure: must be refuse or pass, found "ignore"; use one of these
shapers: { a: { plugin: p, deadline: 5 } }
! 1:28: shapers.a.deadline: must be a positive duration, found 5; write one such as 250ms, 5s or 2m
shapers: { a: { plugin: p, everywhere: "no" } }
! 1:28: shapers.a.everywhere: must be true or false, found "no"; write true or false, without quotes
shapers: { a: { plugin: p, order: first } }
! 1:28: shapers.a.order: must be a whole number, found "first"; write digits only, without quotes or a unit
shapers: { a: { http: { url: guard.example }, grant: [texts] } }
! 1:25: shapers.a.http.url: is not an http or https URL; write one such as "https://guard.example/check"
shapers: { a: { http: { url: "https://guard.example", proxy: "guard:1" }, grant: [texts] } }
! 1:55: shapers.a.http.proxy: is not an http or https URL; write one such as "http://proxy.example:3128", or none
shapers: { a: { http: { url: "https://g.example/c" } } }
! 1:12: shapers.a.grant: is empty, so the guard would see nothing; write `grant: [texts]`, `grant: [reply]` or both
shapers: { a: { http: { url: "https://g.example/c", headers: { Host: x } }, grant: [texts] } }
! 1:64: shapers.a.http.headers.Host: is a connection header, which the gateway sets itself; remove it
shapers: { a: { http: { url: "https://g.example/c" }, grant: [texts], settings: { a: 1 } } }
! 1:71: shapers.a.settings: has no effect for a guard; remove it, or use `http.headers`
plans: { free: { tiers: [], shapers: [redct] } }
shapers: { redact: { plugin: redact } }
! 1:39: plans.free.shapers[0]: names an unknown shaper: "redct"; did you mean "redact"?
providers: { e: { adapter: echo } }
models: { m: { FREE, shapers: [-x], chain: [{ provider: e, model: m }] } }
! 2:84: models.m.shapers[0]: names an unknown shaper: "x"; add it under shapers, or use an existing one
plugins: { pseudonym_key: short }
! 1:12: plugins.pseudonym_key: is shorter than 32 bytes; generate one with: openssl rand -hex 32
"#;
