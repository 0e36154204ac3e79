/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime configuration as a whole. "process" may be missing and lives embedded in the struct:
 * its row is the table's last, and writing a specification without one uses a table that ends
 * before it.
 */
#include "oci/runtime_spec.h"

#include <string.h>

#include "base/path.h"
#include "base/strv.h"
#include "oci/runtime_spec_tables.h"

static const struct json_field root_fields[] = {
	JSON_FIELD(JSON_F_STRING, "path", struct spec_root, path, 0),
	JSON_FIELD(JSON_F_BOOL, "readonly", struct spec_root, readonly, 0),
};
static const struct json_table root_table = JSON_TABLE(struct spec_root, root_fields);

static const struct json_field mount_fields[] = {
	JSON_FIELD(JSON_F_STRING, "destination", struct spec_mount, destination, JSON_REQUIRED),
	JSON_FIELD(JSON_F_STRING, "type", struct spec_mount, type, 0),
	JSON_FIELD(JSON_F_STRING, "source", struct spec_mount, source, 0),
	JSON_FIELD_N(JSON_F_STRV, "options", struct spec_mount, options, NULL, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "uidMappings", struct spec_mount, uid_mappings,
		     &spec_id_mapping_table, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "gidMappings", struct spec_mount, gid_mappings,
		     &spec_id_mapping_table, 0),
};
static const struct json_table mount_table = JSON_TABLE(struct spec_mount, mount_fields);

static const struct json_field hook_fields[] = {
	JSON_FIELD(JSON_F_STRING, "path", struct spec_hook, path, JSON_REQUIRED),
	JSON_FIELD_N(JSON_F_STRV, "args", struct spec_hook, args, NULL, 0),
	JSON_FIELD_N(JSON_F_STRV, "env", struct spec_hook, env, NULL, 0),
	JSON_FIELD(JSON_F_OPT_INT64, "timeout", struct spec_hook, timeout, 0),
};
static const struct json_table hook_table = JSON_TABLE(struct spec_hook, hook_fields);

#define HOOKS(key, member)                                                                         \
	JSON_FIELD_N(JSON_F_ARRAY, key, struct spec_hooks, member, &hook_table, 0)
static const struct json_field hooks_fields[] = {
	HOOKS("prestart", prestart),
	HOOKS("createRuntime", create_runtime),
	HOOKS("createContainer", create_container),
	HOOKS("startContainer", start_container),
	HOOKS("poststart", poststart),
	HOOKS("poststop", poststop),
};
static const struct json_table hooks_table = JSON_TABLE(struct spec_hooks, hooks_fields);

static const struct json_field spec_fields[] = {
	JSON_FIELD(JSON_F_STRING, "ociVersion", struct runtime_spec, oci_version, JSON_REQUIRED),
	JSON_FIELD_SUB(JSON_F_STRUCT, "root", struct runtime_spec, root, &root_table, 0),
	JSON_FIELD(JSON_F_STRING, "hostname", struct runtime_spec, hostname, 0),
	JSON_FIELD(JSON_F_STRING, "domainname", struct runtime_spec, domainname, 0),
	JSON_FIELD_N(JSON_F_ARRAY, "mounts", struct runtime_spec, mounts, &mount_table, 0),
	JSON_FIELD_SUB(JSON_F_PTR, "hooks", struct runtime_spec, hooks, &hooks_table, 0),
	JSON_FIELD_N(JSON_F_PAIRS, "annotations", struct runtime_spec, annotations, NULL, 0),
	JSON_FIELD_SUB(JSON_F_STRUCT, "linux", struct runtime_spec, linux_, &spec_linux_table, 0),
	JSON_FIELD_SUB(JSON_F_STRUCT, "process", struct runtime_spec, process, &spec_process_table,
		       0),
};
static const struct json_table spec_table = JSON_TABLE(struct runtime_spec, spec_fields);
static const struct json_table spec_table_without_process = {
	.size = sizeof(struct runtime_spec),
	.fields = spec_fields,
	.n_fields = ARRAY_SIZE(spec_fields) - 1,
};

/* What the types can't say. */
static int check_form(const struct runtime_spec *s, struct err *err)
{
	if (!str_prefix(s->oci_version, "1.", NULL))
		return err_set(err, ERR_UNSUPPORTED,
			       "ociVersion: '%.64s' is not supported, expected 1.x such as %s",
			       s->oci_version, RUNTIME_SPEC_VERSION);
	if (s->process.cwd && !path_is_abs(s->process.cwd))
		return err_set(err, ERR_INVALID, "process.cwd: '%.256s' is no absolute path",
			       s->process.cwd);
	for (size_t i = 0; i < s->n_mounts; i++)
		if (!*s->mounts[i].destination)
			return err_set(err, ERR_INVALID, "mounts[%zu].destination: is empty", i);
	for (size_t i = 0; i < s->linux_.n_devices; i++)
		if (!path_is_abs(s->linux_.devices[i].path))
			return err_set(err, ERR_INVALID,
				       "linux.devices[%zu].path: '%.256s' is no absolute path", i,
				       s->linux_.devices[i].path);
	return 0;
}

int runtime_spec_parse(const char *text, size_t len, const char *what, struct runtime_spec *ret,
		       struct err *err)
{
	_cleanup_(runtime_spec) struct runtime_spec s = {.arena = ARENA_INIT};

	if (len > RUNTIME_SPEC_MAX_SIZE)
		return err_set(err, ERR_LIMIT, "%s: %zu bytes, at most %zu are accepted", what, len,
			       RUNTIME_SPEC_MAX_SIZE);
	if (json_decode_text(&spec_table, text, len, what, &s, &s.arena, err) < 0)
		return -1;
	if (check_form(&s, err) < 0)
		return err_ctx(err, "%s", what);
	*ret = s;
	s = (struct runtime_spec){.arena = ARENA_INIT};
	return 0;
}

void runtime_spec_done(struct runtime_spec *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	*s = (struct runtime_spec){.arena = ARENA_INIT};
}

void runtime_spec_write(const struct runtime_spec *s, struct buf *out)
{
	struct json_writer w = JSON_WRITER_INIT(out, 2);
	struct runtime_spec view = *s;

	if (view.linux_.seccomp && view.linux_.seccomp->builtin)
		view.linux_.seccomp = NULL;
	json_encode(view.process.cwd || view.process.n_args ? &spec_table
							    : &spec_table_without_process,
		    &view, &w);
}

const struct spec_namespace *runtime_spec_namespace(const struct runtime_spec *s, const char *type)
{
	for (size_t i = 0; i < s->linux_.n_namespaces; i++)
		if (strcmp(s->linux_.namespaces[i].type, type) == 0)
			return &s->linux_.namespaces[i];
	return NULL;
}

int64_t *spec_int64(struct arena *a, int64_t v)
{
	int64_t *p = arena_alloc(a, sizeof(*p));

	*p = v;
	return p;
}

uint64_t *spec_uint64(struct arena *a, uint64_t v)
{
	uint64_t *p = arena_alloc(a, sizeof(*p));

	*p = v;
	return p;
}

uint32_t *spec_uint32(struct arena *a, uint32_t v)
{
	uint32_t *p = arena_alloc(a, sizeof(*p));

	*p = v;
	return p;
}

bool *spec_bool(struct arena *a, bool v)
{
	bool *p = arena_alloc(a, sizeof(*p));

	*p = v;
	return p;
}
