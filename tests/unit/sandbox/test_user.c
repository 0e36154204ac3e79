/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/user.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/strv.h"
#include "os/fd.h"
#include "os/tree.h"
#include "suites.h"

static const char passwd_text[] = "# a comment\n"
				  "root:x:0:0:root:/root:/bin/sh\n"
				  "broken\n"
				  "toolarge:x:4294967296:1:::\n"
				  "mel:x:1000:1001:Mel:/home/mel:/bin/sh\n"
				  "twin:x:1000:9:::\n"
				  "homeless:x:7:7\n"
				  "1234:x:55:55::/home/number:\n"
				  "crlf:x:8:9::/home/crlf\r\n"
				  ":x:11:11:::\n";
static const char group_text[] = "root:x:0:\n"
				 "wheel:x:10:root,mel\n"
				 "audio:x:63:mel,twin\n"
				 "melon:x:64:melon\n"
				 "mel:x:1001:\n"
				 "cr:x:65:crlf\r\n"
				 "first:x:66: \n";

static int make_root(char *dir, const char *passwd, const char *group)
{
	int root;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root, 0);
	ck_assert_int_eq(mkdirat(root, "etc", 0755), 0);
	if (passwd) {
		_cleanup_fd_ int fd =
			openat(root, "etc/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		ck_assert_int_eq(fd_write_full(fd, passwd, strlen(passwd)), 0);
	}
	if (group) {
		_cleanup_fd_ int fd =
			openat(root, "etc/group", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		ck_assert_int_eq(fd_write_full(fd, group, strlen(group)), 0);
	}
	return root;
}

static const struct {
	const char *user;
	const char *result; /* "uid:gid groups home"; an error's text otherwise */
	enum err_kind kind;
} rows[] = {
	{"", "0:0 0,10 /root", ERR_NONE},
	{"root", "0:0 0,10 /root", ERR_NONE},
	{"0", "0:0 0,10 /root", ERR_NONE},
	{"mel", "1000:1001 1001,10,63 /home/mel", ERR_NONE},
	{"1000", "1000:1001 1001,10,63 /home/mel", ERR_NONE},
	{"mel:wheel", "1000:10 10 /home/mel", ERR_NONE},
	{"mel:63", "1000:63 63 /home/mel", ERR_NONE},
	{":wheel", "0:10 10 /root", ERR_NONE},
	{"4242", "4242:0 0 -", ERR_NONE},
	{"4242:4243", "4242:4243 4243 -", ERR_NONE},
	{"homeless", "7:7 7 -", ERR_NONE},
	{"crlf", "8:9 9,65 /home/crlf", ERR_NONE},
	/* whom no name lists is in no group, not in all that list nobody */
	{"11", "11:11 11 -", ERR_NONE},
	/* a number is a number, also where a user has it as name */
	{"1234", "1234:0 0 -", ERR_NONE},
	{"nobody", "unable to find user 'nobody': no matching entry in the container's /etc/passwd",
	 ERR_NOT_FOUND},
	{"toolarge", "unable to find user 'toolarge'", ERR_NOT_FOUND},
	{"mel:nogroup",
	 "unable to find group 'nogroup': no matching entry in the container's "
	 "/etc/group",
	 ERR_NOT_FOUND},
	{"4294967296", "user '4294967296' is not a number from 0 to 2147483647", ERR_INVALID},
	{"-1", "unable to find user '-1'", ERR_NOT_FOUND},
};

static void show(const struct container_user *u, struct buf *out)
{
	buf_addf(out, "%u:%u ", u->uid, u->gid);
	for (size_t i = 0; i < u->n_groups; i++)
		buf_addf(out, "%s%u", i ? "," : "", u->groups[i]);
	buf_addf(out, " %s", u->home ? u->home : "-");
}

START_TEST(looks_up)
{
	char dir[] = "/tmp/onggi-user-XXXXXX";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_fd_ int root = make_root(dir, passwd_text, group_text);
	struct container_user u;
	struct err err = ERR_INIT;
	int r = user_lookup(root, rows[_i].user, NULL, &a, &u, &err);

	if (rows[_i].kind == ERR_NONE) {
		ck_assert_msg(r == 0, "%s: %s", rows[_i].user, err.text);
		show(&u, &out);
		ck_assert_str_eq(buf_str(&out), rows[_i].result);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(err.kind, rows[_i].kind);
		ck_assert_msg(str_prefix(err.text, rows[_i].result, NULL), "%s", err.text);
	}
	ck_assert_int_eq(tree_remove(AT_FDCWD, dir, NULL), 0);
}
END_TEST

START_TEST(adds_groups_once)
{
	char dir[] = "/tmp/onggi-user-XXXXXX";
	char audio[] = "audio", number[] = "99", wheel[] = "10", none[] = "none";
	char *add[] = {audio, number, wheel, number, NULL};
	char *bad[] = {none, NULL};
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_(buf) struct buf out = BUF_INIT;
	_cleanup_fd_ int root = make_root(dir, passwd_text, group_text);
	struct container_user u;
	struct err err = ERR_INIT;

	ck_assert_int_eq(user_lookup(root, "root", add, &a, &u, &err), 0);
	show(&u, &out);
	ck_assert_str_eq(buf_str(&out), "0:0 0,10,63,99 /root");
	ck_assert_int_eq(user_lookup(root, "root", bad, &a, &u, &err), -1);
	ck_assert_int_eq(err.kind, ERR_NOT_FOUND);
	ck_assert_int_eq(tree_remove(AT_FDCWD, dir, NULL), 0);
}
END_TEST

START_TEST(an_image_without_files_has_numbers)
{
	char dir[] = "/tmp/onggi-user-XXXXXX";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_fd_ int root = make_root(dir, NULL, NULL);
	struct container_user u;
	struct err err = ERR_INIT;

	ck_assert_int_eq(user_lookup(root, "5:6", NULL, &a, &u, &err), 0);
	ck_assert_uint_eq(u.uid, 5);
	ck_assert_uint_eq(u.gid, 6);
	ck_assert_int_eq(user_lookup(root, "", NULL, &a, &u, &err), 0);
	ck_assert_uint_eq(u.uid, 0);
	ck_assert_ptr_null(user_home(root, 0, &a));
	ck_assert_int_eq(user_lookup(root, "root", NULL, &a, &u, &err), -1);
	ck_assert_int_eq(tree_remove(AT_FDCWD, dir, NULL), 0);
}
END_TEST

START_TEST(a_device_or_link_out_is_no_passwd)
{
	char dir[] = "/tmp/onggi-user-XXXXXX";
	_cleanup_(arena) struct arena a = ARENA_INIT;
	_cleanup_fd_ int root = make_root(dir, NULL, NULL);
	struct container_user u;

	/* The host's file has a root; inside, the link leads to nothing. */
	ck_assert_int_eq(symlinkat("../../../../etc/passwd-", root, "etc/passwd"), 0);
	ck_assert_int_eq(mkfifoat(root, "etc/group", 0666), 0);
	ck_assert_int_eq(user_lookup(root, "root", NULL, &a, &u, NULL), -1);
	ck_assert_int_eq(user_lookup(root, "0:wheel", NULL, &a, &u, NULL), -1);
	ck_assert_int_eq(tree_remove(AT_FDCWD, dir, NULL), 0);
}
END_TEST

Suite *suite_user(void)
{
	Suite *s = suite_create("user");
	TCase *tc = tcase_create("user");

	tcase_add_loop_test(tc, looks_up, 0, ARRAY_SIZE(rows));
	tcase_add_test(tc, adds_groups_once);
	tcase_add_test(tc, an_image_without_files_has_numbers);
	tcase_add_test(tc, a_device_or_link_out_is_no_passwd);
	suite_add_tcase(s, tc);
	return s;
}
