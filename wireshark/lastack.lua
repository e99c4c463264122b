-- lastack for Wireshark and tshark: what lastack says of a packet's connection, as fields to filter, to colour, and to
-- show in columns.
--
--     lastack.finding == "half-closed" && lastack.state.server == "CLOSE-WAIT"
--
-- Runs `lastack report FILE -f ndjson` once on the file that is open, and joins its flows to packets by addresses, ports
-- and frames. Where it cannot find the file (Windows; stdin), write the records yourself and name them in the
-- preference lastack.records, or with
--     tshark -X lua_script:lastack.lua -X lua_script1:records.ndjson -r FILE
-- Written to Wireshark's folder of plugins by: lastack wireshark > ~/.local/lib/wireshark/plugins/lastack.lua

local COMMAND = "lastack"
local OPTIONS = " -f ndjson --quiet --fail-on never --allow-empty --allow-unknown 2>&1"

local lastack = Proto("lastack", "How TCP connections ended")

set_plugin_info({
  version = "1", author = "lastack", description = "How TCP connections ended, whose doing it was, and what to change",
})

local fields = {
  finding = ProtoField.string("lastack.finding", "Finding"),
  cause = ProtoField.string("lastack.cause", "Cause"),
  severity = ProtoField.string("lastack.severity", "Severity"),
  confidence = ProtoField.string("lastack.confidence", "Confidence"),
  message = ProtoField.string("lastack.message", "Message"),
  diagnosis = ProtoField.string("lastack.diagnosis", "Diagnosis"),
  client = ProtoField.string("lastack.state.client", "Client's state"),
  server = ProtoField.string("lastack.state.server", "Server's state"),
  ending = ProtoField.string("lastack.ending", "Ending"),
  verdict = ProtoField.string("lastack.verdict", "Verdict"),
  flow = ProtoField.uint32("lastack.flow", "Flow"),
  fault = ProtoField.string("lastack.fault", "Not available"),
}
lastack.fields = fields

local told = {
  error = ProtoExpert.new("lastack.told.error", "lastack", expert.group.SEQUENCE, expert.severity.ERROR),
  warning = ProtoExpert.new("lastack.told.warning", "lastack", expert.group.SEQUENCE, expert.severity.WARN),
  info = ProtoExpert.new("lastack.told.info", "lastack", expert.group.SEQUENCE, expert.severity.NOTE),
}
lastack.experts = { told.error, told.warning, told.info }

lastack.prefs.command = Pref.string("Command", COMMAND, "What runs lastack; a path where it is not in PATH")
lastack.prefs.records = Pref.string("Records", "", "What lastack report -f ndjson wrote; empty: run the command on the file")

local get = {
  ip = { Field.new("ip.src"), Field.new("ip.dst") },
  ipv6 = { Field.new("ipv6.src"), Field.new("ipv6.dst") },
  port = { Field.new("tcp.srcport"), Field.new("tcp.dstport") },
}

-- Records

local unescaped = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function utf8(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local value

-- A string that begins at the quote at `at`; and where it ends.
local function text(json, at)
  local pieces = {}
  local from = at + 1
  while true do
    local stop = json:find('["\\]', from)
    if stop == nil then error("a string without an end") end
    pieces[#pieces + 1] = json:sub(from, stop - 1)
    if json:sub(stop, stop) == '"' then return table.concat(pieces), stop + 1 end
    local letter = json:sub(stop + 1, stop + 1)
    if letter == "u" then
      pieces[#pieces + 1] = utf8(tonumber(json:sub(stop + 2, stop + 5), 16) or 0xFFFD)
      from = stop + 6
    else
      pieces[#pieces + 1] = unescaped[letter] or letter
      from = stop + 2
    end
  end
end

-- The members of an object or a list whose first one begins at `at` or behind it.
local function members(json, at, close, read)
  at = json:find("%S", at)
  if json:sub(at, at) == close then return at + 1 end
  while true do
    at = read(json:find("%S", at))
    at = json:find("%S", at)
    local sign = json:sub(at, at)
    if sign == close then return at + 1 end
    if sign ~= "," then error("expected , or " .. close) end
    at = at + 1
  end
end

local words = { ["true"] = true, ["false"] = false }

-- The JSON value (RFC 8259) that begins at `at`, and where it ends. null is nil.
function value(json, at)
  local sign = json:sub(at, at)
  if sign == '"' then return text(json, at) end
  local held = {}
  if sign == "{" then
    local stop = members(json, at + 1, "}", function(from)
      local name, colon = text(json, from)
      local stop
      held[name], stop = value(json, json:find("[^%s:]", colon))
      return stop
    end)
    return held, stop
  end
  if sign == "[" then
    local stop = members(json, at + 1, "]", function(from)
      local stop
      held[#held + 1], stop = value(json, from)
      return stop
    end)
    return held, stop
  end
  local stop = json:find("[,%]}%s]", at) or #json + 1
  local word = json:sub(at, stop - 1)
  if words[word] ~= nil then return words[word], stop end
  return tonumber(word), stop
end

-- The bytes of an address in hexadecimal, as a packet has them: names and notations differ, bytes do not.
local function bytesOf(address)
  local a, b, c, d = address:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  if a then return string.format("%02X%02X%02X%02X", a, b, c, d) end
  -- RFC 5952: four bytes at the end may be written as IPv4.
  address = address:gsub("%d+%.%d+%.%d+%.%d+$", function(last)
    local hex = bytesOf(last)
    return hex:sub(1, 4) .. ":" .. hex:sub(5)
  end)
  local function groups(part)
    local hex = {}
    for group in part:gmatch("%x+") do hex[#hex + 1] = string.format("%04X", tonumber(group, 16)) end
    return table.concat(hex)
  end
  local before, behind = address:match("^(.-)::(.*)$")
  if before == nil then return groups(address) end
  before, behind = groups(before), groups(behind)
  return before .. string.rep("0", 32 - #before - #behind) .. behind
end

-- The same from either end.
local function pair(address, port, other, otherPort)
  local one, two = string.format("%s:%d", address, port), string.format("%s:%d", other, otherPort)
  if one < two then return one .. " " .. two end
  return two .. " " .. one
end

-- Flows by their pair of endpoints, in order of their first frames, and each with its findings.
local function gather(lines)
  local flows, byId, records = {}, {}, 0
  for line in lines do
    local kind = line:match('^{"type":"(%a+)"')
    if kind then records = records + 1 end
    if kind == "flow" then
      local flow = value(line, 1)
      local key = pair(bytesOf(flow.client.address), flow.client.port, bytesOf(flow.server.address), flow.server.port)
      flow.told = {}
      flows[key] = flows[key] or {}
      table.insert(flows[key], flow)
      byId[flow.id] = flow
    elseif kind == "finding" then
      local finding = value(line, 1)
      local flow = byId[finding.flow]
      finding.at = {}
      for _, frame in ipairs(finding.frames) do finding.at[frame] = true end
      if flow then table.insert(flow.told, finding) end
    end
  end
  if records == 0 then error("there are none", 0) end
  for _, known in pairs(flows) do table.sort(known, function(a, b) return a.firstFrame < b.firstFrame end) end
  return flows
end

-- The open file

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

-- Beginnings of pcap in its four kinds, pcapng, gzip, zstd, lz4, snoop and Network Monitor.
local captures = {
  ["\xA1\xB2\xC3\xD4"] = true, ["\xD4\xC3\xB2\xA1"] = true, ["\xA1\xB2\x3C\x4D"] = true, ["\x4D\x3C\xB2\xA1"] = true,
  ["\x0A\x0D\x0D\x0A"] = true, ["\x28\xB5\x2F\xFD"] = true, ["\x04\x22\x4D\x18"] = true,
  ["snoo"] = true, ["GMBU"] = true,
}

-- What the parent of a shell, which is Wireshark, has open for reading only: the last octal digit of the flags in
-- proc(5), or lsof's access r.
local reading = [[
if [ -d /proc/$PPID/fdinfo ]; then
  for fd in /proc/$PPID/fd/*; do
    grep -q '^flags:.*0$' /proc/$PPID/fdinfo/${fd##*/} && readlink $fd
  done
else
  lsof -a -p $PPID -d 0-999 -Fan | awk '/^a/ { reading = $0 == "ar" } /^n/ && reading { print substr($0, 2) }'
fi 2>/dev/null]]

-- Wireshark tells a plugin not which file is open, but the system does: the descriptor that is a capture.
local function openFile()
  local list = io.popen(reading)
  if list == nil then return nil end
  local found
  for path in list:lines() do
    local file = path:sub(1, 1) == "/" and not path:find("^/dev/") and io.open(path, "rb")
    if file then
      local begin = file:read(4) or ""
      file:close()
      if captures[begin] or begin:sub(1, 2) == "\x1F\x8B" then found = found or path end
    end
  end
  list:close()
  return found
end

local arguments = { ... }
local flows, fault

local function load()
  flows = {}
  local records = arguments[1] or lastack.prefs.records
  local lines, close
  if records ~= nil and records ~= "" then
    local file, reason = io.open(records, "r")
    if file == nil then return "cannot read records: " .. reason end
    lines, close = file:lines(), function() file:close() end
  else
    local path = openFile()
    if path == nil then return "the open file was not found; name its records in the preference lastack.records" end
    local pipe = io.popen(lastack.prefs.command .. " report " .. quoted(path) .. OPTIONS, "r")
    if pipe == nil then return "cannot run " .. lastack.prefs.command end
    -- What is said of damage comes before the records; where there are none, it says why.
    local said
    local first = pipe:read("*l")
    while first and first:sub(1, 9) ~= '{"type":"' do
      said, first = first, pipe:read("*l")
    end
    if first == nil then
      pipe:close()
      return said or (lastack.prefs.command .. " wrote nothing")
    end
    local next = pipe:lines()
    lines = function()
      local line = first or next()
      first = nil
      return line
    end
    close = function() pipe:close() end
  end
  local ok, result = pcall(gather, lines)
  close()
  if not ok then return "records that are not understood: " .. tostring(result) end
  flows = result
  return nil
end

-- Packets

local function last(field)
  local all = { field() }
  return all[#all]
end

-- The flow of a packet: of those with its addresses and ports the last one that had begun by then. nil for what is no TCP.
local function flowOf(frame)
  local source, destination = last(get.port[1]), last(get.port[2])
  if source == nil or destination == nil then return nil end
  for _, layer in ipairs({ get.ip, get.ipv6 }) do
    local from, to = last(layer[1]), last(layer[2])
    if from and to then
      local known = flows[pair(from.range:bytes():tohex(), source.value, to.range:bytes():tohex(), destination.value)]
      if known then
        local found = known[1]
        for _, flow in ipairs(known) do
          if flow.firstFrame <= frame then found = flow end
        end
        return found
      end
    end
  end
  return nil
end

-- The state that an endpoint is in after a frame, CLOSED before its first one. A timer shows no frame, but has a time.
local function stateAfter(entries, frame, time)
  local state = "CLOSED"
  for _, entry in ipairs(entries) do
    if entry.frame == nil then
      if entry.time > time then break end
    elseif entry.frame > frame then
      break
    end
    state = entry.state
  end
  return state
end

function lastack.init()
  flows, fault = nil, nil
end

function lastack.dissector(_, packet, tree)
  local isFirst = flows == nil
  if isFirst then fault = load() end
  if fault and packet.number == 1 then tree:add(lastack):add(fields.fault, fault) end
  local flow = flowOf(packet.number)
  if flow == nil then return end

  local client = stateAfter(flow.states.client, packet.number, packet.abs_ts)
  local server = stateAfter(flow.states.server, packet.number, packet.abs_ts)
  local own = tree:add(lastack)
  own:set_generated()
  local names = {}
  for _, finding in ipairs(flow.told) do
    names[#names + 1] = finding.cause and (finding.id .. " (" .. finding.cause .. ")") or finding.id
    own:add(fields.finding, finding.id):set_generated()
    if finding.cause then own:add(fields.cause, finding.cause):set_generated() end
    own:add(fields.severity, finding.severity):set_generated()
    own:add(fields.confidence, finding.confidence):set_generated()
    if finding.explainedBy then own:add(fields.diagnosis, finding.explainedBy):set_generated() end
    if finding.at[packet.number] then
      own:add(fields.message, finding.message):set_generated()
      own:add_proto_expert_info(told[finding.severity], finding.id .. ": " .. finding.message)
    end
  end
  -- What is told of many connections stands with one of them; the others name it.
  for _, id in ipairs(flow.findings) do
    local isTold = false
    for _, finding in ipairs(flow.told) do isTold = isTold or finding.id == id end
    if not isTold then
      names[#names + 1] = id
      own:add(fields.finding, id):set_generated()
    end
  end
  own:add(fields.client, client):set_generated()
  own:add(fields.server, server):set_generated()
  own:add(fields.ending, flow.ending):set_generated()
  own:add(fields.verdict, flow.verdict):set_generated()
  own:add(fields.flow, flow.id):set_generated()
  own:append_text(", " .. (#names > 0 and table.concat(names, ", ") or flow.ending))
end

register_postdissector(lastack)
