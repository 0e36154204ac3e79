/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "os/fd.h"
#include "os/tree.h"

static char dir_path[256];
static int dir_fd = -1;

int scratch_file(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && fd_write_full(fd, data, size) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static void remove_dir(void)
{
	struct err err = ERR_INIT;

	if (tree_remove(AT_FDCWD, dir_path, &err) < 0)
		(void)fprintf(stderr, "%s\n", err.text);
}

int scratch_dir(void)
{
	const char *parent = getenv("TMPDIR");

	if (dir_fd >= 0)
		return dir_fd;
	if (access("/dev/shm", W_OK) == 0)
		parent = "/dev/shm";
	(void)snprintf(dir_path, sizeof(dir_path), "%s/onggi-fuzz-XXXXXX",
		       parent ? parent : "/tmp");
	FUZZ_CHECK(mkdtemp(dir_path));
	FUZZ_CHECK(atexit(remove_dir) == 0);
	dir_fd = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_CHECK(dir_fd >= 0);
	return dir_fd;
}

void scratch_write(int dirfd, const char *name, const void *data, size_t size)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	FUZZ_CHECK(fd >= 0 && fd_write_full(fd, data, size) == 0);
	close(fd);
}

void scratch_parts(char *text, const char **parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *end = strstr(text, "\n--\n");

		parts[i] = text;
		if (end) {
			*end = '\0';
			text = end + 4;
		} else {
			text += strlen(text);
		}
	}
}

void scratch_check_err(const struct err *err)
{
	FUZZ_CHECK(err->kind != ERR_NONE && err->kind < ERR_KIND_COUNT);
	FUZZ_CHECK(err->text[0] && strlen(err->text) < sizeof(err->text));
}
