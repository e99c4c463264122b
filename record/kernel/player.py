"""Plays one side of all scenarios of a plan, and writes down every call: player.py client|server PLAN OPS ZERO ROUTER

ZERO is the plan's zero in seconds since the epoch, ROUTER the namespace whose nftables sets `gone`, `mute` and `deaf` hold the ports that lose
everything, what they send, and what is sent to them.

  send N, recv N       all of them; recv ends early with the stream        drain         reads until the peer's FIN
  sendnb N S           what the socket takes of N bytes in S seconds       hold          keeps the socket until the recording ends
  trickle TIMES N S    sends N bytes so many times, S seconds apart        sendoob       one urgent byte
  sip N S              reads N bytes at a time, S seconds apart, until the peer's FIN
  close, shutwr, shutrd, shutrdwr, linger0, lingern S                      sleep S       until S: S seconds after the scenario's start
  keepalive IDLE INTERVAL COUNT, usertimeout MS, linger2 S                 destroy       ss -K
  disconnect           connect() to no address (AF_UNSPEC)                 lend S        another process, too, holds the socket for S seconds
  blackhole, unblackhole: in the router, both ways; mute, unmute: what the client sends; deafen, undeafen: what is sent to it
  reject: by the server's firewall                                         the steps of a raw client: raw_client.py
"""
import ctypes, json, os, socket, struct, subprocess, sys, threading, time
from raw_client import RawClient, Wire

STEP_PATIENCE = 20  # seconds that a call may block
SPIN = 0.0004  # for how long an appointment is waited for in a loop: sleep() is late by about a tenth of a millisecond

role, plan_file, ops_file, zero, router = sys.argv[1:6]
zero = float(zero)
plan = json.load(open(plan_file))
ops = open(ops_file, "w", buffering=1)
ops_lock = threading.Lock()
held = []  # what Python would close when nobody refers to it any more


def wait_until(moment):
    left = moment - time.time()
    if left > SPIN: time.sleep(left - SPIN)
    while time.time() < moment: pass


def note(scenario, op, begin, result):
    line = json.dumps({"id": scenario["id"], "role": role, "op": op, "t": begin, "end": time.time(), "result": result})
    with ops_lock: ops.write(line + "\n")


def called(scenario, op, call):
    """Makes the call and notes its outcome; answers whether it succeeded."""
    begin = time.time()
    try:
        result = call()
        note(scenario, op, begin, "ok" if result is None else str(result))
        return True
    except OSError as error:
        note(scenario, op, begin, type(error).__name__ + (f":{error.errno}" if error.errno else ""))
        return False


def receive(sock, count):
    while count > 0:
        piece = sock.recv(min(count, 1 << 16))
        if not piece: return "eof"
        count -= len(piece)


def drain(sock):
    while sock.recv(1 << 16): pass


def trickle(sock, times, count, apart):
    for turn in range(times):
        if turn: time.sleep(apart)
        sock.sendall(b"t" * count)


def sip(sock, count, apart):
    while sock.recv(count): time.sleep(apart)


def send_what_fits(sock, count, seconds):
    end, sent = time.time() + seconds, 0
    while sent < count and time.time() < end:
        try: sent += sock.send(b"n" * min(count - sent, 1 << 16), socket.MSG_DONTWAIT)
        except BlockingIOError: time.sleep(0.05)
    return f"sent {sent}"


def linger(sock, seconds):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, seconds))
    sock.close()


def keepalive(sock, idle, interval, count):
    for level, option, value in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle), (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, interval), (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, count)):
        sock.setsockopt(level, option, value)


def disconnect(sock):
    nowhere = struct.pack("H14x", socket.AF_UNSPEC)
    if ctypes.CDLL(None, use_errno=True).connect(sock.fileno(), nowhere, len(nowhere)): raise OSError(ctypes.get_errno(), "connect")


def lend(sock, seconds):
    """A child without the other descriptors: one that was forked and forgot to close this one."""
    held.append(subprocess.Popen(["sleep", str(seconds)], pass_fds=[sock.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def element(verb, table, names, scenario, *inside):
    subprocess.run([*inside, "nft", verb, "element", "inet", table, names, f"{{ {scenario['cport']} }}"], check=True, capture_output=True)


def cut(scenario, verb, names):
    element(verb, "road", names, scenario, "ip", "netns", "exec", router)


def destroy(scenario):
    own, peer = (scenario["cport"], scenario["sport"]) if role == "client" else (scenario["sport"], scenario["cport"])
    subprocess.run(["ss", "-K", "-tn", f"sport = :{own} and dport = :{peer}"], check=True, capture_output=True)


CUTS = {"blackhole": "gone", "mute": "mute", "deafen": "deaf"}


def step(scenario, sock, name, *args):
    if name == "send": sock.sendall(b"x" * args[0])
    elif name == "recv": return receive(sock, args[0])
    elif name == "drain": drain(sock)
    elif name == "sendnb": return send_what_fits(sock, *args)
    elif name == "close": sock.close()
    elif name == "shutwr": sock.shutdown(socket.SHUT_WR)
    elif name == "shutrdwr": sock.shutdown(socket.SHUT_RDWR)
    elif name == "linger0": linger(sock, 0)
    elif name == "lingern": linger(sock, args[0])
    elif name == "sleep": wait_until(time.time() + args[0])
    elif name == "until": wait_until(zero + scenario["at"] + args[0])
    elif name == "hold": held.append(sock)
    elif name == "keepalive": keepalive(sock, *args)
    elif name == "usertimeout": sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, args[0])
    elif name == "destroy": destroy(scenario)
    elif name == "trickle": trickle(sock, *args)
    elif name == "sip": sip(sock, *args)
    elif name == "sendoob": sock.send(b"!", socket.MSG_OOB)
    elif name == "shutrd": sock.shutdown(socket.SHUT_RD)
    elif name == "linger2": sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_LINGER2, args[0])
    elif name == "disconnect": disconnect(sock)
    elif name == "lend": lend(sock, args[0])
    elif name in CUTS: cut(scenario, "add", CUTS[name])
    elif name.removeprefix("un") in CUTS: cut(scenario, "delete", CUTS[name.removeprefix("un")])
    elif name == "reject": element("add", "host", "rejected", scenario)
    else: raise ValueError(name)


def play(scenario, sock, steps):
    held.append(sock)
    sock.settimeout(STEP_PATIENCE)
    for op in steps: called(scenario, op, lambda: step(scenario, sock, *op))


OPTIONS = {"rcvbuf": (socket.SOL_SOCKET, socket.SO_RCVBUF), "maxseg": (socket.IPPROTO_TCP, socket.TCP_MAXSEG), "fastopen": (socket.IPPROTO_TCP, socket.TCP_FASTOPEN), "deferaccept": (socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT)}


def new_socket(scenario, options):
    sock = socket.socket(socket.AF_INET6 if scenario["v6"] else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for name, value in options: sock.setsockopt(*OPTIONS[name], value)
    return sock


def visit(scenario, steps, start):
    wait_until(zero + scenario["at"] + start)
    sock = new_socket(scenario, scenario.get("connect_opts", []))
    sock.settimeout(scenario.get("connect_for", STEP_PATIENCE))
    for op in scenario.get("before", []): called(scenario, op, lambda: step(scenario, sock, *op))
    for moment, op in scenario.get("meanwhile", []): threading.Thread(target=later, args=(scenario, sock, moment, op), daemon=True).start()

    def connect():
        sock.bind((scenario["cip"], scenario["cport"]))
        server = (scenario["sip"], scenario["sport"])
        if "early" in scenario:
            sock.settimeout(None)  # without a cookie the call waits for the handshake, and sends then
            sock.sendto(b"e" * scenario["early"], socket.MSG_FASTOPEN, server)
        else: sock.connect(server)

    if called(scenario, ["connect"], connect): play(scenario, sock, steps)
    else: sock.close()


def later(scenario, sock, moment, op):
    wait_until(zero + scenario["at"] + moment)
    called(scenario, op, lambda: step(scenario, sock, *op))


def meet(scenario):
    """The server's side of a simultaneous open."""
    wait_until(zero + scenario["at"] + scenario["meet"])
    sock = new_socket(scenario, [])
    sock.settimeout(STEP_PATIENCE)

    def connect():
        sock.bind((scenario["sip"], scenario["sport"]))
        sock.connect((scenario["cip"], scenario["cport"]))

    if called(scenario, ["connect"], connect): play(scenario, sock, scenario["server"][0])
    else: sock.close()


def visit_by_hand(wire, scenario):
    client = RawClient(wire, (scenario["cip"], scenario["cport"]), (scenario["sip"], scenario["sport"]))
    wait_until(zero + scenario["at"])
    for op in scenario["client"][0]:
        done = called(scenario, op, (lambda: time.sleep(op[1])) if op[0] == "sleep" else lambda: client.do(*op))
        if op[0] == "connect" and not done: return


def listen(scenario):
    listener = new_socket(scenario, scenario.get("listen_opts", []))
    listener.bind((scenario["sip"], scenario["sport"]))
    listener.listen(scenario.get("backlog", 16))
    held.append(listener)
    return listener


def serve(scenario, listener):
    if "accept_after" in scenario: wait_until(zero + scenario["at"] + scenario["accept_after"])
    for steps in scenario["server"]:
        listener.settimeout(max(0.1, zero + scenario["at"] + scenario["accept_for"] - time.time()))
        begin = time.time()
        try: sock, _ = listener.accept()
        except OSError as error: return note(scenario, ["accept"], begin, type(error).__name__)
        start(play, scenario, sock, steps)
    if "listener_close" in scenario:
        wait_until(zero + scenario["at"] + scenario["listener_close"])
        called(scenario, ["listener_close"], listener.close)


def start(target, *args):
    threading.Thread(target=target, args=args, daemon=True).start()


# What answers at once must answer at once, however busy the machine: milliseconds later it would be another scenario.
try: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
except OSError: os.nice(-10)
threading.stack_size(256 * 1024)
sys.setswitchinterval(0.0005)
if role == "server":
    for scenario in plan["scenarios"]:
        if "meet" in scenario: start(meet, scenario)
        elif not scenario.get("refuse") and not scenario.get("guest"): start(serve, scenario, listen(scenario))
else:
    wire = Wire("eth0")
    for scenario in plan["scenarios"]:
        if scenario.get("raw"): start(visit_by_hand, wire, scenario)
        else:
            for number, steps in enumerate(scenario["client"]): start(visit, scenario, steps, scenario.get("starts", [0])[number])
print("ready", flush=True)
time.sleep(max(0, zero + plan["duration"] - time.time()))
os._exit(0)  # with all its sockets at once
