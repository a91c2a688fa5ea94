//! A family of metrics: its name, what it measures, and its labels.

/// A family of metrics, as `/metrics` shows it. The book lists the same; a test compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Its name, with its unit but without the suffixes of its kind.
    pub name: &'static str,
    /// What its samples are.
    pub kind: Kind,
    /// The unit: `seconds`, `bytes`, or that of what is counted.
    pub unit: &'static str,
    /// The labels of its series, in their order.
    pub labels: &'static [&'static str],
    /// What it measures: one sentence without its stop.
    pub help: &'static str,
}

/// What the samples of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many values were how large.
    Histogram,
}

// === impl Family ===

impl Family {
    /// The name that queries use: that of a counter ends in `_total`.
    #[must_use]
    pub fn exposed(&self) -> String {
        let suffix = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("{}{suffix}", self.name)
    }

    pub(super) const fn counter(
        name: &'static str,
        unit: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new(Kind::Counter, (name, unit), labels, help)
    }

    pub(super) const fn gauge(
        name: &'static str,
        unit: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new(Kind::Gauge, (name, unit), labels, help)
    }

    pub(super) const fn histogram(
        name: &'static str,
        unit: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self::new(Kind::Histogram, (name, unit), labels, help)
    }

    const fn new(
        kind: Kind,
        (name, unit): (&'static str, &'static str),
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            unit,
            labels,
            help,
        }
    }
}

// === impl Kind ===

impl Kind {
    /// Its name in the book.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}
