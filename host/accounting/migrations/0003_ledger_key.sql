-- The key begins with the time, which is part of the record: one index less to keep with every row.

ALTER TABLE ledger RENAME TO ledger_before;

DROP INDEX ledger_by_time;

CREATE TABLE ledger (
    time BIGINT NOT NULL,
    node BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    user_id TEXT,
    key_id TEXT,
    operation TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT,
    attempts BIGINT NOT NULL,
    status BIGINT NOT NULL,
    input_tokens BIGINT,
    output_tokens BIGINT,
    cached_tokens BIGINT,
    reasoning_tokens BIGINT,
    estimated BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    request_cost BIGINT NOT NULL,
    latency_ms BIGINT NOT NULL,
    first_content_ms BIGINT,
    stream BIGINT NOT NULL,
    ended TEXT NOT NULL,
    PRIMARY KEY (time, node, seq)
);

INSERT INTO ledger (
    time, node, seq, request_id, user_id, key_id, operation, model, provider, attempts, status, input_tokens,
    output_tokens, cached_tokens, reasoning_tokens, estimated, credits, request_cost, latency_ms, first_content_ms,
    stream, ended
)
SELECT
    time, node, seq, request_id, user_id, key_id, operation, model, provider, attempts, status, input_tokens,
    output_tokens, cached_tokens, reasoning_tokens, estimated, credits, request_cost, latency_ms, first_content_ms,
    stream, ended
FROM ledger_before;

DROP TABLE ledger_before;
