#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a power cut would leave of a store at each step of a command.

usage: powercut.py INJECT STORE CUTS COMMAND...

Runs COMMAND under the injector, which stops it before each call that changes a directory or asks
for durability. At each stop the store is copied to CUTS/N, as a file system with a journal would
show it after a power cut at that moment: names as they are, for they reach the disk in the order in
which they were changed, and of a file that was not synced since it was written what the kernel may
have got to the disk: nothing, its length in zeros, a half of it, or all (in turn; SALT shifts it).

Writes one line for each cut to CUTS/list: N CALL LOST, where LOST is how many files lost bytes.
"""
import os
import stat
import subprocess
import sys

LOSSES = ('nothing', 'zeros', 'half', 'all')


def identity(st):
    return st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns


class Recorder:
    def __init__(self, store, cuts):
        self.store, self.cuts = store, cuts
        self.n = self.skipped = 0
        self.synced = set()
        self.links = {}
        self.pending = None
        self.salt = int(os.environ.get('SALT', '0'))
        self.list = open(os.path.join(cuts, 'list'), 'w', encoding='utf-8')
        # What was there before is on the disk.
        for place, _, files in os.walk(store):
            for name in files:
                self.synced.add(identity(os.lstat(os.path.join(place, name))))

    def copy_file(self, source, target, st, loss):
        """Returns whether bytes were lost."""
        first = self.links.setdefault((st.st_dev, st.st_ino), target)
        if first != target:
            os.link(first, target, follow_symlinks=False)
            return False
        if stat.S_ISLNK(st.st_mode):
            os.symlink(os.readlink(source), target)
            self.dress(source, target, st)
            return False
        if not stat.S_ISREG(st.st_mode):
            os.mknod(target, st.st_mode, st.st_rdev)
            self.dress(source, target, st)
            return False
        with open(source, 'rb') as file:
            data = file.read()
        lost = identity(st) not in self.synced and loss != 'all'
        if lost:
            data = {'nothing': b'', 'zeros': bytes(len(data)), 'half': data[:len(data) // 2]}[loss]
        with open(target, 'wb') as file:
            file.write(data)
        self.dress(source, target, st)
        return lost and st.st_size > 0

    @staticmethod
    def dress(source, target, st):
        """Owner, mode, attributes and times: what `check` compares."""
        if os.geteuid() == 0:
            os.chown(target, st.st_uid, st.st_gid, follow_symlinks=False)
        if not stat.S_ISLNK(st.st_mode):
            os.chmod(target, stat.S_IMODE(st.st_mode) | stat.S_IRWXU)
            for name in os.listxattr(source):
                os.setxattr(target, name, os.getxattr(source, name))
            os.chmod(target, stat.S_IMODE(st.st_mode))
        os.utime(target, ns=(st.st_atime_ns, st.st_mtime_ns), follow_symlinks=False)

    def copy(self, source, target, loss):
        st = os.lstat(source)
        os.mkdir(target, 0o700)
        lost = 0
        try:
            names = sorted(os.listdir(source))
        except PermissionError:
            names = []
        for name in names:
            inner = os.path.join(source, name)
            try:
                inner_st = os.lstat(inner)
            except FileNotFoundError:
                continue
            if stat.S_ISDIR(inner_st.st_mode):
                lost += self.copy(inner, os.path.join(target, name), loss)
            else:
                lost += self.copy_file(inner, os.path.join(target, name), inner_st, loss)
        self.dress(source, target, st)
        return lost

    def names(self):
        """All names and what is behind them."""
        return [(place, name, os.lstat(os.path.join(place, name)).st_ino)
                for place, dirs, files in os.walk(self.store) for name in sorted(dirs + files)]

    def cut(self, call):
        loss = LOSSES[(self.n + self.salt) % len(LOSSES)]
        target = os.path.join(self.cuts, str(self.n))
        # The call that was let go before may be under way in another thread, which then waits at its next: a copy of
        # a moment is one around which no name has changed.
        while True:
            self.links = {}
            try:
                before = self.names()
                lost = self.copy(self.store, target, loss)
                if self.names() == before:
                    break
            except FileNotFoundError:
                pass
            subprocess.run(['chmod', '-R', 'u+rwx', target], check=False, stderr=subprocess.DEVNULL)
            subprocess.run(['rm', '-rf', target], check=True)
        self.list.write(f'{self.n} {call} {lost} {loss}\n')
        self.n += 1

    def event(self, line):
        call, _, ident, path = line.rstrip('\n').split(' ', 3)
        # It returned, or there would be no other event of that process.
        if self.pending:
            self.synced.add(self.pending)
        self.pending = None
        # Trees are made and removed under temporary names: one cut in a while is enough.
        self.skipped += 1
        if call in ('fsync', 'fdatasync'):
            self.pending = tuple(int(x) for x in ident.split(':'))
        if call in ('mkdirat', 'symlinkat', 'mknodat', 'unlinkat') and self.skipped % (3 if call == 'unlinkat' else 20):
            return
        self.cut(call)


def main():
    inject, store, cuts = sys.argv[1:4]
    os.makedirs(cuts)
    recorder = Recorder(store, cuts)
    told, tell = os.pipe()
    answers, answer = os.pipe()
    child = subprocess.Popen([inject, '--report', os.path.join(cuts, 'report'), '--events', f'{tell},{answers}', '--',
                              *sys.argv[4:]], pass_fds=(tell, answers))
    os.close(tell)
    os.close(answers)
    with os.fdopen(told, encoding='utf-8', errors='surrogateescape') as lines:
        for line in lines:
            recorder.event(line)
            os.write(answer, b'.')
    status = child.wait()
    recorder.cut('end')
    recorder.list.close()
    sys.exit(status if status >= 0 else 1)


main()
