/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms "os/arch[/variant]" (image-spec, image-index.md), normalised as containerd does. */
#ifndef ONGGI_OCI_PLATFORM_H
#define ONGGI_OCI_PLATFORM_H

#include <stdbool.h>

#include "base/err.h"

struct platform {
	char os[32];
	char arch[32];
	char variant[32];    /* "" where none */
	char os_version[64]; /* "" where none; kept for documents, not judged by platform_match() */
};

#define PLATFORM_STR_MAX 100

/* "linux/arm64/v8", "linux/amd64", "arm64"; aliases (x86_64, aarch64, armhf) are normalised. */
int platform_parse(const char *s, struct platform *ret, struct err *err);
/* Of this machine. */
void platform_host(struct platform *ret);
/* "os/arch[/variant]" in buf (at least PLATFORM_STR_MAX). */
const char *platform_str(const struct platform *p, char *buf);
/*
 * Rank of a candidate for a wanted platform: 0 does not run, greater is better (exact variant above
 * a lower one of the same architecture, arm/v7 wanted takes v6 and v5).
 */
int platform_match(const struct platform *want, const struct platform *candidate);

#endif
