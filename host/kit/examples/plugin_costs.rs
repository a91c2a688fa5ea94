//! Prints what plugins cost as a table: `plugin_costs FILE…`, each an adapter's component. Size, the least memory in which
//! a call ends, loading with and without the cache, and a call in a fresh and in a shared instance.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use jackfield_config::{Isolation, PluginLimits, PluginsConfig};
use jackfield_sandbox::contract::Call;
use jackfield_sandbox::{AdapterPlugin, CodeCache, Engine, RequestText, Ticker};

/// Calls whose median counts.
const CALLS: usize = 51;

/// A page of a WebAssembly memory.
const PAGE: usize = 64 << 10;

/// The request of each call.
const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#;

fn main() -> ExitCode {
    println!("| plugin | size, KiB | memory, KiB | load, ms | load from the cache, ms | call, ms | call shared, ms |");
    println!("|---|---|---|---|---|---|---|");
    for file in std::env::args_os().skip(1).map(PathBuf::from) {
        match row(&file) {
            Ok(row) => println!("{row}"),
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn row(file: &Path) -> Result<String, Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let folder = tempfile::tempdir()?;
    let cache = CodeCache::open(folder.path())?;
    let (_, _, cold) = loaded(&cache, &bytes)?;
    let (plugin, _ticker, cached) = loaded(&cache, &bytes)?;
    let limits = plugin.limits;
    let shared = plugin.with_limits(PluginLimits {
        isolation: Isolation::Shared,
        ..limits
    });
    Ok(format!(
        "| {} | {} | {} | {} | {} | {:.3} | {:.3} |",
        plugin.manifest.name,
        bytes.len().div_ceil(1024),
        memory(&plugin) >> 10,
        cold.as_millis(),
        cached.as_millis(),
        call(&plugin)?.as_secs_f64() * 1e3,
        call(&shared)?.as_secs_f64() * 1e3,
    ))
}

/// A plugin, loaded in an engine of its own, what counts the deadlines of its calls, and how long loading took.
fn loaded(cache: &CodeCache, bytes: &[u8]) -> Result<(AdapterPlugin, Ticker, Duration), Box<dyn Error>> {
    let engine = Engine::new()?;
    let ticker = Ticker::start(&engine);
    let patient = |name: &str| PluginLimits {
        deadline: Duration::from_secs(30),
        ..PluginsConfig::default().limits_for(name)
    };
    let began = Instant::now();
    let plugin = AdapterPlugin::load(&engine, cache, bytes, patient)?;
    Ok((plugin, ticker, began.elapsed()))
}

/// The median of some calls.
fn call(plugin: &AdapterPlugin) -> Result<Duration, Box<dyn Error>> {
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let began = Instant::now();
        prepare(plugin)?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[CALLS / 2])
}

/// The least memory in which a call ends, found by halving.
fn memory(plugin: &AdapterPlugin) -> usize {
    let (mut too_little, mut enough) = (0, plugin.limits.max_memory_bytes / PAGE);
    while enough - too_little > 1 {
        let middle = usize::midpoint(too_little, enough);
        let bounded = plugin.with_limits(PluginLimits {
            max_memory_bytes: middle * PAGE,
            ..plugin.limits
        });
        if prepare(&bounded).is_ok() {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    enough * PAGE
}

fn prepare(plugin: &AdapterPlugin) -> Result<(), Box<dyn Error>> {
    let call = Call {
        operation: "chat",
        dialect: "openai-chat",
        model: "m",
        stream: false,
        settings: b"{}",
    };
    let request = RequestText {
        id: "req_1".into(),
        body: BODY.into(),
        parameters: r#"{"model":"m"}"#.into(),
        ..RequestText::default()
    };
    match plugin.prepare(&call, &request)? {
        Ok(_) => Ok(()),
        Err(failure) => Err(failure.message.into()),
    }
}
