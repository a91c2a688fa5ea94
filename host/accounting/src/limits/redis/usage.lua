-- Returns what has been used: {day, hour, minute, streams}.
return {day_used, hour_used, minute_used, redis.call('ZCOUNT', KEYS[2], '(' .. string.format('%d', now), '+inf')}
