//! Reads one YAML text into a tree that remembers where each value stands, and keeps keys that are given twice.

use std::{borrow::Cow, collections::BTreeMap};

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

/// Deeper trees are refused: walking them recursively would need a stack without bound.
const MAX_DEPTH: usize = 64;

/// More values than this come only from aliases that multiply each other.
const MAX_NODES: usize = 100_000;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// The file's number, in the order of reading.
    pub(super) file: usize,
    /// The line, from 1.
    pub(super) line: usize,
    /// The column in characters, from 1.
    pub(super) column: usize,
}

/// A value and what is below it.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Null, a boolean, a number or a text.
    Scalar(Value),
    /// A list's items and where each begins.
    List(Vec<(Spot, Node)>),
    /// A mapping's entries, also those whose key was given before.
    Map(Vec<Entry>),
}

/// One key of a mapping, and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key as text.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) spot: Spot,
    /// The value.
    pub(super) node: Node,
}

/// Why a text cannot be read at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Where.
    pub(super) spot: Spot,
    /// What is wrong.
    pub(super) message: String,
    /// What to write instead.
    pub(super) remedy: &'static str,
}

/// A list or mapping that is not closed yet.
struct Open {
    anchor: usize,
    spot: Spot,
    node: Node,
    /// The key that waits for its value.
    key: Option<(String, Spot)>,
}

/// The state of reading one text.
struct Reading {
    file: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<(Spot, Node)>,
}

/// Reads the top-level entries of one file; an empty file has none.
///
/// # Errors
/// If the text is not YAML, or is more than the one mapping that a configuration is.
pub(super) fn entries(file: usize, text: &str) -> Result<Vec<Entry>, Unreadable> {
    let mut reading = Reading {
        file,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        root: None,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| Unreadable {
            spot: reading.spot(error.marker()),
            message: format!("is not YAML: {}", error.info()),
            remedy: "check the indentation, quotes and brackets here and in the line before",
        })?;
        reading.event(event, span)?;
    }
    match reading.root {
        None | Some((_, Node::Scalar(Value::Null))) => Ok(Vec::new()),
        Some((_, Node::Map(entries))) => Ok(entries),
        Some((spot, _)) => {
            let message = "is not a mapping".to_owned();
            Err(Unreadable {
                spot,
                message,
                remedy: "begin with a key such as \"server:\"",
            })
        }
    }
}

// === impl Reading ===

impl Reading {
    fn spot(&self, marker: &Marker) -> Spot {
        Spot {
            file: self.file,
            line: marker.line(),
            column: marker.col() + 1,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Unreadable> {
        let spot = self.spot(&span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.awaits_key() {
                    return self.key(spot, text.into_owned());
                }
                self.add(anchor, spot, Node::Scalar(scalar(text, style, tag.as_ref())))
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, spot, Node::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(anchor, spot, Node::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.add(open.anchor, open.spot, open.node),
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.add(0, spot, node),
                None => Err(refusal(
                    spot,
                    "refers to the value that it is part of",
                    "write the value out",
                )),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// True if what comes next is a mapping's key.
    fn awaits_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| matches!(open.node, Node::Map(_)) && open.key.is_none())
    }

    fn key(&mut self, spot: Spot, key: String) -> Result<(), Unreadable> {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, spot));
        }
        self.count(spot, 1)
    }

    fn begin(&mut self, anchor: usize, spot: Spot, node: Node) -> Result<(), Unreadable> {
        if self.awaits_key() {
            return Err(refusal(
                spot,
                "has a list or mapping as a key",
                "write a plain text as the key",
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(refusal(spot, "is nested too deeply", "keep to 64 levels"));
        }
        self.open.push(Open {
            anchor,
            spot,
            node,
            key: None,
        });
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, anchor: usize, spot: Spot, node: Node) -> Result<(), Unreadable> {
        self.count(spot, if anchor == 0 { node.size() } else { 1 })?;
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None if self.root.is_some() => {
                return Err(refusal(
                    spot,
                    "begins a second document",
                    "put it into a file of its own",
                ));
            }
            None => self.root = Some((spot, node)),
            Some(Open {
                node: Node::List(items),
                ..
            }) => items.push((spot, node)),
            Some(Open {
                node: Node::Map(entries),
                key,
                ..
            }) => match key.take() {
                Some((key, spot)) => entries.push(Entry { key, spot, node }),
                None => {
                    return Err(refusal(spot, "has an alias as a key", "write a plain text as the key"));
                }
            },
            Some(Open {
                node: Node::Scalar(_), ..
            }) => {}
        }
        Ok(())
    }

    fn count(&mut self, spot: Spot, nodes: usize) -> Result<(), Unreadable> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            return Err(refusal(spot, "holds too many values", "use fewer aliases"));
        }
        Ok(())
    }
}

// === impl Node ===

impl Node {
    fn size(&self) -> usize {
        match self {
            Self::Scalar(_) => 1,
            Self::List(items) => 1 + items.iter().map(|(_, node)| node.size()).sum::<usize>(),
            Self::Map(entries) => 1 + entries.iter().map(|entry| entry.node.size()).sum::<usize>(),
        }
    }
}

fn refusal(spot: Spot, message: &str, remedy: &'static str) -> Unreadable {
    Unreadable {
        spot,
        message: message.to_owned(),
        remedy,
    }
}

/// Resolves a scalar by YAML 1.2's core schema (section 10.3). What JSON cannot say, such as `.nan`, stays text, so
/// that the schema's check refuses it with its place.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Value {
    match Scalar::parse_from_cow_and_metadata(text.clone(), style, tag) {
        Some(Scalar::Null) => Value::Null,
        Some(Scalar::Boolean(value)) => Value::Bool(value),
        Some(Scalar::Integer(value)) => Value::from(value),
        Some(Scalar::FloatingPoint(value)) => {
            number(value.into_inner()).map_or_else(|| Value::String(text.into_owned()), Value::Number)
        }
        Some(Scalar::String(text)) => Value::String(text.into_owned()),
        None => Value::String(text.into_owned()),
    }
}

/// A float as JSON. `2.0` becomes `2`, for the schema takes it as a whole number and serde would not.
fn number(value: f64) -> Option<serde_json::Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        return Some((value as i64).into());
    }
    serde_json::Number::from_f64(value)
}
