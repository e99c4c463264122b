/** What clients of several scenes do, in Python, and the certificate of servers that speak TLS. */

/** So many threads of a Python client, begun `gap` seconds apart; `body` sees its number as `i`. */
export const EACH = (count, gap, body, imports = '') => `
import socket, threading, time
${imports}
def session(i):
    time.sleep(i * ${gap})
${body.trim().replace(/^/gm, '    ')}
ts = [threading.Thread(target=session, args=(i,)) for i in range(${count})]
for t in ts: t.start()
for t in ts: t.join()
`;

/** Two requests on one connection, `pause` seconds apart, by who does not look whether it was closed. */
export const REUSED = (address, port, pause, request) =>
  EACH(
    9,
    0.3,
    `
s = socket.create_connection(("${address}", ${port})); s.settimeout(6)
for n in range(2):
    try:
        s.sendall(${request})
        if not s.recv(65536): print(i, "closed"); break
    except OSError as e: print(i, e); break
    time.sleep(${pause})
s.close()
`,
  );

export const GET = String.raw`b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"`;

/** Clients that ask, keep the connection for some seconds, and wait for their answer as long as it takes. */
export const HELD = (address, port, count, pause) =>
  EACH(
    count,
    0.1,
    `
s = socket.create_connection(("${address}", ${port})); s.settimeout(40)
try: s.sendall(${GET}); print(i, len(s.recv(65536))); time.sleep(${pause})
except OSError as e: print(i, e)
s.close()
`,
  );

/** A question for a.test in DNS over TCP. */
export const QUESTION = String.raw`b"\0\x18\x124\1\0\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1"`;

/** Ten clients of DNS over TCP, each with five questions on one connection, six tenths of a second apart. */
export const QUESTIONS = (address) =>
  EACH(
    10,
    0.12,
    `
s = socket.create_connection(("${address}", 53)); s.settimeout(25)
try:
    for n in range(5): s.sendall(${QUESTION}); s.recv(999); time.sleep(.6)
except OSError as e: print(i, e)
s.close()
`,
  );

export const CERTIFICATE = 'openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out crt.pem -days 2 -subj /CN=www.test';
