-- What vendors charge for apart, so that a row can be priced again: NULL where the upstream did not tell.

ALTER TABLE ledger ADD COLUMN cache_write_tokens BIGINT;

ALTER TABLE ledger ADD COLUMN cache_write_1h_tokens BIGINT;

ALTER TABLE ledger ADD COLUMN input_audio_tokens BIGINT;

ALTER TABLE ledger ADD COLUMN output_audio_tokens BIGINT;

ALTER TABLE ledger ADD COLUMN images BIGINT;

ALTER TABLE ledger ADD COLUMN searches BIGINT;

ALTER TABLE ledger ADD COLUMN service_tier TEXT;
