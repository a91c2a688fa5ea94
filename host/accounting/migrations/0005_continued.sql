-- 1 if the stream broke off and another target went on with it: then both were charged for, one of them by an estimate.

ALTER TABLE ledger ADD COLUMN continued BIGINT NOT NULL DEFAULT 0;
