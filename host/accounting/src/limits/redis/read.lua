-- Reads one user's current counters; the script that is appended to this text continues with these locals.
-- KEYS[1]: the counters, a hash: the current day and hour and what was used in them; the seconds of the last minute as
-- "second=used second=used …", oldest first; and the latest time seen, in milliseconds since 1970.
-- KEYS[2]: the running streams, a sorted set; a stream's score is when its lease expires, in milliseconds since 1970.
-- ARGV[1]: the time in milliseconds since 1970, or 0 for this server's clock.
local kept = redis.call('HMGET', KEYS[1], 'seen', 'day', 'day_used', 'hour', 'hour_used', 'seconds')

local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
-- Clocks are corrected: a small step back is ignored, a larger one is taken as real.
local seen = tonumber(kept[1] or 0)
if seen > now and seen - now <= 60000 then
  now = seen
end
local second = math.floor(now / 1000)
local hour = math.floor(second / 3600)
local day = math.floor(second / 86400)

local day_used = tonumber(kept[2]) == day and tonumber(kept[3]) or 0
local hour_used = tonumber(kept[4]) == hour and tonumber(kept[5]) or 0

-- A second counts until all of it is older than sixty seconds.
local seconds, minute_used = {}, 0
for at, used in string.gmatch(kept[6] or '', '(%d+)=(%d+)') do
  at, used = tonumber(at), tonumber(used)
  if at + 60 >= second and at <= second then
    seconds[#seconds + 1] = {at, used}
    minute_used = minute_used + used
  end
end
