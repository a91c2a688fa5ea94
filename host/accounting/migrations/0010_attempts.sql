-- What an operator asks of a failed request: its path, what the client was told, and each attempt (a list in JSON). NULL in
-- earlier rows, and where there is nothing to tell.

ALTER TABLE ledger ADD COLUMN endpoint TEXT;

ALTER TABLE ledger ADD COLUMN error_code TEXT;

ALTER TABLE ledger ADD COLUMN class TEXT;

ALTER TABLE ledger ADD COLUMN tries TEXT;

ALTER TABLE ledger ADD COLUMN plugin_us BIGINT;
