#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zsh_complete.py FPATH LINE...: what an interactive zsh, on a terminal of its own, makes of each LINE and the tabulator
key: the line with | at its end."""
import os
import pty
import re
import select
import sys
import time

FPATH, *LINES = sys.argv[1:]
SETUP = r'''
PROMPT='%%READY%%' RPROMPT= PS2= KEYTIMEOUT=1
unset zle_bracketed_paste
fpath=("$1" $fpath)
autoload -Uz compinit && compinit -u -D
setopt no_beep no_list_ambiguous no_auto_menu no_auto_list
zstyle ':completion:*' completer _complete
show-line() { print -r -- "<<$BUFFER>>"; BUFFER= }
zle -N show-line
bindkey '^I' complete-word
bindkey '^X' show-line
'''


def read_until(fd, pattern, text=b'', limit=120):
    """The bound only ends a test that has failed already."""
    end = time.monotonic() + limit
    while not re.search(pattern, text, re.S):
        left = end - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            break
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        text += data
    return text


pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM='dumb', COLUMNS='500', ZDOTDIR='/nonexistent', SETUP=SETUP, FPATH_DIR=FPATH)
    os.execvp('zsh', ['zsh', '-f', '-i'])
os.write(fd, b'set -- "$FPATH_DIR"; eval "$SETUP"; print -r "%"READY\n')
text = read_until(fd, rb'\n%READY\r?\n.*%READY%')
for line in LINES:
    os.write(fd, line.encode() + b'\t\x18')
    text = read_until(fd, rb'<<.*>>')
    m = re.search(r'<<(.*)>>', text.decode('utf-8', 'replace'), re.S)
    print(m.group(1) + '|' if m else 'zsh said: ' + repr(text))
os.close(fd)
os.waitpid(pid, 0)
