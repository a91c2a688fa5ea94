//! The texts of a stream, each on its way through all shapers that may see it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jackfield_dialects::{Dialect, Ends, StreamTexts, TextKey, TextKind, is_object};
use tokio::time::Instant;

use super::ShapedEvents;
use super::events::Events;
use crate::error::GatewayError;
use crate::shaping::course::{Stage, Stop};
use crate::shaping::shaper::Hold;
use crate::shaping::verdict::{Fragment, Told, Trouble};

/// The most bytes of text that one shaper may hold back, in all texts of a stream.
const MOST_HELD: usize = 8 << 20;

/// The longest that a text may be held back for a shaper that gets it whole.
const LONGEST_HELD: Duration = Duration::from_mins(5);

/// The shapers of one stream, and what they have not released yet.
#[derive(Debug)]
pub(super) struct Chain {
    told: Arc<Told>,
    texts: Box<dyn StreamTexts>,
    links: Vec<Link>,
}

/// One shaper, and what it holds.
#[derive(Debug)]
struct Link {
    stage: Stage,
    held: BTreeMap<TextKey, Held>,
}

/// What a shaper has left over of one text.
#[derive(Debug)]
struct Held {
    text: String,
    state: Bytes,
    since: Instant,
}

/// What comes out of a chain.
#[derive(Debug, Default)]
struct Out {
    text: String,
    stopped: Option<GatewayError>,
}

// === impl Chain ===

impl Chain {
    /// The chain of these shapers, for a stream in `dialect`.
    pub(super) fn new(dialect: Dialect, told: Arc<Told>, stages: impl Iterator<Item = Stage>) -> Self {
        let links = stages.filter(Stage::reads_replies).map(|stage| Link {
            stage,
            held: BTreeMap::new(),
        });
        Self {
            told,
            texts: dialect.stream_texts(),
            links: links.collect(),
        }
    }

    /// What becomes of these events. After the last ones, nothing is held back any more.
    pub(super) async fn shape(&mut self, events: &[u8], is_end: bool) -> ShapedEvents {
        let began = Instant::now();
        let mut events = Events::read(events, self.texts.as_mut());
        let stopped = self.walk(&mut events, is_end).await.err();
        let events = events.written(self.texts.as_ref(), stopped.is_some());
        ShapedEvents {
            events: self.texts.settle(events).into(),
            stopped,
            spent: began.elapsed(),
        }
    }

    /// Events that follow the shaped ones unseen, as they go out.
    pub(super) fn settled(&mut self, events: Vec<u8>) -> Vec<u8> {
        self.texts.settle(events)
    }

    async fn walk(&mut self, events: &mut Events<'_>, is_end: bool) -> Result<(), GatewayError> {
        for number in 0..events.len() {
            events.go_to(number);
            for ends in events.ends_before(number) {
                self.end(events, ends).await?;
            }
            let is_wanted = |kind: TextKind| self.links.iter().any(|link| link.wants(kind));
            events.collect(number, is_wanted);
            for ends in events.ends_after(number) {
                self.end(events, ends).await?;
            }
        }
        events.go_to(events.len());
        for key in events.pending() {
            self.release(events, key, false).await?;
        }
        if is_end {
            self.end(events, Ends::default()).await?;
        }
        Ok(())
    }

    /// Ends these texts.
    async fn end(&mut self, events: &mut Events<'_>, ends: Ends) -> Result<(), GatewayError> {
        let held = self.links.iter().flat_map(|link| link.held.keys().copied());
        let mut keys: Vec<TextKey> = held.chain(events.pending()).filter(|key| ends.includes(*key)).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.release(events, key, true).await?;
        }
        Ok(())
    }

    /// Takes what has come of a text through the shapers, and puts what comes out where it belongs.
    async fn release(&mut self, events: &mut Events<'_>, key: TextKey, last: bool) -> Result<(), GatewayError> {
        let was_held = self.holds(key);
        let (came, is_object) = events.take(key);
        let out = self.feed(key, came.clone(), is_object, last).await;
        let unchanged = !was_held && !self.holds(key) && out.text == came && out.stopped.is_none();
        events.put(key, out.text, unchanged);
        out.stopped.map_or(Ok(()), Err)
    }

    fn holds(&self, key: TextKey) -> bool {
        let held = |link: &Link| link.held.get(&key).is_some_and(|held| !held.text.is_empty());
        self.links.iter().any(held)
    }

    async fn feed(&mut self, key: TextKey, text: String, is_whole_object: bool, last: bool) -> Out {
        let mut out = Out { text, stopped: None };
        let told = Arc::clone(&self.told);
        for link in &mut self.links {
            // Behind a shaper that has stopped the stream, this is the end of the text.
            let last = last || out.stopped.is_some();
            let before = is_whole_object.then(|| out.text.clone());
            match link.feed(&told, key, std::mem::take(&mut out.text), last).await {
                Ok((text, None)) => match before.filter(|_| !is_object(&text)).map(|before| link.unfit(before)) {
                    None => out.text = text,
                    Some(Ok(before)) => out.text = before,
                    Some(Err(stopped)) => {
                        let stopped = Some(stopped);
                        return Out {
                            stopped,
                            ..Out::default()
                        };
                    }
                },
                Ok((text, Some(stopped))) => {
                    out.text = text;
                    out.stopped.get_or_insert(stopped);
                }
                Err(stopped) => {
                    return Out {
                        text: String::new(),
                        stopped: Some(stopped),
                    };
                }
            }
        }
        if is_whole_object && !is_object(&out.text) {
            // The shaper ends the stream within it, and half an object is none.
            out.text.clear();
        }
        out
    }
}

// === impl Link ===

impl Link {
    /// Whether it looks at texts of this kind, or holds some of them still.
    fn wants(&self, kind: TextKind) -> bool {
        self.stage.shaper.sees_kind(kind)
    }

    /// What follows from a text for a whole object that is none: the error for the client, or the object as it was.
    fn unfit(&mut self, before: String) -> Result<String, GatewayError> {
        let message = "made a mistake: the text for the arguments of a tool must be a JSON object";
        self.stage.stopped(Stop::Failed(Trouble::Failed(message.to_owned())))?;
        Ok(before)
    }

    /// Takes `text` through this shaper. Returns what it releases, and the error if it ends the reply.
    async fn feed(
        &mut self,
        told: &Arc<Told>,
        key: TextKey,
        text: String,
        last: bool,
    ) -> Result<(String, Option<GatewayError>), GatewayError> {
        if !self.wants(key.kind) {
            return Ok((text, None));
        }
        if self.stage.is_off {
            let held = self.held.remove(&key).map(|held| held.text);
            return Ok((held.unwrap_or_default() + &text, None));
        }
        if text.is_empty() && !(last && self.held.contains_key(&key)) {
            return Ok((text, None));
        }
        let state = &self.stage.state;
        let held = self.held.entry(key).or_insert_with(|| Held {
            text: String::new(),
            state: state.clone(),
            since: Instant::now(),
        });
        held.text.push_str(&text);
        let released = self.call(told, key, last).await;
        match released {
            Ok(released) => Ok(released),
            Err(stop) => {
                self.stage.stopped(stop)?;
                let held = self.held.remove(&key).map(|held| held.text);
                Ok((held.unwrap_or_default(), None))
            }
        }
    }

    async fn call(
        &mut self,
        told: &Arc<Told>,
        key: TextKey,
        last: bool,
    ) -> Result<(String, Option<GatewayError>), Stop> {
        let shaper = Arc::clone(&self.stage.shaper);
        let total: usize = self.held.values().map(|held| held.text.len()).sum();
        if total > MOST_HELD {
            let message = format!("would hold back more than {MOST_HELD} bytes of text");
            return Err(Stop::Failed(Trouble::Failed(message)));
        }
        let Some(held) = self.held.get_mut(&key) else {
            return Ok((String::new(), None));
        };
        if shaper.hold == Hold::Whole && !last {
            return if held.since.elapsed() > LONGEST_HELD {
                let message = format!("would hold back a text for longer than {LONGEST_HELD:?}");
                Err(Stop::Failed(Trouble::Failed(message)))
            } else {
                Ok((String::new(), None))
            };
        }
        let piece = Fragment {
            choice: key.choice,
            kind: key.kind,
            text: &held.text,
            last,
        };
        let released = shaper.text(told, &held.state, piece).await.map_err(Stop::Failed)?;
        held.text.drain(..released.taken);
        held.state = released.state;
        if last || released.refusal.is_some() {
            self.held.remove(&key);
        }
        let stopped = released.refusal.map(|refusal| refusal.error(&shaper.name));
        Ok((released.text, stopped))
    }
}
