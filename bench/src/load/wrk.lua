-- Each request with the next line of a file: as the value of a header, or as the body of a POST.
-- Arguments: header name, `body` or `none`; file; first line (from 0).
-- Up to 10,000 lines are requests made beforehand; more are cut out of the file's text, and have one length.

local MANY = 10000
local requests = {}
local text, width, head, tail
local at, count = 0, 0

local function format(each, line)
  if each == 'none' then return wrk.format('GET') end
  if each == 'body' then return wrk.format('POST', nil, { ['content-type'] = 'application/json' }, line) end
  return wrk.format('GET', nil, { [each] = line })
end

function init(args)
  local each, file, from = args[1], args[2], tonumber(args[3])
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

-- The histogram in the buckets of histogram.ts: sixteen to a doubling of the microseconds.
local function buckets(latency)
  local counts = {}
  for i = 1, #latency do
    local us, n = latency(i)
    local bucket = math.floor(16 * math.log(math.max(1, us)) / math.log(2) + 0.5)
    counts[bucket] = (counts[bucket] or 0) + n
  end
  local pairs_of = {}
  for bucket, n in pairs(counts) do pairs_of[#pairs_of + 1] = bucket .. ':' .. n end
  return table.concat(pairs_of, ' ')
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"durationUs":%d,"histogram":"%s","not2xx":%d,"errors":%d}\n',
    summary.requests, summary.duration, buckets(latency), e.status, e.connect + e.read + e.write + e.timeout))
end
