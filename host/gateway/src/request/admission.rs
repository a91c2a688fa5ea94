//! What a request takes from its caller before an upstream is called: quota, and credits that are held.

use jackfield_accounting::credits::{Price, Used};
use jackfield_accounting::limits::Quota;
use jackfield_config::{ModelConfig, PlanConfig, QuotaConfig};
use jackfield_dialects::words::name::ImageKind;
use jackfield_dialects::words::tokens::estimate_tokens;
use jackfield_dialects::{Operation, ParsedRequest, RequestFault};

use crate::record::{Asked, Ceiling, MS_PER_TOKEN};

/// The assumed number of output tokens if the request sets no limit, for holding credits.
const USUAL_OUTPUT: u64 = 1024;

/// The bytes of a second of a recording, for holding credits: 32 kbit, which is little.
const LOW_RATE: u64 = 4_000;

/// The tokens of an image, for holding credits: what the dearest of OpenAI's has.
///
/// Source: <https://platform.openai.com/docs/guides/image-generation>, "Cost and latency": high quality, 1024x1536.
const LARGEST_IMAGE: u64 = 6_240;

/// The milliseconds of a recording in which a token is spoken, for holding credits: 240 words a minute, which is fast.
const MS_PER_SPOKEN_TOKEN: u64 = 200;

/// The most output tokens for which credits are held if neither is known, the model's maximum nor its context.
const LONGEST_OUTPUT: u64 = 128 * 1024;

/// What admission of a request takes and requires.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    /// What the caller's plan allows.
    pub(crate) quota: Quota,
    /// Whether the plan serves users whose credits are spent.
    pub(crate) overdraft: bool,
    /// How much of the daily quota the request takes.
    pub(crate) request_cost: u64,
    /// Whether it is known what the model costs at all of its targets.
    pub(crate) priced: bool,
    /// What was asked for.
    pub(crate) asked: Asked,
    /// The estimated price of the request at the dearest target, in micro-credits; 0 only if the model is free or its price
    /// unknown.
    pub(crate) estimate: i64,
    /// The most tokens that its answer can use.
    pub(crate) ceiling: Ceiling,
}

// === impl Admission ===

impl Admission {
    /// What this request takes of a caller with this plan. Its body has `prompt_bytes`, and its recording, if it has one,
    /// `recording_bytes`. Each of several answers counts as a request. What is held is bounded by what the model can read and
    /// write. `prices` are those of its targets.
    pub(crate) fn of<'p>(
        request: &ParsedRequest<'_>,
        (prompt_bytes, recording_bytes): (u64, u64),
        model: &ModelConfig,
        prices: impl Iterator<Item = Option<&'p Price>>,
        plan: Option<&PlanConfig>,
    ) -> Self {
        let answers = request.quantity();
        let asked = Asked {
            images: request.images(),
            image_kind: request.image_kind(),
            characters: request.characters(),
            recording_bytes,
            searches: request.searches(),
        };
        let most = most(request, model, (prompt_bytes, answers), &asked);
        let kind = asked.image_kind.as_ref().map(ImageKind::as_str);
        let (mut estimate, mut known) = (0, true);
        for price in prices {
            let least = |price: &Price| i64::from(!price.is_free());
            estimate = price
                .map_or(0, |price| price.estimate(&most, kind).max(least(price)))
                .max(estimate);
            known &= price.is_some();
        }
        Self {
            request_cost: model.request_cost.saturating_mul(answers),
            estimate,
            priced: known,
            asked,
            ceiling: Ceiling::of(model.context, model.max_output, answers),
            ..Self::of_count(plan)
        }
    }

    /// What a count of a prompt's tokens takes: one request of the quota, whatever its model costs, and no credits.
    pub(crate) fn of_count(plan: Option<&PlanConfig>) -> Self {
        Self {
            quota: quota(plan),
            overdraft: plan.is_none_or(|plan| plan.overdraft),
            request_cost: 1,
            priced: true,
            asked: Asked::default(),
            estimate: 0,
            ceiling: Ceiling::default(),
        }
    }
}

/// The most that a request with this body, for so many answers, may be expected to use.
fn most(request: &ParsedRequest<'_>, model: &ModelConfig, (bytes, answers): (u64, u64), asked: &Asked) -> Used {
    let recording_ms = asked.recording_bytes.saturating_mul(1000) / LOW_RATE;
    let prompt = estimate_tokens(bytes).saturating_add(recording_ms / MS_PER_TOKEN);
    let output = match request.operation.capability() {
        Operation::Images => LARGEST_IMAGE,
        Operation::Transcription => recording_ms / MS_PER_SPOKEN_TOKEN,
        _ => expected_output(request, model),
    };
    Used {
        images: asked.images,
        recording_ms,
        characters: asked.characters,
        searches: asked.searches,
        ..Used::tokens(
            prompt.min(model.context.unwrap_or(u64::MAX)),
            output.saturating_mul(answers),
        )
    }
}

/// The largest limit that the request sets, or [`USUAL_OUTPUT`], as far as the model can write as much; 0 for operations
/// that produce none.
fn expected_output(request: &ParsedRequest<'_>, model: &ModelConfig) -> u64 {
    if !matches!(request.operation, Operation::Chat | Operation::Completion) {
        return 0;
    }
    let most = [model.max_output, model.context].into_iter().flatten().min();
    let wanted = request.max_tokens().unwrap_or(USUAL_OUTPUT);
    wanted.min(most.unwrap_or(LONGEST_OUTPUT))
}

/// Refuses options for which an upstream charges extra, unless plan or model passes them on. Only callers who are
/// limited are refused, by their plan or, with `pays`, by their credits: nothing of them counts what such options cost.
/// Those that are `unsent` cost nothing.
///
/// # Errors
/// The fault that names the first such option.
pub(crate) fn check_extras(
    request: &ParsedRequest<'_>,
    model: &ModelConfig,
    plan: Option<&PlanConfig>,
    pays: bool,
    unsent: &[&str],
) -> Result<(), RequestFault> {
    let Some(plan) = plan.filter(|plan| plan.limits != QuotaConfig::default() || pays && !plan.overdraft) else {
        return Ok(());
    };
    let passed = || plan.passes.iter().chain(&model.passes);
    request.without_extras(|name| unsent.contains(&name) || passed().any(|extra| extra.as_str() == name))
}

/// The quota of a plan; unlimited without one.
#[must_use]
pub(crate) fn quota(plan: Option<&PlanConfig>) -> Quota {
    let limits = plan.map_or_else(QuotaConfig::default, |plan| plan.limits);
    Quota {
        per_day: limits.per_day,
        per_hour: limits.per_hour,
        per_minute: limits.per_minute,
        concurrent_streams: limits.concurrent_streams,
    }
}

#[cfg(test)]
mod tests;
