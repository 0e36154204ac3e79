/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of lines: --env-file and --label-file, and the /etc/passwd and /etc/group of an image,
 * which belong to a stranger. Parts: the user that is asked for, passwd, group.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "container/config_parts.h"
#include "fuzz.h"
#include "os/fd.h"
#include "sandbox/user.h"
#include "scratch.h"

static void pairs(const uint8_t *data, size_t size, bool from_env)
{
	_cleanup_fd_ int fd = scratch_file(data, size);
	_cleanup_strv_ char **got = NULL;
	struct err err = ERR_INIT;
	char path[32];

	if (config_read_pairs_file(fd_proc_path(fd, path), from_env, &got, &err) < 0)
		scratch_check_err(&err);
	strv_foreach (pair, got)
		FUZZ_CHECK((*pair)[0] && (*pair)[0] != '=' && !strchr(*pair, '\n'));
}

static void users(char *text)
{
	static int root = -1;
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct container_user u = {.home = NULL};
	struct err err = ERR_INIT;
	const char *parts[3];
	char *add[2] = {NULL, NULL};

	if (root < 0) {
		root = scratch_dir();
		FUZZ_CHECK(mkdirat(root, "etc", 0755) == 0);
	}
	scratch_parts(text, parts, 3);
	scratch_write(root, "etc/passwd", parts[1], strlen(parts[1]));
	scratch_write(root, "etc/group", parts[2], strlen(parts[2]));
	add[0] = (char *)(uintptr_t)parts[0];
	if (user_lookup(root, parts[0], NULL, &a, &u, &err) < 0) {
		scratch_check_err(&err);
		err_clear(&err);
	}
	if (user_lookup(root, "root", add, &a, &u, &err) < 0)
		scratch_check_err(&err);
	FUZZ_CHECK(u.n_groups <= USER_GROUPS_MAX);
	(void)user_home(root, 1000, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);

	pairs(data, size, false);
	pairs(data, size, true);
	users(text);
	return 0;
}
