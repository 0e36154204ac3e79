# SPDX-License-Identifier: Apache-2.0
"""Run a command on a new terminal and play a person.

usage: pty_run.py [--rows N] [--cols N] [--check-modes] [--send TEXT | --expect TEXT | --resize RxC]... -- COMMAND...

Steps happen in order; what the command prints goes to standard output. Ends with the command's exit code, or
with 99 when an expected text never came.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

LIMIT = 150  # seconds; only a test that has failed gets there


def set_size(fd, rows, cols):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, 0, 0))


def parse(argv):
    rows, cols, check, steps = 24, 80, False, []
    while argv and argv[0] != '--':
        word = argv.pop(0)
        if word == '--check-modes':
            check = True
        elif word == '--rows':
            rows = int(argv.pop(0))
        elif word == '--cols':
            cols = int(argv.pop(0))
        else:
            steps.append((word, argv.pop(0)))
    return rows, cols, check, steps, argv[1:]


def read_some(master, timeout):
    """What the command printed, or None when nothing came."""
    if not select.select([master], [], [], timeout)[0]:
        return None
    return os.read(master, 65536).decode('utf-8', 'replace')


def main():
    rows, cols, check, steps, command = parse(sys.argv[1:])
    master, slave = pty.openpty()
    set_size(slave, rows, cols)
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.closerange(3, 64)
        os.execvp(command[0], command)
    # The slave stays open here, so that its modes can be read when the command has ended.
    seen, status, started = '', None, False
    while True:
        if status is None:
            ended, state = os.waitpid(pid, os.WNOHANG)
            status = os.waitstatus_to_exitcode(state) if ended else None
        text = read_some(master, 0 if status is not None else 0.05)
        if text is None and status is not None:
            break
        if text:
            sys.stdout.write(text.replace('\r\n', '\n'))
            sys.stdout.flush()
            seen += text
            started = True  # a prompt: now the terminal is set up
        while steps and started and (steps[0][0] != '--expect' or steps[0][1] in seen):
            kind, value = steps.pop(0)
            if kind == '--expect':
                seen = seen.split(value, 1)[1]
            elif kind == '--send':
                os.write(master, value.encode().decode('unicode_escape').encode('latin-1'))
            else:
                set_size(master, *map(int, value.split('x')))
    if status is None:
        _, state = os.waitpid(pid, 0)
        status = os.waitstatus_to_exitcode(state)
    if steps:
        print(f'never seen: {steps[0]}', file=sys.stderr)
        sys.exit(99)
    if check and termios.tcgetattr(slave) != before:
        print('the terminal was left changed', file=sys.stderr)
        sys.exit(98)
    sys.exit(status if status >= 0 else 128 - status)


signal.alarm(LIMIT)
main()
