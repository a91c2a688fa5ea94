-- One row a request. `node` is drawn at random by each process and `seq` counts up in it, so that no row can be taken
-- in twice. `estimated` and `stream` are 0 or 1; `ended` is ok, hung_up, broke_off, killed or failed.

CREATE TABLE ledger (
    node BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    time BIGINT NOT NULL,
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
    PRIMARY KEY (node, seq)
);

CREATE INDEX ledger_by_time ON ledger (time);
