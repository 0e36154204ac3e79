#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2154 # single quotes keep the text for the container's shell
# run: what the program gets to see.
load lib.bash
setup_file() {
	store_up
	onggi load -q -i "$F/configured.oci.tar"
}
teardown_file() { store_down; }

@test "run prints what the program prints, and nothing else" {
	run -0 --separate-stderr onggi run --rm busybox echo hello
	equal "$output" hello
	equal "$stderr" ""
}
@test "standard output and standard error stay apart" {
	run -0 --separate-stderr onggi run --rm busybox sh -c 'echo out; echo err >&2'
	equal "$output" out
	equal "$stderr" err
}
@test "container run is the same command" {
	run -0 onggi container run --rm busybox echo hello
	equal "$output" hello
}
@test "options after the image belong to the program" {
	run -0 onggi run --rm busybox echo --rm -it
	equal "$output" "--rm -it"
}
@test "short options may be joined, long ones take = or a blank" {
	run -0 onggi run --rm -e=A=1 --env B=2 --env=C=3 -w/tmp busybox sh -c 'echo $A $B $C $PWD'
	equal "$output" "1 2 3 /tmp"
}
@test "the image's command runs when none is given" {
	run -0 onggi run --rm -i busybox <<<'echo from-stdin'
	equal "$output" from-stdin
}
@test "entrypoint and command of the image are joined" {
	need_ids
	run -0 onggi run --rm configured:1
	equal "$output" "script: from-entrypoint from-cmd"
}
@test "arguments replace the image's command but not its entrypoint" {
	need_ids
	run -0 onggi run --rm configured:1 a b
	equal "$output" "script: from-entrypoint a b"
}
@test "--entrypoint replaces entrypoint and command" {
	need_ids
	run -0 onggi run --rm --entrypoint /bin/echo configured:1
	equal "$output" ""
	run -0 onggi run --rm --entrypoint /bin/echo configured:1 x y
	equal "$output" "x y"
}
@test "--entrypoint '' leaves the arguments alone" {
	need_ids
	run -0 onggi run --rm --entrypoint '' configured:1 echo x
	equal "$output" x
}
@test "environment: the image's, PATH, HOSTNAME and HOME" {
	need_ids
	run -0 onggi run --rm --hostname box --entrypoint env configured:1
	contains "$output" "IMAGE_VAR=image value" "PATH=/bin:/usr/bin" HOSTNAME=box HOME=/home/app EMPTY=
}
@test "environment: nothing of the caller's gets in" {
	SECRET=1 run -0 onggi run --rm busybox env
	lacks "$output" SECRET BATS ONGGI
	contains "$output" HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}
@test "--env NAME=VALUE, NAME from the caller, NAME that is not set" {
	FROM_CALLER=yes run -0 onggi run --rm -e A=b -e FROM_CALLER -e NOT_SET -e 'BLANK=a b' busybox env
	contains "$output" A=b FROM_CALLER=yes "BLANK=a b"
	lacks "$output" NOT_SET
}
@test "--env-file: comments, blanks, names from the caller" {
	printf '# comment\nA=1\n\nB=two words\nFROM_CALLER\n' >"$BATS_TEST_TMPDIR/env"
	FROM_CALLER=yes run -0 onggi run --rm --env-file "$BATS_TEST_TMPDIR/env" -e A=2 busybox env
	contains "$output" A=2 "B=two words" FROM_CALLER=yes
}
@test "--workdir, made where it is missing" {
	run -0 onggi run --rm -w /a/b/c busybox pwd
	equal "$output" /a/b/c
}
@test "working directory and user of the image" {
	need_ids
	run -0 onggi run --rm --entrypoint sh configured:1 -c 'pwd; id -u; id -g'
	equal "$output" $'/home/app\n1000\n1000'
}
@test "--user: name, name:group, number, number:number" {
	need_ids
	run -0 onggi run --rm -u svc busybox sh -c 'id -u; id -g; echo $HOME'
	equal "$output" $'33\n33\n/var/log'
	run -0 onggi run --rm -u app:www busybox sh -c 'id -u; id -g'
	equal "$output" $'1000\n33'
	run -0 onggi run --rm -u 1000 busybox sh -c 'id -u; id -g'
	equal "$output" $'1000\n1000'
	run -0 onggi run --rm -u 4242:4343 busybox sh -c 'id -u; id -g; echo $HOME'
	equal "$output" $'4242\n4343\n/'
}
@test "a user's further groups come from the image, --group-add adds to them" {
	need_ids
	run -0 onggi run --rm -u app busybox id -G
	equal "$output" "1000 29"
	run -0 onggi run --rm -u app --group-add www --group-add 77 busybox id -G
	contains " $output " " 1000 " " 29 " " 33 " " 77 "
}
@test "root, named or not, is in the groups that the image's /etc/group lists it in" {
	local layer etc=$BATS_TEST_TMPDIR/etc
	for layer in $(tar -xOf "$F/busybox.tar" manifest.json | grep -o '[0-9a-f]*\.tar'); do
		tar -xf "$F/busybox.tar" -C "$BATS_TEST_TMPDIR" "$layer"
		tar -Af "$BATS_TEST_TMPDIR/all.tar" "$BATS_TEST_TMPDIR/$layer"
	done
	mkdir "$etc"
	printf '%s\n' root:x:0: wheel:x:10:root staff:x:50:app,root beetroot:x:51:beetroot >"$etc/group"
	tar --owner=0 --group=0 -rf "$BATS_TEST_TMPDIR/all.tar" -C "$BATS_TEST_TMPDIR" etc/group
	onggi import "$BATS_TEST_TMPDIR/all.tar" wheels:1
	wanted="0 10 50"
	has_ids || wanted=0 # there are no others
	for user in '' '-u root' '-u 0'; do
		# shellcheck disable=SC2086 # two words
		run -0 onggi run --rm $user wheels:1 id -G
		equal "$output" "$wanted"
	done
	run -0 onggi run --rm -u 0:0 wheels:1 id -G
	equal "$output" 0
	run -0 onggi run --rm --group-add 0 wheels:1 id -G
	equal "$output" "$wanted"
}
@test "hostname: the short id, or --hostname" {
	run -0 onggi run --rm busybox hostname
	matches "$output" '^[0-9a-f]{12}$'
	run -0 onggi run --rm --hostname box.example.org busybox sh -c 'hostname; cat /etc/hostname'
	equal "$output" $'box.example.org\nbox.example.org'
}
@test "/etc/hosts has localhost, the container's own name and --add-host" {
	run -0 onggi run --rm --hostname box --add-host db:10.0.0.5 --add-host six:::1 busybox cat /etc/hosts
	matches "$output" '127.0.0.1[[:space:]]+localhost'
	matches "$output" '10.0.0.5[[:space:]]+db'
	matches "$output" '::1[[:space:]]+six'
	lacks "$output" image-hosts
}
@test "/etc/hosts: a name with a domain stands there without it, too" {
	run -0 onggi run --rm --hostname box.example.org busybox tail -n 1 /etc/hosts
	equal "$output" $'127.0.1.1\tbox.example.org box'
	run -0 onggi run --rm --hostname box --domainname example.org busybox tail -n 1 /etc/hosts
	equal "$output" $'127.0.1.1\tbox.example.org box'
	run -0 onggi run --rm --hostname box busybox tail -n 1 /etc/hosts
	equal "$output" $'127.0.1.1\tbox'
}
@test "/etc/resolv.conf: --dns, --dns-search and --dns-option each replace the host's lines of their kind" {
	[ -r /etc/resolv.conf ] || skip "there is no /etc/resolv.conf here"
	rest() { grep -Ev "^($1)[[:blank:]]" /etc/resolv.conf || :; }
	run -0 onggi run --rm busybox cat /etc/resolv.conf
	equal "$output" "$(cat /etc/resolv.conf)"
	run -0 onggi run --rm --dns 192.0.2.1 --dns ::1 busybox cat /etc/resolv.conf
	equal "$output" "$(printf '%s\n' 'nameserver 192.0.2.1' 'nameserver ::1'; rest nameserver)"
	run -0 onggi run --rm --dns-search a.example --dns-search b.example busybox cat /etc/resolv.conf
	equal "$output" "$(echo search a.example b.example; rest 'search|domain')"
	run -0 onggi run --rm --dns-search . busybox cat /etc/resolv.conf
	equal "$output" "$(rest 'search|domain')"
	run -0 onggi run --rm --dns-option ndots:2 --dns-opt rotate busybox cat /etc/resolv.conf
	equal "$output" "$(echo options ndots:2 rotate; rest options)"
}
@test "--read-only: the files below /etc that are the container's own are read-only, too" {
	for file in hosts hostname resolv.conf; do
		run -1 onggi run --rm --read-only busybox sh -c "echo x >/etc/$file"
		contains "$output" "Read-only file system"
		run -0 onggi run --rm busybox sh -c "echo x >/etc/$file"
	done
	echo mine >"$BATS_TEST_TMPDIR/hosts"
	run -0 onggi run --rm --read-only -v "$BATS_TEST_TMPDIR/hosts:/etc/hosts" busybox sh -c 'echo x >/etc/hosts; cat /etc/hosts'
	equal "$output" x
}
@test "a tmpfs has the permissions of the directory that it covers, and 1777 where there was none" {
	run -0 onggi run --rm --tmpfs /root --tmpfs /etc:size=1m --tmpfs /opened --tmpfs /tmp:mode=711 --mount type=tmpfs,dst=/home \
		--mount type=tmpfs,dst=/var,tmpfs-mode=0770 busybox stat -c '%n %a' /root /etc /opened /tmp /home /var
	equal "$output" $'/root 700\n/etc 755\n/opened 1777\n/tmp 711\n/home 755\n/var 770'
}
@test "a file bound on a directory, or a directory on a file, is refused with a reason; a relative path is shown whole" {
	cd "$BATS_TEST_TMPDIR"
	mkdir -p dir/below
	touch file
	run -125 onggi run --rm -v ./dir/../dir:/etc/passwd busybox true
	contains "$output" "'$BATS_TEST_TMPDIR/dir' can't be bound on '/etc/passwd': it is a directory, and there is a file in the container"
	run -125 onggi run --rm -v ./file:/tmp busybox true
	contains "$output" "'$BATS_TEST_TMPDIR/file' can't be bound on '/tmp': it is no directory, and there is one in the container"
}
@test "--env NAME without a value in the caller's environment takes the image's away" {
	run -0 env -u IMAGE_VAR "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -u 0 -e IMAGE_VAR --entrypoint env configured:1
	lacks "$output" IMAGE_VAR
	run -0 env IMAGE_VAR=mine "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm -u 0 -e IMAGE_VAR --entrypoint env configured:1
	contains "$output" IMAGE_VAR=mine
}
@test "--env-file: a byte order mark is no part of a name, a NUL byte is refused" {
	printf '\xef\xbb\xbfA=1\r\nB=2\r\n' >"$BATS_TEST_TMPDIR/env"
	run -0 onggi run --rm --env-file "$BATS_TEST_TMPDIR/env" busybox sh -c 'echo "$A$B"'
	equal "$output" 12
	printf 'A=1\n\0\nB=2\n' >"$BATS_TEST_TMPDIR/env"
	run -125 onggi run --rm --env-file "$BATS_TEST_TMPDIR/env" busybox true
	contains "$output" "holds a NUL byte"
}
@test "--ulimit: the last of one name counts; what is refused is named as people write it" {
	run -0 onggi run --rm --ulimit nofile=30 --ulimit core=0 --ulimit nofile=20:40 busybox sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
	equal "$output" $'20\n40\n0'
	run onggi run --rm --ulimit nofile=-1 busybox true
	[ "$status" = 0 ] || contains "$output" "hard limit unlimited is above the caller's"
}
@test "an empty command is one that can't be found" {
	run -127 onggi run --rm busybox ''
	equal "$output" 'onggi: exec "": executable file not found in $PATH'
}
@test "an option whose value is empty, as of a variable that is not set, is one that is not given" {
	local option
	for option in cgroupns cidfile cpuset-cpus domainname entrypoint hostname ipc name network pid platform pull restart stop-signal user userns uts workdir; do
		run -0 onggi run --rm "--$option" '' busybox echo ran
		equal "$output" ran
	done
}
@test "a container's name with docker's slash before it is the name" {
	onggi run --name /slashed busybox true
	run -125 onggi run --name slashed busybox true
	contains "$output" "container name 'slashed' is in use"
	run -0 onggi inspect -f '{{.Name}}' "$(onggi inspect -f '{{.Name}}' slashed)"
	equal "$output" /slashed
	run -0 onggi rm /slashed
	run -125 onggi run --rm --name / busybox true
	contains "$output" "--name '/': not a container name"
}
@test "standard input: closed to the program without -i" {
	run -0 bash -c 'echo unread | "$@"' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm busybox cat
	equal "$output" ""
}
@test "standard input: -i passes a megabyte unchanged" {
	head -c 1048576 /dev/urandom >"$BATS_TEST_TMPDIR/in"
	onggi run --rm -i busybox cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	head -c 1048576 "$BATS_TEST_TMPDIR/in" | onggi run --rm -i busybox cat >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}
@test "a reader that goes away ends the program, not onggi's tidying" {
	run bash -c '"$@" 2>/dev/null | head -n 1' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm busybox yes
	equal "$output" y
	wait_for eval '[ -z "$(onggi ps -aq)" ]'
}
@test "the layers lie over one another: whiteout, opaque directory, replaced file" {
	run -0 onggi run --rm busybox sh -c 'ls /opaque; cat /upper /etc/motd; ls /gone'' 2>/dev/null || echo is-gone'
	equal "$output" $'new\nfrom above\nthree layers\nis-gone'
}
@test "a layer that adds a file and does not name its directory leaves the directory as it was" {
	run -0 onggi run --rm busybox stat -c %a /implicit
	equal "$output" 1777
	need_ids
	run -0 onggi run --rm busybox stat -c %u:%g /implicit
	equal "$output" 0:33
}
@test "owners and modes of the image" {
	need_ids
	run -0 onggi run --rm busybox stat -c '%n %u %g %a' /data /data/seed /home/app /tmp /etc/shadow /root
	equal "$output" $'/data 1000 33 751\n/data/seed 1000 33 640\n/home/app 1000 1000 750\n/tmp 0 0 1777\n/etc/shadow 0 5 640\n/root 0 0 700'
}
@test "what a container writes is gone with it" {
	run -0 onggi run --rm busybox sh -c 'echo x >/new; rm /etc/motd; echo y >>/upper; cat /new'
	equal "$output" x
	run -0 onggi run --rm busybox sh -c 'cat /etc/motd /upper; ls /new'' 2>/dev/null || true'
	equal "$output" $'three layers\nfrom above'
}
@test "--read-only: the root file system can't be written, /dev and tmpfs can" {
	run -0 onggi run --rm --read-only --tmpfs /tmp busybox sh -c 'touch /x 2>&1; touch /tmp/x && echo tmp; echo >/dev/null && echo dev'
	contains "$output" "Read-only file system" tmp dev
}
@test "--init: a pid 1 that reaps, the program is its child" {
	run -0 onggi run --rm --init busybox sh -c 'echo $$; (sleep 0.1 &); sleep 0.3; ps | grep -c "[Z]ombie\|[d]efunct"' || true
	run onggi run --rm --init busybox sh -c '[ $$ != 1 ] && echo child'
	equal "$output" child
	run -7 onggi run --rm --init busybox sh -c 'exit 7'
}
@test "without --init the program is pid 1" {
	run -0 onggi run --rm busybox sh -c 'echo $$'
	equal "$output" 1
}
@test "umask is 0022, --umask changes it" {
	run -0 onggi run --rm busybox sh -c umask
	equal "$output" 0022
	run -0 onggi run --rm --umask 0077 busybox sh -c umask
	equal "$output" 0077
}
@test "the caller's umask and ignored signals stay outside" {
	run -0 bash -c 'umask 077; trap "" HUP INT QUIT PIPE USR1 CHLD ALRM; "$@"' - "$ONGGI" --root "$STORE" --runroot "$RUNSTATE" run --rm busybox \
		grep -E '^(Umask|Sig(Blk|Ign))' /proc/self/status
	contains "$output" $'Umask:\t0022'
	contains "$output" $'SigBlk:\t0000000000000000' $'SigIgn:\t0000000000000000'
}
@test "--platform of another machine is refused" {
	run -125 onggi run --rm --pull never --platform linux/riscv64 busybox true
	contains "$output" riscv64
}
@test "an image of 120 layers" {
	onggi load -q -i "oci:$F/small:many:latest"
	run -0 onggi run --rm many sh -c 'cat /numbered/last; ls /numbered | wc -l'
	equal "$output" $'116\n118'
}
@test "an image can be run by id, by a short id and by digest" {
	id=$(onggi images -q --no-trunc busybox)
	for name in "$id" "${id#sha256:}" "${id:7:12}" docker.io/library/busybox:latest library/busybox; do
		run -0 onggi run --rm "$name" echo ok
		equal "$output" ok
	done
}
@test "--cidfile" {
	run -0 onggi run --rm --cidfile "$BATS_TEST_TMPDIR/cid" busybox true
	matches "$(cat "$BATS_TEST_TMPDIR/cid")" '^[0-9a-f]{64}$'
}
@test "a store with a long path, blanks, colons and commas" {
	dir="$BATS_FILE_TMPDIR/a b:c,d\\e/$(printf 'x%.0s' {1..150})"
	mkdir -p "$dir"
	"$ONGGI" --root "$dir/data" --runroot "$dir/run" load -q -i "$F/busybox.tar"
	run "$ONGGI" --root "$dir/data" --runroot "$dir/run" run --rm busybox echo ok
	STORE=$dir/data RUNSTATE=$dir/run store_down
	equal "$status" 0
	equal "$output" ok
}
