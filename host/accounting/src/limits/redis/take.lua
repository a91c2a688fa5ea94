-- Counts one request atomically, unless a limit refuses it.
-- ARGV[2]: its cost per day. ARGV[3]: the stream's id, empty if it is not a stream. ARGV[4]: the length of a lease in
-- milliseconds. ARGV[5] to ARGV[8]: the limits per day, hour and minute and of streams; -1 means unlimited.
-- Returns {0, day, hour, second} if it is admitted, {limit 1 to 4, milliseconds until there is room, 0, 0} if refused.
local cost, stream = tonumber(ARGV[2]), ARGV[3]
local which, wait = 0, 0

local function refuse_beyond(number, used, has_room_at)
  local limit = tonumber(ARGV[4 + number])
  if limit >= 0 and used > limit then
    if which == 0 then
      which = number
    end
    wait = math.max(wait, has_room_at(limit) - now)
  end
end

refuse_beyond(1, day_used + cost, function() return (day + 1) * 86400000 end)
refuse_beyond(2, hour_used + 1, function() return (hour + 1) * 3600000 end)
refuse_beyond(3, minute_used + 1, function(limit)
  local left, leaves = minute_used, second
  for _, counted in ipairs(seconds) do
    if left < limit then
      break
    end
    leaves, left = counted[1], left - counted[2]
  end
  return (leaves + 61) * 1000
end)
if stream ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  refuse_beyond(4, redis.call('ZCARD', KEYS[2]) + 1, function() return now + 1000 end)
end
if which > 0 then
  return {which, wait, 0, 0}
end

local last = seconds[#seconds]
if last and last[1] == second then
  last[2] = last[2] + 1
else
  seconds[#seconds + 1] = {second, 1}
end
local text = {}
for place, counted in ipairs(seconds) do
  text[place] = string.format('%d=%d', counted[1], counted[2])
end
redis.call('HSET', KEYS[1], 'seen', now, 'day', day, 'day_used', day_used + cost,
  'hour', hour, 'hour_used', hour_used + 1, 'seconds', table.concat(text, ' '))
-- Keep until the day has ended and its last minute no longer counts.
redis.call('EXPIRE', KEYS[1], (day + 1) * 86400 + 120 - second)
if stream ~= '' then
  redis.call('ZADD', KEYS[2], now + ARGV[4], stream)
  redis.call('PEXPIRE', KEYS[2], 2 * ARGV[4])
end
return {0, day, hour, second}
