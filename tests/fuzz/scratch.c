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

#define TAR_BLOCK    512
#define TAR_SIZE_AT  124 /* 12 bytes, octal */
#define TAR_SUM_AT   148 /* 8 bytes: six digits, NUL, blank */
#define TAR_SUM_SIZE 8

static uint64_t octal(const uint8_t *s, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n && s[i] >= '0' && s[i] <= '7'; i++)
		v = v * 8 + (uint64_t)(s[i] - '0');
	return v;
}

void scratch_mend_tar(uint8_t *data, size_t size)
{
	char text[TAR_SUM_SIZE + 1];

	for (size_t at = 0; at + TAR_BLOCK <= size;) {
		uint8_t *head = data + at;
		uint64_t data_size = octal(head + TAR_SIZE_AT, 12);
		unsigned sum = 0, seen = 0;

		for (size_t i = 0; i < TAR_BLOCK; i++) {
			bool own = i >= TAR_SUM_AT && i < TAR_SUM_AT + TAR_SUM_SIZE;

			seen |= head[i];
			sum += own ? ' ' : head[i];
		}
		at += TAR_BLOCK;
		if (!seen)
			continue;
		(void)snprintf(text, sizeof(text), "%06o", sum);
		memcpy(head + TAR_SUM_AT, text, 7);
		head[TAR_SUM_AT + 7] = ' ';
		if (data_size <= size - at)
			at += (size_t)(data_size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	}
}

void scratch_check_err(const struct err *err)
{
	FUZZ_CHECK(err->kind != ERR_NONE && err->kind < ERR_KIND_COUNT);
	FUZZ_CHECK(err->text[0] && strlen(err->text) < sizeof(err->text));
}
