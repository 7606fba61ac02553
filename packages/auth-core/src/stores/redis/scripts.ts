// The conditional writes, as Lua: each is atomic, touches the one key it is given, and leaves it with a TTL.
// KEYS[1] is the user's hash, ARGV[1] the store's time in ms. The layout of a value is in record.ts.
//
// A script that adds writes with HSET first: Redis refuses that one when it is out of memory, and then nothing was done.

import { createHash } from 'node:crypto';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** ms that a key outlives its longest-lived session, before the server drops it. */
const TTL_MARGIN_MS = 60_000;

/** ms for which destroy of an id also ends what it was rotated to: a sign-out that was under way at the rotation. */
const MOVED_MS = 60_000;

const PRELUDE = `
local key, now = KEYS[1], tonumber(ARGV[1])

local function parse(text)
  if #text < 23 or string.byte(text) ~= 3 then return nil end
  local idle, absolute, created, version, owner = struct.unpack('>I6I6I6I3B', text, 2)
  local session = { idle = idle, absolute = absolute, created = created, version = version }
  session.ends = math.min(idle, absolute)
  if owner == 0 then return session end
  local from, to = 24 + owner, nil
  if owner < 128 then
    to = (string.find(text, '"', from, true) or #text + 2) - 1
  elseif owner < 255 then
    from, to = 24, owner - 105
  elseif #text >= 26 then
    from, to = 27, 26 + struct.unpack('>I3', text, 24)
  end
  if not to or to > #text then return nil end
  session.user = string.sub(text, from, to)
  return session
end

-- Byte 22 and what follows it before the data: where they say whose they are, or the user id itself.
local function ownerOf(user, data)
  if not user then return string.char(0) end
  local place = string.find(string.sub(data, 1, 128 + #user), '"' .. user .. '"', 1, true)
  if place and not string.find(user, '"', 1, true) then return string.char(place) end
  if #user < 127 then return string.char(128 + #user) .. user end
  return struct.pack('>BI3', 255, #user) .. user
end

local function nextVersion(session)
  return struct.pack('>I3', (session.version + 1) % 2 ^ 24)
end

-- The field to which a session was rotated, and until when its former field says so.
local function movedTo(text)
  if #text ~= 39 or string.byte(text) ~= 2 then return nil end
  return string.sub(text, 8), struct.unpack('>I6', text, 2)
end

-- The live session of a field. An expired one is removed on sight, so that no clock stepped back revives it.
local function live(field)
  local text = redis.call('HGET', key, field)
  if not text then return nil end
  local session = parse(text)
  if not session and movedTo(text) then return nil end
  if not session then error('A field of the hash holds no session.') end
  if now < session.ends then return session, text end
  redis.call('HDEL', key, field)
  return nil
end

-- The TTL only grows: it is never shorter than the longest-lived session of the hash. The margin keeps the decision with
-- the store's clock, should that one run slower than the server's: the TTL only frees room.
local function keepUntil(ends)
  local ttl = math.max(ends - now, 0) + ${TTL_MARGIN_MS}
  if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl) end
end

-- Removes what has expired and answers the sessions that are left. What is neither a session nor a way to one is left for
-- destroyAll and the TTL.
local function prune()
  local kept, flat = {}, redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local session = parse(flat[i + 1])
    local _, forgotten = movedTo(flat[i + 1])
    if now >= (session and session.ends or forgotten or math.huge) then
      redis.call('HDEL', key, flat[i])
    elseif session then
      session.field = flat[i]
      kept[#kept + 1] = session
    end
  end
  return kept
end

-- Removes the ways to sessions that have ended.
local function forgetWays()
  local flat = redis.call('HGETALL', key)
  repeat
    local forgotten = 0
    for i = 1, #flat, 2 do
      local field = movedTo(flat[i + 1])
      if field and redis.call('HEXISTS', key, field) == 0 then forgotten = forgotten + redis.call('HDEL', key, flat[i]) end
    end
  until forgotten == 0
end

-- Most users have one session, and then there is nothing else to look at.
local function pruneOthers()
  if redis.call('HLEN', key) > 1 then return prune() end
  return {}
end
`;

/** ARGV: now, field, record, maxSessionsPerUser. Answers created or exists. */
export const CREATE = script(`
local field, max = ARGV[2], tonumber(ARGV[4])
if live(field) then return 'exists' end
local new = parse(ARGV[3])
redis.call('HSET', key, field, ARGV[3])
keepUntil(new.ends)
local others = {}
for _, session in ipairs(pruneOthers()) do
  if new.user and session.user == new.user and session.field ~= field then others[#others + 1] = session end
end
table.sort(others, function(a, b)
  if a.created ~= b.created then return a.created < b.created end
  return a.field < b.field
end)
for i = 1, #others - (max - 1) do redis.call('HDEL', key, others[i].field) end
return 'created'
`);

/** ARGV: now, field, version, data, idleExpiresAt. Answers updated, conflict or gone. */
export const UPDATE = script(`
local field = ARGV[2]
local session, text = live(field)
if not session then return 'gone' end
if session.version ~= tonumber(ARGV[3]) then return 'conflict' end
local idle = math.min(tonumber(ARGV[5]), session.absolute)
redis.call('HSET', key, field, string.sub(text, 1, 1) .. struct.pack('>I6', idle) .. string.sub(text, 8, 19) ..
  nextVersion(session) .. ownerOf(session.user, ARGV[4]) .. ARGV[4])
keepUntil(idle)
pruneOthers()
return 'updated'
`);

/** ARGV: now, field, idleExpiresAt. Answers touched or gone. Looks at no other field: it runs most often. */
export const TOUCH = script(`
local field = ARGV[2]
local session, text = live(field)
if not session then return 'gone' end
local idle = math.min(tonumber(ARGV[3]), session.absolute)
if idle > session.idle then
  redis.call('HSET', key, field, string.sub(text, 1, 1) .. struct.pack('>I6', idle) .. string.sub(text, 8))
  keepUntil(idle)
end
return 'touched'
`);

/** ARGV: now, field, newField. Answers rotated, exists or gone. */
export const ROTATE = script(`
local field, newField = ARGV[2], ARGV[3]
local session, text = live(field)
if not session then return 'gone' end
if live(newField) then return 'exists' end
redis.call('HSET', key,
  newField, string.sub(text, 1, 19) .. nextVersion(session) .. string.sub(text, 23),
  field, struct.pack('>BI6', 2, now + ${MOVED_MS}) .. newField)
pruneOthers()
return 'rotated'
`);

/** ARGV: now, field. Ends what the field was rotated to a moment ago, too. */
export const DESTROY = script(`
local field = ARGV[2]
while field do
  local text = redis.call('HGET', key, field)
  redis.call('HDEL', key, field)
  field = text and movedTo(text)
end
if redis.call('HLEN', key) > 0 then forgetWays() end
return 'ended'
`);

/** ARGV: now, userId, the field to keep or ''. Answers how many live sessions ended. */
export const DESTROY_ALL = script(`
local ended, flat = 0, redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  local session = parse(flat[i + 1])
  local expired = session and now >= session.ends
  local theirs = session and session.user == ARGV[2] and flat[i] ~= ARGV[3]
  if theirs and not expired then ended = ended + 1 end
  -- What is no session ends here, too: a user who signs out everywhere leaves nothing unread behind.
  if expired or theirs or not (session or movedTo(flat[i + 1])) then redis.call('HDEL', key, flat[i]) end
end
forgetWays()
return ended
`);

/** ARGV: now. Removes what has expired. Answers what is left: field, value, field, value … */
export const LIST = script(`
prune()
return redis.call('HGETALL', key)
`);

/** ARGV: now, field. Removes what has expired. Answers whether the field is there: somebody may have touched it. */
export const REAP = script(`
prune()
return redis.call('HEXISTS', key, ARGV[2])
`);

function script(body: string): Script {
  const lua = PRELUDE + body;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
