import { expect, test } from 'vitest';
import { captureRecord, findingRecord, flowRecord, groupRecord, socketRecord } from '../../src/report/record.js';
import { analysis, at, client, connection, finding, reset, server, stateEntry } from './analysis-fixture.js';
import { written } from './written.js';

test('a flow in full', () => {
  const reused = connection({
    id: 7, stream: 8, streams: [8, 9], firstFrame: 31, lastFrame: 77, ending: 'reset', closer: null, previous: 3,
    states: { client: [stateEntry('SYN-SENT', 0.25, 31)], server: [stateEntry('CLOSED', 61.2, null, false)] },
    resets: [reset()],
  });
  expect(
    written((to) =>
      flowRecord(
        to, analysis({ connections: [reused], findings: [finding({ flow: 7 }), finding({ flow: 7 })] }), reused,
      ),
    ),
  ).toBe(
    '{"type":"flow","id":7,"stream":8,"streams":[8,9],"client":{"address":"10.77.1.2","port":20007},"server":{"address":"10.77.2.2","port":10007},' +
      '"roles":"handshake","firstFrame":31,"lastFrame":77,"start":1795170241.250000,"end":1795170242.500000,' +
      '"packets":{"client":5,"server":4},"bytes":{"client":517,"server":20000},' +
      '"states":{"client":[{"state":"SYN-SENT","time":1795170241.250000,"frame":31,"proven":true}],' +
      '"server":[{"state":"CLOSED","time":1795170302.200000,"frame":null,"proven":false}]},' +
      '"ending":"reset","verdict":"unknown","doubt":"reset","closer":null,"resets":[{"by":"client","frame":70,"time":1795170242.250000,"shape":"active","cause":"abort","confidence":"likely",' +
      '"alternatives":["linger","unread-data"],"accepted":true,"trigger":null,"lostBytes":{"client":0,"server":400},' +
      '"evidence":["frame 70 is RST|ACK without a FIN before it"]}],' +
      '"zeek":{"connState":"SF","history":"ShADadFf"},"completeness":31,"previous":3,"findings":["half-closed"]}',
  );
});

test('a finding in full', () => {
  expect(written((to) => findingRecord(to, analysis(), finding()))).toBe(
    '{"type":"finding","id":"half-closed","cause":"leak","severity":"error","confidence":"likely","alternatives":["slow"],"flow":0,"stream":0,' +
      '"endpoint":{"address":"10.77.2.2","port":10007},"role":"server","service":{"address":"10.77.2.2","port":10007},' +
      '"start":1795170242.100000,"end":null,"duration":58.25,"frames":[40,41],' +
      '"message":"The server acknowledged the FIN of frame 40 and has not closed for 58.25 s.",' +
      '"advice":["Close the socket when read() returns 0:\\n  if (n == 0) close(fd);","Look for a forked child ' +
      'that still holds the descriptor."],' +
      '"filter":"tcp.stream eq 0","evidence":{"finFrame":40,"probes":["frame 44","frame ' +
      '51"],"answered":false,"lastData":null}}',
  );
});

test('a group in full', () => {
  const all = analysis({
    findings: [finding(), finding({ flow: 1, stream: 4, start: at(3), duration: at(0.000_25) })],
  });
  expect(all.groups.map((group) => written((to) => groupRecord(to, all, group)))).toEqual([
    '{"type":"group","finding":"half-closed","cause":"leak","severity":"error","service":{"address":"10.77.2.2","port":10007},"by":"server","flows":2,' +
      '"first":1795170242.100000,"last":1795170244.000000,"durations":{"shortest":0.00025,"median":58.25,"longest":58.25},"streams":[0,4]}',
  ]);
});

test('a socket in full', () => {
  const socket = {
    time: at(20), local: client, remote: server, state: 'TIME-WAIT', since: at(1.2), expires: at(61.2), proven: true,
    flow: 7,
  } as const;
  expect(written((to) => socketRecord(to, socket))).toBe(
    '{"time":1795170261.000000,"local":{"address":"10.77.1.2","port":20007},"remote":{"address":"10.77.2.2","port":10007},"state":"TIME-WAIT",' +
      '"since":1795170242.200000,"expires":1795170302.200000,"proven":true,"flow":7}',
  );
});

test('an empty capture has no first packet and no last', () => {
  const empty = analysis({
    capture: { files: [], interfaces: [], packets: 0, tcpPackets: 0, bytes: 0, first: null, last: null },
  });
  expect(written((to) => captureRecord(to, empty))).toBe(
    '{"type":"capture","version":1,"files":[],"interfaces":[],"packets":0,"tcpPackets":0,"bytes":0,"first":null,"last":null,"skipped":{},"damage":[],' +
      '"verdicts":{"clean":0,"open":0,"found":0,"unknown":0},"doubts":{}}',
  );
});

test('names from outside arrive whole and act on nothing', () => {
  const path = 'a"\\\u001B[2J\u202E\n.pcap';
  const named = analysis({
    capture: { files: [{ path, format: 'pcap', compression: 'gzip', size: null, spool: null, frames: null }] },
  });
  const record = written((to) => captureRecord(to, named));
  expect(JSON.parse(record).files).toEqual([{ path, format: 'pcap', compression: 'gzip', size: null, frames: null }]);
  expect(record).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('a time keeps the digits that a double cannot hold', () => {
  const fine = { ...analysis({ capture: { first: at(0) + 123_456_789 } }), clock: { epoch: 1_795_170_241, digits: 9 } };
  expect(written((to) => captureRecord(to, fine), fine.clock)).toContain('"first":1795170241.123456789,');
});
