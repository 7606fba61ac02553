-- Each request with the next line of a file: as the value of a header, or as the body of a POST.
-- Arguments: header name, `body` or `none`; file; first line (from 0); connections.
-- Up to 10,000 lines are requests made beforehand; more are cut out of the file's text, and have one length.

local MANY = 10000
local requests = {}
local text, width, head, tail
local at, count = 0, 0
-- `init` runs in the thread's Lua, `done` in the program's own, which knows the thread.
local thread_of_requests

function setup(thread)
  thread_of_requests = thread
end

local function format(each, line)
  if each == 'none' then return wrk.format('GET') end
  if each == 'body' then return wrk.format('POST', nil, { ['content-type'] = 'application/json' }, line) end
  return wrk.format('GET', nil, { [each] = line })
end

function init(args)
  local each, file, from = args[1], args[2], tonumber(args[3])
  connections = tonumber(args[4])
  if each == 'none' then
    requests[1] = format(each)
    count = 1
    return
  end
  local f = assert(io.open(file, 'rb'))
  text = f:read('*a')
  f:close()
  width = text:find('\n', 1, true)
  count = math.floor(#text / width)
  if count > MANY then
    local mark = string.rep('#', width - 1)
    local whole = format(each, mark)
    local first, last = whole:find(mark, 1, true)
    head, tail = whole:sub(1, first - 1), whole:sub(last + 1)
  else
    for line in text:gmatch('[^\n]+') do
      requests[#requests + 1] = format(each, line)
    end
    count, text = #requests, nil
  end
  at = from % count
end

function request()
  local this = at
  at = at + 1
  if at == count then at = 0 end
  if text == nil then return requests[this + 1] end
  return head .. text:sub(this * width + 1, this * width + width - 1) .. tail
end

-- wrk adds samples that nobody measured: for every time of more than twice the expected interval, the times that requests
-- in between would have had (stats_correct, wrk 4). Each time spread downwards in steps of that interval, from itself, so that
-- taking the additions away again from the longest time down leaves what was measured, exactly.
local function measured(summary, latency)
  local counts, times = {}, {}
  for i = 1, #latency do
    local us, n = latency(i)
    counts[us] = n
    times[i] = us
  end
  local each = math.floor(summary.requests / thread_of_requests:get('connections'))
  if each == 0 then return counts end
  local interval = math.floor(summary.duration / each)
  for i = #times, 1, -1 do
    local us = times[i]
    if us < 2 * interval then break end
    local between = us - interval
    while counts[us] > 0 and between > interval do
      counts[between] = counts[between] - counts[us]
      between = between - interval
    end
  end
  return counts
end

-- The histogram in the buckets of histogram.ts: sixteen to a doubling of the microseconds.
local function buckets(counts)
  local sums, parts = {}, {}
  for us, n in pairs(counts) do
    local bucket = math.floor(16 * math.log(math.max(1, us)) / math.log(2) + 0.5)
    sums[bucket] = (sums[bucket] or 0) + n
  end
  for bucket, n in pairs(sums) do
    if n > 0 then parts[#parts + 1] = bucket .. ':' .. n end
  end
  return table.concat(parts, ' ')
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"durationUs":%d,"histogram":"%s","not2xx":%d,"errors":%d}\n',
    summary.requests, summary.duration, buckets(measured(summary, latency)), e.status, e.connect + e.read + e.write + e.timeout))
end
