/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets have in common: inputs of several parts, files and directories to be read. */
#ifndef ONGGI_TESTS_FUZZ_SCRATCH_H
#define ONGGI_TESTS_FUZZ_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A nameless file in memory with these bytes, its position at their start; the caller closes. */
int scratch_file(const void *data, size_t size);
/* A directory of this process, in memory where there is such a place; it is removed at the end. */
int scratch_dir(void);
/* Make name in a directory a file with these bytes. */
void scratch_write(int dirfd, const char *name, const void *data, size_t size);
/*
 * Cut a text in place at lines that hold only "--" into at most n parts; the rest are "". A part
 * ends without its last line end.
 */
void scratch_parts(char *text, const char **parts, size_t n);
/*
 * Make the checksums of a tar's headers right, in place, so that what was changed at random is read
 * and not only refused.
 */
void scratch_mend_tar(uint8_t *data, size_t size);
/* A refusal says what is refused: it has a kind and a text. */
void scratch_check_err(const struct err *err);

#endif
