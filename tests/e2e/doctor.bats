#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # single quotes keep the text for another shell
# onggi doctor on machines with one thing wrong: the finding, its mend, and that the mend mends.
load lib.bash
load machine.bash

setup_file() {
	machine_up onggi-doctor
	cat >>"$PLACE/machine" <<'EOT'
# about ID [OPTION...]: its finding, of two lines: how bad it is and what was seen, and the mend
about() {
	local id=$1
	shift
	ada "$PLACE/onggi" "$@" doctor --format '{{.Severity}}: {{.Seen}}
{{.Mend}}' "$id" || [ $? = 1 ]
}
mend_of() { about "$@" | tail -n +2; }
# Do as it says, as root; what follows sudo there is root's.
mend() { eval "$(mend_of "$@" | sed 's/^sudo //')"; }
EOT
}
teardown_file() { machine_down; }

# said SEVERITY SEEN MEND: the three are what `about` printed
said() {
	equal "${lines[0]}" "$1: $2"
	equal "${lines[1]-}" "$3"
}

@test "a healthy machine: no error, and every id is looked at" {
	run -0 onggi doctor
	lacks "$output" "error:"
	matches "${lines[-1]}" '^0 errors, [0-9]+ warnings?, [0-9]+ notes?, [0-9]+ ok, [0-9]+ skipped; `onggi doctor ID` tells more of one$'
	equal "$(onggi doctor -a --format '{{.ID}}')" "$(onggi doctor --list | sed '1d; s/ .*//')"
	[ ! -e "$STORE" ]
	[ ! -e "$RUNSTATE" ]
}
@test "a healthy machine: an ordinary user with ids" {
	machine 'for id in user-namespaces proc subordinate-ids setuid-helpers id-mapping home store-writable disk-space \
		disk-inodes overlay runtime-directory; do printf "%s " "$id"; about "$id" | sed -n "1s/:.*//p"; done'
	for line in "${lines[@]}"; do matches "$line" ' (ok|skipped)$'; done
	equal "${#lines[@]}" 11
	lacks "$output" "subordinate-ids skipped" "overlay skipped"
}
@test "-q tells warnings and errors alone, -a everything" {
	run onggi doctor -q
	lacks "$output" "note:" "ok:" "skipped:"
	run onggi doctor -a
	contains "$output" "ok: kernel: Linux " "ok: seccomp:"
}
@test "--format json: an object a line with the documented members" {
	run -0 onggi doctor -a --format json
	printf '%s\n' "$output" | python3 -c '
import json, sys
for line in sys.stdin:
    finding = json.loads(line)
    assert list(finding) == ["ID", "Subject", "Severity", "Seen", "Meaning", "Mend"], finding
    assert finding["Severity"] in ("ok", "note", "warning", "error", "skipped"), finding
    assert finding["Seen"], finding
    assert finding["Meaning"] or finding["Severity"] in ("ok", "skipped"), finding
'
	run -0 onggi doctor --format '{{.ID}} {{.Severity}}' kernel
	equal "$output" "kernel ok"
	run -1 onggi doctor --format '{{.Id}}'
	contains "$output" "ID"
}
@test "an id has a page, and a wrong one its neighbour" {
	for id in overlay subordinate-ids libisal; do # each id's is looked at by a unit test
		run onggi doctor "$id"
		contains "${lines[0]}" ": $id: "
		[ "${#lines[@]}" -gt 4 ]
	done
	run -1 onggi doctor subordinate-id
	equal "$output" "onggi: no such finding: 'subordinate-id'
hint: did you mean 'subordinate-ids'? \`onggi doctor --list\` lists them"
}
@test "a configuration that is wrong stops other commands, not the doctor" {
	echo 'frobnicate: 1' >"$BATS_TEST_TMPDIR/config.yaml"
	export ONGGI_CONFIG=$BATS_TEST_TMPDIR/config.yaml
	run onggi ps
	[ "$status" -ne 0 ]
	run -1 onggi doctor -q
	contains "$output" "error: configuration: $ONGGI_CONFIG:1:1: " "mend:   onggi config check"
	echo "data-root: $BATS_TEST_TMPDIR/configured" >"$ONGGI_CONFIG"
	run -0 env -u ONGGI_ROOT "$ONGGI" --runroot "$RUNSTATE" doctor --format '{{.Severity}}: {{.Seen}}' store-writable
	equal "$output" "ok: $BATS_TEST_TMPDIR/configured can be made"
}
@test "no subordinate ids" {
	SUBIDS='' machine 'about subordinate-ids; about id-mapping | head -n 1; mend subordinate-ids; about subordinate-ids; about id-mapping'
	matches "${lines[0]}" "^warning: user 'ada' has no ids in /etc/subuid and /etc/subgid\$"
	matches "${lines[1]}" '^sudo usermod --add-subuids ([0-9]+-[0-9]+) --add-subgids \1 ada$|^sudo usermod --add-subuids [0-9]+-[0-9]+ --add-subgids [0-9]+-[0-9]+ ada$'
	equal "${lines[2]}" "skipped: not tried: see subordinate-ids"
	matches "${lines[3]}" '^ok: 65536 user and 65536 group ids, from [0-9]+ and [0-9]+$'
	equal "${lines[4]}" "ok: the subordinate ids can be mapped"
}
@test "no subordinate ids: the ids of the mend are nobody's" {
	SUBIDS='' machine 'printf "%s\n" bob:100000:65536 eve:4000000:1000000 >/etc/subuid; echo bob:5500000:65536 >/etc/subgid
		mend_of subordinate-ids; mend subordinate-ids; about subordinate-overlap | head -n 1'
	equal "${lines[0]}" "sudo usermod --add-subuids 5565536-5631071 --add-subgids 5565536-5631071 ada"
	equal "${lines[1]}" "ok: nobody else has the same"
}
@test "no subordinate ids for a user whom /etc/passwd does not know" {
	SUBIDS='' machine 'sed -i "/^ada:/d" /etc/passwd; mend_of subordinate-ids; mend subordinate-ids >/dev/null; about subordinate-ids'
	matches "${lines[0]}" "^sudo sh -c 'echo 61234:[0-9]+:65536 \| tee -a /etc/subuid /etc/subgid'\$"
	matches "${lines[1]}" '^ok: 65536 user'
}
@test "subordinate ids that another user has too" {
	machine 'echo bob:750000:65536 >>/etc/subuid; about subordinate-overlap; mend subordinate-overlap; about subordinate-overlap'
	equal "${lines[0]}" "warning: /etc/subuid gives ids 700000 to 765535 to 'ada' and ids of them to 'bob' (750000 to 815535)"
	equal "${lines[1]}" "sudo usermod --del-subuids 700000-765535 --add-subuids 815536-881071 ada"
	equal "${lines[2]}" "ok: nobody else has the same"
}
@test "no newuidmap" {
	need_tool newuidmap
	machine ': >"$PLACE/mnt/empty"; chmod 644 "$PLACE/mnt/empty"
		for f in newuidmap newgidmap; do mount --bind "$PLACE/mnt/empty" "$(command -v $f)"; done
		about setuid-helpers; about id-mapping | head -n 1; ada "$PLACE/onggi" doctor -q | grep -c "setuid-helpers"
		umount "$(command -v newgidmap)"; about setuid-helpers | head -n 1; umount "$(command -v newuidmap)"; about setuid-helpers'
	equal "${lines[0]}" "warning: newuidmap and newgidmap not installed, or not executable"
	matches "${lines[1]}" '^sudo (apt install uidmap|dnf install shadow-utils|.* shadow.*)$'
	equal "${lines[2]}" "skipped: not tried: see setuid-helpers"
	equal "${lines[3]}" 1
	equal "${lines[4]}" "warning: newuidmap not installed, or not executable"
	matches "${lines[5]}" '^ok: .*/newuidmap and .*/newgidmap have their privilege$'
}
@test "newuidmap without its setuid bit" {
	need_tool newuidmap
	machine 'for f in newuidmap newgidmap; do p=$(readlink -f "$(command -v $f)"); cp "$p" "$PLACE/mnt/$f"; chmod 755 "$PLACE/mnt/$f"
			mount --bind "$PLACE/mnt/$f" "$p"; done
		about setuid-helpers; about id-mapping | head -n 1; mend setuid-helpers; about setuid-helpers; about id-mapping | head -n 1'
	matches "${lines[0]}" '^warning: .*/newuidmap and .*/newgidmap not setuid root, and without file capabilities$'
	matches "${lines[1]}" '^sudo chmod 4755 .*/newuidmap .*/newgidmap$'
	matches "${lines[2]}" '^error: fails: '
	# the journal's advice stands between
	contains "$output" "have their privilege" "ok: the subordinate ids can be mapped"
}
@test "newuidmap on a file system without setuid" {
	need_tool newuidmap
	machine 'p=$(readlink -f "$(command -v newuidmap)"); mount --bind "$p" "$p"; mount -o remount,bind,nosuid "$p"
		about setuid-helpers; mend setuid-helpers; about setuid-helpers'
	matches "${lines[0]}" '^warning: (.*/newuidmap) lies on a file system that is mounted nosuid \(.*/newuidmap\)$'
	matches "${lines[1]}" '^sudo mount -o remount,bind,suid .*/newuidmap$'
	matches "${lines[2]}" '^ok: '
}
@test "started without new privileges" {
	machine 'ada setpriv --no-new-privs "$PLACE/onggi" doctor --format "{{.Severity}}: {{.Seen}}" setuid-helpers'
	equal "$output" "warning: this process was started with no_new_privs, so that setuid programs have no privilege"
}
@test "user namespaces forbidden by their limit" {
	# The limit of a user namespace of our own: it goes with it.
	unshare -U -r true 2>/dev/null || skip "no user namespace can be made here"
	run -0 unshare -U -r sh -c '
		onggi() { "$ONGGI" --root "$BATS_TEST_TMPDIR/d" --runroot "$BATS_TEST_TMPDIR/r" "$@"; }
		about() { onggi doctor --format "{{.Severity}}: {{.Seen}}
{{.Mend}}" user-namespaces; }
		echo 0 >/proc/sys/user/max_user_namespaces
		about; echo "code $?"; onggi run --rm onggi/hello 2>&1 | grep ^hint
		eval "$(about | tail -n 1)" >/dev/null
		about; echo "code $?"'
	said error "user.max_user_namespaces is 0: none may be made" "sysctl -w user.max_user_namespaces=15000"
	equal "${lines[2]}" "code 1"
	contains "${lines[3]}" "(onggi doctor user-namespaces)"
	equal "${lines[4]}" "ok: they can be made, and mounted in"
	equal "${lines[-1]}" "code 0"
}
@test "user namespaces forbidden by a chroot" {
	machine 'root=$PLACE/mnt/root; mkdir -p "$root"/{usr,proc,dev,etc,tmp,sys,home,run}; chmod 1777 "$root/tmp"
		for d in usr proc dev etc sys home run; do mount --rbind "/$d" "$root/$d"; done
		for l in bin lib lib32 lib64; do [ ! -L "/$l" ] || cp -a "/$l" "$root/$l"; done
		cp "$PLACE/onggi" "$root/tmp/onggi"
		for id in nesting user-namespaces; do
			HOME=/home/ada chroot --userspec "$ADA:$ADA" "$root" /tmp/onggi doctor --format "{{.Severity}}: {{.Seen}}" $id || true; done'
	equal "${lines[0]}" "note: this is a chroot"
	equal "${lines[1]}" "error: this is a chroot, in which the kernel refuses them"
}
@test "hybrid cgroups" {
	[ "$(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null)" = cgroup2fs ] || skip "the cgroups of this machine are not hybrid"
	machine 'about cgroups; ada "$PLACE/onggi" doctor --format "{{.Severity}}: {{.Seen}}" cgroup-controllers
		ada "$PLACE/onggi" run --rm -m 64m onggi/hello 2>&1 | grep ^hint; "$PLACE/onggi" doctor --format "{{.Severity}}: {{.Seen}}" cgroups'
	matches "${lines[0]}" '^warning: hybrid: v1 controllers beside an empty v2 tree: this machine has cgroup v1 controllers, which only root may use'
	contains "${lines[1]}" systemd.unified_cgroup_hierarchy=1
	equal "${lines[2]}" "skipped: see cgroups"
	contains "${lines[3]}" "(onggi doctor cgroups)"
	equal "${lines[4]}" "note: hybrid: v1 controllers beside an empty v2 tree"
}
@test "no tun device, and one that is closed" {
	[ -d /dev/net ] || skip "there is no /dev/net"
	machine 'mount -t tmpfs -o mode=755 tmpfs /dev/net; { mknod /dev/net/tun c 10 200 && : <>/dev/net/tun; } 2>/dev/null || echo none'
	[ "$output" != none ] || skip "this kernel has no tun device"
	machine 'mount -t tmpfs -o mode=755 tmpfs /dev/net; about tun-device
		m=$(mend_of tun-device); [ -z "${m##sudo *}" ] || m="mknod -m 666 /dev/net/tun c 10 200" # in a container
		eval "${m#sudo }" 2>/dev/null; about tun-device; chmod 600 /dev/net/tun; about tun-device; mend tun-device; about tun-device'
	equal "${lines[0]}" "note: /dev/net/tun is missing (No such file or directory)"
	if [ "$(onggi doctor --format '{{.Severity}}' nesting)" = ok ]; then
		equal "${lines[1]}" "sudo sh -c 'modprobe tun; mkdir -p /dev/net; test -c /dev/net/tun || mknod -m 666 /dev/net/tun c 10 200'"
	else
		equal "${lines[1]}" "start the outer container with --device /dev/net/tun"
	fi
	equal "${lines[2]}" "ok: can be opened"
	equal "${lines[3]}" "note: /dev/net/tun can't be opened: Permission denied (mode 0600)"
	equal "${lines[4]}" "sudo chmod 666 /dev/net/tun"
	equal "${lines[5]}" "ok: can be opened"
}
@test "a read-only home" {
	machine 'mount --bind /home/ada /home/ada; mount -o remount,bind,ro /home/ada; about store-writable
		ada "$PLACE/onggi" run --rm onggi/hello 2>&1 | grep ^hint; m=$(mend_of store-writable)
		ada sh -c "$m; $PLACE/onggi doctor --format \"{{.Severity}}: {{.Seen}}\" store-writable"; rmdir /var/tmp/onggi-$ADA'
	said error "'/home/ada/.local/share/onggi' can't be made: /home/ada: Read-only file system" \
		"mkdir -p -m 700 /var/tmp/onggi-61234 && export XDG_DATA_HOME=/var/tmp/onggi-61234"
	contains "${lines[2]}" "(onggi doctor store-writable)"
	equal "${lines[3]}" "ok: /var/tmp/onggi-61234/onggi can be made"
}
@test "another user's home, and none" {
	machine 'HOME_OF_ADA=/root; about home; HOME_OF_ADA=; about home; mend home; unset HOME_OF_ADA; ada env HOME="$HOME" "$PLACE/onggi" doctor --format "{{.Severity}}: {{.Seen}}" home'
	said warning "HOME is '/root', which belongs to user 0, not to ada" "export HOME=/home/ada"
	equal "${lines[2]}" "error: HOME is '', no absolute path: there is no place for images"
	equal "${lines[3]}" "export HOME=/home/ada"
	equal "${lines[4]}" "ok: /home/ada"
}
@test "XDG_RUNTIME_DIR missing" {
	machine 'rmdir /run/user/$ADA; XDG=; about runtime-directory; mend runtime-directory; XDG=$XDG_RUNTIME_DIR; about runtime-directory'
	said warning "XDG_RUNTIME_DIR is not set; /tmp/onggi-61234 is used" \
		"sudo install -d -m 700 -o 61234 -g 61234 /run/user/61234 && export XDG_RUNTIME_DIR=/run/user/61234"
	equal "${lines[2]}" "ok: /run/user/61234/onggi"
}
@test "XDG_RUNTIME_DIR of another user, of nobody, and relative" {
	machine 'mkdir -m 700 /run/user/0; for XDG in /run/user/0 /run/user/none run; do about runtime-directory; done'
	equal "${lines[0]}" "warning: XDG_RUNTIME_DIR is '/run/user/0', which belongs to user 0 (su and sudo keep the caller's); /tmp/onggi-61234 is used"
	equal "${lines[1]}" "export XDG_RUNTIME_DIR=/run/user/61234"
	equal "${lines[2]}" "warning: XDG_RUNTIME_DIR is '/run/user/none', which is no directory; /tmp/onggi-61234 is used"
	equal "${lines[4]}" "warning: XDG_RUNTIME_DIR is 'run', no absolute path; /tmp/onggi-61234 is used"
}
@test "the fallback of XDG_RUNTIME_DIR taken by somebody else" {
	machine 'mount -t tmpfs -o mode=1777 tmpfs /tmp; install -d -m 755 -o 12345 /tmp/onggi-$ADA; XDG=; about runtime-directory
		ada "$PLACE/onggi" ps 2>&1 | grep ^hint'
	said error "XDG_RUNTIME_DIR is not set, and the fallback '/tmp/onggi-61234' belongs to user 12345 with mode 0755" \
		"export XDG_RUNTIME_DIR=/run/user/61234"
	contains "${lines[2]}" "(onggi doctor runtime-directory)"
}
@test "a full disk" {
	machine 'mkdir "$PLACE/mnt/s"; mount -t tmpfs -o size=2g tmpfs "$PLACE/mnt/s"; S="--root $PLACE/mnt/s/d"
		"$PLACE/onggi" $S load -q -i "$F/busybox.tar" >/dev/null; chown -R $ADA:$ADA "$PLACE/mnt/s"; about disk-space $S | head -n 1
		ada "$PLACE/onggi" $S doctor store-writable >/dev/null
		mount -o remount,size=40m "$PLACE/mnt/s"; (ulimit -f unlimited; dd if=/dev/zero of="$PLACE/mnt/s/fill" bs=64k 2>/dev/null) || true
		about disk-space $S; about store-writable $S | head -n 1; ada "$PLACE/onggi" $S doctor -q >/dev/null || echo "code $?"
		rm "$PLACE/mnt/s/fill"; fallocate -l 7M "$PLACE/mnt/s/fill"; m=$(mend_of disk-space $S); onggi() { ada "$PLACE/onggi" $S "$@" -f >/dev/null; }
		eval "$m"; about disk-space $S | head -n 1'
	matches "${lines[0]}" '^ok: [0-9.]+GB left for the store$'
	matches "${lines[1]}" '^error: [0-9.]+k?B left for the store \('
	equal "${lines[2]}" "onggi image prune --all"
	equal "${lines[3]}" "skipped: see disk-space"
	equal "${lines[4]}" "code 1"
	matches "${lines[5]}" '^warning: [0-9.]+MB left for the store'
}
@test "no inodes left" {
	machine 'mkdir "$PLACE/mnt/s"; mount -t tmpfs -o size=2g,nr_inodes=100000,mode=777 tmpfs "$PLACE/mnt/s"; S="--root $PLACE/mnt/s/d"
		about disk-inodes $S | head -n 1; mount -o remount,nr_inodes=12 "$PLACE/mnt/s"
		n=0; while : >"$PLACE/mnt/s/$n"; do n=$((n + 1)); done 2>/dev/null || true
		about disk-inodes $S; about store-writable $S | head -n 1; about disk-space $S | head -n 1
		mount -o remount,nr_inodes=100000 "$PLACE/mnt/s"; about disk-inodes $S | head -n 1'
	matches "${lines[0]}" '^ok: '
	matches "${lines[1]}" '^error: 0 of 12 inodes left for the store \('
	matches "${lines[2]}" '^du --inodes -x .*/mnt/s \| sort -n \| tail$'
	equal "${lines[3]}" "skipped: see disk-inodes"
	matches "${lines[4]}" '^ok: '
	matches "${lines[5]}" '^ok: '
}
@test "a store that belongs to somebody else" {
	machine 'install -d -m 755 /home/ada/.local /home/ada/.local/share /home/ada/.local/share/onggi; chown $ADA /home/ada/.local /home/ada/.local/share
		about store-writable; mend store-writable; about store-writable'
	said error "'/home/ada/.local/share/onggi' can't be written: /home/ada/.local/share/onggi: Permission denied" \
		"sudo chown -R 61234:61234 /home/ada/.local/share/onggi"
	equal "${lines[2]}" "ok: /home/ada/.local/share/onggi"
}
@test "a store on an overlay, and on a file system without programs" {
	machine 'cd "$PLACE/mnt"; mkdir l u w o; mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w o; chmod 777 o; chown $ADA o
		about overlay --root "$PLACE/mnt/o/d"; mount -t tmpfs -o noexec,mode=777 tmpfs l; S="--root $PWD/l/d"; about store-mount $S
		mend store-mount $S; about store-mount $S'
	matches "${lines[0]}" '^error: fails on .*/mnt/o \(overlay\) to '
	contains "${lines[1]}" "keep the store on ext4, xfs, btrfs or tmpfs: onggi --root DIR"
	matches "${lines[2]}" '^warning: .*/mnt/l is mounted noexec$'
	matches "${lines[3]}" '^sudo mount -o remount,bind,exec,dev .*/mnt/l$'
	matches "${lines[4]}" '^ok: '
}
@test "few open files" {
	machine 'ulimit -Sn 256; about open-files; mend open-files; about open-files'
	matches "${lines[0]}" '^warning: 256, at most [0-9]+$'
	equal "${lines[1]}" "ulimit -n 4096"
	matches "${lines[2]}" '^ok: 4096, at most '
}
@test "a list of images that is broken" {
	mkdir -p "$STORE/images"
	echo '{"manifests":' >"$STORE/images/index.json"
	run -1 onggi doctor --format '{{.Severity}}: {{.Seen}}
{{.Mend}}' store-consistency
	matches "${lines[0]}" "^error: $STORE/images/index.json:.*"
	equal "${lines[1]}" "onggi system check --repair"
	rm -r "$STORE"
}
@test "what hangs is given up and told" {
	mkdir -p "$STORE/images"
	mkfifo "$STORE/images/index.json"
	run -0 onggi doctor --format '{{.Severity}}: {{.Seen}}' store-consistency
	equal "$output" "warning: no answer within 4 seconds"
	rm -r "$STORE"
}
@test "a bus that is silent" {
	machine 'mkdir -p /run/systemd/system "$XDG/systemd"; : >"$XDG/systemd/private"
		python3 -c "import socket, time; s = socket.socket(socket.AF_UNIX); s.bind(\"$XDG/bus\"); s.listen(); print(flush=True); time.sleep(300)" >"$PLACE/mnt/ready" &
		pid=$!; while [ ! -s "$PLACE/mnt/ready" ]; do sleep 0.02; done; chmod 777 "$XDG/bus"; about systemd-user; kill $pid'
	matches "${lines[0]}" '^(note|warning): unix:path=/run/user/61234/bus: Connection timed out$'
}
@test "works with nothing: no environment, no /proc, no /sys, nothing to write" {
	machine 'mount -t tmpfs tmpfs /sys; mount -o remount,bind,ro /; for dir in /home /etc /run; do mount -o remount,bind,ro $dir; done
		cd /; mount -t tmpfs -o ro tmpfs /proc
		setpriv --reuid $ADA --regid $ADA --clear-groups env -i "$PLACE/onggi" doctor -a --format "{{.ID}}" || echo "code $?"' </dev/null
	equal "$(printf '%s\n' "$output" | sed '/^code/d')" "$(onggi doctor --list | sed '1d; s/ .*//')"
	equal "${lines[-1]}" "code 1"
	run -1 bash -c '"$ONGGI" doctor >/dev/full'
	contains "$output" "No space left on device"
}
