//! A series: what something costs as there is more of it, and whether the cost grows faster.

/// Up to how far an exponent may lie above what is expected, because machines are not quiet.
const TOLERANCE: f64 = 0.2;

/// Costs by the amount of one thing.
#[derive(Debug)]
pub(super) struct Series {
    /// Its name, which is that of its picture too.
    pub(super) name: &'static str,
    /// What it shows.
    pub(super) title: &'static str,
    /// What there is more and more of.
    pub(super) work: &'static str,
    /// How much of it there was, ascending.
    pub(super) amounts: Vec<u64>,
    /// What was measured.
    pub(super) lines: Vec<Line>,
    /// What readers should know.
    pub(super) notes: Vec<String>,
}

/// One cost at each amount.
#[derive(Debug)]
pub(super) struct Line {
    /// What costs.
    pub(super) name: String,
    /// In what.
    pub(super) unit: &'static str,
    /// How it should grow.
    pub(super) growth: Growth,
    /// The costs, one for each amount.
    pub(super) costs: Vec<f64>,
}

/// How a cost should grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Growth {
    /// It should be the same for any amount.
    None,
    /// At most as the amount does: each unit costs the same or less.
    Linear,
}

/// A stretch of a line that grows faster than it should.
#[derive(Debug, PartialEq)]
pub(super) struct TooFast {
    /// The amounts between which it does.
    pub(super) between: [u64; 2],
    /// The exponent there.
    pub(super) exponent: f64,
}

// === impl Series ===

impl Series {
    /// The file name of its plot.
    pub(super) fn picture(&self) -> String {
        format!("scale-{}.svg", self.name)
    }
}

// === impl Line ===

impl Line {
    /// A line without costs.
    pub(super) fn new(name: impl Into<String>, unit: &'static str, growth: Growth) -> Self {
        Self {
            name: name.into(),
            unit,
            growth,
            costs: Vec::new(),
        }
    }

    /// Between each two neighbours, the exponent `e` with which the cost grows: as the amount to the power of `e`.
    pub(super) fn exponents(&self, amounts: &[u64]) -> Vec<f64> {
        let costs = self.costs.windows(2);
        let pairs = amounts.windows(2).zip(costs);
        pairs.map(|(amounts, costs)| exponent(amounts, costs)).collect()
    }

    /// Where it grows faster than it should.
    pub(super) fn too_fast(&self, amounts: &[u64]) -> Vec<TooFast> {
        let most = TOLERANCE
            + match self.growth {
                Growth::None => 0.0,
                Growth::Linear => 1.0,
            };
        let stretches = amounts.windows(2).zip(self.exponents(amounts));
        let fast = stretches.filter(|(_, exponent)| *exponent > most);
        let told = fast.map(|(amounts, exponent)| TooFast {
            between: [amounts[0], amounts[1]],
            exponent,
        });
        told.collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "an exponent needs no more digits")]
fn exponent(amounts: &[u64], costs: &[f64]) -> f64 {
    let more = amounts[1] as f64 / amounts[0] as f64;
    // What is too quick to be measured costs a nanosecond.
    let dearer = costs[1].max(1e-6) / costs[0].max(1e-6);
    dearer.ln() / more.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(growth: Growth, costs: [f64; 3]) -> Line {
        Line {
            costs: costs.to_vec(),
            ..Line::new("a", "ms", growth)
        }
    }

    #[test]
    fn an_exponent_tells_how_a_cost_grows() {
        let exponents = line(Growth::Linear, [1.0, 10.0, 1000.0]).exponents(&[1, 10, 100]);
        assert!((exponents[0] - 1.0).abs() < 1e-9);
        assert!((exponents[1] - 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_grows_faster_than_its_work_is_found() {
        let amounts = [1, 10, 100];
        assert_eq!(line(Growth::Linear, [1.0, 10.0, 110.0]).too_fast(&amounts), []);
        let square = line(Growth::Linear, [1.0, 10.0, 1000.0]).too_fast(&amounts);
        assert_eq!(square.len(), 1);
        assert_eq!(square[0].between, [10, 100]);
        assert_eq!(line(Growth::None, [1.0, 1.1, 1.0]).too_fast(&amounts), []);
        assert_eq!(
            line(Growth::None, [1.0, 10.0, 10.0]).too_fast(&amounts)[0].between,
            [1, 10]
        );
    }
}
