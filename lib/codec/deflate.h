/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that compress share. Private to codec. */
#ifndef ONGGI_CODEC_DEFLATE_H
#define ONGGI_CODEC_DEFLATE_H

#include <stddef.h>

#include "base/err.h"
#include "codec/stream.h"

#define DEFLATE_THREADS_MAX 16	/* each has some MiB */
#define GZIP_OS_UNKNOWN	    255 /* RFC 1952, 2.3.1 */

/* gzip by several threads; owns out, also when it fails. The bytes don't depend on their number. */
int deflate_gzip_parallel(struct sink *out, size_t threads, struct sink **ret, struct err *err);

#endif
