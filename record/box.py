"""A box on the road: carries the TCP packets of some ports from one side of the router to the other, and does to them
what it is told.

python3 box.py RULES INTERFACE HOST_MAC INTERFACE HOST_MAC     the first pair is the client's side

RULES is JSON: {"there": milliseconds to the server, "back": the same to the client, "seed": n, "ports": {PORT: RULE}}.
A RULE, all of it optional:
  nat       the source address that clients have behind the box; each connection gets a port of its own
  service   where connections to this port go: [address, port]
  idle      seconds of silence after which the entry of a connection is forgotten
  forgotten what then becomes of the client's next segment: "drop", "reset" (answered in the server's name), "new"
            (sent on from another source port)
  words     what in the client's payload draws a RST in the server's name
  reset     who gets it: "client", or "both", each in the other's name
  drop      {"there": [...], "back": [...]}: what is lost: "fin", "all", or a share of everything (0.02)
  after     seconds since the connection began from which "drop" holds
  random    true: the client's sequence numbers are others behind the box
Several ports that lead to one service share what it sends back: it goes to who used the addresses last, as at a load
balancer that keeps them.
IPv4 without options only: that is all the hosts here send.
"""
import heapq, json, random, select, socket, struct, sys, time

OUTGOING = 4  # PACKET_OUTGOING: what this host itself has sent
FIN, SYN, RST, ACK = 1, 2, 4, 16

rules = json.loads(sys.argv[1])
dice = random.Random(rules.get("seed", 1))
ports = {int(port): rule for port, rule in rules["ports"].items()}
legs = []
for name, mac in (sys.argv[2:4], sys.argv[4:6]):
    leg = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    leg.bind((name, 0x0800))
    legs.append((leg, bytes.fromhex(mac.replace(":", "")) + leg.getsockname()[4]))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    def __init__(self, frame):
        self.ip = bytearray(frame[14:34])
        size = int.from_bytes(self.ip[2:4], "big")
        self.tcp = bytearray(frame[34:14 + size])

    def tuple(self):
        source, destination = struct.unpack("!HH", self.tcp[0:4])
        return bytes(self.ip[12:16]), source, bytes(self.ip[16:20]), destination

    def rename(self, source, sport, destination, dport):
        self.ip[12:16], self.ip[16:20] = source, destination
        self.tcp[0:4] = struct.pack("!HH", sport, dport)

    def number(self, at, more=None):
        value = int.from_bytes(self.tcp[at:at + 4], "big")
        if more is not None:
            self.tcp[at:at + 4] = ((value + more) & 0xFFFFFFFF).to_bytes(4, "big")
        return value

    sequence = property(lambda self: self.number(4))
    acknowledgment = property(lambda self: self.number(8))
    flags = property(lambda self: self.tcp[13])
    payload = property(lambda self: bytes(self.tcp[(self.tcp[12] >> 4) * 4:]))

    def length(self):
        return len(self.payload) + (self.flags & FIN > 0) + (self.flags & SYN > 0)

    def bytes(self):
        self.ip[8] -= 1
        self.ip[10:12] = b"\0\0"
        self.ip[10:12] = checksum(bytes(self.ip)).to_bytes(2, "big")
        self.tcp[16:18] = b"\0\0"
        pseudo = bytes(self.ip[12:20]) + struct.pack("!BBH", 0, 6, len(self.tcp))
        self.tcp[16:18] = checksum(pseudo + bytes(self.tcp)).to_bytes(2, "big")
        return bytes(self.ip) + bytes(self.tcp)


def forged(source, sport, destination, dport, sequence, acknowledgment):
    """A RST|ACK as a box makes it: without options, with a TTL of its own."""
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, dice.randrange(1 << 16), 0, 120, 6, 0) + source + destination
    tcp = struct.pack("!HHIIBBHHH", sport, dport, sequence, acknowledgment, 0x50, RST | ACK, 0, 0, 0)
    return Packet(bytes(14) + ip + tcp)


class Entry:
    """A connection as the box knows it: its tuple on the client's side, and on the server's."""

    def __init__(self, rule, inside):
        client, cport, server, sport = inside
        self.rule, self.inside, self.begin = rule, inside, time.monotonic()
        self.shift = dice.randrange(1, 1 << 32) if rule.get("random") else 0
        self.rename()
        self.last = self.begin

    def rename(self):
        client, cport, server, sport = self.inside
        if "nat" in self.rule:
            client, cport = socket.inet_aton(self.rule["nat"]), dice.randrange(20000, 30000)
        if "service" in self.rule:
            server, sport = socket.inet_aton(self.rule["service"][0]), self.rule["service"][1]
        self.outside = client, cport, server, sport


entries, outside = {}, {}
waiting, count = [], 0


def send(there, packet, at=None):
    global count
    count += 1
    due = (time.monotonic() if at is None else at) + rules.get("there" if there else "back", 1) / 1000
    heapq.heappush(waiting, (due, count, there, packet.bytes()))


def is_dropped(rule, entry, way, packet):
    if time.monotonic() - entry.begin < rule.get("after", 0):
        return False
    for what in rule.get("drop", {}).get(way, []):
        if what == "all" or (what == "fin" and packet.flags & FIN):
            return True
        if isinstance(what, float) and dice.random() < what:
            return True
    return False


def from_client(packet):
    inside = packet.tuple()
    rule = ports[inside[3]]
    entry = entries.get(inside)
    if entry is None or packet.flags & (SYN | ACK) == SYN and time.monotonic() - entry.last > 1.5:
        entry = entries[inside] = Entry(rule, inside)
        outside[entry.outside] = entry
    elif "idle" in rule and time.monotonic() - entry.last > rule["idle"]:
        if rule["forgotten"] == "new":
            entry.rename()
            outside[entry.outside] = entry
        else:
            if rule["forgotten"] == "reset" and not packet.flags & RST:
                end = (packet.sequence + packet.length()) & 0xFFFFFFFF
                send(False, forged(inside[2], inside[3], inside[0], inside[1], packet.acknowledgment, end))
            return
    entry.last = time.monotonic()
    outside[entry.outside] = entry
    if is_dropped(rule, entry, "there", packet):
        return
    words = rule.get("words", "\0").encode()
    if words in packet.payload:
        end = (packet.sequence + packet.length()) & 0xFFFFFFFF
        send(False, forged(inside[2], inside[3], inside[0], inside[1], packet.acknowledgment, end))
        if rule["reset"] == "both":
            client, cport, server, sport = entry.outside
            # It overtakes nothing: the request itself is on its way before it.
            later = forged(client, cport, server, sport, (end + entry.shift) & 0xFFFFFFFF, packet.acknowledgment)
            send(True, later, time.monotonic() + 0.0002)
    if entry.shift:
        packet.number(4, entry.shift)
    packet.rename(*entry.outside)
    send(True, packet)


def from_server(packet):
    source, sport, destination, dport = packet.tuple()
    entry = outside.get((destination, dport, source, sport))
    if entry is None:
        return
    if "idle" in entry.rule and time.monotonic() - entry.last > entry.rule["idle"]:
        return
    entry.last = time.monotonic()
    if is_dropped(entry.rule, entry, "back", packet):
        return
    if entry.shift and packet.flags & ACK:
        packet.number(8, -entry.shift)
    client, cport, server, port = entry.inside
    packet.rename(server, port, client, cport)
    send(False, packet)


services = {rule["service"][1] for rule in ports.values() if "service" in rule} | set(ports)
print("carrying", flush=True)
while True:
    wait = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    readable, _, _ = select.select([leg for leg, _ in legs], [], [], wait)
    for side, (leg, _) in enumerate(legs):
        if leg not in readable:
            continue
        frame, source = leg.recvfrom(65535)
        if source[2] == OUTGOING or frame[23] != 6:
            continue
        packet = Packet(frame)
        if side == 0 and packet.tuple()[3] in ports:
            from_client(packet)
        elif side == 1 and packet.tuple()[1] in services:
            from_server(packet)
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, there, data = heapq.heappop(waiting)
        leg, header = legs[1 if there else 0]
        leg.send(header + b"\x08\x00" + data)
