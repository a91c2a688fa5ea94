-- The model that the upstream's reply names, which is often more exact than the one it was asked for: NULL where it named
-- none.

ALTER TABLE ledger ADD COLUMN served_model TEXT;
