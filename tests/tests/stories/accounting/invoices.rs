//! Worked invoices: what vendors count, each in its own words and places, buffered and streamed, and what their customers pay
//! for it here. All have the same prices, so that nothing but the counts makes the difference.
//!
//! The prices of the catalogue have a table of their own, in the gateway's `snapshot::price`.

mod vendors;

use std::fmt::Write;

use jackfield_tests::gateway::Process;
use jackfield_tests::upstream::{Reply, Upstream};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::books::{ask as query, rows_when};
use super::{SQLITE, sqlite, user};
use crate::scene::ask;

/// The prices in dollars, of tokens per million: as many micro-credits for one.
const PRICING: &str = "{ input_per_million: 10, cached_input_per_million: 1, cache_write_per_million: 12, \
    cache_write_1h_per_million: 20, audio_input_per_million: 40, output_per_million: 50, reasoning_per_million: 60, \
    audio_output_per_million: 80, per_search: 0.01 }";

/// What a line of an invoice is about, and the price of one in micro-credits.
const PRICES: [(&str, i64); 9] = [
    ("uncached", 10),
    ("cached", 1),
    ("written", 12),
    ("written for an hour", 20),
    ("audio in", 40),
    ("output", 50),
    ("reasoning", 60),
    ("audio out", 80),
    ("search", 10_000),
];

/// What a vendor answers, and what that costs.
struct Invoice {
    vendor: &'static str,
    /// Its adapter, and further members of its provider.
    provider: &'static str,
    /// What its addresses begin with.
    base: &'static str,
    model: &'static str,
    whole: Reply,
    streamed: Reply,
    /// How many of what.
    lines: &'static [(&'static str, i64)],
    /// The sum, in micro-credits.
    sum: i64,
}

// === impl Invoice ===

impl Invoice {
    /// How many there are of these together.
    fn count(&self, names: &[&str]) -> i64 {
        let lines = self.lines.iter().filter(|(name, _)| names.contains(name));
        lines.map(|(_, count)| count).sum()
    }

    /// The sum of the lines.
    fn worked(&self) -> i64 {
        let price = |name: &str| PRICES.iter().find(|(known, _)| *known == name).unwrap().1;
        self.lines.iter().map(|(name, count)| count * price(name)).sum()
    }

    /// What its row must say.
    fn row(&self) -> [i64; 10] {
        [
            self.count(&["uncached", "cached", "written", "written for an hour", "audio in"]),
            self.count(&["cached"]),
            self.count(&["written", "written for an hour"]),
            self.count(&["written for an hour"]),
            self.count(&["audio in"]),
            self.count(&["output", "reasoning", "audio out"]),
            self.count(&["reasoning"]),
            self.count(&["audio out"]),
            self.count(&["search"]),
            self.sum,
        ]
    }
}

const COLUMNS: &str = "input_tokens, cached_tokens, cache_write_tokens, cache_write_1h_tokens, input_audio_tokens, \
    output_tokens, reasoning_tokens, output_audio_tokens, searches, credits";

/// The classes of a row; what the vendor did not tell counts as none.
fn classes(row: &AnyRow) -> [i64; 10] {
    std::array::from_fn(|column| row.try_get::<Option<i64>, _>(column).unwrap().unwrap_or(0))
}

fn config(invoices: &[Invoice], upstream: &Upstream) -> String {
    let address = upstream.address();
    let (mut providers, mut models) = (String::new(), String::new());
    for Invoice {
        vendor,
        provider,
        base,
        model,
        ..
    } in invoices
    {
        let url = format!("http://{address}{base}");
        let _ = writeln!(
            providers,
            "  {vendor}: {{ {provider}, base_url: \"{url}\", api_key: double-key }}"
        );
        let chain = format!("[{{ provider: {vendor}, model: \"{model}\" }}]");
        let _ = writeln!(
            models,
            "  {vendor}: {{ tier: any, pricing: {PRICING}, chain: {chain} }}"
        );
    }
    format!(
        "server: {{ auth: required }}\nrouting: {{ retry_count: 0 }}\nplans: {{ pro: {{ tiers: [any] }} }}\n\
         providers:\n{providers}models:\n{models}{SQLITE}\n"
    )
}

#[tokio::test]
async fn each_vendors_counts_become_the_lines_of_its_invoice() {
    let upstream = Upstream::start().await;
    let invoices = vendors::all();
    let gateway = Process::start(&config(&invoices, &upstream)).await;
    let ada = gateway.client().with_key(&user(&gateway, "ada", "pro").await);
    for invoice in &invoices {
        let vendor = invoice.vendor;
        assert_eq!(invoice.worked(), invoice.sum, "{vendor}: the lines make another sum");
        upstream.reply(invoice.whole.clone()).then(invoice.streamed.clone());
        let answer = ada.chat(ask(vendor)).await;
        assert_eq!(answer.status, 200, "{vendor}: {}", answer.text());
        let stream = ada.stream(ask(vendor)).await.collect().await;
        assert!(stream.is_done(), "{vendor}: {stream:?}");
    }
    rows_when(&sqlite(&gateway), 2 * invoices.len()).await;
    for invoice in &invoices {
        let vendor = invoice.vendor;
        let question = format!("SELECT {COLUMNS}, stream, estimated FROM ledger WHERE provider = '{vendor}'");
        let rows = query(&sqlite(&gateway), &question).await;
        assert_eq!(rows.len(), 2, "{vendor}");
        for row in rows {
            assert_eq!(classes(&row), invoice.row(), "{vendor}");
            assert_eq!(row.try_get::<i64, _>("estimated").unwrap(), 0, "{vendor}");
        }
    }
}
