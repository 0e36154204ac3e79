/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: what a person or an administrator wants to be the default, from config.yaml and
 * the environment. docs/guide/configuration.md documents each key.
 *
 * Later ones win: /etc/onggi/config.yaml, $XDG_CONFIG_HOME/onggi/config.yaml, the file that
 * ONGGI_CONFIG names, variables of the environment; and what a command line says wins over all.
 * A list replaces an earlier one. Nothing is read that isn't there, so that a machine without
 * configuration pays three failing opens.
 */
#ifndef ONGGI_CONFIG_CONFIG_H
#define ONGGI_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/err.h"

#define CONFIG_FILE_MAX ((size_t)1 << 20) /* bytes */

/* NULL, 0 and false: not configured. */
struct config_values {
	/* the store */
	const char *data_root, *run_root;
	/* talking to a person */
	const char *log_level, *progress;
	const char *ps_format, *images_format;
	/* registries */
	char **insecure_registries;
	const char *pull_policy;
	int64_t pull_retries;	  /* -1: not configured */
	int64_t pull_retry_delay; /* nanoseconds */
	const char *platform;
	/* run */
	const char *network, *userns;
	char **env;
	bool init;
	int64_t memory, shm_size; /* bytes */
	int64_t nano_cpus;
	int64_t pids_limit;
	/* limits of images; 0: not configured */
	int64_t layer_entries, layer_size, inflate_ratio, inflate_free;
};

enum config_kind {
	CONFIG_TEXT,
	CONFIG_CHOICE,
	CONFIG_LIST,
	CONFIG_BOOL,
	CONFIG_INT,
	CONFIG_SIZE,
	CONFIG_DURATION,
	CONFIG_NANO,
};

/* One key: the only place that knows it. */
struct config_key {
	const char *section; /* "registries"; NULL: at the top level */
	const char *name;    /* "insecure" */
	enum config_kind kind;
	size_t offset;	      /* in struct config_values */
	const char *variable; /* of the environment; NULL: none. Lists are parted by commas there */
	const char *const *choices;
	int64_t min, max;
	const char *fallback; /* what holds without it, in words */
	const char *help;     /* one line */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* "registries.insecure" in buf (at least CONFIG_NAME_MAX). Returns buf. */
#define CONFIG_NAME_MAX 64
const char *config_key_name(const struct config_key *k, char *buf);
/* "text", "one of a, b", "a list of texts", "bytes such as 512m", … */
void config_key_type(const struct config_key *k, char *buf, size_t size);

struct config {
	struct arena arena;
	struct config_values values;
	const char **origins; /* parallel to config_keys: "FILE:LINE", "$NAME"; NULL: the default */
	const char **files;   /* those that were read, in that order */
	size_t n_files;
};
/* Release; zeroed ones are accepted. */
void config_done(struct config *c);
DEFINE_CLEANUP_VALUE(config, config_done)

/*
 * Read all that there is.
 *
 * Errors: ERR_INVALID with file, line, column and the line itself: an unknown key (naming the
 * nearest), a value that is refused (naming what is accepted), YAML that is none; ERR_SYSTEM for a
 * file that is there and can't be read, or that ONGGI_CONFIG names and is not there
 */
int config_load(struct config *ret, struct err *err);
/* Add one file to c; ret_found (may be NULL) tells whether it is there, whose absence is no error.
 */
int config_load_file(struct config *c, const char *path, bool *ret_found, struct err *err);
/* Value of a key as text, as config.yaml could have it: in the arena; NULL: not configured. */
const char *config_value_text(struct config *c, const struct config_key *k);

#endif
