/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML, and what a configuration says in it. The tree that comes out is as small as the limits
 * promise, errors point into the file, and what was configured can be written again.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/yaml.h"
#include "config/config.h"
#include "config/values.h"
#include "fuzz.h"
#include "os/fd.h"
#include "scratch.h"

/* Nodes of a tree; bounded, although aliases let branches meet again. */
static size_t walk(const struct yaml_node *n, unsigned depth)
{
	size_t count = 1;

	FUZZ_CHECK(depth <= YAML_MAX_DEPTH && n->line && n->column);
	FUZZ_CHECK((n->type == YAML_SCALAR) == (yaml_text(n) != NULL));
	FUZZ_CHECK(n->type != YAML_SCALAR || strlen(n->text) <= n->len);
	for (size_t i = 0; n->type == YAML_SEQUENCE && i < n->n_items; i++)
		count += walk(n->items[i], depth + 1);
	for (size_t i = 0; n->type == YAML_MAPPING && i < n->n_pairs; i++) {
		FUZZ_CHECK(yaml_get(n, n->pairs[i].key->text) == n->pairs[i].value);
		count += walk(n->pairs[i].key, depth + 1) + walk(n->pairs[i].value, depth + 1);
	}
	/* Keys that a merge brings, or that hide its, are counted once too often. */
	FUZZ_CHECK(count <= n->weight);
	return count;
}

static void documents(const char *text, size_t size)
{
	_cleanup_(arena) struct arena a = ARENA_INIT;
	struct yaml_file f;
	struct err err = ERR_INIT;
	bool yes;

	if (yaml_parse(text, size, "fuzz.yaml", &a, &f, &err) < 0) {
		scratch_check_err(&err);
		return;
	}
	FUZZ_CHECK(f.n_docs <= YAML_MAX_DOCS);
	for (size_t i = 0; i < f.n_docs; i++) {
		FUZZ_CHECK(walk(f.docs[i], 1) <= YAML_MAX_NODES);
		(void)yaml_is_null(f.docs[i]);
		(void)yaml_bool(f.docs[i], &yes);
		err_clear(&err);
		FUZZ_CHECK(yaml_error(&f, f.docs[i], &err, "refused") == -1);
		scratch_check_err(&err);
	}
}

/* A value as it would be written means the same when it is read. */
static void write_again(struct config *c, const struct config_key *k)
{
	_cleanup_(config) struct config again = {.files = NULL};
	const char *text = config_value_text(c, k), *back;
	struct err err = ERR_INIT;

	if (!text || k->kind == CONFIG_LIST)
		return;
	again.origins = arena_calloc(&again.arena, config_key_count, sizeof(*again.origins));
	FUZZ_CHECK(config_set(&again, k, text, &err) == 0);
	again.origins[k - config_keys] = "again";
	back = config_value_text(&again, k);
	FUZZ_CHECK(back && strcmp(text, back) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(config) struct config c = {.files = NULL};
	_cleanup_free_ char *text = xstrndup((const char *)data, size);
	_cleanup_fd_ int fd = scratch_file(data, size);
	struct err err = ERR_INIT;
	char path[32];
	bool found;

	documents(text, size);
	if (config_load_file(&c, fd_proc_path(fd, path), &found, &err) < 0)
		scratch_check_err(&err);
	for (size_t i = 0; i < config_key_count; i++)
		write_again(&c, &config_keys[i]);
	return 0;
}
