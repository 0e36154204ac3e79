#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry behind TLS, and a proxy before it that leads every https host to it, for test_call.c.

usage: tls_server.py DIR    (DIR holds cert.pem and key.pem)

Prints the ports of proxy and registry; writes "HOST METHOD TARGET AUTHORIZATION" of each request to DIR/log, and
"CONNECT HOST:PORT" of what the proxy is asked for. Ends with its standard input.
"""
import http.server
import os
import socket
import ssl
import struct
import sys
import threading
import time

LOCK = threading.Lock()
DOCUMENT = b'{"schemaVersion":2,"layers":[]}'


def note(text):
    with LOCK, open(os.path.join(sys.argv[1], 'log'), 'a', encoding='utf-8') as f:
        f.write(text + '\n')


class Registry(http.server.BaseHTTPRequestHandler):
    """Each tag behaves in its own way."""
    protocol_version = 'HTTP/1.1'

    def log_message(self, format, *args):
        pass

    def send(self, status, headers=(), body=b''):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        host = self.headers.get('Host', '')
        note(f'{host} GET {self.path} {self.headers.get("Authorization", "-")}')
        tag = self.path.rsplit('/', 1)[-1]
        if tag == 'down':
            self.send(302, [('Location', 'http://plain.example/doc')])
        elif tag == 'reset':
            self.send(200, [], DOCUMENT)
            self.wfile.flush()
            # Promised to stay, and gone without a word, once the answer was read.
            time.sleep(0.25)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            os.close(self.connection.detach())
            self.close_connection = True
        elif tag == 'across':
            self.send(302, [('Location', 'https://cdn.example/doc')])
        elif self.path.startswith('/token'):
            self.send(200, [], b'{"token":"secret"}')
        elif tag in ('locked', 'unsafe') and not self.headers.get('Authorization'):
            scheme = 'https' if tag == 'locked' else 'http'
            self.send(401, [('WWW-Authenticate', f'Bearer realm="{scheme}://auth.example/token"')])
        elif tag == 'locked':
            self.send(302, [('Location', 'https://cdn.example/doc')])
        else:
            self.send(200, [], DOCUMENT)


class Proxy(Registry):
    """CONNECT leads to the registry, whatever the name; plain requests are answered as a registry would."""

    def do_CONNECT(self):
        note(f'CONNECT {self.path}')
        if self.path.startswith(('refused.', 'plain.')):
            self.send(403 if self.path.startswith('refused.') else 502)
            self.close_connection = True
            return
        with socket.create_connection(('127.0.0.1', TLS_PORT)) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=self.pump, args=(there, self.connection), daemon=True)
            back.start()
            self.pump(self.connection, there)
            back.join()
        self.close_connection = True

    @staticmethod
    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s, how in ((a, socket.SHUT_RD), (b, socket.SHUT_WR)):
            try:
                s.shutdown(how)
            except OSError:
                pass


def listen(handler):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    return server


tls = listen(Registry)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(sys.argv[1], 'cert.pem'), os.path.join(sys.argv[1], 'key.pem'))
# The handshake in the thread of the connection, not in the one that accepts.
tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
TLS_PORT = tls.server_address[1]
proxy = listen(Proxy)
for s in (tls, proxy):
    threading.Thread(target=s.serve_forever, daemon=True).start()
print(proxy.server_address[1], TLS_PORT, flush=True)
sys.stdin.read()
