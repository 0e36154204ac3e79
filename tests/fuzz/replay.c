/* SPDX-License-Identifier: Apache-2.0 */
/* Calls a fuzz target for each file of its corpus, so that the corpus is a test without clang too.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/path.h"
#include "fuzz.h"

static int replay_file(const char *path)
{
	_cleanup_(buf) struct buf text = BUF_INIT;
	FILE *f = fopen(path, "re");
	_cleanup_free_ uint8_t *exact = NULL;
	char chunk[4096];
	size_t n;

	if (!f) {
		perror(path);
		return -1;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	(void)fclose(f);
	/* No byte behind the input, so that AddressSanitizer sees a reader that goes too far. */
	exact = malloc(text.len ? text.len : 1);
	if (!exact)
		return -1;
	for (size_t i = 0; i < text.len; i++)
		exact[i] = (uint8_t)text.data[i];
	(void)fprintf(stderr, "%s\n", path);
	return LLVMFuzzerTestOneInput(exact, text.len);
}

int main(int argc, char **argv)
{
	_cleanup_dir_ DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	size_t count = 0;

	if (!dir) {
		(void)fprintf(stderr, "usage: replay CORPUS-DIRECTORY\n");
		return EXIT_FAILURE;
	}
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *path = path_join(argv[1], entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		if (replay_file(path) < 0)
			return EXIT_FAILURE;
		count++;
	}
	(void)fprintf(stderr, "%zu inputs\n", count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
