# shellcheck shell=sh disable=SC2046,SC2086,SC2012,SC2116,SC2010,SC2005,SC3045 # busybox; words are split where they are made one line
# SPDX-License-Identifier: Apache-2.0
# Runs inside a container, by busybox's `sh -c`: prints what isolates it, a line `KEY: VALUE` each. defaults.golden says what docker
# has there, and what onggi has.
say() { printf '%s: %s\n' "$1" "$2"; }
status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status | sed 's/[[:space:]]*$//'; }

for set in Inh Prm Eff Bnd Amb; do say "capabilities $set" "$(status Cap$set)"; done
say seccomp "mode $(status Seccomp), $(status Seccomp_filters) filter"
say no_new_privs "$(status NoNewPrivs)"
say umask "$(status Umask)"
say user "$(id -u):$(id -g)"
say groups "$(status Groups)"
say 'signals blocked' "$(status SigBlk)"
say 'signals ignored' "$(/probe signals | grep ignored | tr '\n' ' ')"
say 'working directory' "$(pwd)"
for ns in cgroup ipc mnt net pid time user uts; do say "namespace $ns" "$(readlink /proc/self/ns/$ns)"; done

# neither a command substitution nor a redirection: pid 1, this shell, would have one more
ls /proc/1/fd
say 'environment names' "$(echo $(tr '\0' '\n' </proc/1/environ | sed 's/=.*//' | sort))"
say 'environment PATH' "$(tr '\0' '\n' </proc/1/environ | sed -n 's/^PATH=//p')"
say 'environment HOME' "$(tr '\0' '\n' </proc/1/environ | sed -n 's/^HOME=//p')"
say 'host name' "$(hostname | sed 's/^[0-9a-f]\{12\}$/the first 12 digits of the id/')"
say 'process 1' "$(tr '\0' '\n' </proc/1/cmdline | head -n 1)"
say 'controlling terminal' "$(awk '{ print $7 ? "yes" : "none" }' /proc/1/stat)"
say 'oom_score_adj' "$(cat /proc/self/oom_score_adj)"
say 'nice' "$(awk '{ print $19 }' /proc/self/stat)"
say 'limit nofile' "$(ulimit -Sn):$(ulimit -Hn)"
say 'limit core' "$(ulimit -Sc)"
say 'personality' "$(cat /proc/self/personality 2>/dev/null || echo unreadable)"
say 'AppArmor' "$(cat /proc/self/attr/current 2>/dev/null || echo none)"
say 'limit pids' "$(cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null | grep . || echo none)"

# every mount, but masks and read-only paths, which follow by themselves
masks=' /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware '
readonly=' /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger '
while read -r _ _ _ _ place flags rest; do
	case "$masks$readonly" in *" $place "*) continue ;; esac
	case $place in
	/probe | /sys/devices/system/cpu/*) continue ;; # the test's own; thermal_throttle has a line of its own
	/dev/null | /dev/zero | /dev/full | /dev/random | /dev/urandom | /dev/tty)
		devices="$devices ${flags%%,*}"
		continue
		;;
	/etc/hosts | /etc/hostname | /etc/resolv.conf)
		say "mount $place" "bind ${flags%%,*}"
		continue
		;;
	/sys/fs/cgroup/*)
		place='/sys/fs/cgroup, below' # one for each controller
		[ -z "$below" ] || [ "$below" = "$flags" ] || say "mount $place" "$flags and $below"
		[ -z "$below" ] || continue
		below=$flags
		;;
	esac
	say "mount $place" "$(printf '%s' "$rest" | sed 's/.*- \([^ ]*\) .*/\1/') $flags"
done </proc/self/mountinfo
say 'mounts of devices' "$(echo $(printf '%s\n' $devices | sort -u))"
say propagation "$(grep -c 'shared:\|master:' /proc/self/mountinfo | sed 's/^0$/private/')"
say 'size of /dev/shm' "$(df -k /dev/shm | awk 'NR > 1 { print $2 "k" }')"
say 'size of /dev' "$(df -k /dev | awk 'NR > 1 { print $2 "k" }')"

# A mask: a file is the null device, a directory is empty.
for path in $masks; do
	if [ ! -e "$path" ]; then
		value='masked' # the kernel doesn't have it
	elif [ -d "$path" ]; then
		value=$([ -z "$(ls -A "$path")" ] && touch "$path/x" 2>/dev/null || [ -n "$(ls -A "$path")" ] || echo masked)
	else
		value=$([ "$(stat -c '%t:%T' "$path")" = 1:3 ] && [ -z "$(cat "$path")" ] && echo masked)
	fi
	say "mask $path" "${value:-open}"
done
value=masked
for path in /sys/devices/system/cpu/cpu*/thermal_throttle; do
	[ ! -e "$path" ] || [ -z "$(ls -A "$path")" ] || value=open
done
say 'mask /sys/devices/system/cpu/cpu*/thermal_throttle' $value
for path in $readonly; do
	if [ ! -e "$path" ] || grep -q " $path ro,nosuid,nodev,noexec" /proc/self/mountinfo; then
		say "read-only $path" yes
	else
		say "read-only $path" no
	fi
done

# What can be opened for writing, although it is the kernel's and no process's?
writable() {
	find "$@" -type f -perm /222 2>/dev/null | while read -r file; do
		case $file in
		/proc/[0-9]* | /proc/self/* | /proc/thread-self/*) continue ;;
		esac
		true 2>/dev/null >>"$file" && printf '%s ' "$file"
	done
}
say 'writable in /proc/sys' "$(writable /proc/sys)"
say 'writable elsewhere in /proc' "$(writable $(find /proc -maxdepth 1 -mindepth 1 ! -name '[0-9]*' ! -name sys ! -name self ! -name thread-self))"
say 'writable in /sys' "$(writable /sys)"
for name in kernel/core_pattern kernel/modprobe kernel/sysrq vm/overcommit_memory fs/binfmt_misc/register kernel/ns_last_pid; do
	(echo x >/proc/sys/$name) 2>/dev/null && say "sysctl $name" written
done
say 'sysctl ping_group_range' "$(echo $(cat /proc/sys/net/ipv4/ping_group_range))"
say 'sysctl ip_unprivileged_port_start' "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)"
say 'sysctl ip_forward' "$(cat /proc/sys/net/ipv4/ip_forward)"

cd /dev || exit
say 'devices' "$(echo $(find . -type c -o -type b | sed 's|^\./||' | grep -v '^pts/[0-9]' | sort))"
for dev in null zero full random urandom tty; do say "device $dev" "$(stat -c '%F %t:%T %a' $dev)"; done
for dev in ptmx core fd stdin stdout stderr; do say "device $dev" "$(readlink $dev)"; done
say 'device made, kmsg 1-11' "$(mknod /kmsg c 1 11 2>/dev/null && head -c 0 /kmsg 2>/dev/null && echo opened || echo refused)"
say 'device made, tun 10-200' "$(mknod /tun c 10 200 2>/dev/null && (exec 3<>/tun) 2>/dev/null && echo opened || echo refused)"
say 'device made, fuse 10-229' "$(mknod /fuse c 10 229 2>/dev/null && (exec 3<>/fuse) 2>/dev/null && echo opened || echo refused)"
say 'device made, disk' "$(mknod /disk b 254 0 2>/dev/null && (exec 3<>/disk) 2>/dev/null && echo opened || echo refused)"
say interfaces "$(echo $(ip -o link | grep -v 'state DOWN\|NOARP>' | sed 's/^[0-9]*: \([^:@]*\).*/\1/'))"
say 'kernel log' "$(dmesg >/dev/null 2>&1 && echo read || echo refused)"
say 'other processes' "$(($(ls -d /proc/[0-9]* | wc -l) < 6)) namespace"
