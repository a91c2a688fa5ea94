//! `bench scale`: what requests cost as there is more of something, a series each.
//!
//! In reading order: `series` is what is found, and whether it grows faster than its work; `scene` is what all of them
//! are measured in; `prompts`, `tools`, `streams`, `models`, `keys` and `ledger` measure one each; `table` and `plot` show
//! them.

mod keys;
mod ledger;
mod models;
mod plot;
mod prompts;
mod scene;
mod series;
mod streams;
mod table;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use super::{BenchError, Built, Length, to_its_end};
use scene::Scene;
use series::Series;

pub use table::Report;

/// What a run measures, and how thoroughly.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    length: Length,
    /// Measure only this series: prompts, tools, streams, models, keys or ledger.
    #[arg(long, value_name = "SERIES")]
    only: Option<String>,
    /// Up to how many rows the ledger grows; ten million take some minutes.
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    rows: u64,
    /// Where the plots go. Default: docs/src/pictures of this repository.
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    #[command(flatten)]
    built: Built,
}

/// Measures each series, draws it, and stops what it started. Progress goes to standard error.
///
/// # Errors
/// If a server does not start, any reply is missing or wrong, or a plot cannot be written.
pub fn run(options: &Options) -> Result<Report, BenchError> {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/pictures");
    let pictures = options.pictures.clone().unwrap_or_else(here);
    fs::create_dir_all(&pictures)?;
    let scene = Scene::set(&options.built, options.length)?;
    let series = to_its_end(all(&scene, options))?;
    for series in &series {
        let file = pictures.join(series.picture());
        plot::draw(series, &file).map_err(BenchError::Plot)?;
    }
    Ok(Report { series })
}

async fn all(scene: &Scene, options: &Options) -> Result<Vec<Series>, BenchError> {
    let wanted = |name: &str| {
        let wanted = options.only.as_deref().is_none_or(|only| only == name);
        if wanted {
            eprintln!("{name}");
        }
        wanted
    };
    let mut all = Vec::new();
    if wanted("prompts") {
        all.push(prompts::measure(scene).await?);
    }
    if wanted("tools") {
        all.push(tools::measure(scene).await?);
    }
    if wanted("streams") {
        all.push(streams::measure(scene).await?);
    }
    if wanted("models") {
        all.push(models::measure(scene).await?);
    }
    if wanted("keys") {
        all.push(keys::measure(scene).await?);
    }
    if wanted("ledger") {
        all.push(ledger::measure(scene, options.rows).await?);
    }
    Ok(all)
}
