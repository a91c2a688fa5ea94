-- What a key may do on its own, as JSON; NULL if it may do all that its user may.
ALTER TABLE keys ADD COLUMN terms TEXT;

-- What was charged for requests with a key, by day in UTC (days since 1970), in micro-credits. What was charged before is
-- left out: no key had a budget.
CREATE TABLE key_spending (
    key_id TEXT NOT NULL,
    day BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    PRIMARY KEY (key_id, day)
);

-- The model that the client asked for, where another served because the budget of the key was spent.
ALTER TABLE ledger ADD COLUMN asked_model TEXT;
