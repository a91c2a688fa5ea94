-- The totals of a day of each model, user and so on: what reports read. The sums in `ledger_days` are of every combination
-- of these, of which a day of many users has nearly as many as it has rows. `dimension` is model, upstream_model,
-- served_model, user, key, provider or status; `name` is empty where rows have none.

CREATE TABLE ledger_totals (
    dimension TEXT NOT NULL,
    name TEXT NOT NULL,
    day BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    PRIMARY KEY (dimension, name, day)
);

-- What is absurd counts as a quadrillion, so that no sum of it overflows.
INSERT INTO ledger_totals (
    dimension, name, day, requests, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits
)
SELECT
    dimension, name, day, SUM(requests), SUM(failed),
    SUM(CASE WHEN input_tokens > 1000000000000000 THEN 1000000000000000 ELSE input_tokens END),
    SUM(CASE WHEN output_tokens > 1000000000000000 THEN 1000000000000000 ELSE output_tokens END),
    SUM(CASE WHEN cached_tokens > 1000000000000000 THEN 1000000000000000 ELSE cached_tokens END),
    SUM(CASE WHEN reasoning_tokens > 1000000000000000 THEN 1000000000000000 ELSE reasoning_tokens END),
    SUM(CASE WHEN credits > 1000000000000000 THEN 1000000000000000 ELSE credits END)
FROM (
    SELECT 'model' AS dimension, model AS name, ledger_days.* FROM ledger_days
    UNION ALL
    SELECT 'upstream_model', upstream_model, ledger_days.* FROM ledger_days
    UNION ALL
    SELECT
        'served_model', CASE WHEN served_model <> '' THEN served_model ELSE upstream_model END, ledger_days.*
    FROM ledger_days
    UNION ALL
    SELECT 'user', user_id, ledger_days.* FROM ledger_days
    UNION ALL
    SELECT 'key', key_id, ledger_days.* FROM ledger_days
    UNION ALL
    SELECT 'provider', provider, ledger_days.* FROM ledger_days
    UNION ALL
    SELECT 'status', CASE WHEN status = 0 THEN '' ELSE CAST(status AS TEXT) END, ledger_days.* FROM ledger_days
) AS each_dimension
GROUP BY dimension, name, day;
