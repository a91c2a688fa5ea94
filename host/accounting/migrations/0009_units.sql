-- What else vendors charge for, so that a row can be priced again: NULL where neither request nor reply told.

ALTER TABLE ledger ADD COLUMN input_image_tokens BIGINT;

ALTER TABLE ledger ADD COLUMN output_image_tokens BIGINT;

ALTER TABLE ledger ADD COLUMN image_kind TEXT;

ALTER TABLE ledger ADD COLUMN recording_ms BIGINT;

ALTER TABLE ledger ADD COLUMN characters BIGINT;
