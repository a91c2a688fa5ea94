//! The samples of one scrape.

use jackfield_tests::gateway::Gateway;

/// What a scrape showed.
pub(crate) struct Scraped {
    pub(crate) text: String,
    samples: Vec<Sample>,
}

/// One line of it.
struct Sample {
    name: String,
    /// `name=value`.
    labels: Vec<String>,
    value: f64,
}

// === impl Scraped ===

impl Scraped {
    /// Scrapes as an operator.
    pub(crate) async fn of(gateway: &Gateway) -> Self {
        let answer = gateway.operator().get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self::read(answer.text())
    }

    pub(crate) fn read(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        Self {
            text: text.to_owned(),
            samples: samples.map(Sample::read).collect(),
        }
    }

    /// The sum of the samples of this name that have at least these labels.
    pub(crate) fn value(&self, name: &str, labels: &[&str]) -> f64 {
        let samples = self.samples.iter().filter(|sample| sample.name == name);
        let fitting = samples.filter(|sample| labels.iter().all(|label| sample.labels.iter().any(|own| own == label)));
        fitting.map(|sample| sample.value).sum()
    }

    /// Demands that sum.
    #[track_caller]
    pub(crate) fn has(&self, name: &str, labels: &[&str], value: f64) {
        let found = self.value(name, labels);
        assert!(
            (found - value).abs() < 1e-9,
            "{name} {labels:?} is {found}:\n{}",
            self.text
        );
    }

    /// The name and the labels' names of each sample.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.samples.iter().map(|sample| {
            let names = sample.labels.iter().filter_map(|label| label.split_once('='));
            (&*sample.name, names.map(|(name, _)| name).collect())
        })
    }
}

// === impl Sample ===

impl Sample {
    /// The values of these stories have no quotes and no commas in them.
    fn read(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels = labels
            .trim_end_matches('}')
            .split(',')
            .filter(|label| !label.is_empty());
        Self {
            name: name.to_owned(),
            labels: labels.map(|label| label.replace('"', "")).collect(),
            value: value.parse().unwrap(),
        }
    }
}
