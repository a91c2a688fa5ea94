//! Every endpoint with every form of credential: who is let in.

use jackfield_tests::client::Client;
use serde_json::json as value;

use super::rows::{self, Door};
use super::scene::{ADA, Api, KEPT, NOBODY, assert_marked, assert_refused};
use super::tokens::{SECRET, from_now, hs256, sign, token, unsigned};

/// What a credential is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Absent,
    Wrong,
    Key,
    Token,
}

/// A client with each form of credential.
fn callers(client: &Client) -> Vec<(&'static str, Worth, Client)> {
    let mut callers = vec![("nothing", Worth::Absent, client.clone())];
    callers.extend(with_keys(client));
    callers.extend(with_tokens(client));
    callers
}

fn with_keys(client: &Client) -> Vec<(&'static str, Worth, Client)> {
    use Worth::{Key, Wrong};
    let bearer = |credential: &str| client.clone().with_key(credential);
    let header = |value: &str| client.clone().header("authorization", value);
    let key = |value: &str| client.clone().header("x-api-key", value);
    let (half, capitals, more) = (&ADA[..40], ADA.to_uppercase(), format!("{ADA}0"));
    vec![
        ("a key in X-API-Key", Key, key(ADA)),
        ("a key as bearer", Key, bearer(ADA)),
        ("the scheme in capitals", Key, header(&format!("BEARER {ADA}"))),
        ("the same key twice", Key, key(ADA).with_key(ADA)),
        ("only a right bearer", Key, key(NOBODY).with_key(ADA)),
        ("only a right X-API-Key", Wrong, key(ADA).with_key(NOBODY)),
        ("an unknown key", Wrong, bearer(NOBODY)),
        ("an unknown X-API-Key", Wrong, key(NOBODY)),
        ("half a key", Wrong, bearer(half)),
        ("a key in capitals", Wrong, bearer(&capitals)),
        ("a key and more", Wrong, bearer(&more)),
    ]
}

fn with_tokens(client: &Client) -> Vec<(&'static str, Worth, Client)> {
    let good = token("eve", "premium");
    let (head, signature) = good.rsplit_once('.').unwrap();
    let claims = value!({ "sub": "eve", "plan": "premium", "exp": from_now(3600) });
    let expired = value!({ "sub": "eve", "plan": "premium", "exp": from_now(-5) });
    let endless = value!({ "sub": "eve", "plan": "premium" });
    let elsewhere = value!({ "sub": "eve", "plan": "premium", "exp": from_now(3600), "aud": ["billing"] });
    let nobodys = value!({ "plan": "premium", "exp": from_now(3600) });
    let (none, other) = (value!({ "alg": "none" }), value!({ "alg": "HS512" }));
    let signed = |claims| sign(&hs256(), claims, SECRET);
    let wrong = [
        ("an expired token", signed(&expired)),
        ("a token without exp", signed(&endless)),
        ("a token for another service", signed(&elsewhere)),
        ("a token without sub", signed(&nobodys)),
        ("another's signature", sign(&hs256(), &claims, &SECRET.to_uppercase())),
        ("alg none", format!("{}.", unsigned(&none, &claims))),
        ("alg none, signed", sign(&none, &claims, SECRET)),
        ("another algorithm", sign(&other, &claims, SECRET)),
        ("other claims", format!("{}.{signature}", unsigned(&hs256(), &nobodys))),
        ("an unknown plan", token("mallory", "gold")),
        ("no signature", format!("{head}.")),
        ("half a token", good[..good.len() - 2].to_owned()),
        ("two dots", "..".to_owned()),
        ("no token at all", "a.b.c".to_owned()),
    ];
    let bearer = |credential: &str| client.clone().with_key(credential);
    let mut callers = vec![
        ("a valid token", Worth::Token, bearer(&good)),
        (
            "a token beside a wrong key",
            Worth::Token,
            bearer(&good).header("x-api-key", NOBODY),
        ),
    ];
    let wrong = wrong.iter();
    callers.extend(wrong.map(|(name, sent)| (*name, Worth::Wrong, bearer(sent))));
    callers
}

fn lets_in(door: Door, worth: Worth) -> bool {
    match door {
        Door::Open => true,
        Door::Optional => worth != Worth::Wrong,
        Door::Credential => matches!(worth, Worth::Key | Worth::Token),
        Door::Token => worth == Worth::Token,
    }
}

#[tokio::test]
async fn every_endpoint_lets_in_whom_it_should_and_nobody_else() {
    let api = Api::with("", KEPT).await;
    let callers = callers(&api.client());
    for row in rows::all() {
        for (name, worth, client) in &callers {
            let answer = row.ask(client).await;
            let told = format!("{} with {name}: {}", row.name(), answer.text());
            if lets_in(row.door, *worth) {
                assert_eq!(answer.status, row.status, "{told}");
                assert_marked(&answer);
            } else {
                assert_eq!(answer.status, 401, "{told}");
                assert_refused(&answer, 401, "AUTHENTICATION_ERROR");
            }
        }
    }
}

#[tokio::test]
async fn who_is_turned_away_reaches_no_upstream() {
    let api = Api::start().await;
    for row in rows::inference() {
        assert_refused(&row.ask(&api.client()).await, 401, "AUTHENTICATION_ERROR");
        let bob = api.bob();
        assert_refused(&row.ask(&bob).await, 403, "MODEL_NOT_ALLOWED");
    }
    assert_eq!(api.upstream.requests().len(), 0);
}

#[tokio::test]
async fn without_a_database_a_token_calls_models_and_makes_no_keys() {
    let api = Api::start().await;
    let eve = api.client().with_key(&token("eve", "premium"));
    for row in rows::all() {
        let answer = row.ask(&eve).await;
        let expected = if row.door == Door::Token { 404 } else { row.status };
        assert_eq!(answer.status, expected, "{}: {}", row.name(), answer.text());
    }
}
