//! What a request carries through the gateway for its spans.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, Uri};
use jackfield_dialects::Told;

use super::context::{self, Parent};
use super::tracer::Tracer;
use jackfield_config::escaped::cut;

/// The most attempts, and the most plugin calls, that get a span. There may be hundreds.
const MOST: usize = 64;

/// The most bytes of a model's name that nobody has checked.
const MAX_NAME: usize = 256;

/// A request's place in a trace.
#[derive(Debug)]
pub(crate) struct Trace {
    /// The trace's id.
    pub(crate) id: [u8; 16],
    /// The id of the request's span.
    pub(crate) span_id: [u8; 8],
    /// The id of the span that caused it, in another program; `None` if none is known.
    pub(crate) parent: Option<[u8; 8]>,
    /// Whether the request gets spans.
    pub(crate) sampled: bool,
    /// What vendors say of the trace.
    pub(crate) state: String,
    /// Takes the spans.
    pub(crate) tracer: Arc<Tracer>,
    notes: Mutex<Notes>,
}

/// What was noted.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The attempts in order, as many as get a span.
    pub(crate) attempts: Vec<AttemptNote>,
    /// The calls of plugins in order, as many as get a span.
    pub(crate) calls: Vec<CallNote>,
    /// How many calls got none.
    pub(crate) more_calls: u32,
    /// What the answer says of itself.
    pub(crate) told: Told,
    /// The model that the client named, if the request was refused before one was found.
    pub(crate) refused_model: Option<String>,
    /// What the client asked, if content is wanted.
    pub(crate) input: Option<String>,
    /// The whole answer, if content is wanted.
    pub(crate) output: Option<String>,
}

/// The beginning of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct AttemptNote {
    /// The id of its span.
    pub(crate) span_id: [u8; 8],
    /// When it began.
    pub(crate) at: SystemTime,
    /// The plugin that makes it, if one does.
    pub(crate) plugin: Option<String>,
    /// Its upstream, if it has one.
    pub(crate) server: Option<Arc<Server>>,
}

/// An upstream as spans name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// The host of its base URL.
    pub(crate) host: String,
    /// The port, which the scheme decides if the URL names none.
    pub(crate) port: u16,
}

/// A call of an adapter's plugin, or of a shaper.
#[derive(Debug, Clone)]
pub(crate) struct CallNote {
    /// Who was called.
    pub(crate) callee: Callee,
    /// What was called.
    pub(crate) function: &'static str,
    /// The class of its failure, if it failed.
    pub(crate) failed: Option<&'static str>,
    /// When it had returned.
    pub(crate) until: SystemTime,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Who was called.
#[derive(Debug, Clone)]
pub(crate) enum Callee {
    /// The plugin of the attempt with this number; of none if it is 0.
    Adapter(usize),
    /// The shaper of this name.
    Shaper(Arc<str>),
}

// === impl Notes ===

impl Notes {
    fn called(&mut self, callee: Callee, function: &'static str, took: Duration, failed: Option<&'static str>) {
        if self.calls.len() == MOST {
            self.more_calls += 1;
            return;
        }
        self.calls.push(CallNote {
            callee,
            function,
            failed,
            until: SystemTime::now(),
            took,
        });
    }
}

// === impl Trace ===

impl Trace {
    /// Begins a request's trace: goes on with its parent's, whose decision counts, or lets the tracer decide.
    pub(crate) fn begin(tracer: &Arc<Tracer>, parent: Option<Parent>) -> Self {
        let (id, parent, sampled, state) = if let Some(parent) = parent {
            (parent.trace_id, Some(parent.span_id), parent.sampled, parent.state)
        } else {
            let id = context::new_trace_id();
            (id, None, tracer.samples(&id), String::new())
        };
        let notes = Notes {
            told: Told::with_room(tracer.content.unwrap_or(0)),
            ..Notes::default()
        };
        Self {
            id,
            span_id: context::new_span_id(),
            parent,
            sampled,
            state,
            tracer: Arc::clone(tracer),
            notes: Mutex::new(notes),
        }
    }

    /// An attempt begins, made by this plugin at this upstream, if it has them.
    pub(crate) fn attempt(&self, plugin: Option<&str>, server: Option<&Arc<Server>>) {
        if !self.sampled {
            return;
        }
        let mut notes = self.notes();
        if notes.attempts.len() < MOST {
            notes.attempts.push(AttemptNote {
                span_id: context::new_span_id(),
                at: SystemTime::now(),
                plugin: plugin.map(str::to_owned),
                server: server.cloned(),
            });
        }
    }

    /// The plugin of the latest attempt has worked for this long, and failed in this class if it did.
    pub(crate) fn called(&self, function: &'static str, took: Duration, failed: Option<&'static str>) {
        if self.sampled {
            let mut notes = self.notes();
            let callee = Callee::Adapter(notes.attempts.len());
            notes.called(callee, function, took, failed);
        }
    }

    /// A shaper has worked for this long, and failed in this class if it did.
    pub(crate) fn shaped(
        &self,
        shaper: &Arc<str>,
        function: &'static str,
        took: Duration,
        failed: Option<&'static str>,
    ) {
        if self.sampled {
            let callee = Callee::Shaper(Arc::clone(shaper));
            self.notes().called(callee, function, took, failed);
        }
    }

    /// The client named this model, and its request is refused.
    pub(crate) fn refused(&self, model: &str) {
        if self.sampled {
            self.notes().refused_model = Some(cut(model, MAX_NAME).into_owned());
        }
    }

    /// The client asks this.
    pub(crate) fn asked(&self, body: &[u8]) {
        if let Some(most) = self.tracer.content.filter(|_| self.sampled) {
            self.notes().input = Some(beginning(body, most));
        }
    }

    /// This is the whole answer, and what it says of itself if that is known.
    pub(crate) fn replied(&self, body: &[u8], told: Option<Told>) {
        if !self.sampled {
            return;
        }
        let mut notes = self.notes();
        match told {
            Some(told) => notes.told = told,
            None => notes.told.read(body),
        }
        notes.output = self.tracer.content.map(|most| beginning(body, most));
    }

    /// These are events of the answer.
    pub(crate) fn heard(&self, events: &[u8]) {
        if self.sampled {
            self.notes().told.read_events(events);
        }
    }

    /// Names the present attempt, or else the request, to an upstream, unless the operator has written that header or
    /// keeps traces to themselves.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        if !self.tracer.propagate || context::has(headers) {
            return;
        }
        let attempt = self.notes().attempts.last().map(|attempt| attempt.span_id);
        let span_id = attempt.unwrap_or(self.span_id);
        context::write(headers, &self.id, span_id, self.sampled, &self.state);
    }

    /// What was noted so far.
    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Server ===

impl Server {
    /// The one with this base URL; `None` if that is none.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        let by_scheme = if url.scheme_str()? == "https" { 443 } else { 80 };
        Some(Self {
            host: url.host()?.to_owned(),
            port: url.port_u16().unwrap_or(by_scheme),
        })
    }
}

/// The beginning of a text, up to this many bytes.
fn beginning(text: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(most + 4)]);
    text[..text.floor_char_boundary(most)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Queue;

    #[test]
    fn a_parents_decision_counts() {
        for sampled in [true, false] {
            let tracer = Arc::new(Tracer {
                sample: if sampled { 0.0 } else { 1.0 },
                content: None,
                propagate: true,
                queue: Arc::new(Queue::new(1)),
                counts: Arc::default(),
            });
            let parent = Parent {
                trace_id: [7; 16],
                span_id: [8; 8],
                sampled,
                state: "a=1".to_owned(),
            };
            let trace = Trace::begin(&tracer, Some(parent));
            assert_eq!(
                (trace.sampled, trace.id, trace.parent),
                (sampled, [7; 16], Some([8; 8]))
            );
            assert_ne!(trace.span_id, [8; 8]);
        }
    }
}
