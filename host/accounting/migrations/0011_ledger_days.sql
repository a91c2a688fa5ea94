-- The sums of a day's rows that were pruned, so that usage stays. `day` counts from 1970, in UTC. Where a row has NULL, the
-- text is empty, because NULL is not equal to itself in a key.

CREATE TABLE ledger_days (
    day BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    served_model TEXT NOT NULL,
    requests BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    PRIMARY KEY (day, user_id, key_id, operation, model, provider, upstream_model, served_model)
);
