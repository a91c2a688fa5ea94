-- Refunds one request to each period that has not ended since. KEYS[1]: the counters, as read.lua describes them. ARGV:
-- the request's day, its cost per day, its hour and its second.
local kept = redis.call('HMGET', KEYS[1], 'day', 'day_used', 'hour', 'hour_used', 'seconds')
if kept[1] == ARGV[1] then
  redis.call('HSET', KEYS[1], 'day_used', math.max(0, kept[2] - ARGV[2]))
end
if kept[3] == ARGV[3] then
  redis.call('HSET', KEYS[1], 'hour_used', math.max(0, kept[4] - 1))
end
if kept[5] then
  local seconds, found = string.gsub(kept[5], ARGV[4] .. '=(%d+)', function(used)
    return ARGV[4] .. '=' .. math.max(0, used - 1)
  end)
  if found > 0 then
    redis.call('HSET', KEYS[1], 'seconds', seconds)
  end
end
