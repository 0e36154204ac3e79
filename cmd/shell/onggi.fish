# SPDX-License-Identifier: Apache-2.0
# Completion of onggi's command lines in fish: onggi itself knows what can follow.

function __onggi_complete
    # The words before the cursor, and the one that is typed, without their quotes.
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    test -n "$current"; or set current ''
    set -l lines ($words[1] __complete @NO_DESC@ -- $words[2..-1] "$current" 2>/dev/null); or return
    set -l flags (string replace : '' -- $lines[-1])
    set -e lines[-1]
    printf '%s\n' $lines
    set -l prefix (string match -r -- '^--[^=]*=' $current)
    test -n "$prefix"; or set prefix ''
    set -l path (string replace -r -- '^--[^=]*=' '' $current)
    if test "$flags" = 1
        printf '%s\n' $prefix(__fish_complete_path $path)
    else if test "$flags" = 2
        printf '%s\n' $prefix(__fish_complete_directories $path '')
    end
end

complete -c onggi -e
complete -c onggi -f -a '(__onggi_complete)'
