-- What keeps reports and lists quick when there are ten million rows. Each index costs every row, so there are three.

-- Lists of one user's requests, and of one user's only: those of a key, a model or a provider are found by the days in
-- which `ledger_days` says there are some.
CREATE INDEX ledger_by_user ON ledger (user_id, time);

-- One request by its id. Ids that the gateway makes begin with the time, so that a new one goes to the end of the index.
CREATE INDEX ledger_by_request ON ledger (request_id);

-- Lists of what went wrong, by status, code or class. It holds the few rows that did, and costs the others nothing.
-- It has the order of the lists, or SQLite would not take it.
CREATE INDEX ledger_failures ON ledger (time, node, seq) WHERE status >= 400 OR ended <> 'ok';

-- Sums by day are made of all rows a while after they were written, not only of those that are pruned, and by status too: 0
-- for sums of earlier releases. There is no default, so that a node of an earlier release cannot add rows a second time.
ALTER TABLE ledger_days RENAME TO ledger_days_before;

CREATE TABLE ledger_days (
    day BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    upstream_model TEXT NOT NULL,
    served_model TEXT NOT NULL,
    status BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    PRIMARY KEY (day, user_id, key_id, operation, model, provider, upstream_model, served_model, status)
);

INSERT INTO ledger_days (
    day, user_id, key_id, operation, model, provider, upstream_model, served_model, status, requests, failed,
    input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits
)
SELECT
    day, user_id, key_id, operation, model, provider, upstream_model, served_model, 0, requests, failed,
    input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits
FROM ledger_days_before;

DROP TABLE ledger_days_before;

-- All rows from before `until` (milliseconds since 1970) are in the sums.
CREATE TABLE ledger_summed (
    id BIGINT NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);

INSERT INTO ledger_summed (id, until) VALUES (1, 0);
