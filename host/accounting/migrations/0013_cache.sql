-- How the response cache was used for a request: hit, miss or refresh. NULL in earlier rows, and where it was not used.

ALTER TABLE ledger ADD COLUMN cache TEXT;
