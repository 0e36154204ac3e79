#compdef onggi
# SPDX-License-Identifier: Apache-2.0
# Completion of onggi's command lines in zsh: onggi itself knows what can follow.

_onggi() {
	local out flags line name
	local -a lines typed described plain
	typed=("${(@Q)words[1,CURRENT]}")
	out=$("${typed[1]}" __complete @NO_DESC@ -- "${(@)typed[2,-1]}" 2>/dev/null) || return 1
	lines=("${(@f)out}")
	flags=${lines[-1]#:}
	lines=("${(@)lines[1,-2]}")
	for line in "${lines[@]}"; do
		[[ -n $line ]] || continue
		name=${line%%$'\t'*}
		plain+=("$name")
		if [[ $line == *$'\t'?* ]]; then
			described+=("${name}  -- ${line#*$'\t'}")
		else
			described+=("$name")
		fi
	done
	# compadd quotes what it puts on the line.
	(( $#plain )) && compadd -l -d described -a plain
	if (( flags & 3 )); then
		[[ $PREFIX != --*=* ]] || compset -P '*='
		if (( flags & 2 )); then
			_files -/
		else
			_files
		fi
	fi
	return 0
}

# Read as a file of $fpath it is called; sourced, it is registered.
if [[ $funcstack[1] == _onggi ]]; then
	_onggi "$@"
else
	compdef _onggi onggi
fi
