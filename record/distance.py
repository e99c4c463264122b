"""Carries TCP packets of PORT from one interface to the other, MILLISECONDS later.

python3 distance.py PORT MILLISECONDS INTERFACE HOST_MAC INTERFACE HOST_MAC

The kernel's own way to do this (the netem queue) is not in every kernel. IPv4 without options only: that is all the
hosts here send.
"""
import select, socket, sys, time
from collections import deque

OUTGOING = 4  # PACKET_OUTGOING: what this host itself has sent

port, delay = int(sys.argv[1]), int(sys.argv[2]) / 1000
legs = []
for name, mac in (sys.argv[3:5], sys.argv[5:7]):
    leg = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    leg.bind((name, 0x0800))
    legs.append((leg, bytes.fromhex(mac.replace(":", "")) + leg.getsockname()[4]))

print("carrying", flush=True)
on_the_way = deque()  # (due, leg, frame), in order of arrival and so of departure
while True:
    wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
    readable, _, _ = select.select([leg for leg, _ in legs], [], [], wait)
    for (leg, _), (opposite, header) in (legs, legs[::-1]):
        if leg in readable:
            frame, source = leg.recvfrom(65535)
            if source[2] != OUTGOING and frame[23] == 6 and port in (int.from_bytes(frame[34:36], "big"), int.from_bytes(frame[36:38], "big")):
                on_the_way.append((time.monotonic() + delay, opposite, header + frame[12:]))
    while on_the_way and on_the_way[0][0] <= time.monotonic():
        _, leg, frame = on_the_way.popleft()
        leg.send(frame)
