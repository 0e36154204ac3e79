# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What tests/quickstart, tests/run and the benches share: packages, users, running as somebody else.

# The top of the checkout.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

am_root() { [ "$(id -u)" = 0 ]; }
can_be_root() { am_root || { command -v sudo && sudo -n true; } >/dev/null 2>&1; }
as_root() { if am_root; then "$@"; else sudo -n -- "$@"; fi; }

# Packages of the groups given, one a line.
packages_of() {
	local group
	for group; do
		awk -v g="$group" '$1 == g { print $2 }' "$root/tests/packages"
	done | sort -u
}

# Those that are not installed.
packages_missing() {
	local package
	packages_of "$@" | while read -r package; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			printf '%s\n' "$package"
	done
}

# Install what is missing of the groups given, and nothing else.
packages_install() {
	local -a missing
	local log attempt
	mapfile -t missing < <(packages_missing "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	if ! can_be_root; then
		die "these packages are missing: ${missing[*]}
hint: as root, apt-get install --no-install-recommends ${missing[*]}"
	fi
	say "installing ${missing[*]}"
	log=$(mktemp)
	# A mirror fails once, a machine that has just started holds the locks itself.
	for attempt in 1 2 3 4 5; do
		if { apt_get update || :; apt_get -y --no-install-recommends install "${missing[@]}"; } </dev/null >"$log" 2>&1; then
			rm -f "$log"
			return 0
		fi
		[ "$attempt" != 5 ] || break
		sleep $((attempt * 10))
		as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a </dev/null >/dev/null 2>&1 || :
	done
	tail -n 20 "$log" >&2
	rm -f "$log"
	die "apt-get could not install ${missing[*]}"
}
apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}

# user_make NAME SUBIDS: an ordinary user, with 65536 subordinate ids (SUBIDS is yes) or with none.
user_make() {
	local name=$1 subids=$2 file start
	if ! id "$name" >/dev/null 2>&1; then
		as_root useradd --create-home --shell /bin/bash "$name" || die "useradd $name failed"
	fi
	for file in /etc/subuid /etc/subgid; do
		if [ "$subids" = no ]; then
			as_root touch "$file"
			as_root sed -i "/^$name:/d" "$file"
		elif ! grep -qs "^$name:" "$file"; then
			start=$(cat /etc/subuid /etc/subgid 2>/dev/null |
				awk -F: 'BEGIN { m = 100000 } $2 + $3 > m { m = $2 + $3 } END { print m }')
			printf '%s:%s:65536\n' "$name" "$start" | as_root tee -a "$file" >/dev/null
		fi
	done
}

# run_as USER COMMAND...: with USER's own environment and nothing of ours; USER "-" is whoever calls.
# Variables named in $pass_env go along.
pass_env=()
run_as() {
	local user=$1 home name
	local -a environment
	shift
	[ "$user" != - ] || user=$(id -un)
	home=$(getent passwd "$user" | cut -d: -f6)
	environment=(HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash TERM="${TERM:-dumb}"
		LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
	# A session's own run-time directory only serves its own user.
	if [ -d "/run/user/$(id -u "$user")" ]; then
		environment+=(XDG_RUNTIME_DIR="/run/user/$(id -u "$user")")
	fi
	for name in "${pass_env[@]}"; do
		[ -z "${!name+set}" ] || environment+=("$name=${!name}")
	done
	if [ "$user" = "$(id -un)" ]; then
		env -i "${environment[@]}" "$@"
	elif am_root; then
		runuser -u "$user" -- env -i "${environment[@]}" "$@"
	else
		sudo -n -u "$user" -- env -i "${environment[@]}" "$@"
	fi
}

# build_onggi DIR [MESON-OPTION]...: set up (once) and build; $CC chooses the compiler, build_targets
# what to build (empty: all).
build_targets=()
build_onggi() {
	local dir=$1 log
	shift
	log=$(mktemp)
	if [ -f "$dir/build.ninja" ]; then
		meson configure "$dir" "$@" >"$log" 2>&1
	else
		meson setup "$dir" "$root" "$@" >"$log" 2>&1
	fi && ninja -C "$dir" "${build_targets[@]}" >>"$log" 2>&1
	local status=$?
	[ $status -eq 0 ] || tail -n 40 "$log" >&2
	rm -f "$log"
	return $status
}
