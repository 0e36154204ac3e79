# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2154 # single quotes keep the text for another shell; lib.bash says who we are
# Machines on which something is different. Each is a mount namespace of root's: its /etc, /run and /home are
# private, and it has a user, ada, whose number nobody else has. What is done there vanishes with it.

machine_up() { # DIRECTORY-NAME
	export ADA=61234 PLACE
	PLACE=$(mktemp -d "/var/tmp/$1.XXXXXX")
	chmod 755 "$PLACE"
	install -m 755 "$ONGGI" "$PLACE/onggi"
	cat >"$PLACE/machine" <<'EOS'
set -eu
mount -t tmpfs -o size=4g,mode=755 tmpfs "$PLACE/mnt"
for dir in etc home run; do mkdir "$PLACE/mnt/$dir"; done
cp -a /etc/. "$PLACE/mnt/etc" 2>/dev/null || : # files of other programs come and go
mount --bind "$PLACE/mnt/etc" /etc
mount --bind "$PLACE/mnt/home" /home
mount --bind "$PLACE/mnt/run" /run
install -d -o $ADA -g $ADA /home/ada
echo "ada:x:$ADA:$ADA::/home/ada:/bin/sh" >>/etc/passwd
echo "ada:x:$ADA:" >>/etc/group
: "${SUBIDS=700000}"
[ -z "$SUBIDS" ] || printf 'ada:%s:65536\n' "$SUBIDS" | tee -a /etc/subuid >>/etc/subgid
install -d -m 700 -o $ADA -g $ADA /run/user/$ADA
XDG=/run/user/$ADA
# ada WORD...: what she runs; XDG is her XDG_RUNTIME_DIR, REFUSED rules of tests/hosts/refuse that hold for her
ada() {
	${REFUSED:+"$PLACE/refuse" $REFUSED --} setpriv --reuid $ADA --regid $ADA --clear-groups env -i HOME="${HOME_OF_ADA-/home/ada}" PATH="$PATH" LC_ALL=C.UTF-8 \
		${XDG:+XDG_RUNTIME_DIR="$XDG"} ${XDG_DATA_HOME:+XDG_DATA_HOME="$XDG_DATA_HOME"} "$@"
}
EOS
	mkdir "$PLACE/mnt"
}
machine_down() { rm -rf --one-file-system "$PLACE"; }

# machine SCRIPT: run it on such a machine; its output goes to $output
machine() {
	is_root || skip "only root can make such a machine"
	run -0 unshare --mount --propagation private bash -c '. "$PLACE/machine"; '"$1"
}
