#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2154 # single quotes keep the text for another shell
# Old, odd and poor hosts: onggi works on each, with one line where it works less well, or stops with an error whose
# hint names the finding under which `onggi doctor` sees the same.
load lib.bash
load machine.bash
# on SCRIPT: on such a machine, where commands may fail
on() { machine "$1; :"; }

setup_file() {
	store_up
	! is_root || machine_up onggi-hosts
	# The words of each machine. try: what a person does first; each line is one command's.
	[ ! -e "${PLACE:-/nowhere}/machine" ] || cat >>"$PLACE/machine" <<'EOS'
set +e
o() { ada "$PLACE/onggi" "$@" 2>&1 </dev/null; }
# load_it OPTION...: the image, of which only errors and warnings are said
load_it() { o "$@" load -q -i "$F/busybox.tar" | grep -v '^Loaded image: busybox:latest$'; }
try() {
	load_it
	o run --rm busybox echo ran
	o run --rm --init -v /etc:/x:ro -v vol:/y --tmpfs /t busybox sh -c "echo init; touch /y/f /t/f"
	o ps -q
	o images --format '{{.Repository}}'
}
errors() { o doctor -q --format '{{.Severity}} {{.ID}}' | sed -n 's/^error //p'; }
EOS
	REFUSE=${ONGGI_TEST_TOOLS:-}/hosts/refuse
	if [ -x "$REFUSE" ]; then
		export REFUSE
		[ -z "${PLACE:-}" ] || install -m 755 "$REFUSE" "$PLACE/refuse"
	fi
	export KINDS=$BATS_FILE_TMPDIR/kinds
	: >"$KINDS"
}
teardown_file() {
	echo "# count: hosts $(wc -l <"$KINDS") kinds of host" >&3
	! is_root || machine_down
	store_down
}
kind() { echo "$1" >>"$KINDS"; }

WORKS="ran
init
busybox"
# Without owners: what the user without subordinate ids is told once, when an image is unpacked.
SINGLE="onggi: warning: owners that are not mapped could not be set: their files belong to you (onggi doctor subordinate-ids)
$WORKS"

# ------------------------------------------------------------------ ids
@test "no subordinate ids: works, and says once that owners are lost" {
	SUBIDS='' on try
	equal "$output" "$SINGLE"
	kind no-subids
}
@test "no newuidmap: the same" {
	need_tool newuidmap
	on ': >"$PLACE/mnt/empty"; for f in newuidmap newgidmap; do mount --bind "$PLACE/mnt/empty" "$(command -v $f)"; done; try'
	equal "$output" "$SINGLE"
	kind no-newuidmap
}
@test "newuidmap without its privilege: the error has the doctor's mend" {
	need_tool newuidmap
	on 'for f in newuidmap newgidmap; do p=$(readlink -f "$(command -v $f)"); cp "$p" "$PLACE/mnt/$f"; chmod 755 "$PLACE/mnt/$f"
			mount --bind "$PLACE/mnt/$f" "$p"; done
		o run --rm busybox echo ran; o doctor -q --format "{{.ID}}"'
	contains "$output" "(onggi doctor setuid-helpers)" "
setuid-helpers" "
id-mapping"
	kind newuidmap-without-setuid
}
@test "no_new_privs: works with one id" {
	on 'ada() { setpriv --reuid $ADA --regid $ADA --clear-groups --no-new-privs env -i HOME=/home/ada PATH="$PATH" XDG_RUNTIME_DIR="$XDG" "$@"; }
		try'
	equal "$output" "$SINGLE"
	kind no-new-privs
}

# ------------------------------------------------------ user namespaces
@test "user namespaces forbidden by their limit" {
	unshare -U -r true 2>/dev/null || skip "no user namespace can be made here"
	run unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm busybox echo ran
		"$ONGGI" --root "$STORE" --runroot "$RUNSTATE" doctor -q --format "{{.Severity}} {{.ID}}" user-namespaces'
	contains "$output" "create a user namespace: No space left on device" "(onggi doctor user-namespaces)" "
error user-namespaces"
	onggi ps -q
	kind max-user-namespaces
}
# refused RULE... -- WHAT: what she sees behind a filter
refused() {
	is_root || skip "only root can make such a machine"
	[ -x "${REFUSE:-}" ] || skip "ONGGI_TEST_TOOLS is not set"
	local rules=()
	while [ "$1" != -- ]; do
		rules+=("$1")
		shift
	done
	shift
	REFUSED="${rules[*]}" on 'R=$REFUSED; REFUSED=; load_it; REFUSED=$R; '"$*"
}
@test "user namespaces forbidden by a filter, as docker's" {
	refused 'EPERM:clone[0]&0x10000000,unshare[0]&0x10000000' ENOSYS:clone3 -- 'o run --rm busybox echo ran; o load -q -i "$F/busybox.tar"; o ps -q; o images -q | wc -l; errors'
	equal "$(printf '%s\n' "$output" | grep -c 'forbids it: start the outer container with --security-opt seccomp=unconfined (onggi doctor user-namespaces)$')" 2
	contains "$output" "create a user namespace: Operation not permitted"
	equal "${lines[-2]}" 1
	equal "${lines[-1]}" user-namespaces
	kind userns-filter
}
@test "mounting forbidden in a user namespace, as by Ubuntu's AppArmor" {
	local errno
	for errno in EPERM EACCES; do
		refused $errno:mount,umount2,pivot_root,fsopen,fsmount,open_tree,move_mount,mount_setattr -- 'for i in 1 2 3; do o run --rm busybox echo ran; done; errors | head -n 1'
		equal "$(printf '%s\n' "$output" | grep -c '^onggi: set the propagation of mounts below ')" 3
		equal "$(printf '%s\n' "$output" | grep -c '(onggi doctor user-namespaces)$')" 3
		equal "${lines[-1]}" user-namespaces
		kind userns-powerless-$errno
	done
}

# -------------------------------------------------------------- cgroups
@test "no /sys/fs/cgroup, and no /sys: works, limits are refused" {
	on 'mount -t tmpfs tmpfs /sys/fs/cgroup; try; o run --rm -m 64m busybox true; o doctor --format "{{.Severity}}" cgroups; mount -t tmpfs tmpfs /sys; o run --rm busybox echo ran'
	contains "$output" "$WORKS
onggi: " "no cgroup" "(onggi doctor cgroups)
warning
ran"
	kind no-cgroup
	kind no-sys
}
@test "no /sys/fs/cgroup for root: works, limits are refused" {
	need_root
	on 'mount -t tmpfs tmpfs /sys/fs/cgroup; ada() { "$@"; }; S="--root $PLACE/mnt/s"; load_it $S; o $S run --rm busybox echo ran
		o $S run --rm busybox grep CapBnd /proc/self/status; o $S run --rm --pids-limit 9 busybox true; o $S doctor --format "{{.Severity}}" cgroups'
	equal "${lines[0]}" ran
	# CAP_MKNOD is dropped where no group of devices is
	equal "${lines[1]}" "CapBnd:	00000000a00425fb"
	contains "$output" "no cgroup is writable here" "(onggi doctor cgroups)
warning"
	kind no-cgroup-root
}
@test "v1 and hybrid cgroups: a user works, and limits name the finding" {
	[ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] || skip "the cgroups of this machine are of v2 alone"
	on 'try; o run --rm -m 64m busybox true; umount -R /sys/fs/cgroup/unified 2>/dev/null; o run --rm busybox echo v1; o doctor --format "{{.Severity}}" cgroups'
	contains "$output" "$WORKS
onggi: " "(onggi doctor cgroups)
v1
warning"
	kind cgroup-hybrid
	kind cgroup-v1
}

# ----------------------------------------------------------- where things lie
@test "a read-only home: the error has the doctor's mend" {
	on 'mount --bind /home/ada /home/ada; mount -o remount,bind,ro /home/ada; try; errors'
	equal "$(printf '%s\n' "$output" | grep -c "Read-only file system$")" 5
	equal "$(printf '%s\n' "$output" | grep -c "(onggi doctor store-writable)$")" 5
	equal "${lines[-1]}" store-writable
	kind home-read-only
}
@test "a home on a tmpfs works" {
	on 'mount -t tmpfs -o mode=755,uid=$ADA tmpfs /home/ada; try'
	equal "$output" "$WORKS"
	kind home-tmpfs
}
@test "a home on an overlay: the error has the doctor's mend" {
	on 'cd $PLACE/mnt; mkdir l u w; mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w /home/ada; chown $ADA /home/ada
		o load -q -i "$F/busybox.tar"; o run --rm onggi/hello; errors; o --root /home/ada/../../run/user/$ADA/s run --rm onggi/hello | head -n 1'
	equal "$(printf '%s\n' "$output" | grep -c '(onggi doctor overlay)$')" 2
	contains "$output" "
overlay
"
	kind home-overlay
}
@test "XDG_RUNTIME_DIR missing, of somebody else, and gone: works" {
	on 'mount -t tmpfs -o mode=1777 tmpfs /tmp; XDG=; try; XDG=/run/user/0; mkdir -m 700 /run/user/0; o run --rm busybox echo ran2; rmdir /run/user/$ADA; XDG=/run/user/$ADA; o run --rm busybox echo ran3
		o doctor --format "{{.Severity}}" runtime-directory'
	equal "$output" "$WORKS
ran2
ran3
warning"
	kind no-runtime-dir
	kind runtime-dir-of-another
	kind runtime-dir-gone
}
@test "no HOME at all" {
	on 'HOME_OF_ADA=; XDG=; try; HOME_OF_ADA=/nowhere; o run --rm onggi/hello; o doctor --format "{{.Severity}}" home'
	lacks "$output" "init"
	contains "$output" "hint:" "(onggi doctor "
	kind no-home
}
@test "few descriptors that can't be raised: works with 64, and names the limit with 20" {
	on '(ulimit -n 64; try); (ulimit -n 20; o run --rm busybox echo ran; o doctor --format "{{.Severity}}" open-files)'
	contains "$output" "$WORKS
onggi: " "Too many open files
hint: raise the limit of open files: ulimit -n 4096 (onggi doctor open-files)"
	equal "${lines[-1]}" warning
	kind nofile-64
	kind nofile-20
}

# ------------------------------------------------- refused by a filter, one by one
# For each call, refused as by a kernel that lacks it and as by an old filter: `run` as this user.
# Without privileges a filter needs no_new_privs, so that one id is mapped.
behind() { # ERRNO:CALL COMMAND...
	local rule=$1
	shift
	if is_root; then "$REFUSE" "$rule" -- "$@"; else "$REFUSE" --no-new-privs "$rule" -- "$@"; fi
}
own() { behind "$1" "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" "${@:2}" 2>&1 </dev/null; }
need_refuse() {
	[ -x "${REFUSE:-}" ] || skip "ONGGI_TEST_TOOLS is not set"
	! is_sanitized || skip "the sanitizers' runtime makes calls of its own"
}

@test "without calls that have an older way, everything works" {
	need_refuse
	local call errno
	for call in clone3 openat2 pidfd_open pidfd_send_signal close_range faccessat2 memfd_create statx keyctl execveat renameat2 'clone[0]&0x1000'; do
		for errno in ENOSYS EPERM; do
			# Rights to rename are asked for by the file system: there, EPERM is an answer.
			[ "$errno:$call" != EPERM:renameat2 ] || continue
			equal "$call $(own "$errno:$call" run --rm --init -v /etc:/x:ro --tmpfs /t busybox echo init)" "$call init"
			kind "$errno-$call"
			[ -n "${ONGGI_TEST_LONG:-}" ] || case $call in openat2 | faccessat2 | statx | renameat2) ;; *) continue ;; esac
			equal "$call $(own "$errno:$call" run --rm busybox echo ran)" "$call ran"
			equal "$call $(own "$errno:$call" ps -q)" "$call "
			# libc starts threads by clone3, unless it is missing
			[ "$errno:$call" != EPERM:clone3 ] || continue
			behind "$errno:$call" "$ONGGI" --root "$BATS_TEST_TMPDIR/s" --runroot "$RUNSTATE" load -q -i "$F/busybox.tar"
			equal "$(behind "$errno:$call" "$ONGGI" --root "$BATS_TEST_TMPDIR/s" --runroot "$RUNSTATE" image exists busybox; echo $?)" 0
			unshare --map-auto --map-root-user rm -rf "$BATS_TEST_TMPDIR/s" 2>/dev/null || rm -rf "$BATS_TEST_TMPDIR/s"
		done
	done
	equal "$(leftovers)" ""
}
@test "threads refused: load names the call" {
	need_refuse
	run behind EPERM:clone3 "$ONGGI" --root "$BATS_TEST_TMPDIR/s" --runroot "$RUNSTATE" load -q -i "$F/busybox.tar"
	[ "$status" -ne 0 ]
	contains "$output" "can't start a thread: Operation not permitted" "forbids clone3" "(onggi doctor kernel-features)"
	contains "$(own EPERM:clone3 doctor --format '{{.Severity}} {{.Seen}}' kernel-features)" "note not to be had: clone3 (forbidden)"
	kind EPERM-clone3
}
@test "without the mount API: the error names the call, and doctor the same finding" {
	need_refuse
	local call errno
	for call in fsopen fsconfig fsmount open_tree move_mount mount_setattr; do
		for errno in ENOSYS EPERM; do
			run own "$errno:$call" run --rm busybox echo ran
			equal "$status" 125
			equal "${#lines[@]}" 2
			matches "${lines[1]}" "^hint: .* (has no|forbids) $call: .*\(onggi doctor kernel-features\)\$"
			run own "$errno:$call" doctor --format '{{.Severity}} {{.Seen}}' kernel-features
			matches "$output" "^error needed, but not to be had: $call \((missing|forbidden)\)\$"
			kind "$errno-$call"
		done
	done
	equal "$(leftovers)" ""
}
@test "without filters: the error names the option, and the option works" {
	need_refuse
	local errno
	for errno in ENOSYS EPERM; do
		run own "$errno:seccomp" run --rm busybox echo ran
		equal "$status" 125
		contains "$output" "seccomp=unconfined (onggi doctor seccomp)"
		equal "$(own "$errno:seccomp" run --rm --security-opt seccomp=unconfined busybox echo ran)" ran
		contains "$(own "$errno:seccomp" doctor --format '{{.Severity}}' seccomp)" error
		kind "$errno-seccomp"
	done
}
@test "calls that make a container's namespaces refused: the error names the filter" {
	need_refuse
	local call
	for call in pivot_root sethostname unshare; do
		run own EPERM:$call run --rm busybox echo ran
		equal "$status" 125
		contains "$output" "seccomp=unconfined (onggi doctor nesting)"
		kind "EPERM-$call"
	done
}

# ------------------------------------------------------- inside another container
# The host's libraries, since an image for tests has none.
LIBRARIES=(-v /usr:/usr:ro -v /usr/lib:/lib:ro)
[ ! -d /usr/lib64 ] || LIBRARIES+=(-v /usr/lib64:/lib64:ro)
# nested OPTION...: onggi inside onggi
nested() {
	! is_sanitized || skip "the sanitizers' runtime makes calls of its own"
	mkdir -p "$BATS_TEST_TMPDIR/store"
	chmod 777 "$BATS_TEST_TMPDIR/store"
	run onggi run --rm "$@" --tmpfs /run "${LIBRARIES[@]}" -v "$ONGGI:/onggi:ro" -v "$F:/f:ro" -v "$BATS_TEST_TMPDIR/store:/store" \
		-e ONGGI_ROOT=/store/d -e HOME=/store -e PATH=/usr/sbin:/usr/bin:/sbin:/bin busybox /bin/busybox sh -c '
		/onggi load -q -i /f/busybox.tar; /onggi run --rm busybox echo nested; /onggi run --rm --init -v /f:/f:ro busybox echo init
		/onggi ps -q; /onggi doctor -q --format "{{.Severity}} {{.ID}}"'
	unshare --map-auto --map-root-user rm -rf "$BATS_TEST_TMPDIR/store" 2>/dev/null || rm -rf "$BATS_TEST_TMPDIR/store"
}
@test "onggi in onggi: the default filter, named" {
	nested
	contains "$output" "create a user namespace: Operation not permitted" "start the outer container with --security-opt seccomp=unconfined (onggi doctor user-namespaces)" "error user-namespaces"
	lacks "$output" nested
	kind nested-default
}
@test "onggi in onggi: a covered /proc, named" {
	nested --security-opt seccomp=unconfined
	contains "$output" "mount on '/proc': " "systempaths=unconfined" "(onggi doctor proc)" "error proc"
	lacks "$output" nested
	kind nested-masked
}
@test "onggi in onggi: runs with both mended" {
	nested --security-opt seccomp=unconfined --security-opt systempaths=unconfined
	contains "$output" "nested
init"
	lacks "$output" "error "
	kind nested
}
@test "onggi in onggi: an ordinary user inside" {
	nested --security-opt seccomp=unconfined --security-opt systempaths=unconfined --user 1000:1000
	has_ids || { contains "$output" "does not exist in the container's user namespace"; return; }
	contains "$output" "nested
init"
	kind nested-user
}
@test "onggi in privileged onggi" {
	nested --privileged
	contains "$output" "nested
init"
	lacks "$output" "error "
	kind nested-privileged
}
@test "onggi in podman, unprivileged" {
	need_root
	need_tool podman
	local tmp=$BATS_TEST_TMPDIR n
	n=$(ulimit -Hn)
	podman() { command podman --root "$tmp/pod" --runroot "$tmp/podrun" --storage-driver vfs --cgroup-manager cgroupfs "$@"; }
	podman load -q -i "$F/busybox.tar" >/dev/null 2>&1 || skip "podman can't load an image here"
	inside() {
		run podman run --rm --network none --cgroups=disabled --ulimit "nofile=$n:$n" --ulimit nproc=10000:10000 "$@" "${LIBRARIES[@]}" -v "$ONGGI:/onggi:ro" \
			-v "$F:/f:ro" -v "$tmp/store:/store" -e ONGGI_ROOT=/store/d -e PATH=/usr/sbin:/usr/bin:/sbin:/bin busybox /bin/busybox sh -c '
			echo started
			/onggi load -q -i /f/busybox.tar; /onggi run --rm busybox echo nested; /onggi doctor -q --format "{{.Severity}} {{.ID}}"'
	}
	mkdir "$tmp/store"
	inside
	[[ $output == *started* ]] || { podman system reset -f >/dev/null 2>&1; skip "podman can't run a container here: ${lines[-1]}"; }
	# Its filter allows user namespaces, but neither a host name nor another root without a capability.
	matches "$output" 'start the outer container with --security-opt seccomp=unconfined \(onggi doctor (nesting|user-namespaces)\)'
	contains "$output" "error "
	lacks "$output" nested
	inside --security-opt seccomp=unconfined
	contains "$output" "(onggi doctor proc)" "error proc"
	inside --security-opt seccomp=unconfined --security-opt unmask=ALL
	contains "$output" "nested"
	lacks "$output" "error "
	kind podman-default
	kind podman
	podman system reset -f >/dev/null 2>&1 || true
}
