/* SPDX-License-Identifier: Apache-2.0 */
/* The options of commands that fetch images: what they take, and rows for their tables. */
#ifndef ONGGI_IMAGE_OPTIONS_H
#define ONGGI_IMAGE_OPTIONS_H

#include <stdint.h>

#include "cli/option.h"

struct image_fetch_args {
	int tls_verify;		    /* -1: not given */
	int64_t retry, retry_delay; /* -1: not given; nanoseconds */
};

/* Before the command line is read. */
#define IMAGE_FETCH_ARGS_INIT ((struct image_fetch_args){-1, -1, -1})

/* --retry and --retry-delay; member_: the struct image_fetch_args within type_. */
#define OPT_RETRY(type_, member_)                                                                  \
	{.kind = OPT_KIND_INT,                                                                     \
	 .name = "retry",                                                                          \
	 .offset = offsetof(type_, member_.retry),                                                 \
	 .value = "N",                                                                             \
	 .max = 100,                                                                               \
	 .fallback = "5",                                                                          \
	 .help = "repetitions of a request to a registry that makes no progress"},                 \
	{                                                                                          \
		.kind = OPT_KIND_DURATION, .name = "retry-delay",                                  \
		.offset = offsetof(type_, member_.retry_delay), .value = "TIME", .fallback = "1s", \
		.help = "pause before the first repetition, doubled each time"                     \
	}

#define OPT_TLS_VERIFY(type_, member_)                                                             \
	{                                                                                          \
		.kind = OPT_KIND_OPT_FLAG, .name = "tls-verify",                                   \
		.offset = offsetof(type_, member_.tls_verify), .fallback = "true",                 \
		.help = "talk only by TLS that is verified; loopback needs none"                   \
	}

#endif
