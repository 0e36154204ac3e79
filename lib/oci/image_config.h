/* SPDX-License-Identifier: Apache-2.0 */
/* Image configurations: image-spec v1.1 config.md and Docker's (Healthcheck, OnBuild, Shell). */
#ifndef ONGGI_OCI_IMAGE_CONFIG_H
#define ONGGI_OCI_IMAGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "codec/json.h"
#include "oci/digest.h"
#include "oci/platform.h"

#define IMAGE_CONFIG_MAX_SIZE ((size_t)8 << 20)

struct image_healthcheck {
	char **test; /* {"CMD", ...}, {"CMD-SHELL", "..."} or {"NONE"} */
	size_t n_test;
	int64_t interval, timeout, start_period, start_interval; /* nanoseconds, 0: default */
	int64_t retries;
};

/* "config": the defaults of a container. */
struct image_container_config {
	char *user;
	char **exposed_ports; /* "80/tcp" */
	size_t n_exposed_ports;
	char **env;
	size_t n_env;
	char **entrypoint;
	size_t n_entrypoint;
	char **cmd;
	size_t n_cmd;
	char **volumes;
	size_t n_volumes;
	char *working_dir;
	struct json_pair *labels;
	size_t n_labels;
	char *stop_signal;
	struct image_healthcheck *healthcheck;
	char **on_build;
	size_t n_on_build;
	char **shell;
	size_t n_shell;
	bool args_escaped;
};

struct image_history {
	char *created;
	char *created_by;
	char *author;
	char *comment;
	bool empty_layer;
};

struct image_config {
	struct arena arena;
	char *created; /* RFC 3339 */
	char *author;
	char *os;
	char *architecture;
	char *variant;
	char *os_version;
	struct image_container_config config;
	struct digest *diff_ids;
	size_t n_diff_ids;
	struct image_history *history;
	size_t n_history;
};

/* Parse; diff ids must be digests, one for each layer is the caller's check. */
int image_config_parse(const char *text, size_t len, const char *what, struct image_config *ret,
		       struct err *err);
/* Release; NULL and zeroed values are accepted. */
void image_config_done(struct image_config *c);
DEFINE_CLEANUP_VALUE(image_config, image_config_done)
/* What it says that the image is for; "" where it doesn't. */
void image_config_platform(const struct image_config *c, struct platform *ret);
/* Append the document. */
void image_config_write(const struct image_config *c, struct buf *out);

#endif
