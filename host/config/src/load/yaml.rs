//! Parses YAML into a tree that records the place of each value, and keeps duplicate keys.

use std::{borrow::Cow, collections::BTreeMap};

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};
use serde_json::Value;

/// Deeper trees are refused, because walking them recursively would need an unbounded stack.
const MAX_DEPTH: usize = 64;

/// Aliases may always stand for this many values.
const MAX_EXPANDED: usize = 100_000;

/// In a large file, aliases may stand for this many values per value that is written out. Only aliases that multiply
/// each other yield more.
const MAX_AMPLIFICATION: usize = 10;

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// The file's index, in reading order.
    pub(super) file: usize,
    /// The line, from 1.
    pub(super) line: usize,
    /// The column in characters, from 1.
    pub(super) column: usize,
}

/// A value and everything below it.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Null, a boolean, a number or a string.
    Scalar(Value),
    /// The items of a list and where each begins.
    List(Vec<(Spot, Node)>),
    /// The entries of a mapping, including those with a duplicate key.
    Map(Vec<Entry>),
}

/// A key of a mapping, and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key is.
    pub(super) spot: Spot,
    /// The value.
    pub(super) node: Node,
}

/// Why a file cannot be parsed at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Where.
    pub(super) spot: Spot,
    /// What is wrong.
    pub(super) problem: String,
    /// What to write instead.
    pub(super) remedy: &'static str,
}

/// A list or mapping that is still open.
struct Open {
    anchor: usize,
    spot: Spot,
    node: Node,
    /// The key whose value comes next.
    key: Option<(String, Spot)>,
}

/// The state of parsing one file.
struct Reading {
    file: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    /// The values and keys that the file writes out.
    written: usize,
    /// The values and keys that its aliases stand for.
    expanded: usize,
    root: Option<(Spot, Node)>,
}

/// Parses the top-level entries of one file; an empty file has none.
///
/// # Errors
/// If the text is not valid YAML, or anything but a single mapping.
pub(super) fn entries(file: usize, text: &str) -> Result<Vec<Entry>, Unreadable> {
    let mut reading = Reading {
        file,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        written: 0,
        expanded: 0,
        root: None,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| Unreadable {
            spot: reading.spot(error.marker()),
            problem: format!("is not valid YAML: {}", error.info()),
            remedy: "check the indentation, quotes and brackets on this line and the one before",
        })?;
        reading.event(event, span)?;
    }
    match reading.root {
        None | Some((_, Node::Scalar(Value::Null))) => Ok(Vec::new()),
        Some((_, Node::Map(entries))) => Ok(entries),
        Some((spot, _)) => {
            let problem = "is not a mapping".to_owned();
            Err(Unreadable {
                spot,
                problem,
                remedy: "start with a key such as \"server:\"",
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
                self.written += 1;
                if self.awaits_key() {
                    self.key(spot, text.into_owned());
                    return Ok(());
                }
                self.add(anchor, spot, Node::Scalar(scalar(text, style, tag.as_ref())))
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, spot, Node::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.begin(anchor, spot, Node::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.add(open.anchor, open.spot, open.node),
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let node = self.expand(anchor, spot)?;
                self.add(0, spot, node)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// Whether a key of a mapping comes next.
    fn awaits_key(&self) -> bool {
        self.open
            .last()
            .is_some_and(|open| matches!(open.node, Node::Map(_)) && open.key.is_none())
    }

    fn key(&mut self, spot: Spot, key: String) {
        if let Some(open) = self.open.last_mut() {
            open.key = Some((key, spot));
        }
    }

    /// A copy of the value with this anchor, unless aliases stand for too many values by now.
    fn expand(&mut self, anchor: usize, spot: Spot) -> Result<Node, Unreadable> {
        let Some(node) = self.anchors.get(&anchor) else {
            let problem = "refers to a value that contains it";
            return Err(refusal(spot, problem, "write the value itself"));
        };
        self.expanded = self.expanded.saturating_add(node.size());
        if self.expanded > MAX_EXPANDED.max(self.written.saturating_mul(MAX_AMPLIFICATION)) {
            return Err(refusal(spot, "contains too many values", "use fewer aliases"));
        }
        Ok(node.clone())
    }

    fn begin(&mut self, anchor: usize, spot: Spot, node: Node) -> Result<(), Unreadable> {
        if self.awaits_key() {
            return Err(refusal(
                spot,
                "uses a list or mapping as a key",
                "use a plain string as the key",
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(refusal(spot, "is nested too deeply", "use at most 64 levels"));
        }
        self.written += 1;
        self.open.push(Open {
            anchor,
            spot,
            node,
            key: None,
        });
        Ok(())
    }

    /// Adds a complete value to what is open around it.
    fn add(&mut self, anchor: usize, spot: Spot, node: Node) -> Result<(), Unreadable> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None if self.root.is_some() => {
                return Err(refusal(spot, "starts a second document", "move it to its own file"));
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
                    return Err(refusal(spot, "uses an alias as a key", "use a plain string as the key"));
                }
            },
            Some(Open {
                node: Node::Scalar(_), ..
            }) => {}
        }
        Ok(())
    }
}

// === impl Node ===

impl Node {
    /// The number of values and keys in it.
    fn size(&self) -> usize {
        match self {
            Self::Scalar(_) => 1,
            Self::List(items) => 1 + items.iter().map(|(_, node)| node.size()).sum::<usize>(),
            Self::Map(entries) => 1 + entries.iter().map(|entry| 1 + entry.node.size()).sum::<usize>(),
        }
    }
}

fn refusal(spot: Spot, problem: &str, remedy: &'static str) -> Unreadable {
    Unreadable {
        spot,
        problem: problem.to_owned(),
        remedy,
    }
}

/// Resolves a scalar by YAML 1.2's core schema (section 10.3). What JSON cannot express, such as `.nan`, stays a
/// string, so that validation refuses it with its place.
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

/// A float as JSON. `2.0` becomes `2`, because the schema accepts it as a whole number and serde would not.
fn number(value: f64) -> Option<serde_json::Number> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        return Some((value as i64).into());
    }
    serde_json::Number::from_f64(value)
}
