//! No secret is ever printed, neither by a configuration nor by its faults.

use proptest::prelude::*;

use super::{environment, folder, load};

/// Places for a secret, with or without a fault at it, beside it or around it. `VALUE` is the secret.
const PLACES: [&str; 30] = [
    "providers: { a: { adapter: echo, api_key: VALUE } }",
    "providers: { a: { adapter: echo, api_key: [VALUE] } }",
    "providers: { a: { adapter: echo, api_keys: [VALUE] } }",
    "providers: { a: { adapter: echo, api_keys: VALUE } }",
    "providers: { a: { adapter: echo, api_keys: [VALUE, VALUE] } }",
    "providers: { a: { adapter: echo, api_key: VALUE, api_keys: [x, VALUE] } }",
    "providers: { a: { adapter: echo, headers: { x-team: VALUE } } }",
    "providers: { a: { adapter: echo, headers: VALUE } }",
    "providers: { a: { adapter: echo, base_url: VALUE } }",
    "providers: { a: { adapter: echo, auth: { scheme: aws-sigv4, access_key_id: VALUE, secret_access_key: VALUE } } }",
    "providers: { a: { adapter: echo, auth: { scheme: aws-sigv4, session_token: [VALUE] } } }",
    "providers: { a: { adapter: echo, auth: { scheme: google-service-account, service_account: VALUE } } }",
    "providers: { a: { adapter: echo, auth: { scheme: bearer, service_account: VALUE } } }",
    "providers: { a: VALUE }",
    "keys: { a: { key: VALUE, user: u, plan: p } }",
    "keys: { a: VALUE }",
    "keys: VALUE",
    "server: { admin: { token: VALUE } }",
    "server: { admin: VALUE }",
    "server: { admin: { tokens: { a: { token: VALUE, roles: [read] } } } }",
    "metrics: { token: VALUE }",
    "metrics: VALUE",
    "keys: { a: { key: VALUE, user: u, plan: p }, b: { key: VALUE, user: 5, plan: p } }",
    "tokens: { secrets: [VALUE] }",
    "tokens: { secrets: [VALUE, VALUE] }",
    "tokens: { secrets: VALUE }",
    "limits: { url: VALUE }",
    "limits: { url: [VALUE] }",
    "storage: { url: VALUE }",
    "storage: { url: [VALUE] }",
];

/// Places whose faults quote the value, unless it comes from the environment or from a file.
const REFERRED: [&str; 13] = [
    "server: { listen: VALUE }",
    "server: { auth: VALUE }",
    "server: { keep_alive: VALUE, max_body_bytes: VALUE }",
    "log: { level: VALUE }",
    "providers: { a: { adapter: echo, auth: { scheme: VALUE } } }",
    "providers: { a: { adapter: echo, auth: { scheme: header, name: VALUE } } }",
    "providers: { a: { adapter: echo, settings: { deep: [VALUE] } } }",
    "models: { m: { context: VALUE, chain: [{ provider: VALUE, model: m }], FREE } }",
    "server: { cors: { origins: [VALUE], max_age: VALUE } }",
    "plans: { p: { tiers: [VALUE], capabilities: [VALUE], models: [VALUE], limits: { per_day: VALUE } } }",
    "credits: { cost_multiplier: VALUE }\nlimits: { on_unavailable: VALUE }",
    "storage: { url: none, journal: VALUE }",
    "plans: { p: { tiers: [free] } }\nkeys: { k: { key: VALUE, user: u, plan: VALUE } }",
];

/// The faults of loading and of the settings, and the configuration itself if it loads; all as text.
fn printed(text: &str, secret: &str) -> (String, String) {
    let folder = folder(&[("c.yaml", text)]);
    std::fs::write(folder.path().join("secret"), secret).unwrap();
    match load(folder.path(), &environment(&[("SECRET", secret)])) {
        Err(faults) => (format!("{faults} {faults:?}"), String::new()),
        Ok(loaded) => {
            let schema =
                serde_json::json!({ "properties": { "deep": { "items": { "maxLength": 1, "pattern": "^$" } } } });
            (
                format!("{:?}", loaded.check_settings("a", &schema)),
                format!("{loaded:?}"),
            )
        }
    }
}

#[test]
fn a_valid_configuration_does_not_print_the_password_of_a_url() {
    let text = "storage: { url: \"postgres://u:SESAME@h/d\" }\nlimits: { url: \"redis://:SESAME@h\" }\n\
        tokens: { secrets: [\"SESAME-0123456789abcdef0123456789abcdef\"] }";
    let (faults, debug) = printed(text, "unused");
    assert_eq!(faults, "[]");
    assert!(debug.contains("StorageConfig") && !debug.contains("SESAME"), "{debug}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_secret_is_ever_printed(random in "Z[A-Za-z0-9]{11}Z", bare in any::<bool>(), place in 0..PLACES.len()) {
        let secret = if bare { random.clone() } else { format!("sk-{random}?@: #\u{7f}") };
        let quoted = serde_json::to_string(&secret).unwrap();
        for value in [quoted.as_str(), "\"${env:SECRET}\"", "\"a${file:secret}\""] {
            let (faults, debug) = printed(&PLACES[place].replace("VALUE", value), &secret);
            prop_assert!(!faults.contains(&random), "{faults}");
            prop_assert!(!debug.contains(&random), "{debug}");
        }
    }

    #[test]
    fn no_fault_ever_prints_a_referenced_value(
        random in "Z[A-Za-z0-9]{11}Z",
        place in 0..REFERRED.len(),
    ) {
        for value in ["\"${env:SECRET}\"", "\"a${file:secret}\""] {
            let (faults, _) = printed(&REFERRED[place].replace("VALUE", value), &random);
            prop_assert!(!faults.contains(&random), "{faults}");
        }
    }
}
