//! The `bench` program, as thorough as it takes to see that all of it runs: what it finds says nothing about speed.

#![expect(clippy::unwrap_used, reason = "what cannot be done must fail the test")]

use std::path::Path;
use std::process::Command;

/// What `bench` prints with these arguments.
fn bench(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = command.args(arguments).arg("--smoke").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

/// The cells of the row that begins with this.
fn row<'a>(table: &'a str, title: &str) -> Vec<&'a str> {
    let beginning = format!("| {title}");
    let row = table.lines().find(|line| line.starts_with(&beginning)).unwrap();
    row.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn tails_are_measured_at_rest_and_beside_everything() {
    let table = bench(&["tail", "--share", "40"]);
    assert!(table.contains("every row gets 40 % of that"), "{table}");
    for title in [
        "upstream called directly",
        "jackfield, nothing else",
        "jackfield, HTTP/2, 100 streams",
    ] {
        let cells = row(&table, title);
        let times: Vec<f64> = cells[1..5].iter().map(|cell| cell.parse().unwrap()).collect();
        assert!(times[0] > 0.0 && times.is_sorted(), "{table}");
    }
    for (title, meanwhile) in [
        ("jackfield, the configuration is changed", "snapshots"),
        ("jackfield, a plugin's file is swapped", "compiled"),
        ("jackfield, beside a slow plugin", "calls"),
        ("jackfield, beside 400 KB prompts", "prompts"),
    ] {
        let told = row(&table, title)[6];
        assert!(told.contains(meanwhile) && !told.starts_with("0 "), "{table}");
    }
}

#[test]
fn each_series_has_a_table_and_a_plot() {
    let folder = tempfile::tempdir().unwrap();
    let table = bench(&["scale", "--rows", "1000", "--pictures", folder.path().to_str().unwrap()]);
    for (name, line) in [
        ("prompts", "a request, `anthropic` adapter"),
        ("tools", "a request, `openai` adapter"),
        ("streams", "resident memory"),
        ("models", "a change until it is in force"),
        ("keys", "the first request of each key"),
        ("ledger", "usage by model"),
    ] {
        assert_eq!(row(&table, line).len(), 3, "{table}");
        let plot = std::fs::read_to_string(folder.path().join(format!("scale-{name}.svg"))).unwrap();
        assert!(plot.contains("<polyline"), "{plot}");
    }
    assert!(table.contains("### What grows faster than its work"), "{table}");
}

#[test]
fn starts_and_changes_are_measured() {
    let table = bench(&["start"]);
    for title in [
        "first start",
        "start",
        "changed configuration",
        "new plugin file",
        "earlier plugin file",
    ] {
        assert!(row(&table, title)[1].parse::<f64>().unwrap() > 0.0, "{table}");
    }
}

#[test]
fn without_a_gateway_nothing_is_measured() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    let output = command
        .args(["tail", "--smoke", "--jackfield"])
        .arg(Path::new("/none"))
        .output();
    let output = output.unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the gateway is not built"), "{told}");
}
