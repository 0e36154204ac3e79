#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that breaks connections, holds requests, and writes down what was asked.

usage: cutproxy.py --to PORT --state DIR [--cuts N --total BYTES --seed N] [--hold WORD]... [--rate BYTES]

It listens on a free port of loopback, which it writes to DIR/port. Of the bytes that come back from the
server through all connections together, N random offsets below BYTES are chosen: the connection that
carries such a byte is reset before it. Each cut is a line of DIR/cuts, each request one of DIR/requests
("GET /v2/... bytes=5-" with its range). A request whose line holds WORD is not answered until DIR/release exists.
At most RATE bytes a second come back through each connection until DIR/release exists.
"""
import argparse
import asyncio
import os
import random
import socket
import struct


class Proxy:
    def __init__(self, options):
        self.options = options
        self.passed = 0
        rng = random.Random(options.seed)
        self.cuts = sorted(rng.sample(range(1, max(options.total, options.cuts + 1)), options.cuts))

    def note(self, name, line):
        with open(os.path.join(self.options.state, name), 'a', encoding='utf-8') as f:
            f.write(line + '\n')

    def released(self):
        return os.path.exists(os.path.join(self.options.state, 'release'))

    def is_slow(self):
        return self.options.rate > 0 and not self.released()

    def asked(self, head):
        lines = head.decode('latin-1').split('\r\n')
        ranges = [line.split(':', 1)[1].strip() for line in lines if line.lower().startswith('range:')]
        self.note('requests', ' '.join(lines[0].split(' ')[:2] + ranges))
        return any(word in lines[0] for word in self.options.hold)

    async def requests(self, reader, writer):
        """Requests have no body: each ends with an empty line."""
        pending = b''
        while data := await reader.read(65536):
            pending += data
            while b'\r\n\r\n' in pending:
                head, pending = pending.split(b'\r\n\r\n', 1)
                held = self.asked(head)
                while held and not self.released():
                    await asyncio.sleep(0.02)
                writer.write(head + b'\r\n\r\n')
                await writer.drain()

    async def answers(self, reader, writer):
        while data := await reader.read(self.options.rate // 10 if self.is_slow() else 65536):
            if self.is_slow():
                await asyncio.sleep(len(data) / self.options.rate)
            if self.cuts and self.passed + len(data) >= self.cuts[0]:
                data = data[:self.cuts.pop(0) - self.passed]
                self.passed += len(data)
                writer.write(data)
                await writer.drain()
                self.note('cuts', str(self.passed))
                # Sent as a reset, not as an orderly end.
                sock = writer.get_extra_info('socket')
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                return
            self.passed += len(data)
            writer.write(data)
            await writer.drain()

    async def serve(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection('127.0.0.1', self.options.to)
        except OSError:
            writer.close()
            return
        both = {asyncio.create_task(self.requests(reader, up_writer)),
                asyncio.create_task(self.answers(up_reader, writer))}
        done, rest = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*done, *rest, return_exceptions=True)
        for end in (writer, up_writer):
            end.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--to', type=int, required=True)
    parser.add_argument('--state', required=True)
    parser.add_argument('--cuts', type=int, default=0)
    parser.add_argument('--total', type=int, default=0)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--rate', type=int, default=0)
    parser.add_argument('--hold', action='append', default=[])
    proxy = Proxy(parser.parse_args())
    server = await asyncio.start_server(proxy.serve, '127.0.0.1', 0)
    path = os.path.join(proxy.options.state, 'port')
    with open(path + '.new', 'w', encoding='utf-8') as f:
        f.write(str(server.sockets[0].getsockname()[1]))
    os.rename(path + '.new', path)
    await server.serve_forever()


asyncio.run(main())
