/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/strv.h"
#include "suites.h"

#define SET(member, text) str_copy(member, sizeof(member), text)
#define ELSEWHERE	  "mkdir -p -m 700 /var/tmp/onggi-1000 && export XDG_DATA_HOME=/var/tmp/onggi-1000"

/* ---- home ---- */

static void no_home(struct observations *o)
{
	*o->store.home = '\0';
}

static void no_place(struct observations *o)
{
	*o->store.home = *o->store.path = *o->user.home = '\0';
	SET(o->store.path_error, "HOME is not set: there is no place for images");
}

static void home_of_root(struct observations *o)
{
	SET(o->store.home, "/root");
	o->store.home_owner = 0;
	o->store.write_errno = EACCES;
	SET(o->store.existing, "/root");
	SET(o->store.path, "/root/.local/share/onggi");
	o->store.existing_owner = 0;
}

static void home_missing(struct observations *o)
{
	o->store.home_exists = false;
}

static void given(struct observations *o)
{
	o->store.given = true;
	o->store.write_errno = EACCES;
	o->store.existing_owner = 0;
	SET(o->store.path, "/srv/x");
	SET(o->store.existing, "/srv");
}

/* ---- the directory ---- */

static void readonly(struct observations *o)
{
	o->store.write_errno = EROFS;
	o->store.readonly = true;
}

static void readonly_root(struct observations *o)
{
	healthy_root(o);
	readonly(o);
}

static void after_sudo(struct observations *o)
{
	o->store.write_errno = EACCES;
	SET(o->store.existing, "/home/ada/.local/share/onggi");
	o->store.existing_owner = 0;
}

static void own_mode(struct observations *o)
{
	o->store.write_errno = EACCES;
	SET(o->store.existing, "/home/ada/a b");
}

static void full(struct observations *o)
{
	o->store.write_errno = ENOSPC;
	o->store.space.free = 0;
}

static void full_with_images(struct observations *o)
{
	full(o);
	o->store.has_images = true;
}

static void quota(struct observations *o)
{
	o->store.write_errno = EDQUOT;
}

static void little(struct observations *o)
{
	o->store.space.free = 500000000;
}

static void run_full(struct observations *o)
{
	o->run.space = (struct observe_space){.known = true, .size = 1 << 20, .free = 0};
	o->run.write_errno = ENOSPC;
}

static void no_inodes(struct observations *o)
{
	o->store.write_errno = ENOSPC;
	o->store.space.free_inodes = 0;
}

static void few_inodes(struct observations *o)
{
	o->store.space.free_inodes = 20000;
}

static void btrfs(struct observations *o)
{
	SET(o->store.type, "btrfs");
	o->store.space.inodes = o->store.space.free_inodes = 0;
}

/* ---- the file system ---- */

static void no_xattr(struct observations *o)
{
	SET(o->store.type, "vfat");
	o->store.xattr_errno = EOPNOTSUPP;
}

static void no_d_type(struct observations *o)
{
	SET(o->store.type, "xfs");
	o->store.d_type = 0;
}

static void nfs(struct observations *o)
{
	SET(o->store.type, "nfs4");
}

static void tmpfs(struct observations *o)
{
	SET(o->store.type, "tmpfs");
}

static void noexec(struct observations *o)
{
	o->store.noexec = o->store.nosuid = o->store.nodev = true;
}

static void nosuid_nodev(struct observations *o)
{
	o->store.nosuid = o->store.nodev = true;
}

static void broken_index(struct observations *o)
{
	o->store.has_images = true;
	SET(o->store.images_error, "index.json:1:1: expected a value");
}

/* ---- $RUN ---- */

static void fallback(struct observations *o, enum observe_xdg state)
{
	o->run.xdg_state = state;
	o->run.in_tmp = true;
	SET(o->run.path, "/tmp/onggi-1000");
}

static void xdg_unset(struct observations *o)
{
	fallback(o, OBSERVE_XDG_UNSET);
}

static void xdg_foreign(struct observations *o)
{
	fallback(o, OBSERVE_XDG_FOREIGN);
	SET(o->run.xdg, "/run/user/0");
	o->run.xdg_owner = 0;
	o->run.usual = false;
}

static void xdg_absent(struct observations *o)
{
	fallback(o, OBSERVE_XDG_ABSENT);
	o->run.usual = false;
	o->host.systemd = false;
}

static void xdg_relative(struct observations *o)
{
	fallback(o, OBSERVE_XDG_RELATIVE);
	SET(o->run.xdg, "run");
}

static void tmp_taken(struct observations *o)
{
	xdg_unset(o);
	o->run.exists = true;
	o->run.owner = 1001;
	o->run.mode = 0755;
}

static void tmp_open(struct observations *o)
{
	xdg_unset(o);
	o->run.exists = true;
	o->run.owner = 1000;
	o->run.mode = 0755;
}

static void run_readonly(struct observations *o)
{
	healthy_root(o);
	o->run.write_errno = EROFS;
}

static const struct machine machines[] = {
	{"home", no_home, DOCTOR_NOTE, "HOME is not set; '/home/ada' of the user database is used",
	 "export HOME=/home/ada"},
	{"home", no_place, DOCTOR_ERROR, "HOME is not set: there is no place for images",
	 ELSEWHERE},
	{"home", home_of_root, DOCTOR_WARNING,
	 "HOME is '/root', which belongs to user 0, not to ada", "export HOME=/home/ada"},
	{"home", home_missing, DOCTOR_WARNING, "HOME is '/home/ada', which is no directory",
	 "sudo install -d -m 700 -o 1000 -g 1000 /home/ada"},
	{"home", given, DOCTOR_SKIPPED, "the store's place does not depend on it", NULL},
	{"home", healthy_root, DOCTOR_SKIPPED, "the store's place does not depend on it", NULL},
	{"store-writable", readonly, DOCTOR_ERROR,
	 "'/home/ada/.local/share/onggi' can't be made: /home/ada/.local/share: Read-only file "
	 "system",
	 ELSEWHERE},
	{"store-writable", readonly_root, DOCTOR_ERROR,
	 "'/var/lib/onggi' can't be made: /var/lib: Read-only file system",
	 "mount -o remount,rw /"},
	{"store-writable", after_sudo, DOCTOR_ERROR,
	 "'/home/ada/.local/share/onggi' can't be written: /home/ada/.local/share/onggi: "
	 "Permission "
	 "denied",
	 "sudo chown -R 1000:1000 /home/ada/.local/share/onggi"},
	{"store-writable", home_of_root, DOCTOR_ERROR,
	 "'/root/.local/share/onggi' can't be made: /root: Permission denied", ELSEWHERE},
	{"store-writable", own_mode, DOCTOR_ERROR,
	 "'/home/ada/.local/share/onggi' can't be made: /home/ada/a b: Permission denied",
	 "chmod u+rwx '/home/ada/a b'"},
	{"store-writable", given, DOCTOR_ERROR, "'/srv/x' can't be made: /srv: Permission denied",
	 "give a directory that can be written: onggi --root DIR"},
	{"store-writable", full, DOCTOR_SKIPPED, "see disk-space", NULL},
	{"store-writable", no_inodes, DOCTOR_SKIPPED, "see disk-inodes", NULL},
	{"store-writable", no_place, DOCTOR_SKIPPED, "see home", NULL},
	{"disk-space", full, DOCTOR_ERROR, "0B left for the store (/home/ada/.local/share)",
	 "du -xh --max-depth=2 /home | sort -h | tail"},
	{"disk-space", full_with_images, DOCTOR_ERROR,
	 "0B left for the store (/home/ada/.local/share)", "onggi image prune --all"},
	{"disk-space", quota, DOCTOR_ERROR,
	 "53.7GB left for the store (/home/ada/.local/share), and the quota is used up",
	 "du -xh --max-depth=2 /home | sort -h | tail"},
	{"disk-space", little, DOCTOR_WARNING, "500MB left for the store (/home/ada/.local/share)",
	 "du -xh --max-depth=2 /home | sort -h | tail"},
	{"disk-space", run_full, DOCTOR_ERROR, "0B left for run-time state (/run/user/1000/onggi)",
	 "onggi --runroot /tmp/onggi-run ..., or free space: du -sh /run/user/1000/*"},
	{"disk-inodes", no_inodes, DOCTOR_ERROR,
	 "0 of 6000000 inodes left for the store (/home/ada/.local/share)",
	 "du --inodes -x /home | sort -n | tail"},
	{"disk-inodes", few_inodes, DOCTOR_WARNING,
	 "20000 of 6000000 inodes left for the store (/home/ada/.local/share)",
	 "du --inodes -x /home | sort -n | tail"},
	{"disk-inodes", btrfs, DOCTOR_SKIPPED, "this file system makes them as they are needed",
	 NULL},
	{"store-filesystem", no_xattr, DOCTOR_WARNING,
	 "/home/ada/.local/share (vfat) keeps no user.* attributes: Operation not supported",
	 "mkdir -p -m 700 /var/tmp/onggi-1000 && onggi --root /var/tmp/onggi-1000 ..."},
	{"store-filesystem", no_d_type, DOCTOR_WARNING,
	 "/home/ada/.local/share (xfs) does not tell the types of files (d_type)",
	 "mkdir -p -m 700 /var/tmp/onggi-1000 && onggi --root /var/tmp/onggi-1000 ..."},
	{"store-filesystem", nfs, DOCTOR_WARNING, "/home/ada/.local/share is on a server (nfs4)",
	 "mkdir -p -m 700 /var/tmp/onggi-1000 && onggi --root /var/tmp/onggi-1000 ..."},
	{"store-filesystem", tmpfs, DOCTOR_NOTE, "/home/ada/.local/share is in memory (tmpfs)",
	 NULL},
	{"store-mount", noexec, DOCTOR_WARNING, "/home is mounted noexec, nodev",
	 "sudo mount -o remount,bind,exec,dev /home"},
	{"store-mount", nosuid_nodev, DOCTOR_OK, "/home (nosuid)", NULL},
	{"store-consistency", broken_index, DOCTOR_ERROR, "index.json:1:1: expected a value",
	 "onggi system check --repair"},
	{"runtime-directory", xdg_unset, DOCTOR_WARNING,
	 "XDG_RUNTIME_DIR is not set; /tmp/onggi-1000 is used",
	 "export XDG_RUNTIME_DIR=/run/user/1000"},
	{"runtime-directory", xdg_foreign, DOCTOR_WARNING,
	 "XDG_RUNTIME_DIR is '/run/user/0', which belongs to user 0 (su and sudo keep the "
	 "caller's); "
	 "/tmp/onggi-1000 is used",
	 "sudo loginctl enable-linger ada && export XDG_RUNTIME_DIR=/run/user/1000"},
	{"runtime-directory", xdg_absent, DOCTOR_WARNING,
	 "XDG_RUNTIME_DIR is '/run/user/1000', which is no directory; /tmp/onggi-1000 is used",
	 "sudo install -d -m 700 -o 1000 -g 1000 /run/user/1000 && export "
	 "XDG_RUNTIME_DIR=/run/user/1000"},
	{"runtime-directory", xdg_relative, DOCTOR_WARNING,
	 "XDG_RUNTIME_DIR is 'run', no absolute path; /tmp/onggi-1000 is used",
	 "export XDG_RUNTIME_DIR=/run/user/1000"},
	{"runtime-directory", tmp_taken, DOCTOR_ERROR,
	 "XDG_RUNTIME_DIR is not set, and the fallback '/tmp/onggi-1000' belongs to user 1001 with "
	 "mode 0755",
	 "export XDG_RUNTIME_DIR=/run/user/1000"},
	{"runtime-directory", tmp_open, DOCTOR_ERROR,
	 "XDG_RUNTIME_DIR is not set, and the fallback '/tmp/onggi-1000' belongs to user 1000 with "
	 "mode 0755",
	 "chmod 700 /tmp/onggi-1000"},
	{"runtime-directory", run_readonly, DOCTOR_ERROR,
	 "'/run/onggi' can't be made or written: Read-only file system",
	 "mount -t tmpfs -o mode=755 tmpfs /run"},
};

START_TEST(machine)
{
	judge_machine(&machines[_i]);
}
END_TEST

Suite *suite_judge_store(void)
{
	Suite *s = suite_create("judge_store");
	TCase *tc = tcase_create("judge_store");

	tcase_add_loop_test(tc, machine, 0, ROWS(machines));
	suite_add_tcase(s, tc);
	return s;
}
