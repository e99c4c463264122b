"""TCP by hand: a client that sends the segments it is told to, sensible or not, from a port where the kernel has no socket."""
import queue, socket, struct, threading, time

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETH_P_IP = 0x0800
TRIES, PATIENCE = 4, 0.4  # of a segment that is not acknowledged
CONNECT_TRIES, CONNECT_PATIENCE = 6, 1.0


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Wire:
    """One reader for all clients: the kernel would have to be asked once for each otherwise."""

    def __init__(self, interface):
        self.clients = {}
        self.out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self.tap.bind((interface, ETH_P_IP))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            packet, link = self.tap.recvfrom(65535)
            if link[2] == socket.PACKET_OUTGOING or len(packet) < 40 or packet[9] != socket.IPPROTO_TCP:
                continue
            header = (packet[0] & 15) * 4
            port, sequence, acknowledgment, offset, flags = struct.unpack("!2xHIIBB", packet[header:header + 14])
            length = int.from_bytes(packet[2:4], "big") - header - (offset >> 4) * 4
            client = self.clients.get(port)
            if client:
                client.hear(flags & 63, sequence, acknowledgment, length)


class RawClient:
    def __init__(self, wire, local, remote):
        self.wire, self.local, self.remote = wire, local, remote
        self.heard = queue.Queue()
        self.news = threading.Condition()
        self.next = self.expected = self.acknowledged = self.fin_at = 0
        self.confirmed = None  # the last acknowledgment we sent; None before the first
        self.reset = False
        wire.clients[local[1]] = self

    def hear(self, flags, sequence, acknowledgment, length):
        occupies = length + (flags & FIN)
        end = (sequence + occupies) % 2**32
        with self.news:
            # What comes again although we have acknowledged it: the router has lost our acknowledgment.
            repeats = occupies > 0 and self.confirmed == end
            # What comes before its turn is thrown away, and will come again.
            fits = flags & (SYN | RST) or occupies == 0 or sequence == self.expected
            if flags & RST:
                self.reset = True
            elif flags & SYN:
                self.expected = (sequence + 1) % 2**32
            elif fits and occupies > 0:
                self.expected = end
            if flags & ACK:
                self.acknowledged = acknowledgment
            self.news.notify_all()
        if fits: self.heard.put((flags, sequence, acknowledgment, length))
        if repeats: self.put(ACK, self.next)

    def put(self, flags, sequence, payload=b"", ttl=64):
        options = struct.pack("!BBH", 2, 4, 1460) if flags & SYN else b""
        acknowledgment = self.expected if flags & ACK else 0
        if flags & ACK: self.confirmed = acknowledgment
        addresses = socket.inet_aton(self.local[0]) + socket.inet_aton(self.remote[0])

        def tcp(check):
            return struct.pack("!HHIIBBHHH", self.local[1], self.remote[1], sequence % 2**32, acknowledgment, (20 + len(options)) // 4 << 4, flags, 64240, check, 0) + options + payload

        segment = tcp(checksum(addresses + struct.pack("!HH", socket.IPPROTO_TCP, len(tcp(0))) + tcp(0)))
        # The kernel fills in the total length and the checksum of a header we bring ourselves (raw(7)).
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, ttl, socket.IPPROTO_TCP, 0) + addresses
        self.wire.out.sendto(ip + segment, (self.remote[0], 0))

    def wait(self, flags, seconds=5):
        """The next segment with all these flags, as (flags, sequence, acknowledgment, length); None where none comes."""
        end = time.time() + seconds
        while (left := end - time.time()) > 0:
            try:
                segment = self.heard.get(timeout=left)
            except queue.Empty:
                return None
            if segment[0] & flags == flags:
                return segment
        return None

    def insist(self, flags, sequence, payload=b""):
        """Sends until it is acknowledged: the router may lose it, and what comes next depends on it."""
        end = (sequence + len(payload) + (flags & FIN)) % 2**32
        for _ in range(TRIES):
            self.put(flags, sequence, payload)
            with self.news:
                if self.news.wait_for(lambda: self.reset or self.acknowledged == end, PATIENCE):
                    return

    def connect(self, sequence):
        self.reset = False
        while not self.heard.empty():
            self.heard.get_nowait()
        for _ in range(CONNECT_TRIES):
            self.put(SYN, sequence)
            self.next = (sequence + 1) % 2**32
            answer = self.wait(SYN | ACK, CONNECT_PATIENCE)
            if answer:
                self.put(ACK, self.next)
                return answer
        raise TimeoutError

    def do(self, name, *args):
        """Plays one step; answers what is worth noting of its outcome."""
        if name == "connect": return self.connect(*args)
        if name == "wait": return self.wait(*args)
        if name == "syn": self.put(SYN, args[0])
        elif name == "synfin": self.put(SYN | FIN, args[0])
        elif name == "ack": self.put(ACK, self.next)
        elif name == "data":
            self.insist(PSH | ACK, self.next, b"d" * args[0])
            self.next = (self.next + args[0]) % 2**32
        elif name == "stray": self.put(PSH | ACK, self.next, b"s" * args[0])
        elif name == "fin":
            self.fin_at = self.next
            self.next = (self.next + 1) % 2**32
            self.insist(FIN | ACK, self.fin_at)
        elif name == "refin": self.put(FIN | ACK, self.fin_at)
        elif name == "rst": self.put(RST, self.next)
        elif name == "rstack": self.put(RST | ACK, self.next)
        elif name == "rstttl": self.put(RST, self.next, ttl=args[0])
        elif name == "oow_rst": self.put(RST, self.next + args[0])
        elif name == "rst_at_ack":
            challenge = self.wait(ACK)
            if challenge: self.put(RST, challenge[2])
            return challenge
        else: raise ValueError(name)
        return "ok"
