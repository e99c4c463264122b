"""Has the kernel segment TCP and fill in checksums before a packet leaves INTERFACE: python3 offload.py INTERFACE"""
import array, fcntl, socket, struct, sys

SIOCETHTOOL = 0x8946
SWITCHES = {"tx checksums": 0x17, "TSO": 0x1F, "GSO": 0x24}  # ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for command in SWITCHES.values():
    off = array.array("B", struct.pack("II", command, 0))
    fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP", sys.argv[1].encode(), off.buffer_info()[0]))
