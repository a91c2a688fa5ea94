-- Balances within a trillion credits, positive or negative: beyond, SQLite had made them floats, which no node could
-- read. Charges stop at that bound now.

UPDATE users SET balance = -1000000000000000000 WHERE balance < -1000000000000000000;

UPDATE users SET balance = 1000000000000000000 WHERE balance > 1000000000000000000;
