/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of real containers: what is where, with which flags, and what an image can't bend. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/tree.h"
#include "box.h"
#include "suites.h"

#define FOR_EACH_WHO(tc, fn) tcase_add_loop_test((tc), (fn), 0, BOX_WHO_COUNT)
#define BEGIN()                                                                                    \
	if (!box_can((enum box_who)_i))                                                            \
	return
#define LAYERS 120

/* A directory with a file "f" in it; 0755. In the part of the tests' directory that is open to all.
 */
static char *make_dir(const char *name)
{
	char *path = xasprintf("%s/tmp/%s-%d", box_dir(), name, (int)getpid());
	_cleanup_free_ char *file = xasprintf("%s/f", path);
	_cleanup_fd_ int fd = -1;

	ck_assert_int_eq(mkdir(path, 0755), 0);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ck_assert_int_eq(fd_write_full(fd, "hello\n", 6), 0);
	return path;
}

START_TEST(binds_a_directory)
{
	_cleanup_free_ char *dir = make_dir("bind");
	_cleanup_free_ char *mounts = xasprintf(
		",{\"destination\":\"/mnt/ro\",\"type\":\"bind\",\"source\":\"%s\",\"options\":["
		"\"rbind\",\"ro\",\"noexec\"]},{\"destination\":\"/mnt/file\",\"type\":\"bind\","
		"\"source\":\"%s/f\",\"options\":[\"bind\",\"rprivate\"]}",
		dir, dir);
	struct box b = {
		.who = (enum box_who)_i,
		.mounts = mounts,
		.script = "busybox cat /mnt/ro/f /mnt/file; echo 2>/dev/null >/mnt/ro/x || echo ro;"
			  "busybox grep -o ' /mnt/ro ro,.*noexec' /proc/self/mountinfo "
			  "| busybox cut -c 1-12"};

	BEGIN();
	box_expect(&b, "hello\nhello\nro\n /mnt/ro ro,\n");
}
END_TEST

START_TEST(binds_an_open_descriptor)
{
	_cleanup_free_ char *dir = make_dir("fd");
	_cleanup_fd_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *mounts =
		xasprintf(",{\"destination\":\"/mnt\",\"source\":\"fd:%d\",\"options\":[\"bind\"]}",
			  fd);
	struct box b = {.who = (enum box_who)_i, .mounts = mounts, .script = "busybox cat /mnt/f"};

	BEGIN();
	box_expect(&b, "hello\n");
}
END_TEST

START_TEST(refuses_a_descriptor_whose_name_leads_elsewhere)
{
	_cleanup_free_ char *dir = make_dir("moved");
	_cleanup_free_ char *other = make_dir("other");
	_cleanup_fd_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *mounts =
		xasprintf(",{\"destination\":\"/mnt\",\"source\":\"fd:%d\",\"options\":[\"bind\"]}",
			  fd);
	struct box b = {.who = BOX_ROOT, .mounts = mounts, .script = "busybox cat /mnt/f"};
	struct box_result r;

	if (!box_can(BOX_ROOT))
		return;
	/* A mount on top of it is another directory by that name. */
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	ck_assert_int_eq(mount(other, dir, NULL, MS_BIND, NULL), 0);
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_int_eq(r.err.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(r.err.text, "was replaced since it was opened"));
}
END_TEST

START_TEST(keeps_flags_that_the_user_namespace_locks)
{
	_cleanup_free_ char *dir = make_dir("locked");
	_cleanup_free_ char *mounts = xasprintf(
		",{\"destination\":\"/mnt\",\"type\":\"bind\",\"source\":\"%s\",\"options\":["
		"\"rbind\",\"rw\",\"exec\",\"suid\",\"relatime\",\"nosymfollow\"]}",
		dir);
	struct box b = {.who = (enum box_who)_i,
			.mounts = mounts,
			.script = "busybox awk '$5 == \"/mnt\" {print $6}' /proc/self/mountinfo"};

	if (geteuid() != 0)
		SKIP("needs root");
	if (_i == BOX_ROOT || _i == BOX_REMAPPED || !box_can((enum box_who)_i))
		return;
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", dir, "tmpfs",
			       MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NOATIME, NULL),
			 0);
	box_expect(&b, "ro,nosuid,noexec,noatime,nosymfollow\n");
}
END_TEST

START_TEST(reads_what_only_the_hosts_root_may)
{
	_cleanup_free_ char *dir = make_dir("secret");
	_cleanup_free_ char *inner = xasprintf("%s/inner", dir);
	_cleanup_free_ char *mounts =
		xasprintf(",{\"destination\":\"/mnt\",\"source\":\"%s\",\"options\":[\"bind\"]}",
			  inner);
	struct box b = {.who = BOX_REMAPPED, .mounts = mounts, .script = "busybox stat -c %u /mnt"};

	if (!box_can(BOX_REMAPPED))
		return;
	ck_assert_int_eq(mkdir(inner, 0755), 0);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	box_expect(&b, "65534\n");
}
END_TEST

START_TEST(maps_the_ids_of_a_bind)
{
	_cleanup_free_ char *dir = make_dir("idmap");
	_cleanup_free_ char *mounts = xasprintf(
		",{\"destination\":\"/mnt\",\"source\":\"%s\",\"options\":[\"bind\",\"idmap\"]},"
		"{\"destination\":\"/mnt2\",\"source\":\"%s\",\"options\":[\"bind\"],"
		"\"uidMappings\":[{\"containerID\":0,\"hostID\":100007,\"size\":9}],"
		"\"gidMappings\":[{\"containerID\":0,\"hostID\":100008,\"size\":9}]}",
		dir, dir);
	struct box b = {.who = BOX_REMAPPED,
			.mounts = mounts,
			.script = "busybox stat -c %u:%g /mnt/f; busybox stat -c %u:%g /mnt2/f"};

	if (!box_can(BOX_REMAPPED))
		return;
	box_expect(&b, "0:0\n7:8\n");
}
END_TEST

START_TEST(fills_a_tmpfs_with_what_it_covers)
{
	struct box b = {.who = (enum box_who)_i,
			.mounts = ",{\"destination\":\"/"
				  "etc\",\"type\":\"tmpfs\",\"options\":[\"tmpcopyup\",\"ro\","
				  "\"nosuid\"]}",
			.script =
				"busybox cut -d: -f1 /etc/group; busybox stat -c %a:%F /etc/group;"
				"echo 2>/dev/null >/etc/x || echo ro"};

	BEGIN();
	box_expect(&b, "root\nmel\nwheel\n644:regular file\nro\n");
}
END_TEST

/*
 * A layer with /srv/v as an image would have it: a file in a directory, a link, an attribute.
 * Returns whether the file system here takes the attribute.
 */
static bool make_volume_layer(const char *layer, enum box_who who)
{
	_cleanup_free_ char *root = xasprintf("%s/srv/v", layer), *dir = path_join(root, "d"),
			    *file = path_join(dir, "f"), *link = path_join(root, "l");
	_cleanup_fd_ int fd = -1;

	ck_assert_int_eq(tree_mkdirs(AT_FDCWD, dir, 0755, NULL, NULL), 0);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	ck_assert_int_eq(fd_write_full(fd, "old\n", 4), 0);
	ck_assert_int_eq(symlink("d/f", link), 0);
	if (who == BOX_ROOT || who == BOX_REMAPPED) {
		unsigned first = who == BOX_ROOT ? 0 : BOX_REMAP_FIRST;

		ck_assert_int_eq(fchown(fd, first + 7, first + 8), 0);
		ck_assert_int_eq(chown(root, first + 7, first + 8), 0);
	}
	ck_assert_int_eq(chmod(root, 02750), 0);
	return fsetxattr(fd, "user.note", "mine", 4, 0) == 0;
}

START_TEST(a_tmpfs_has_the_permissions_of_what_it_covers)
{
	struct box b = {
		.who = (enum box_who)_i,
		.mounts =
			",{\"destination\":\"/mnt/new\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
			"\"options\":[\"noexec\"]},"
			"{\"destination\":\"/mnt/new/sub\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
			"\"options\":[\"mode=711\"]},"
			"{\"destination\":\"/mnt/new/"
			"sub\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"},"
			"{\"destination\":\"/mnt/new/sub\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
			"\"options\":[\"size=64k\"]}",
		.script = "busybox stat -c %a /mnt/new /mnt/new/sub; busybox df -k /mnt/new/sub "
			  "| busybox awk 'NR == 2 { print $2 }'"};

	BEGIN();
	box_expect(&b, "1777\n711\n64\n");
}
END_TEST

START_TEST(says_that_files_and_directories_do_not_mix)
{
	_cleanup_free_ char *dir = make_dir("mix");
	_cleanup_free_ char *on_file =
		xasprintf(",{\"destination\":\"/mnt/x/f\",\"type\":\"bind\",\"source\":\"%s/"
			  "f\",\"options\":[\"bind\"]},"
			  "{\"destination\":\"/mnt/x/"
			  "f\",\"type\":\"bind\",\"source\":\"%s\",\"options\":[\"bind\"]}",
			  dir, dir);
	_cleanup_free_ char *on_dir =
		xasprintf(",{\"destination\":\"/mnt/"
			  "x\",\"type\":\"bind\",\"source\":\"%s\",\"options\":[\"bind\"]},"
			  "{\"destination\":\"/mnt/x\",\"type\":\"bind\",\"source\":\"%s/"
			  "f\",\"options\":[\"bind\"]}",
			  dir, dir);
	_cleanup_free_ char *file_text =
		xasprintf("'%s' can't be bound on '/mnt/x/f': it is a "
			  "directory, and there is a file in the container",
			  dir);
	_cleanup_free_ char *dir_text = xasprintf("'%s/f' can't be bound on '/mnt/x': it is no "
						  "directory, and there is one in the container",
						  dir);
	struct box b = {.who = (enum box_who)_i, .mounts = on_file, .script = "true"};
	struct box_result r;

	BEGIN();
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_str_eq(r.err.text, file_text);
	b.mounts = on_dir;
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_str_eq(r.err.text, dir_text);
}
END_TEST

START_TEST(fills_a_new_volume_with_what_it_covers)
{
	static const char *const owners[] = {[BOX_ROOT] = "7:8",
					     [BOX_REMAPPED] = "7:8",
					     [BOX_USER] = "0:0",
					     [BOX_ONE_ID] = "0:0"};
	_cleanup_free_ char *layer = xasprintf("%s/tmp/layer-%d", box_dir(), (int)getpid());
	_cleanup_free_ char *volume = xasprintf("%s/tmp/volume-%d", box_dir(), (int)getpid());
	_cleanup_free_ char *file = path_join(volume, "d/f");
	_cleanup_free_ char *mounts =
		xasprintf(",{\"destination\":\"/srv/v\",\"source\":\"%s\",\"options\":["
			  "\"bind\",\"copyup\",\"nodev\"]}",
			  volume);
	_cleanup_free_ char *meta = xasprintf("%s:2750\n%s:640\n", owners[_i], owners[_i]);
	_cleanup_free_ char *first = xasprintf("%sold\nd/f\n", meta);
	_cleanup_free_ char *second = xasprintf("%snew\nd/f\n", meta);
	struct box b = {.who = (enum box_who)_i,
			.mounts = mounts,
			.lower = layer,
			.script = "busybox stat -c %u:%g:%a /srv/v /srv/v/d/f; busybox cat "
				  "/srv/v/d/f; busybox readlink /srv/v/l; echo new >/srv/v/d/f"};
	char note[8] = "";
	bool has_notes;

	BEGIN();
	box_become(b.who);
	has_notes = make_volume_layer(layer, b.who);
	ck_assert_int_eq(mkdir(volume, 0755), 0);
	box_expect(&b, first);
	if (geteuid() == 0 && has_notes) {
		ck_assert_int_eq(getxattr(file, "user.note", note, sizeof(note)), 4);
		ck_assert_str_eq(note, "mine");
	}
	/* What is there stays. */
	box_expect(&b, second);
}
END_TEST

START_TEST(leaves_out_ids_that_nobody_has)
{
	struct box b = {
		.who = BOX_ONE_ID,
		.mounts = ",{\"destination\":\"/t\",\"type\":\"tmpfs\",\"options\":[\"uid=7\","
			  "\"gid=8\",\"mode=0750\"]}",
		.script = "busybox stat -c %u:%g:%a /t; busybox grep -c gid= /proc/mounts"};
	struct box_result r;

	if (!box_can(BOX_ONE_ID))
		return;
	box_run(&b, &r);
	ck_assert_msg(r.code >= 0, "%s", r.err.text);
	ck_assert_msg(strncmp(r.out, "0:0:750\n", 8) == 0, "%s", r.out);
}
END_TEST

START_TEST(follows_links_only_inside_the_root)
{
	_cleanup_free_ char *dir = make_dir("links");
	_cleanup_free_ char *layer = make_dir("layer");
	_cleanup_free_ char *link = xasprintf("%s/link", layer);
	_cleanup_free_ char *up = xasprintf("%s/up", layer);
	_cleanup_free_ char *etc = xasprintf("%s/etc", layer);
	_cleanup_free_ char *in = xasprintf("%s/etc/in", layer);
	_cleanup_free_ char *mounts = xasprintf(
		",{\"destination\":\"/link/in\",\"source\":\"%s\",\"options\":[\"bind\"]},"
		"{\"destination\":\"/up\",\"source\":\"%s\",\"options\":[\"bind\"]}",
		dir, dir);
	struct box b = {.who = (enum box_who)_i,
			.lower = layer,
			.mounts = mounts,
			.script = "busybox cat /etc/in/f /data/f"};

	BEGIN();
	ck_assert_int_eq(symlink("/etc", link), 0);
	ck_assert_int_eq(mkdir(etc, 0755), 0);
	ck_assert_int_eq(mkdir(in, 0755), 0);
	ck_assert_int_eq(symlink("../../../../data", up), 0);
	box_expect(&b, "hello\nhello\n");
	ck_assert_int_ne(access("/etc/in", F_OK), 0);
}
END_TEST

START_TEST(refuses_a_proc_that_is_a_link)
{
	_cleanup_free_ char *layer = make_dir("proc");
	_cleanup_free_ char *link = xasprintf("%s/proc", layer);
	struct box b = {.who = (enum box_who)_i, .lower = layer, .script = "echo ran"};
	struct box_result r;

	BEGIN();
	ck_assert_int_eq(symlink("/data", link), 0);
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_int_eq(r.err.kind, ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(r.err.text, "'/proc' in the image is not a directory"));
}
END_TEST

START_TEST(refuses_a_link_into_proc)
{
	_cleanup_free_ char *dir = make_dir("attr");
	_cleanup_free_ char *layer = make_dir("evil");
	_cleanup_free_ char *link = xasprintf("%s/evil", layer);
	_cleanup_free_ char *mounts = xasprintf(
		",{\"destination\":\"/evil/attr\",\"source\":\"%s\",\"options\":[\"bind\"]}", dir);
	struct box b = {.who = (enum box_who)_i,
			.lower = layer,
			.mounts = mounts,
			.script = "echo ran"};
	struct box_result r;

	BEGIN();
	ck_assert_int_eq(symlink("/proc/self", link), 0);
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_int_eq(r.err.kind, ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(r.err.text, "leads into /proc by a link"));
}
END_TEST

START_TEST(has_the_default_devices)
{
	struct box b = {
		.who = (enum box_who)_i,
		.script =
			"for d in null zero full random urandom tty; do "
			"busybox stat -c '%n %t:%T %a' /dev/$d; done;"
			"for l in fd stdin stdout stderr ptmx core; do busybox readlink /dev/$l;"
			"done; echo gone >/dev/null; busybox head -c 3 /dev/zero | busybox wc -c"};

	BEGIN();
	box_expect(&b,
		   "/dev/null 1:3 666\n/dev/zero 1:5 666\n/dev/full 1:7 666\n"
		   "/dev/random 1:8 666\n/dev/urandom 1:9 666\n/dev/tty 5:0 666\n"
		   "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n"
		   "/proc/kcore\n3\n");
}
END_TEST

START_TEST(mounts_many_layers)
{
	struct box b = {.who = (enum box_who)_i,
			.layers = LAYERS,
			.script = "busybox ls /layers | busybox wc -l"};

	BEGIN();
	box_expect(&b, "120\n");
}
END_TEST

START_TEST(makes_a_fifo_and_another_device)
{
	struct box b = {
		.who = BOX_ROOT,
		.linux_ = ",\"devices\":[{\"path\":\"/dev/pipe\",\"type\":\"p\",\"fileMode\":384},"
			  "{\"path\":\"/dev/sub/mem\",\"type\":\"c\",\"major\":1,\"minor\":11,"
			  "\"fileMode\":416,\"gid\":9}]",
		.script = "busybox stat -c '%F %a' /dev/pipe;"
			  "busybox stat -c '%t:%T %a %g' /dev/sub/mem"};

	if (!box_can(BOX_ROOT))
		return;
	box_expect(&b, "fifo 600\n1:b 640 9\n");
}
END_TEST

START_TEST(binds_no_other_device_by_that_name)
{
	struct box b = {.who = (enum box_who)_i,
			.linux_ =
				",\"devices\":[{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,"
				"\"minor\":5}]",
			.script = "busybox stat -c %t:%T /dev/null"};
	struct box_result r;

	BEGIN();
	if (_i == BOX_ROOT) {
		box_expect(&b, "1:5\n");
		return;
	}
	box_run(&b, &r);
	ck_assert_int_eq(r.code, -1);
	ck_assert_str_eq(r.err.text,
			 "the host's '/dev/null' is not the device 1:5, and a node of its "
			 "own can't be made");
}
END_TEST

START_TEST(a_directory_is_a_root_too)
{
	struct box b = {.who = (enum box_who)_i,
			.dir = true,
			.script = "busybox cut -d: -f1 /etc/group | busybox head -n 1"};

	BEGIN();
	/* Mount points can't be made by a user in a directory of root's. */
	if (_i == BOX_ROOT)
		box_expect(&b, "root\n");
}
END_TEST

/* What stands in for a masked file and for a device is the host's: its mode is not the container's.
 */
START_TEST(leaves_the_hosts_devices_their_modes)
{
	struct box b = {.who = (enum box_who)_i,
			.script =
				"busybox chmod 1666 /proc/keys; busybox chown 1:1 /proc/keys;"
				"echo x >/proc/keys && echo x >/dev/null && echo written; "
				"[ $(busybox stat -c %d /dev/null) = $(busybox stat -c %d /dev) ] "
				"|| busybox chmod 1666 /dev/null"};
	struct stat before, after;
	const char *own_nodes = "chmod: /proc/keys: Read-only file system\n"
				"chown: /proc/keys: Read-only file system\nwritten\n";
	_cleanup_free_ char *bound =
		xasprintf("%schmod: /dev/null: Read-only file system\n", own_nodes);
	struct box_result r;

	BEGIN();
	ck_assert_int_eq(stat("/dev/null", &before), 0);
	box_run(&b, &r);
	ck_assert_int_eq(stat("/dev/null", &after), 0);
	ck_assert_str_eq(r.out, _i == BOX_ROOT ? own_nodes : bound);
	ck_assert_int_eq(after.st_mode, before.st_mode);
	ck_assert_int_eq(after.st_uid, before.st_uid);
}
END_TEST

START_TEST(host_mounts_stay_as_they_were)
{
	struct box b = {.who = BOX_ROOT, .script = "busybox true"};
	_cleanup_(buf) struct buf before = BUF_INIT, after = BUF_INIT;

	if (!box_can(BOX_ROOT))
		return;
	ck_assert_int_eq(file_read_all(AT_FDCWD, "/proc/self/mounts", 1 << 20, &before, NULL), 0);
	box_expect(&b, "");
	ck_assert_int_eq(file_read_all(AT_FDCWD, "/proc/self/mounts", 1 << 20, &after, NULL), 0);
	ck_assert_str_eq(buf_str(&before), buf_str(&after));
}
END_TEST

Suite *suite_apply_mount(void)
{
	Suite *s = suite_create("apply_mount");
	TCase *tc = tcase_create("mounts");

	tcase_set_timeout(tc, 60);
	FOR_EACH_WHO(tc, binds_a_directory);
	FOR_EACH_WHO(tc, binds_an_open_descriptor);
	tcase_add_test(tc, refuses_a_descriptor_whose_name_leads_elsewhere);
	FOR_EACH_WHO(tc, keeps_flags_that_the_user_namespace_locks);
	tcase_add_test(tc, reads_what_only_the_hosts_root_may);
	tcase_add_test(tc, maps_the_ids_of_a_bind);
	FOR_EACH_WHO(tc, fills_a_tmpfs_with_what_it_covers);
	FOR_EACH_WHO(tc, a_tmpfs_has_the_permissions_of_what_it_covers);
	FOR_EACH_WHO(tc, says_that_files_and_directories_do_not_mix);
	FOR_EACH_WHO(tc, fills_a_new_volume_with_what_it_covers);
	tcase_add_test(tc, leaves_out_ids_that_nobody_has);
	FOR_EACH_WHO(tc, follows_links_only_inside_the_root);
	FOR_EACH_WHO(tc, refuses_a_proc_that_is_a_link);
	FOR_EACH_WHO(tc, refuses_a_link_into_proc);
	FOR_EACH_WHO(tc, has_the_default_devices);
	FOR_EACH_WHO(tc, mounts_many_layers);
	tcase_add_test(tc, makes_a_fifo_and_another_device);
	FOR_EACH_WHO(tc, binds_no_other_device_by_that_name);
	FOR_EACH_WHO(tc, a_directory_is_a_root_too);
	FOR_EACH_WHO(tc, leaves_the_hosts_devices_their_modes);
	tcase_add_test(tc, host_mounts_stay_as_they_were);
	suite_add_tcase(s, tc);
	return s;
}
