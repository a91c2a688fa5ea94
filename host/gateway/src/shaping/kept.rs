//! What shapers that see no texts have decided, kept for the next request of which they would be told the same.
//!
//! Their plugins are told the operation, the dialect, the model, whether a stream is asked for, the caller's plan and
//! pseudonym, the settings and, if they need them, the parameters. What they keep for the reply is part of the verdict.

use std::sync::Arc;

use super::shaper::{Call, Calls, Shaper};
use super::verdict::{Decided, Part, Trouble, Verdict};
use crate::memo::{Found, Key};

// === impl Shaper ===

impl Shaper {
    /// What its plugin has decided about such a request before, or decides now.
    pub(super) async fn decided(
        &self,
        plugin: &dyn Calls,
        call: Call<'_>,
        parts: &[Part<'_>],
    ) -> Result<Arc<Verdict>, Trouble> {
        // What was decided by texts decides nothing else.
        let Some(memo) = self.memo.as_ref().filter(|_| parts.is_empty()) else {
            let Decided { verdict, .. } = plugin.request(call, parts).await?;
            return Ok(Arc::new(verdict));
        };
        let key = self.key(call);
        let ticket = match memo.find(&key) {
            Found::Kept(verdict) => {
                self.tally.decided_before();
                return Ok(verdict);
            }
            Found::New(ticket) => ticket,
        };
        let Decided { verdict, repeatable } = plugin.request(call, parts).await?;
        let verdict = Arc::new(verdict);
        if let (Some(ticket), true) = (ticket, repeatable) {
            memo.keep(ticket, &key, &verdict, verdict.bytes());
        }
        Ok(verdict)
    }

    fn key<'a>(&'a self, call: Call<'a>) -> Key<'a> {
        let told = call.told;
        Key {
            name: &self.name,
            settings: call.settings,
            operation: told.operation.as_str(),
            dialect: told.dialect,
            stream: told.stream,
            model: &told.model,
            caller: [&told.plan, &told.user],
            parameters: call.parameters,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use bytes::Bytes;
    use jackfield_dialects::{Operation, TextKind};

    use super::*;
    use crate::memo::Memo;
    use crate::shaping::scripted::{Script, refusal, shaper, shapes, told};
    use crate::shaping::verdict::{Changes, Told};

    /// A shaper with this script that keeps what it decides, and is called as often as the counter says.
    struct Counted {
        shaper: Shaper,
        calls: Arc<AtomicU64>,
    }

    impl Counted {
        fn new(decides: impl Fn() -> Result<Verdict, Trouble> + Send + Sync + 'static) -> Self {
            Self::with(shapes(move |_| decides()))
        }

        fn with(script: Script) -> Self {
            let calls = Arc::new(AtomicU64::new(0));
            let (counted, shape) = (Arc::clone(&calls), script.shape);
            let script = Script {
                shape: Box::new(move |parts| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    shape(parts)
                }),
                ..script
            };
            let memo = Some(Arc::new(Memo::new(true, None)));
            let shaper = Shaper {
                memo,
                ..shaper("s", script)
            };
            Self { shaper, calls }
        }

        async fn decides(&self, told: Told) -> Result<Verdict, Trouble> {
            let verdict = self.shaper.request(&Arc::new(told), &[]).await;
            verdict.map(|verdict| Verdict::clone(&verdict))
        }

        /// What it decides about ten such requests.
        async fn decides_ten(&self, told: &Told) -> Vec<Result<Verdict, Trouble>> {
            let mut decided = Vec::new();
            for _ in 0..10 {
                decided.push(self.decides(told.clone()).await);
            }
            decided
        }

        fn calls(&self) -> u64 {
            self.calls.load(Ordering::Relaxed)
        }
    }

    fn changes() -> Verdict {
        Verdict::Patch(Changes {
            parameters: b"{\"n\":1}".to_vec(),
            state: Bytes::from_static(b"7"),
            ..Changes::default()
        })
    }

    #[tokio::test]
    async fn what_is_told_twice_is_decided_without_a_call_from_then_on() {
        for verdict in [Verdict::Pass, changes(), Verdict::Refuse(refusal())] {
            let decided = verdict.clone();
            let counted = Counted::new(move || Ok(decided.clone()));
            let all = counted.decides_ten(&told(Operation::Chat)).await;
            assert!(all.iter().all(|one| one.as_ref() == Ok(&verdict)), "{all:?}");
            assert_eq!(counted.calls(), 2);
            let counts = counted.shaper.tally.counts();
            let refused = if matches!(verdict, Verdict::Refuse(_)) { 10 } else { 0 };
            assert_eq!((counts.calls, counts.kept, counts.refusals), (10, 8, refused));
        }
    }

    #[tokio::test]
    async fn whatever_a_shaper_is_told_decides_anew() {
        let counted = Counted::new(|| Ok(Verdict::Pass));
        let known = told(Operation::Chat);
        counted.decides_ten(&known).await;
        let others = [
            Told {
                operation: Operation::CountTokens,
                ..known.clone()
            },
            Told {
                dialect: "anthropic-messages",
                ..known.clone()
            },
            Told {
                model: "n".into(),
                ..known.clone()
            },
            Told {
                stream: true,
                ..known.clone()
            },
            Told {
                plan: "pro".to_owned(),
                ..known.clone()
            },
            Told {
                user: "u_2".to_owned(),
                ..known.clone()
            },
            Told {
                parameters: Bytes::from_static(b"{\"seed\":1}"),
                ..known.clone()
            },
        ];
        for (number, other) in others.into_iter().enumerate() {
            counted.decides(other).await.unwrap();
            assert_eq!(counted.calls(), 3 + number as u64);
        }
    }

    #[tokio::test]
    async fn the_id_of_a_request_and_parameters_that_it_does_not_see_decide_nothing() {
        let mut counted = Counted::new(|| Ok(Verdict::Pass));
        counted.shaper.sees_parameters = false;
        for number in 0..10 {
            let told = Told {
                id: format!("r{number}").into(),
                parameters: Bytes::from(format!("{{\"seed\":{number}}}")),
                ..told(Operation::Chat)
            };
            counted.decides(told).await.unwrap();
        }
        assert_eq!(counted.calls(), 2);
    }

    #[tokio::test]
    async fn a_failure_and_what_differs_from_request_to_request_are_never_kept() {
        let known = told(Operation::Chat);
        let fails = Counted::new(|| Err(Trouble::Failed("trapped".to_owned())));
        assert!(fails.decides_ten(&known).await.iter().all(Result::is_err));
        assert_eq!(fails.calls(), 10);
        let asks = Counted::with(Script {
            repeatable: false,
            ..shapes(|_| Ok(Verdict::Pass))
        });
        asks.decides_ten(&known).await;
        assert_eq!(asks.calls(), 10);
    }

    #[tokio::test]
    async fn what_was_decided_by_texts_decides_nothing_else() {
        let counted = Counted::new(|| Ok(Verdict::Pass));
        let part = Part {
            path: "/input",
            role: "",
            kind: TextKind::Input,
            choice: 0,
            text: "a",
        };
        let told = Arc::new(told(Operation::Embeddings));
        for _ in 0..10 {
            counted.shaper.request(&told, &[part]).await.unwrap();
        }
        assert_eq!(counted.calls(), 10);
    }
}
