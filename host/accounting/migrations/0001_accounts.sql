-- Who may call: users and their keys. Times are milliseconds since 1970; money is millionths of a credit.
--
-- Every change of a user, a key or a kill takes the next value of `revision`, in the same transaction, and writes it to
-- the row. The row of `revision` is locked until that transaction ends, so values become visible in their order: a node
-- that has seen value N asks for rows above N and misses none.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    plan TEXT NOT NULL,
    balance BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX users_by_revision ON users (revision);

-- `hash` is the SHA-256 of the whole secret in hexadecimal; the secret itself is nowhere.
CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    hash TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT,
    revision BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX keys_by_user ON keys (user_id);

CREATE INDEX keys_by_revision ON keys (revision);

-- The last time that a user's running streams were to end, for all nodes.
CREATE TABLE stream_kills (
    user_id TEXT NOT NULL PRIMARY KEY,
    killed_at BIGINT NOT NULL,
    revision BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX stream_kills_by_revision ON stream_kills (revision);

CREATE TABLE revision (
    id BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO revision (id, value) VALUES (1, 0);
