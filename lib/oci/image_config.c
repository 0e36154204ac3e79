/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configurations. Docker writes null for whatever is empty; a null counts as absent
 * everywhere. "rootfs" is a nested object whose members live in struct image_config itself: its row
 * has offset 0.
 */
#include "oci/image_config.h"

#include <string.h>

#include "base/strv.h"
#include "oci/digest_json.h"
#include "oci/manifest.h"

static const struct json_field healthcheck_fields[] = {
	JSON_FIELD_N(JSON_F_STRV, "Test", struct image_healthcheck, test, NULL, 0),
	JSON_FIELD(JSON_F_INT64, "Interval", struct image_healthcheck, interval, 0),
	JSON_FIELD(JSON_F_INT64, "Timeout", struct image_healthcheck, timeout, 0),
	JSON_FIELD(JSON_F_INT64, "StartPeriod", struct image_healthcheck, start_period, 0),
	JSON_FIELD(JSON_F_INT64, "StartInterval", struct image_healthcheck, start_interval, 0),
	JSON_FIELD(JSON_F_INT64, "Retries", struct image_healthcheck, retries, 0),
};
static const struct json_table healthcheck_table =
	JSON_TABLE(struct image_healthcheck, healthcheck_fields);

#define CONFIG(kind, key, member) JSON_FIELD(kind, key, struct image_container_config, member, 0)
#define CONFIG_N(kind, key, member)                                                                \
	JSON_FIELD_N(kind, key, struct image_container_config, member, NULL, 0)

static const struct json_field container_fields[] = {
	CONFIG(JSON_F_STRING, "User", user),
	CONFIG_N(JSON_F_KEYS, "ExposedPorts", exposed_ports),
	CONFIG_N(JSON_F_STRV, "Env", env),
	CONFIG_N(JSON_F_STRV, "Entrypoint", entrypoint),
	CONFIG_N(JSON_F_STRV, "Cmd", cmd),
	CONFIG_N(JSON_F_KEYS, "Volumes", volumes),
	CONFIG(JSON_F_STRING, "WorkingDir", working_dir),
	CONFIG_N(JSON_F_PAIRS, "Labels", labels),
	CONFIG(JSON_F_STRING, "StopSignal", stop_signal),
	JSON_FIELD_SUB(JSON_F_PTR, "Healthcheck", struct image_container_config, healthcheck,
		       &healthcheck_table, 0),
	CONFIG_N(JSON_F_STRV, "OnBuild", on_build),
	CONFIG_N(JSON_F_STRV, "Shell", shell),
	CONFIG(JSON_F_BOOL, "ArgsEscaped", args_escaped),
};
static const struct json_table container_table =
	JSON_TABLE(struct image_container_config, container_fields);

static const struct json_field history_fields[] = {
	JSON_FIELD(JSON_F_STRING, "created", struct image_history, created, 0),
	JSON_FIELD(JSON_F_STRING, "created_by", struct image_history, created_by, 0),
	JSON_FIELD(JSON_F_STRING, "author", struct image_history, author, 0),
	JSON_FIELD(JSON_F_STRING, "comment", struct image_history, comment, 0),
	JSON_FIELD(JSON_F_BOOL, "empty_layer", struct image_history, empty_layer, 0),
};
static const struct json_table history_table = JSON_TABLE(struct image_history, history_fields);

/* at: struct image_config, for the array and its count. */
static int diff_ids_decode(const struct json *j, void *at, struct arena *a, struct err *err)
{
	struct image_config *c = at;
	size_t n = json_len(j);
	struct digest *ids;

	if (json_type(j) != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "expected an array of digests");
	if (n > MANIFEST_MAX_LAYERS)
		return err_set(err, ERR_LIMIT, "%zu elements, at most %d are accepted", n,
			       MANIFEST_MAX_LAYERS);
	ids = arena_calloc(a, n, sizeof(*ids));
	for (size_t i = 0; i < n; i++)
		if (digest_json_decode(json_at(j, i), &ids[i], a, err) < 0)
			return err_ctx(err, "[%zu]", i);
	c->diff_ids = ids;
	c->n_diff_ids = n;
	return 0;
}

static void diff_ids_encode(struct json_writer *w, const void *at)
{
	const struct image_config *c = at;

	json_write_begin(w, '[');
	for (size_t i = 0; i < c->n_diff_ids; i++)
		digest_json_encode(w, &c->diff_ids[i]);
	json_write_end(w, ']');
}

/* "type" has one value, which no struct needs to keep. */
static int rootfs_type_decode(const struct json *j, void *at, struct arena *a, struct err *err)
{
	const char *s = json_string(j, NULL);

	(void)at;
	(void)a;
	if (!s || strcmp(s, "layers") != 0)
		return err_set(err, ERR_INVALID, "expected the string \"layers\"%s%.64s%s",
			       s ? ", found \"" : "", s ? s : "", s ? "\"" : "");
	return 0;
}

static void rootfs_type_encode(struct json_writer *w, const void *at)
{
	(void)at;
	json_write_string(w, "layers");
}

static const struct json_field rootfs_fields[] = {
	{.key = "type",
	 .kind = JSON_F_CUSTOM,
	 .decode = rootfs_type_decode,
	 .encode = rootfs_type_encode},
	{.key = "diff_ids",
	 .kind = JSON_F_CUSTOM,
	 .decode = diff_ids_decode,
	 .encode = diff_ids_encode},
};
static const struct json_table rootfs_table = JSON_TABLE(struct image_config, rootfs_fields);

static const struct json_field config_fields[] = {
	JSON_FIELD(JSON_F_STRING, "created", struct image_config, created, 0),
	JSON_FIELD(JSON_F_STRING, "author", struct image_config, author, 0),
	JSON_FIELD(JSON_F_STRING, "architecture", struct image_config, architecture, 0),
	JSON_FIELD(JSON_F_STRING, "variant", struct image_config, variant, 0),
	JSON_FIELD(JSON_F_STRING, "os", struct image_config, os, 0),
	JSON_FIELD(JSON_F_STRING, "os.version", struct image_config, os_version, 0),
	JSON_FIELD_SUB(JSON_F_STRUCT, "config", struct image_config, config, &container_table,
		       JSON_KEEP_ZERO),
	{.key = "rootfs", .kind = JSON_F_STRUCT, .flags = JSON_REQUIRED, .sub = &rootfs_table},
	JSON_FIELD_N(JSON_F_ARRAY, "history", struct image_config, history, &history_table, 0),
};
static const struct json_table config_table = JSON_TABLE(struct image_config, config_fields);

int image_config_parse(const char *text, size_t len, const char *what, struct image_config *ret,
		       struct err *err)
{
	_cleanup_(image_config) struct image_config c = {.arena = ARENA_INIT};

	if (len > IMAGE_CONFIG_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "%s: %zu bytes, at most %zu are accepted", what, len,
			       IMAGE_CONFIG_MAX_SIZE);
	if (json_decode_text(&config_table, text, len, what, &c, &c.arena, err) < 0)
		return -1;
	*ret = c;
	c = (struct image_config){.arena = ARENA_INIT};
	return 0;
}

void image_config_done(struct image_config *c)
{
	if (!c)
		return;
	arena_done(&c->arena);
	*c = (struct image_config){.arena = ARENA_INIT};
}

void image_config_platform(const struct image_config *c, struct platform *ret)
{
	*ret = (struct platform){.os = ""};
	str_copy(ret->os, sizeof(ret->os), c->os ? c->os : "");
	str_copy(ret->arch, sizeof(ret->arch), c->architecture ? c->architecture : "");
	str_copy(ret->variant, sizeof(ret->variant), c->variant ? c->variant : "");
}

void image_config_write(const struct image_config *c, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 0);

	json_encode(&config_table, c, &w);
}
