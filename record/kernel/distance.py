"""A long cable: carries every frame from one interface to the other, MILLISECONDS later: distance.py MILLISECONDS INTERFACE INTERFACE

The kernel's own way to do this (the netem queue) is not in every kernel.
"""
import os, select, socket, sys, time
from collections import deque

ETH_P_ALL = 3
OUTGOING = 4  # PACKET_OUTGOING: what this host itself has sent
SO_RCVBUFFORCE = 33

delay = float(sys.argv[1]) / 1000
ends = []
for name in sys.argv[2:4]:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    end.bind((name, ETH_P_ALL))
    end.setblocking(False)
    ends.append(end)

try: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(2))
except OSError: os.nice(-10)
print("carrying", flush=True)
on_the_way = deque()  # (due, end, frame), in order of arrival and so of departure
while True:
    wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else None
    readable, _, _ = select.select(ends, [], [], wait)
    for end, opposite in (ends, ends[::-1]):
        if end in readable:
            frame, source = end.recvfrom(65535)
            if source[2] != OUTGOING: on_the_way.append((time.monotonic() + delay, opposite, frame))
    while on_the_way and on_the_way[0][0] <= time.monotonic():
        _, end, frame = on_the_way.popleft()
        end.send(frame)
