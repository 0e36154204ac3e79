/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer's tar through the code that puts layers on disk, into a directory beside a canary, which
 * must stay as it is, whatever the archive says. As root files are made with the rights of
 * nobody: what does get out finds little that it may write.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/strv.h"
#include "fuzz.h"
#include "image/unpack.h"
#include "os/fd.h"
#include "os/tree.h"
#include "scratch.h"

#define NOBODY 65534
#define CANARY "sings"

#define INPUT_MAX ((size_t)1 << 20)

static int make_root(int dir)
{
	int fd;

	if (faccessat(dir, "canary", F_OK, 0) < 0) {
		FUZZ_CHECK(fchmod(dir, 0755) == 0);
		scratch_write(dir, "canary", CANARY, strlen(CANARY));
		/* So that nobody may replace what is in it, but a link could still lead there. */
		FUZZ_CHECK(fchmodat(dir, "canary", 0666, 0) == 0);
	}
	FUZZ_CHECK(mkdirat(dir, "root", 0755) == 0);
	fd = openat(dir, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(fd >= 0);
	if (geteuid() == 0)
		FUZZ_CHECK(fchown(fd, NOBODY, NOBODY) == 0);
	return fd;
}

static void check_canary(int dir)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	struct err err = ERR_INIT;
	struct stat st;

	FUZZ_CHECK(fstatat(dir, "canary", &st, AT_SYMLINK_NOFOLLOW) == 0);
	FUZZ_CHECK(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0666 && st.st_nlink == 1);
	FUZZ_CHECK(file_read_all(dir, "canary", 64, &text, &err) == 0);
	FUZZ_CHECK(strcmp(buf_str(&text), CANARY) == 0);
	FUZZ_CHECK(fstat(dir, &st) == 0 && st.st_nlink == 3);
}

static void unpack(const uint8_t *data, size_t size)
{
	const struct unpack_options opts = {.user_xattr = true,
					    .no_devices = true,
					    .umask_zero = true};
	_cleanup_(source) struct source *src = source_from_mem(data, size);
	struct unpack_result result = {0};
	struct err err = ERR_INIT;
	int dir = scratch_dir(), root, n;

	umask(0);
	root = make_root(dir);
	if (geteuid() == 0) {
		setfsgid(NOBODY);
		setfsuid(NOBODY);
	}
	n = unpack_layer(src, root, &opts, &result, &err);
	if (geteuid() == 0) {
		setfsuid(0);
		setfsgid(0);
	}
	if (n < 0)
		scratch_check_err(&err);
	else
		FUZZ_CHECK(result.entries <= size / 512);
	strv_free(n < 0 ? NULL : result.implied);
	close(root);
	check_canary(dir);
	FUZZ_CHECK(tree_remove(dir, "root", &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ uint8_t *mended = NULL;

	unpack(data, size);
	if (size && size <= INPUT_MAX) {
		mended = xalloc(size);
		memcpy(mended, data, size);
		scratch_mend_tar(mended, size);
		if (memcmp(mended, data, size) != 0)
			unpack(mended, size);
	}
	return 0;
}
