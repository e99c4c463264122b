"""Sends one segment with SYN and FIN, which no stack sends: python3 syn-fin.py FROM PORT TO PORT"""
import socket, struct, sys

SYN, FIN = 0x02, 0x01


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


source, target = sys.argv[1], sys.argv[3]
ports = int(sys.argv[2]), int(sys.argv[4])


def header(check):
    return struct.pack("!HHIIBBHHH", *ports, 305419896, 0, 5 << 4, SYN | FIN, 1024, check, 0)


pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!HH", socket.IPPROTO_TCP, 20)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
    raw.sendto(header(checksum(pseudo + header(0))), (target, 0))
