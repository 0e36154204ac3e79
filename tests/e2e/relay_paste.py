# SPDX-License-Identifier: Apache-2.0
"""Paste megabytes into a command on a terminal, and play out what a terminal does to it.

usage: relay_paste.py echo|deaf|hangup -- COMMAND...

echo    the command gives back what is typed: all must come, in order
deaf    the command never reads: it must still obey SIGTERM, and the terminal is as before
hangup  the terminal goes away: the command must end

The command says READY when the paste may begin. Prints what was seen.
"""
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import tty

SIZE = 3 << 20
QUIET = 1  # seconds without progress: one that never reads takes no more
PIECE = 16384


def start(command):
    master, slave = pty.openpty()
    tty.setraw(slave)
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.closerange(3, 64)
        os.execvp(command[0], command)
    seen = b''
    while b'READY' not in seen:
        seen += os.read(master, PIECE)
    os.set_blocking(master, False)
    return master, slave, before, pid, seen.split(b'READY', 1)[1].lstrip(b'\r\n')


def paste(master, seen, total, quiet):
    """Type total bytes and read what comes meanwhile, until all came back or nothing moved for quiet seconds."""
    text = bytes(33 + i % 90 for i in range(total))
    sent = 0
    while len(seen) < total:
        readable, writable, _ = select.select([master], [master] if sent < total else [], [], quiet)
        if not readable and not writable:
            break
        try:
            if readable:
                seen += os.read(master, PIECE)
            if writable:
                sent += os.write(master, text[sent:sent + PIECE])
        except BlockingIOError:
            pass
    return sent, seen == text


def main():
    mode, command = sys.argv[1], sys.argv[3:]
    master, slave, before, pid, seen = start(command)
    if mode == 'hangup':
        os.close(slave)
        os.close(master)
    else:
        # Who echoes may take his time.
        sent, same = paste(master, seen, SIZE, QUIET if mode == 'deaf' else None)
        print('all came back' if same else 'stuck' if sent < SIZE else 'swallowed')
        os.kill(pid, signal.SIGTERM)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if mode != 'hangup' and termios.tcgetattr(slave) != before:
        print('the terminal was left changed')
    print('ended with', code)


signal.alarm(150)  # only a test that has failed gets there
main()
