//! The sixteen scenarios: what the provider does, and what is expected of the gateway.

use std::time::Duration;

use jackfield_config::TimeoutsConfig;
use jackfield_tests::client::Collected;
use jackfield_tests::gateway::{FREE, Gateway};
use jackfield_tests::upstream::{Reply, Upstream, json, never_answers, no_answer, sse, text};
use jackfield_tests::vendor::{Turn, openai};
use serde_json::{Value, json as value};

use super::verdict::{Conduct, Outcome, Verdict};
use crate::scene::refuses;

/// The words of the answer, in the pieces in which it is streamed.
const PIECES: [&str; 6] = [
    "a gateway",
    " earns trust",
    " only when",
    " the provider",
    " behind it",
    " misbehaves",
];

/// How the gateway gives out streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Default,
    Whole,
    Continuation,
}

/// A fault, and what it takes to play it.
pub(super) struct Scenario {
    /// The row in the table.
    pub(super) fault: &'static str,
    /// What the first provider does, in order; afterwards it is healthy.
    primary: fn() -> Vec<Reply>,
    /// Whether it does the last of these for ever.
    persists: bool,
    /// Further members of `routing`.
    routing: &'static str,
    /// The clocks of the first provider.
    timeouts: &'static str,
    /// Whether the second provider's model goes on with a begun text.
    prefill: bool,
    /// Whether the first provider recovers after a few requests, and must then be used again.
    recovers: bool,
    /// The best that a client can get.
    ideal: Outcome,
    /// What is expected besides: from the requests at both providers and the stream.
    conduct: fn(&Played) -> Conduct,
}

/// What happened.
pub(super) struct Played {
    primary: usize,
    fallback: usize,
    prefilled: bool,
    /// What became of further requests, while the first provider was down and after it had recovered.
    later: bool,
    stream: Collected,
}

const PLAIN: Scenario = Scenario {
    fault: "",
    primary: Vec::new,
    persists: false,
    routing: "",
    timeouts: "",
    prefill: true,
    recovers: false,
    ideal: Outcome::Rescued,
    conduct: |played| Conduct {
        required: played.primary <= 6,
        advised: true,
    },
};

/// All of them, in the benchmark's order. The last ones play a scenario again with the option that is made for it.
pub(super) const SCENARIOS: [Scenario; 18] = [
    Scenario {
        fault: "1. 429 with `Retry-After`, then healthy",
        primary: || vec![refuses(429, "slow down").header("retry-after", "2")],
        // The next target answers at once; the benchmark would rather see the first one asked again.
        conduct: |played| Conduct {
            required: played.primary <= 2,
            advised: played.primary >= 2,
        },
        ..PLAIN
    },
    Scenario {
        fault: "2. 429 for ever",
        primary: || vec![refuses(429, "slow down")],
        persists: true,
        ..PLAIN
    },
    Scenario {
        fault: "3. 500 once, then healthy",
        primary: || vec![text(500, "oops")],
        conduct: |played| Conduct {
            required: true,
            advised: played.primary >= 2,
        },
        ..PLAIN
    },
    Scenario {
        fault: "4. 503 for ever",
        primary: || vec![text(503, "busy")],
        persists: true,
        ..PLAIN
    },
    Scenario {
        fault: "5. connection reset before the reply",
        primary: || vec![no_answer()],
        ..PLAIN
    },
    Scenario {
        fault: "6. no reply at all",
        primary: || vec![never_answers()],
        persists: true,
        timeouts: "response: 50ms",
        conduct: |played| Conduct {
            required: TimeoutsConfig::default().response(true) <= Duration::from_secs(100),
            advised: played.primary <= 1,
        },
        ..PLAIN
    },
    Scenario {
        fault: "7. first token after 20 s",
        primary: || vec![healthy()],
        // Only the clock decides: the answer comes, and the next target is asked only if the clock is shorter.
        conduct: |_| Conduct {
            required: true,
            advised: TimeoutsConfig::default().first_content <= Duration::from_secs(15),
        },
        ..PLAIN
    },
    Scenario {
        fault: "8. stream cut after 40 of 60 tokens",
        primary: || vec![cut()],
        ..PLAIN
    },
    Scenario {
        fault: "9. stream stalls after 20 tokens",
        primary: || vec![begun(2).then_stall()],
        timeouts: "idle: 50ms",
        ..PLAIN
    },
    Scenario {
        fault: "10. an event in the stream is not JSON",
        primary: || vec![broken_event()],
        ..PLAIN
    },
    Scenario {
        fault: "11. stream without `[DONE]`",
        primary: || vec![healthy().without_done()],
        ..PLAIN
    },
    Scenario {
        fault: "12. prompt longer than the model's context",
        primary: || vec![rejects("context_length_exceeded")],
        conduct: |played| Conduct {
            required: played.primary == 1,
            advised: true,
        },
        ..PLAIN
    },
    Scenario {
        fault: "13. rejected by the content filter",
        primary: || vec![rejects("content_policy_violation")],
        ideal: Outcome::CleanError,
        conduct: |played| Conduct {
            required: played.primary == 1,
            advised: true,
        },
        ..PLAIN
    },
    Scenario {
        fault: "14. stream cut, and the next target refuses a prefill",
        primary: || vec![cut()],
        prefill: false,
        conduct: |played| Conduct {
            required: !played.prefilled,
            advised: true,
        },
        ..PLAIN
    },
    Scenario {
        fault: "15. down for a minute, then healthy",
        primary: || vec![text(503, "down")],
        persists: true,
        routing: "breaker: { open_for: 1ms }",
        recovers: true,
        conduct: |played| Conduct {
            required: played.later,
            advised: true,
        },
        ..PLAIN
    },
    Scenario {
        fault: "16. 503 for ever: who is named",
        primary: || vec![text(503, "busy")],
        persists: true,
        // The reply names the model that the client asked for; `x-jackfield-model` names the one that answered.
        conduct: |played| Conduct {
            required: names_the_fallback(&played.stream),
            advised: true,
        },
        ..PLAIN
    },
    Scenario {
        fault: "10 with `on_broken_event: skip`",
        primary: || vec![broken_event()],
        routing: "on_broken_event: skip",
        conduct: |played| Conduct {
            required: true,
            advised: played.fallback == 0,
        },
        ..PLAIN
    },
    Scenario {
        fault: "12 with `fallback_on: [context-length]`",
        primary: || vec![rejects("context_length_exceeded")],
        routing: "fallback_on: [context-length]",
        conduct: |played| Conduct {
            required: played.primary == 1,
            advised: true,
        },
        ..PLAIN
    },
];

// === impl Scenario ===

impl Scenario {
    /// Plays the scenario and scores it.
    pub(super) async fn play(&self, mode: Mode) -> Verdict {
        let (primary, fallback) = (Upstream::start().await, Upstream::start().await);
        let mut replies = (self.primary)();
        if let Some(last) = replies.pop_if(|_| self.persists) {
            primary.always(last);
        } else {
            primary.always(healthy());
        }
        for reply in replies {
            primary.reply(reply);
        }
        fallback.answer(continues);
        let gateway = Gateway::start(&self.config(mode, &primary, &fallback)).await;
        let stream = ask(&gateway).await;
        let outcome = Outcome::of(&stream, &PIECES.concat());
        let prefilled = |request: &jackfield_tests::upstream::Request| {
            request.json()["messages"]
                .as_array()
                .and_then(|all| all.last())
                .is_some_and(|last| last["role"] == "assistant")
        };
        let later = !self.recovers || recovers(&gateway, &primary, &fallback).await;
        let played = Played {
            primary: primary.requests().len(),
            fallback: fallback.requests().len(),
            prefilled: fallback.requests().iter().any(prefilled),
            later,
            stream,
        };
        Verdict::of(&outcome, &self.ideal, &(self.conduct)(&played))
    }

    fn config(&self, mode: Mode, primary: &Upstream, fallback: &Upstream) -> String {
        let (primary, fallback) = (primary.base_url(), fallback.base_url());
        let (routing, timeouts) = (self.routing, self.timeouts);
        let mode = match mode {
            Mode::Default => "stream: live",
            Mode::Whole => "stream: whole",
            Mode::Continuation => "continuation: true",
        };
        let prefill = if self.prefill { "prefill: [\"*\"]" } else { "" };
        format!(
            "server: {{ auth: off }}\n\
             routing: {{ {routing} }}\n\
             providers:\n\
             \x20 primary: {{ adapter: openai, base_url: \"{primary}\", api_key: k, timeouts: {{ {timeouts} }} }}\n\
             \x20 fallback: {{ adapter: openai, base_url: \"{fallback}\", api_key: k, {prefill} }}\n\
             models:\n\
             \x20 duo: {{ {FREE}, routing: {{ {mode} }}, chain: [{{ provider: primary, model: one }}, {{ provider: fallback, model: two }}] }}\n"
        )
    }
}

async fn ask(gateway: &Gateway) -> Collected {
    let request = value!({ "model": "duo", "messages": [{ "role": "user", "content": "explain" }] });
    gateway.client().stream(request).await.collect().await
}

/// True if further requests are answered while the first provider is down, and it is used again once it is healthy.
async fn recovers(gateway: &Gateway, primary: &Upstream, fallback: &Upstream) -> bool {
    let rescued = |stream: &Collected| Outcome::of(stream, &PIECES.concat()) == Outcome::Rescued;
    for _ in 0..8 {
        if !rescued(&ask(gateway).await) {
            return false;
        }
    }
    primary.always(healthy());
    for _ in 0..200 {
        let before = fallback.requests().len();
        if !rescued(&ask(gateway).await) {
            return false;
        }
        if fallback.requests().len() == before {
            return true;
        }
    }
    false
}

fn healthy() -> Reply {
    sse(openai::chunks(&Turn::says(&PIECES), 1, true))
}

/// The stream's beginning: these pieces, and no end.
fn begun(pieces: usize) -> Reply {
    let mut chunks = openai::chunks(&Turn::says(&PIECES[..pieces]), 1, false);
    chunks.pop();
    sse(chunks).without_done()
}

fn cut() -> Reply {
    begun(4).then_cut()
}

fn broken_event() -> Reply {
    let mut chunks: Vec<String> = openai::chunks(&Turn::says(&PIECES), 1, true)
        .iter()
        .map(Value::to_string)
        .collect();
    chunks.insert(3, "{\"id\": \"torn".to_owned());
    sse(chunks)
}

fn rejects(code: &str) -> Reply {
    json(
        400,
        value!({ "error": { "message": "no", "type": "invalid_request_error", "param": null, "code": code } }),
    )
}

/// The healthy fallback: it goes on with a text that the assistant has begun, and otherwise answers in full.
fn continues(request: &jackfield_tests::upstream::Request) -> Reply {
    let messages = request.json()["messages"].clone();
    let last = messages
        .as_array()
        .and_then(|all| all.last().cloned())
        .unwrap_or_default();
    if last["role"] != "assistant" {
        return healthy();
    }
    let answer = PIECES.concat();
    let rest = answer
        .strip_prefix(last["content"].as_str().unwrap_or_default())
        .unwrap_or_default();
    sse(openai::chunks(&Turn::says(&[rest]), 1, true))
}

fn names_the_fallback(stream: &Collected) -> bool {
    stream.chunks().iter().any(|chunk| chunk["model"] == "two")
}
