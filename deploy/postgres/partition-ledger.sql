-- Keeps the ledger in PostgreSQL in one partition a month, so that a month that is no longer wanted is dropped at once.
--
-- Run it as the owner of the tables, once and then every month or more often, while gateways run:
--
--     PGOPTIONS='-c jackfield.keep_months=13' psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f partition-ledger.sql
--
-- The first time it makes the table a partitioned one. No row is copied: those that are there, and those of months without a
-- partition, are in `ledger_rest`. Each time it makes the partitions of the next months. With `keep_months` it drops the months
-- before the last so many whole ones, once they are part of the sums by day, so that reports say the same. Without, it drops
-- nothing. Leave `ledger.keep` out of the gateway's configuration, or else it deletes row by row what could be dropped.

BEGIN;

-- Summing up, pruning and rows that come late wait meanwhile.
SELECT until FROM ledger_summed WHERE id = 1 FOR UPDATE;

DO $$
DECLARE
    definitions TEXT[];
    index_name TEXT;
    definition TEXT;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = 'ledger'::regclass) = 'p' THEN
        RETURN;
    END IF;
    SELECT array_agg(pg_get_indexdef(indexrelid)) INTO definitions
    FROM pg_index WHERE indrelid = 'ledger'::regclass AND NOT indisprimary;
    -- Names of indexes stay those of the table as a whole.
    FOR index_name IN SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'ledger'::regclass LOOP
        EXECUTE format('ALTER INDEX %s RENAME TO %I', index_name, 'rest_' || index_name);
    END LOOP;
    ALTER TABLE ledger RENAME TO ledger_rest;
    CREATE TABLE ledger (LIKE ledger_rest INCLUDING DEFAULTS) PARTITION BY RANGE (time);
    ALTER TABLE ledger ADD PRIMARY KEY (time, node, seq);
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
    ALTER TABLE ledger ATTACH PARTITION ledger_rest DEFAULT;
END $$;

DO $$
DECLARE
    this_month TIMESTAMP := date_trunc('month', now() AT TIME ZONE 'UTC');
    keep_months INT := NULLIF(current_setting('jackfield.keep_months', true), '')::INT;
    first_kept BIGINT;
    month TIMESTAMP;
    begins BIGINT;
    ends BIGINT;
    dropped TEXT;
BEGIN
    FOR ahead IN 0..3 LOOP
        month := this_month + make_interval(months => ahead);
        begins := extract(EPOCH FROM month) * 1000;
        ends := extract(EPOCH FROM month + INTERVAL '1 month') * 1000;
        -- Rows of a month that are elsewhere already stay there.
        IF to_regclass('ledger_' || to_char(month, 'YYYY_MM')) IS NULL
            AND NOT EXISTS (SELECT 1 FROM ledger_rest WHERE time >= begins AND time < ends)
        THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF ledger FOR VALUES FROM (%s) TO (%s)',
                'ledger_' || to_char(month, 'YYYY_MM'), begins, ends
            );
        END IF;
    END LOOP;
    IF keep_months IS NULL THEN
        RETURN;
    END IF;
    SELECT least(until, extract(EPOCH FROM this_month - make_interval(months => keep_months))::BIGINT * 1000)
    INTO first_kept FROM ledger_summed WHERE id = 1;
    FOR dropped IN
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'ledger'::regclass AND relname ~ '^ledger_[0-9]{4}_[0-9]{2}$'
            AND extract(EPOCH FROM to_timestamp(right(relname, 7) || '+00', 'YYYY_MMTZH') + INTERVAL '1 month') * 1000
                <= first_kept
    LOOP
        EXECUTE format('DROP TABLE %I', dropped);
    END LOOP;
    DELETE FROM ledger_rest WHERE time < first_kept;
END $$;

COMMIT;
