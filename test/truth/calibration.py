#!/usr/bin/env python3
"""How often each cause of a RST is right, by the confidence it was told with.

usage: calibration.py [--lastack 'node dist/cli/main.js'] RECORDING...
RECORDING is a folder as score.py takes it; its files may be gzipped. Every RST of all of them is held against the kernel's reason, twice:
  by time   as score.py does: the reason of that socket which is nearest in time
  by kind   the nearest that can be: an abort has a reason of close() or a timer, an answer has another. And what a listener answers, to a
            segment for a connection that is gone, is an answer of its port: the kernel names no remote end there, and score.py leaves it out,
            so that by time such a RST is held against another one
"""
import argparse, collections, gzip, ipaddress, json, os, shlex, subprocess

TIMERS = ["--fin-timeout", "6s", "--time-wait", "60s"]
NEAR = 0.05  # seconds between the kernel's note of a RST and its capture, as in score.py
ACTIVE = {"TCP_STATE", "TCP_ABORT_ON_CLOSE", "TCP_KEEPALIVE_TIMEOUT", "TCP_DISCONNECT_WITH_DATA"}
OF_A_LISTENER = {"closed-peer", "no-socket", "fin-wait-2-expired", "echo", "challenge", "refused"}

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "reasons.json")) as table: FITS = json.load(table)


def path(recording, name):
    plain = os.path.join(recording, name)
    return plain if os.path.exists(plain) else plain + ".gz"


def opened(recording, name):
    file = path(recording, name)
    return gzip.open(file, "rt") if file.endswith(".gz") else open(file)


def end(text):
    address, port = text.split("|")
    return str(ipaddress.ip_address(address.strip("[]"))), int(port)


def told_end(told): return str(ipaddress.ip_address(told["address"])), told["port"]


def resets(recording, lastack):
    """Every RST that was told, with the kernel's reason for it, paired in either way; None where there is none."""
    scenarios = {s["cport"]: s for s in json.load(opened(recording, "plan.json"))["scenarios"]}
    sent, answered = collections.defaultdict(list), collections.defaultdict(list)
    for line in opened(recording, "truth.ndjson"):
        event = json.loads(line)
        if event["e"] != "send_reset": continue
        local, remote = end(event["local"]), end(event["remote"])
        (sent[local, remote] if remote[1] else answered[local]).append((event["t"], event["reason"]))
    report = subprocess.run([*lastack, "report", path(recording, "capture.pcap"), "-f", "ndjson", *TIMERS], capture_output=True, text=True, check=False).stdout
    for flow in map(json.loads, report.splitlines()):
        if flow["type"] != "flow": continue
        for reset in flow["resets"]:
            by, other = (reset["by"], "client" if reset["by"] == "server" else "server")
            local, remote = told_end(flow[by]), told_end(flow[other])
            scenario = scenarios.get(local[1] if local[1] >= 20000 else remote[1])
            if scenario is None or (scenario.get("raw") and by == "client"): continue
            active = reset["shape"] == "active"
            own = sent[local, remote]
            kind = [note for note in own if (note[1] in ACTIVE) == active] + ([] if active else [(t, None) for t, _ in answered[local]])
            yield reset, fits(reset, own), fits(reset, kind)


def fits(reset, notes):
    near = [(abs(t - reset["time"]), reason) for t, reason in notes if abs(t - reset["time"]) < NEAR]
    if not near: return None
    reason = min(near, key=lambda note: note[0])[1]
    if reason is None: return reset["cause"] in OF_A_LISTENER
    return reset["cause"] in FITS[reason] if reason in FITS else None


parser = argparse.ArgumentParser()
parser.add_argument("recordings", nargs="+"); parser.add_argument("--lastack", default="node dist/cli/main.js")
arguments = parser.parse_args()
tallies = collections.defaultdict(lambda: [0, 0, 0, 0])
for recording in arguments.recordings:
    for reset, by_time, by_kind in resets(recording, shlex.split(arguments.lastack)):
        for cause in (reset["cause"], "all"):
            tally = tallies[reset["confidence"], cause]
            for at, right in ((0, by_time), (2, by_kind)):
                if right is None: continue
                tally[at] += right
                tally[at + 1] += 1
print("| told | cause | by time | by kind |\n| --- | --- | --- | --- |")
for (confidence, cause), tally in sorted(tallies.items()):
    print(f"| {confidence} | {cause} | {tally[0]} of {tally[1]} | {tally[2]} of {tally[3]} |")
