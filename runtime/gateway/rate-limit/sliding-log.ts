import { defineScript } from "../../kit/script.ts";

/**
 * Decides on a batch of requests, one after the other. Each has one or more checks; a check is a key and a limit, and a limit
 * below zero says that the request's next check follows. A request is admitted when all of its checks have room, and then
 * noted under each key; one that is refused is noted nowhere, so asking again and again keeps nobody out.
 *
 * A key is a list of the times of its admissions, newest first, in µs modulo 2³¹ by Redis' clock: 6 bytes each, and no
 * gateway's clock matters. Reading and taking away at the end of a list costs the same however long it is. When the clock
 * was set back, what it has not reached yet counts as of now: nothing is admitted too early, and what waits does so for one
 * window at most.
 *
 * `latest` is the time, by Redis' clock in µs, at which the gateway stops waiting for the answer and decides alone. A batch
 * that Redis comes to later, since it was frozen or the network was, is left undone: its requests were answered long ago, and
 * noting them now would make them count for longer than a window. `given` stands in the clock's place in tests.
 *
 * Reply: the time; the newest reset, or nil; then for each request three numbers, none of them when the batch was too late:
 * the check that decides, from 1 on, below zero when it refuses; what it has left; µs until its oldest admission leaves.
 */
export const slidingLog = defineScript({
  name: "gateway-rate-limit",
  keys: ["resets"],
  args: ["windowText", "latest", "given"],
  lua: `
local wrap, half = 2147483648, 1073741824
local window = tonumber(windowText)
local clock = tonumber(given)
if not clock then
  local time = redis.call('TIME')
  clock = time[1] * 1000000 + time[2]
end
local reply = { clock, redis.call('LINDEX', resets, 0) }
if latest ~= '' and clock > tonumber(latest) then return reply end
local now = clock % wrap
local lifeMs = math.ceil(window / 1000) + 1

local function ageOf(stamp)
  return (now - tonumber(stamp)) % wrap
end

local function bringToNow(key)
  local stamps = redis.call('LRANGE', key, 0, -1)
  redis.call('DEL', key)
  for _, stamp in ipairs(stamps) do
    redis.call('RPUSH', key, ageOf(stamp) < half and stamp or now)
  end
  redis.call('PEXPIRE', key, lifeMs)
end

local counts, waits = {}, {}
local first = 2
for place = 2, #KEYS do
  local key = KEYS[place]
  local limit = tonumber(ARGV[place + 2])
  local size = math.abs(limit)
  local count = redis.call('LLEN', key)
  local age = 0
  while count > 0 do
    age = ageOf(redis.call('LINDEX', key, -1))
    if age >= half then
      bringToNow(key)
      age = 0
    end
    if age < window then break end
    redis.call('RPOP', key)
    count = count - 1
  end
  -- After a limit was lowered there may be more; then the one whose leaving makes room is not the oldest.
  if count > size then age = ageOf(redis.call('LINDEX', key, size - 1)) end
  counts[place] = count
  waits[place] = count > 0 and window - (age < half and age or 0) or window

  if limit > 0 then
    local decides, refused, left, wait = first, false, nil, 0
    for check = first, place do
      local room = math.abs(tonumber(ARGV[check + 2])) - counts[check]
      if room <= 0 then
        if not refused or waits[check] > wait then decides, wait = check, waits[check] end
        refused, left = true, 0
      elseif not refused and (left == nil or room - 1 < left) then
        decides, left, wait = check, room - 1, waits[check]
      end
    end
    if not refused then
      for check = first, place do
        redis.call('LPUSH', KEYS[check], now)
        redis.call('PEXPIRE', KEYS[check], lifeMs)
      end
    end
    local number = decides - first + 1
    reply[#reply + 1] = refused and -number or number
    reply[#reply + 1] = left
    reply[#reply + 1] = wait
    first = place + 1
  end
end
return reply
`,
});

/**
 * Takes a user's limits away, and says so to all gateways by the list of resets, which they see with their next answer.
 * Keys: that list, then the logs to delete.
 */
export const resetLog = defineScript({
  name: "gateway-rate-limit-reset",
  keys: ["resets"],
  args: ["entry", "lifeMs", "most"],
  lua: `
for place = 2, #KEYS do redis.call('DEL', KEYS[place]) end
redis.call('LPUSH', resets, entry)
redis.call('LTRIM', resets, 0, most - 1)
redis.call('PEXPIRE', resets, lifeMs)
return 1
`,
});
