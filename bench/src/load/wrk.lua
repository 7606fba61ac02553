-- Each request with the next line of a file as the value of a header. Arguments: header, file, first line (from 0).
-- Up to 10,000 lines are requests made beforehand; more are cut out of the file's text, and have one length.

local MANY = 10000
local requests = {}
local text, width, head, tail
local at, count = 0, 0

function init(args)
  local header, file, from = args[1], args[2], tonumber(args[3])
  if header == 'none' then
    requests[1] = wrk.format('GET')
    count = 1
    return
  end
  local f = assert(io.open(file, 'rb'))
  text = f:read('*a')
  f:close()
  width = text:find('\n', 1, true)
  count = math.floor(#text / width)
  if count > MANY then
    local mark = 'CREDENTIAL'
    local whole = wrk.format('GET', nil, { [header] = mark })
    local first, last = whole:find(mark, 1, true)
    head, tail = whole:sub(1, first - 1), whole:sub(last + 1)
  else
    for line in text:gmatch('[^\n]+') do
      requests[#requests + 1] = wrk.format('GET', nil, { [header] = line })
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

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d,"not2xx":%d,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    e.status, e.connect + e.read + e.write + e.timeout))
end
