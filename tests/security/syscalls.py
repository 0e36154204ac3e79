# SPDX-License-Identifier: Apache-2.0
"""What tests/security/syscalls.bats asks and expects, out of syscalls.golden.

usage: syscalls.py requests             every number of every ABI, for the probe
       syscalls.py real MASK            only calls that are refused with these capabilities
       syscalls.py check MASK|all       compare the probe's answers on standard input with the golden file
                                        for a container with these capabilities (hexadecimal), or without a filter

environment: PROBE_WITHOUT  an ABI that this kernel has no entry for (i386)
"""
import os
import sys

ABIS = ('x86_64', 'i386', 'x32')
ABIS_HERE = [a for a in ABIS if a != os.environ.get('PROBE_WITHOUT')]
LAST = 1023  # of the numbers that are tried one by one
ODD = (0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe)
ONES = {'x86_64': '0xffffffffffffffff', 'x32': '0xffffffffffffffff', 'i386': '0xffffffff'}
CAPS = {'CAP_DAC_READ_SEARCH': 2, 'CAP_SYS_MODULE': 16, 'CAP_SYS_RAWIO': 17, 'CAP_SYS_CHROOT': 18, 'CAP_SYS_PTRACE': 19,
        'CAP_SYS_PACCT': 20, 'CAP_SYS_ADMIN': 21, 'CAP_SYS_BOOT': 22, 'CAP_SYS_NICE': 23, 'CAP_SYS_TIME': 25,
        'CAP_SYS_TTY_CONFIG': 26, 'CAP_SYSLOG': 34, 'CAP_PERFMON': 38, 'CAP_BPF': 39}
# Since Linux 6.14 (6.18) these go past every filter: the kernel's own trampolines make them, and a call from
# elsewhere is answered with SIGILL (ENXIO).
UNFILTERED = {('x86_64', 335): 'killed:ILL', ('x86_64', 336): '-6'}


class Golden:
    def __init__(self, path):
        self.names, self.numbers, self.args, self.newest = {}, {}, [], None
        with open(path, encoding='ascii') as lines:
            for line in lines:
                words = line.split()
                if not words or words[0] == '#':
                    continue
                if words[0] == 'newest':
                    self.newest = dict(zip(ABIS, map(int, words[1:])))
                elif words[0] == 'args':
                    self.args.append((words[1], words[2], words[3:]))
                else:
                    self.add(words[0], words[1:4], words[4])

    def add(self, name, numbers, policy):
        for abi, number in zip(ABIS, numbers):
            if number == '-':
                continue
            key = abi, int(number)
            assert key not in self.names, f'{key} twice'
            self.names[key] = name, policy
            self.numbers[abi, name] = int(number)

    def policy(self, abi, number):
        if (abi, number) in self.names:
            return self.names[abi, number][1]
        return 'nosys' if number > self.newest[abi] else 'deny'

    def cases(self):
        """(ABI, number, arguments, policy) of everything that is tried."""
        for abi in ABIS_HERE:
            odd = ODD if abi != 'x32' else (0x3fffffff,)
            for number in (*range(LAST + 1), *odd):
                policy = self.policy(abi, number)
                if abi == 'x86_64' and number & 0x40000000:
                    policy = self.policy('x32', number & ~0x40000000)  # that bit makes it an x32 call
                yield abi, number, (), 'allow' if policy == 'args' else policy
                if policy != 'args':
                    yield abi, number, (ONES[abi],) * 6, policy
        rows = {(name, tuple(int(v, 0) for v in values)): policy for name, policy, values in self.args}
        for name, values in rows:
            narrow = tuple(v & 0xffffffff for v in values)
            for abi in ABIS_HERE:
                if (abi, name) not in self.numbers or abi == 'i386' and narrow != values:
                    continue
                key = name, values if abi == 'x86_64' else narrow
                if key in rows:
                    yield abi, self.numbers[abi, name], tuple(map(hex, values)), rows[key]


def verdict(policy, mask):
    """What the probe is to answer; mask None: there is no filter."""
    if mask is None or policy == 'allow':
        return 'pass'
    words = policy.split(',')
    if any(mask & 1 << CAPS[w] for w in words if w in CAPS):
        return 'pass'
    return 'ENOSYS' if words[0] == 'nosys' else 'EPERM'


def request(abi, number, args):
    return ' '.join((abi, str(number), *(hex(int(a, 0)) for a in args)))


def check(golden, mask):
    wrong = count = 0
    answers = [line.rstrip('\n').rpartition(' ') for line in sys.stdin]
    cases = list(golden.cases())
    if len(answers) != len(cases):
        print(f'{len(answers)} answers to {len(cases)} requests')
        return 1
    for (abi, number, args, policy), (asked, _, got) in zip(cases, answers):
        # the probe writes 0 without 0x
        if [int(w, 0) for w in asked.split()[1:]] != [number, *(int(a, 0) for a in args)]:
            print(f'asked {request(abi, number, args)}, answered {asked}')
            return 1
        count += 1
        wanted = verdict(policy, mask)
        if got == wanted or UNFILTERED.get((abi, number)) == got:
            continue
        if wrong < 40:
            name = golden.names.get((abi, number), ('-',))[0]
            print(f'{asked} ({name}): {got}, docker: {wanted}')
        wrong += 1
    print(f'{count} calls, {wrong} differ')
    return 1 if wrong else 0


def main(argv):
    golden = Golden(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'syscalls.golden'))
    if argv[0] == 'check':
        return check(golden, None if argv[1] == 'all' else int(argv[1], 16))
    for abi, number, args, policy in golden.cases():
        if argv[0] == 'real' and ((abi, number) in UNFILTERED or verdict(policy, int(argv[1], 16)) == 'pass'):
            continue
        print(request(abi, number, args))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
