-- The provider's name for the model that answered, or that was asked last: a chain may hold different ones.

ALTER TABLE ledger ADD COLUMN upstream_model TEXT;
