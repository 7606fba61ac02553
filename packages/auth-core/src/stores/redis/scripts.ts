// The conditional writes, as Lua: each is atomic, touches the one key it is given, and leaves it with a TTL.
// KEYS[1] is the user's hash, ARGV[1] the store's time in ms. The layout of a value is in record.ts.
//
// UPDATE, REPLACE_DETAILS, TOUCH and REAP read and write the field of their own session only, so their cost does not depend on the
// user's other sessions. ROTATE and DESTROY also read the lengths of the user's other values. CREATE (for
// maxSessionsPerUser), LIST, DESTROY_ALL and CHANGE_SUBJECT read all sessions of the user.
//
// A script that adds writes with HSET first: when Redis is out of memory it refuses that command, and nothing was done.

import { createHash } from 'node:crypto';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** ms that a key outlives its longest-lived session, before the server drops it. */
const TTL_MARGIN_MS = 60_000;

/** ms for which destroy of an old id also ends its successors: for a sign-out that ran beside the rotate. */
const FORWARD_MS = 60_000;

const PRELUDE = `
local key, now = KEYS[1], tonumber(ARGV[1])

local function parse(text)
  if #text < 34 or string.byte(text) ~= 4 then return nil end
  local idle, absolute, created, version, user, profile, details, data = struct.unpack('>I6I6I6I3I3I3I3I3', text, 2)
  if 34 + user + profile + details + data ~= #text then return nil end
  local session = { idle = idle, absolute = absolute, created = created, version = version }
  session.ends = math.min(idle, absolute)
  session.profileStart = 35 + user
  session.detailsStart = session.profileStart + profile
  session.dataStart = session.detailsStart + details
  if profile > 0 then session.user = string.sub(text, 35, 34 + user) end
  return session
end

local function pack(head, user, profile, details, data)
  return head .. struct.pack('>I3I3I3I3', #user, #profile, #details, #data) .. user .. profile .. details .. data
end

local function nextVersion(session)
  return struct.pack('>I3', (session.version + 1) % 2 ^ 24)
end

-- The new field of a rotated session, and when the forward to it ends. Nothing for any other value.
local function readForward(text)
  if #text ~= 50 or string.byte(text) ~= 2 then return nil end
  return string.sub(text, 8), struct.unpack('>I6', text, 2)
end

-- Removes an expired field, so that no clock that is set back revives it. A server that refuses writes keeps it: it is
-- expired all the same, and a read must not fail for it.
local function drop(field)
  redis.pcall('HDEL', key, field)
end

-- The live session of a field. Drops an expired one. A value that cannot be read is no session.
local function findLive(field)
  local text = redis.call('HGET', key, field)
  local session = text and parse(text)
  if not session then return nil end
  if now < session.ends then return session, text end
  drop(field)
  return nil
end

-- Whether a new session would overwrite another one, or a value that cannot be read.
local function isTaken(field)
  if findLive(field) then return true end
  local text = redis.call('HGET', key, field)
  return text and not readForward(text)
end

-- The TTL only grows: it is never shorter than the longest-lived session of the hash. The margin leaves the decision to
-- the store's clock, should that one run slower than the server's: the TTL only frees memory.
local function extendTtl(ends)
  local ttl = math.max(ends - now, 0) + ${TTL_MARGIN_MS}
  if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl) end
end

-- Drops expired sessions and forwards. Answers the live sessions. Values that cannot be read stay: a server of
-- another version may read them. destroyAll and the TTL remove them.
local function prune()
  local live, flat = {}, redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local session = parse(flat[i + 1])
    local _, forwardEnds = readForward(flat[i + 1])
    if now >= (session and session.ends or forwardEnds or math.huge) then
      drop(flat[i])
    elseif session then
      session.field, session.text = flat[i], flat[i + 1]
      live[#live + 1] = session
    end
  end
  return live
end

-- Removes the forwards that are over, and those to sessions that have ended. Fetches only values of a forward's length.
local function pruneForwards()
  local targets = {}
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if redis.call('HSTRLEN', key, field) == 50 then
      local target, ends = readForward(redis.call('HGET', key, field))
      if target then targets[field] = now < ends and target or '' end
    end
  end
  repeat
    local removed = 0
    for field, target in pairs(targets) do
      if redis.call('HEXISTS', key, target) == 0 then removed = removed + redis.call('HDEL', key, field) end
    end
  until removed == 0
end
`;

/** ARGV: now, field, record, maxSessionsPerUser. Answers created or exists. */
export const CREATE = defineScript(`
local field, record, max = ARGV[2], ARGV[3], tonumber(ARGV[4])
if isTaken(field) then return 'exists' end
local new = parse(record)
redis.call('HSET', key, field, record)
extendTtl(new.ends)
-- Most users have one session.
if redis.call('HLEN', key) == 1 then return 'created' end
local others = {}
for _, session in ipairs(prune()) do
  if new.user and session.user == new.user and session.field ~= field then others[#others + 1] = session end
end
table.sort(others, function(a, b)
  if a.created ~= b.created then return a.created < b.created end
  return a.field < b.field
end)
for i = 1, #others - (max - 1) do redis.call('HDEL', key, others[i].field) end
return 'created'
`);

/**
 * ARGV: now, field, version, idleExpiresAt, bytes that data and details may take, data, details if they change.
 * Answers updated, conflict, gone or too-large.
 */
export const UPDATE = defineScript(`
local field, data = ARGV[2], ARGV[6]
local session, text = findLive(field)
if not session then return 'gone' end
if session.version ~= tonumber(ARGV[3]) then return 'conflict' end
local details = ARGV[7] or string.sub(text, session.detailsStart, session.dataStart - 1)
if #details + #data > tonumber(ARGV[5]) then return 'too-large' end
local idle = math.min(tonumber(ARGV[4]), session.absolute)
redis.call('HSET', key, field, pack(
  string.sub(text, 1, 1) .. struct.pack('>I6', idle) .. string.sub(text, 8, 19) .. nextVersion(session),
  string.sub(text, 35, session.profileStart - 1),
  string.sub(text, session.profileStart, session.detailsStart - 1),
  details,
  data))
extendTtl(idle)
return 'updated'
`);

/**
 * ARGV: now, field, bytes that data and details may take, the details that were read, the new ones.
 * Answers replaced, conflict, gone or too-large.
 */
export const REPLACE_DETAILS = defineScript(`
local field, to = ARGV[2], ARGV[5]
local session, text = findLive(field)
if not session then return 'gone' end
if string.sub(text, session.detailsStart, session.dataStart - 1) ~= ARGV[4] then return 'conflict' end
local data = string.sub(text, session.dataStart)
if #to + #data > tonumber(ARGV[3]) then return 'too-large' end
redis.call('HSET', key, field, pack(
  string.sub(text, 1, 22),
  string.sub(text, 35, session.profileStart - 1),
  string.sub(text, session.profileStart, session.detailsStart - 1),
  to,
  data))
return 'replaced'
`);

/** ARGV: now, field, idleExpiresAt. Answers touched or gone. */
export const TOUCH = defineScript(`
local field = ARGV[2]
local session, text = findLive(field)
if not session then return 'gone' end
local idle = math.min(tonumber(ARGV[3]), session.absolute)
if idle > session.idle then
  redis.call('HSET', key, field, string.sub(text, 1, 1) .. struct.pack('>I6', idle) .. string.sub(text, 8))
  extendTtl(idle)
end
return 'touched'
`);

/** ARGV: now, field, newField. Answers rotated, exists or gone. */
export const ROTATE = defineScript(`
local field, newField = ARGV[2], ARGV[3]
local session, text = findLive(field)
if not session then return 'gone' end
if isTaken(newField) then return 'exists' end
redis.call('HSET', key,
  newField, string.sub(text, 1, 19) .. nextVersion(session) .. string.sub(text, 23),
  field, struct.pack('>BI6', 2, now + ${FORWARD_MS}) .. newField)
pruneForwards()
return 'rotated'
`);

/** ARGV: now, field. Ends the session of the field, or the one that its forwards lead to, if they are not over. */
export const DESTROY = defineScript(`
local field = ARGV[2]
while field do
  local text = redis.call('HGET', key, field)
  redis.call('HDEL', key, field)
  local target, forwardEnds = readForward(text or '')
  field = target and now < forwardEnds and target
end
pruneForwards()
return 'ended'
`);

/** ARGV: now, userId, the field to keep or ''. Answers how many live sessions ended. Removes unreadable values, too. */
export const DESTROY_ALL = defineScript(`
local ended, flat = 0, redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  local session = parse(flat[i + 1])
  local isOld = session and now >= session.ends
  local isTheirs = session and session.user == ARGV[2] and flat[i] ~= ARGV[3]
  local isUnreadable = not session and not readForward(flat[i + 1])
  if isTheirs and not isOld then ended = ended + 1 end
  if isOld or isTheirs or isUnreadable then redis.call('HDEL', key, flat[i]) end
end
pruneForwards()
return ended
`);

/** ARGV: now, userId, profile. Answers how many live sessions have the new profile. */
export const CHANGE_SUBJECT = defineScript(`
local user, profile, changed = ARGV[2], ARGV[3], 0
for _, session in ipairs(prune()) do
  if session.user == user then
    redis.call('HSET', key, session.field, pack(
      string.sub(session.text, 1, 22),
      user,
      profile,
      string.sub(session.text, session.detailsStart, session.dataStart - 1),
      string.sub(session.text, session.dataStart)))
    changed = changed + 1
  end
end
return changed
`);

/** ARGV: now. Removes what has expired. Answers the live sessions: field, value, field, value … */
export const LIST = defineScript(`
local flat = {}
for _, session in ipairs(prune()) do
  flat[#flat + 1] = session.field
  flat[#flat + 1] = session.text
end
return flat
`);

/** ARGV: now, field. Removes the field if it has expired. Answers its value if it was touched meanwhile. */
export const REAP = defineScript(`
local _, text = findLive(ARGV[2])
return text
`);

function defineScript(body: string): Script {
  const lua = PRELUDE + body;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
