//! One case per invalid value of keys, plans, tokens, credits, limits and storage. Each asserts the whole message, so
//! that none becomes unreadable by accident.

use super::check;

#[test]
fn each_invalid_value_of_a_key_is_reported() {
    check(KEYS);
}

const KEYS: &str = r#"
keys: { a: { key: rk_short, user: u, plan: free } }
! 1:14: keys.a.key: must be rk_ followed by 64 lowercase hexadecimal digits; generate one with: echo rk_$(openssl rand -hex 32)
keys: { a: { key: 5, user: u, plan: free } }
! 1:14: keys.a.key: must be rk_ followed by 64 lowercase hexadecimal digits; generate one with: echo rk_$(openssl rand -hex 32)
keys: { a: { key: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, plan: free } }
! 1:9: keys.a.user: is missing; add "user" here
keys: { a: { key: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, user: "", plan: free } }
! 1:88: keys.a.user: must not be empty; write at least one character
keys: { a: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef }
! 1:9: keys.a: must be a mapping, found a string; write its keys below it, indented
keys: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
! 1:1: keys: must be a mapping, found a string; write its keys below it, indented
plans: { free: { tiers: [free] } }
keys: { a: { key: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, user: u, plan: fre } }
! 2:97: keys.a.plan: names an unknown plan: "fre"; did you mean "free"?
keys:
  a: { key: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, user: u, plan: free }
  b: { key: rk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, user: v, plan: free }
! 3:8: keys.b.key: is the same key as keys.a.key; give each client its own key
"#;

#[test]
fn each_invalid_value_of_a_plan_is_reported() {
    check(PLANS);
}

const PLANS: &str = r#"
plans: { free: { tiers: free } }
! 1:18: plans.free.tiers: must be a list, found a string; write each item on its own line, after "- "
plans: { free: {} }
! 1:10: plans.free.tiers: is missing; add "tiers" here
plans: { free: { tiers: [1] } }
! 1:26: plans.free.tiers[0]: must be a string, found 1; put it in quotes
plans: { free: { tiers: [], capabilities: chat } }
! 1:29: plans.free.capabilities: must be a list, found a string; write each item on its own line, after "- "
plans: { free: { tiers: [], capabilities: [chat, image] } }
! 1:50: plans.free.capabilities[1]: must be chat, embeddings, rerank, images, completion, moderation, speech or transcription, found "image"; did you mean "images"?
plans: { free: { tiers: [], models: [5] } }
! 1:38: plans.free.models[0]: must be a string, found 5; put it in quotes
providers: { a: { adapter: echo } }
models: { route/x: { chain: [{ provider: a, model: m }], FREE } }
plans: { free: { tiers: [], models: [route/x, route/y] } }
! 3:47: plans.free.models[1]: names an unknown model: "route/y"; did you mean "route/x"?
plans: { free: { tiers: [], models: [zebra] } }
! 1:38: plans.free.models[0]: names an unknown model: "zebra"; add it under models, or use an existing one
plans: { free: { tiers: [], overdraft: 5 } }
! 1:29: plans.free.overdraft: must be true or false, found 5; write true or false, without quotes
plans: { free: { tiers: [], limits: 50 } }
! 1:29: plans.free.limits: must be a mapping, found a number; write its keys below it, indented
plans: { free: { tiers: [], limits: { per_day: 0 } } }
! 1:39: plans.free.limits.per_day: must be at least 1, found 0; write a larger number
plans: { free: { tiers: [], limits: { per_hour: many } } }
! 1:39: plans.free.limits.per_hour: must be a whole number, found "many"; write digits only, without quotes or a unit
plans: { free: { tiers: [], limits: { per_minute: -1 } } }
! 1:39: plans.free.limits.per_minute: must be at least 1, found -1; write a larger number
plans: { free: { tiers: [], limits: { concurrent_streams: 1.5 } } }
! 1:39: plans.free.limits.concurrent_streams: must be a whole number, found 1.5; write digits only, without quotes or a unit
plans: { free: { tiers: [], limits: { per_week: 5 } } }
! 1:39: plans.free.limits.per_week: is not a known key; the keys allowed here are per_day, per_hour, per_minute and concurrent_streams
plans: { free: { tiers: [], limit: {} } }
! 1:29: plans.free.limit: is not a known key; did you mean "limits"?
"#;

#[test]
fn each_invalid_value_of_tokens_and_credits_is_reported() {
    check(TOKENS_AND_CREDITS);
}

const TOKENS_AND_CREDITS: &str = r#"
tokens: { secrets: 0123456789abcdef0123456789abcdef }
! 1:11: tokens.secrets: must be a list, found a string; write each item on its own line, after "- "
tokens: { secrets: [0123456789abcdef0123456789abcde] }
! 1:21: tokens.secrets[0]: is shorter than 32 bytes; generate one with: openssl rand -hex 32
tokens: { secrets: [""] }
! 1:21: tokens.secrets[0]: must not be empty; write at least one character
tokens: { secrets: ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"] }
! 1:57: tokens.secrets[1]: is the same secret as tokens.secrets[0]; keep one of the two
tokens: { issuer: "https://id.example" }
! 1:11: tokens.issuer: must be a list, found a string; write each item on its own line, after "- "
tokens: { max_keys: many }
! 1:11: tokens.max_keys: must be a whole number, found "many"; write digits only, without quotes or a unit
tokens: { max_keys: -1 }
! 1:11: tokens.max_keys: must be at least 0, found -1; write a larger number
tokens: { secret: [] }
! 1:11: tokens.secret: is not a known key; did you mean "secrets"?
credits: { cost_multiplier: -1 }
! 1:12: credits.cost_multiplier: must be at least 0, found -1; write a larger number
credits: { cost_multiplier: 165% }
! 1:12: credits.cost_multiplier: must be a number, found "165%"; write digits only, without quotes or a unit
credits: { multiplier: 2 }
! 1:12: credits.multiplier: is not a known key; the only key allowed here is cost_multiplier
"#;

#[test]
fn each_invalid_value_of_limits_and_storage_is_reported() {
    check(LIMITS_AND_STORAGE);
}

const LIMITS_AND_STORAGE: &str = r#"
limits: { url: "http://127.0.0.1:6379" }
! 1:11: limits.url: is not a Redis URL; write one such as redis://127.0.0.1:6379, rediss://:PASSWORD@HOST or redis+unix:///run/redis.sock
limits: { url: 6379 }
! 1:11: limits.url: is not a Redis URL; write one such as redis://127.0.0.1:6379, rediss://:PASSWORD@HOST or redis+unix:///run/redis.sock
limits: { url: "redis://" }
! 1:11: limits.url: is not a Redis URL; write one such as redis://127.0.0.1:6379, rediss://:PASSWORD@HOST or redis+unix:///run/redis.sock
limits: { on_unavailable: permit }
! 1:11: limits.on_unavailable: must be deny or allow, found "permit"; use one of these
limits: { per_day: 50 }
! 1:11: limits.per_day: is not a known key; the keys allowed here are url and on_unavailable
storage: { url: "mysql://u:p@db.example/jackfield" }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { url: jackfield.db }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { url: "sqlite::memory:" }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { url: "sqlite:" }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { url: "sqlite:data/" }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { url: "sqlite:a.db?mode=ro" }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { url: }
! 1:12: storage.url: is not a supported database URL; write sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or none to store nothing
storage: { on_unavailable: maybe }
! 1:12: storage.on_unavailable: must be deny or allow, found "maybe"; use one of these
storage: { journal: 5 }
! 1:12: storage.journal: must be a string, found 5; put it in quotes
storage: { url: none, journal: notes }
! 1:23: storage.journal: has no effect while storage.url is none; remove it, or configure a database
storage: { path: jackfield.db }
! 1:12: storage.path: is not a known key; the keys allowed here are url, journal and on_unavailable
"#;
