-- What operators do to accounts. `disabled_at` is since when a user's requests are refused; a user who is removed is
-- disabled as well, has no active key and is in no list, but rows of the ledger go on naming them.

ALTER TABLE users ADD COLUMN disabled_at BIGINT;

ALTER TABLE users ADD COLUMN removed_at BIGINT;

-- Who changed what through the admin API, and when. `id` is a value of `revision`; `before` and `after` are JSON.
CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    before_change TEXT,
    after_change TEXT
);
