//! Who gets whose answers: never those of another plan, of another user's own cache, or of another definition of the model.

use jackfield_tests::client::Client;

use super::{ADA, BOB, CLEO, Scene, config, told};
use crate::scene::{Setup, ask, says};

/// A client with this key.
fn client(scene: &Scene, key: &str) -> Client {
    scene.gateway.client().with_key(key)
}

#[tokio::test]
async fn a_plan_shares_its_answers_and_no_other_sees_them() {
    let scene = Scene::start().await;
    scene.says("one").says("two");
    client(&scene, ADA).chat(ask("m")).await;
    assert_eq!(
        told(&client(&scene, BOB).chat(ask("m")).await),
        (Some("hit"), "one".to_owned())
    );
    assert_eq!(
        told(&client(&scene, CLEO).chat(ask("m")).await),
        (Some("miss"), "two".to_owned())
    );
    assert_eq!(
        told(&client(&scene, CLEO).chat(ask("m")).await),
        (Some("hit"), "two".to_owned())
    );
}

#[tokio::test]
async fn a_cache_may_be_each_users_own() {
    let scene = Scene::start().await;
    scene.says("one").says("two");
    client(&scene, ADA).chat(ask("own")).await;
    assert_eq!(
        told(&client(&scene, ADA).chat(ask("own")).await),
        (Some("hit"), "one".to_owned())
    );
    assert_eq!(
        told(&client(&scene, BOB).chat(ask("own")).await),
        (Some("miss"), "two".to_owned())
    );
}

#[tokio::test]
async fn a_hit_needs_a_key_and_a_plan_as_any_request_does() {
    let scene = Scene::start().await;
    scene.says("one");
    client(&scene, ADA).chat(ask("m")).await;
    assert_eq!(scene.gateway.client().chat(ask("m")).await.status, 401);
}

#[tokio::test]
async fn another_definition_of_the_model_starts_afresh_and_other_changes_do_not() {
    let mut scene = Scene::start().await;
    scene.says("one").says("two").says("three").says("four");
    scene.ada().chat(ask("m")).await;
    let unchanged = config(&scene.upstream, "log: { slow: 30s }");
    scene.gateway.reconfigure(&unchanged).await;
    assert_eq!(told(&scene.ada().chat(ask("m")).await), (Some("hit"), "one".to_owned()));
    let renamed = unchanged.replacen("model: m }", "model: other }", 1);
    scene.gateway.reconfigure(&renamed).await;
    assert_eq!(
        told(&scene.ada().chat(ask("m")).await),
        (Some("miss"), "two".to_owned())
    );
    let provider = unchanged.replace("api_key: sk }", "api_key: sk, settings: { headers: { x-a: b } } }");
    scene.gateway.reconfigure(&provider).await;
    assert_eq!(
        told(&scene.ada().chat(ask("m")).await),
        (Some("miss"), "three".to_owned())
    );
    let of_target = unchanged.replacen("model: m }", "model: m, settings: { headers: { x-a: c } } }", 1);
    scene.gateway.reconfigure(&of_target).await;
    assert_eq!(
        told(&scene.ada().chat(ask("m")).await),
        (Some("miss"), "four".to_owned())
    );
    // What was kept under the first definition is still right once that is in force again.
    scene.gateway.reconfigure(&unchanged).await;
    assert_eq!(told(&scene.ada().chat(ask("m")).await), (Some("hit"), "one".to_owned()));
}

#[tokio::test]
async fn without_authentication_everybody_shares() {
    let setup = Setup::default();
    let scene = crate::scene::Scene::with(setup).await;
    let cached = scene.config(&setup).replace("solo: {", "solo: { cache: { ttl: 1h },");
    let mut scene = scene;
    scene.gateway.reconfigure(&cached).await;
    scene.first.reply(says("one"));
    scene.client().chat(ask("solo")).await;
    assert_eq!(
        told(&scene.client().chat(ask("solo")).await),
        (Some("hit"), "one".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shapers_of_each_request_see_what_comes_from_the_cache() {
    let refusing = "words: { plugin: shady, grant: [texts, reply], settings: { does: refuse } }";
    let scene = crate::shapers::scene::Scene::with_model(refusing, "cache: { ttl: 10m }").await;
    scene.says("the SECRET");
    let first = scene.client().chat(ask("m")).await;
    let second = scene.client().chat(ask("m")).await;
    assert_eq!((first.status, second.status), (403, 403), "{}", second.text());
    assert_eq!(scene.upstream.requests().len(), 1);
}
