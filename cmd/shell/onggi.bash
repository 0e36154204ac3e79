# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of onggi's command lines in bash: onggi itself knows what can follow.

_onggi() {
	local cur=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} rest word out flags cut
	local -a words=() lines=()
	local i IFS=$' \t\n'

	# bash parts words at colons and equal signs; what no blank parts is one word of ours.
	rest=$line
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		((i == COMP_CWORD)) && word=${word:0:${#rest}}
		if ((i > 0)) && [[ $rest != [[:blank:]]* ]]; then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
			rest=${rest#"${rest%%[![:blank:]]*}"}
		fi
		rest=${rest#"$word"}
	done
	cur=${words[${#words[@]} - 1]}
	# The person's own quotes; nothing else of the words is evaluated.
	for i in "${!words[@]}"; do
		words[i]=${words[i]//[\"\'\\]/}
	done
	out=$("${words[0]}" __complete --no-desc -- "${words[@]:1}" 2>/dev/null) || return
	mapfile -t lines <<<"$out"
	flags=${lines[-1]#:}
	unset 'lines[-1]'
	# bash replaces only what stands behind the last of its own separators.
	cut=
	for word in : =; do
		[[ $COMP_WORDBREAKS == *"$word"* && $cur == *"$word"* ]] || continue
		word=${cur%"${cur##*"$word"}"}
		((${#word} <= ${#cut})) || cut=$word
	done
	COMPREPLY=()
	for word in "${lines[@]}"; do
		printf -v word %q "${word#"$cut"}"
		COMPREPLY+=("$word")
	done
	if ((flags & 3)); then
		compopt -o filenames 2>/dev/null
		word=${cur#"$cut"}
		if ((flags & 2)); then
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word")
		else
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
		fi
	fi
}
complete -F _onggi onggi
