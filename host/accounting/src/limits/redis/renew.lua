-- Renews the leases of one user's streams on one node. It uses this server's clock, because the nodes' clocks differ.
-- KEYS[1]: the running streams, as read.lua describes them. ARGV[1]: the length of a lease in milliseconds; the rest:
-- the streams' ids.
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
for place = 2, #ARGV do
  redis.call('ZADD', KEYS[1], ends, ARGV[place])
end
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[1])
