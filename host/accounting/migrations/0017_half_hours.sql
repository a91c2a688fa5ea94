-- The totals of a day know in which of its half hours there are rows: what lists of a rare model, provider, key or status read
-- in place of the whole day. A bit for each half hour of `half_hours`, all of them (-1) where it is not known. There is no
-- default, so that a node of an earlier release cannot add rows of which the bits know nothing.
ALTER TABLE ledger_totals RENAME TO ledger_totals_before;

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
    half_hours BIGINT NOT NULL,
    PRIMARY KEY (dimension, name, day)
);

INSERT INTO ledger_totals (
    dimension, name, day, requests, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits,
    half_hours
)
SELECT
    dimension, name, day, requests, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, credits, -1
FROM ledger_totals_before;

DROP TABLE ledger_totals_before;
