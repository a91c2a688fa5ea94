//! `log.prompts`: request bodies in the log, for those who ask for it.

use jackfield_tests::gateway::{FREE, Gateway};

const PATH: &str = "/v1/chat/completions";

fn config(prompts: bool) -> String {
    format!(
        "log: {{ prompts: {prompts} }}\nproviders: {{ p: {{ adapter: echo }} }}\n\
         models: {{ m: {{ {FREE}, chain: [{{ provider: p, model: m }}] }} }}\n"
    )
}

fn body(prompt: &str) -> String {
    format!("{{ \"model\": \"m\",\n\"messages\": [{{ \"role\": \"user\", \"content\": \"{prompt}\" }}] }}")
}

#[tokio::test]
async fn prompts_are_logged_on_one_line_each_from_the_change_on_that_asks_for_it() {
    let mut gateway = Gateway::start(&config(false)).await;
    let client = gateway.client();
    assert_eq!(client.post_text(PATH, &body("prompt-kept-quiet")).await.status, 200);
    gateway.reconfigure(&config(true)).await;
    assert_eq!(client.post_text(PATH, &body("prompt-written-down")).await.status, 200);
    // No JSON, so no answer; and no second line in the log either.
    let forged = "prompt-forged\n\u{1b}[2JINFO jackfield::request: ok";
    assert_eq!(client.post_text(PATH, forged).await.status, 400);

    let logs = gateway.logs();
    assert!(!logs.contains("prompt-kept-quiet"));
    let line = |text: &str| logs.lines().find(|line| line.contains(text)).unwrap().to_owned();
    let written = line("prompt-written-down");
    assert!(
        written.contains("jackfield::prompt: { \"model\": \"m\", \"messages\": [{"),
        "{written}"
    );
    assert!(written.contains("request_id="), "{written}");
    assert!(line("prompt-forged").contains("prompt-forged  [2JINFO jackfield::request: ok"));
}
